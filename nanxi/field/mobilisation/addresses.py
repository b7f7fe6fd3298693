"""Addresses of mobilisation, under /field/."""

from __future__ import annotations

from django.urls import path

from nanxi.field.mobilisation import own_page, views

patterns = [
    path("mobilisation/", views.mobilisation, name="mobilisation"),
    path("mobilisation/teams/", views.team_new, name="team-new"),
    path("mobilisation/volunteers/", views.volunteer_new, name="volunteer-new"),
    path("mobilisation/volunteers/<uuid:pk>/", views.volunteer, name="volunteer"),
    path("mobilisation/shifts/", views.shift_new, name="shift-new"),
    path("mobilisation/shifts/<uuid:pk>/call/", views.shift_call, name="shift-call"),
    path("mobilisation/shifts/<uuid:pk>/cancel/", views.shift_cancel, name="shift-cancel"),
    path("duty/", views.own, name="duty-own"),
    path("duty/<str:code>/", own_page.duty, name="duty"),
    path("duty/<str:code>/shifts.ics", own_page.feed, name="duty-feed"),
]
