from __future__ import annotations

from django.urls import include, path

from nanxi.field import api, views
from nanxi.field.sweep import addresses as sweep

app_name = "field"
urlpatterns = [
    path("", views.home, name="home"),
    path("tasks/<uuid:pk>/", views.task, name="task"),
    path("post/", views.post, name="post"),
    *sweep.patterns,
    path("api/v1/", include((api.addresses(), "api"))),
]
