"""Addresses of the sweep's pages, under /field/."""

from __future__ import annotations

from django.urls import path

from nanxi.field.sweep import views

patterns = [
    path("sweep/", views.rounds, name="sweeps"),
    path("sweep/<uuid:pk>/", views.coverage, name="sweep"),
    path("sweep/<uuid:pk>/give/", views.give, name="sweep-give"),
    path("sweep/<uuid:pk>/prolong/", views.prolong, name="sweep-prolong"),
    path("doors/", views.doors, name="doors"),
    path("doors/found/", views.found, name="door-found"),
    path("doors/<uuid:pk>/", views.door, name="door"),
    path("control/", views.control, name="control"),
]
