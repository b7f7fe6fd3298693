"""Addresses of the intake."""

from __future__ import annotations

from django.urls import path

from nanxi.people.views import intake

urlpatterns = [
    path("lists/", intake.lists, name="lists"),
    path("lists/new/", intake.list_new, name="list-new"),
    path("lists/template/", intake.list_template, name="list-template"),
    path("lists/<uuid:pk>/", intake.list_page, name="list"),
    path("lists/<uuid:pk>/commit/", intake.list_commit, name="list-commit"),
    path("lists/<uuid:pk>/withdraw/", intake.list_withdraw, name="list-withdraw"),
    path("lists/<uuid:pk>/columns/", intake.list_mapping, name="list-mapping"),
    path("lists/<uuid:pk>/corrected/", intake.list_correct, name="list-correct"),
    path("lists/<uuid:pk>/corrections/", intake.list_errors, name="list-errors"),
]
