"""Addresses of this room. The words stand before the codes."""

from __future__ import annotations

from django.urls import path

from nanxi.trust import views

urlpatterns = [
    path("transparency/", views.transparency, name="transparency"),
    path("<str:code>/", views.own, name="own"),
    path("<str:code>/print/", views.own_print, name="own-print"),
    path("<str:code>/contest/", views.contest, name="own-contest"),
]
