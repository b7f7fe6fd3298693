from __future__ import annotations

from django.urls import include, path

from nanxi.field import api, views

app_name = "field"
urlpatterns = [
    path("", views.home, name="home"),
    path("tasks/<uuid:pk>/", views.task, name="task"),
    path("post/", views.post, name="post"),
    path("api/v1/", include((api.addresses(), "api"))),
]
