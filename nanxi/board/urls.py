from __future__ import annotations

from django.urls import path

from nanxi.board import results, views

urlpatterns = [
    path("", views.home, name="home"),
    path("home/<slug:part>/", views.home_part, name="home-part"),
    path("brief/", views.brief, name="brief"),
    path("brief/print/", views.brief_print, name="brief-print"),
    path("rehearsal/results/", results.rehearsal_results, name="rehearsal-results"),
]
