from __future__ import annotations

from django.urls import include, path

from nanxi.field import api, views
from nanxi.field.arrivals import views as arrivals
from nanxi.field.mobilisation import addresses as mobilisation
from nanxi.field.phones import views as phones
from nanxi.field.sweep import addresses as sweep

app_name = "field"
urlpatterns = [
    path("", views.home, name="home"),
    path("tasks/<uuid:pk>/", views.task, name="task"),
    path("post/", views.post, name="post"),
    *sweep.patterns,
    path("phone/", phones.shell, name="phone"),
    path("worker.js", phones.worker, name="worker"),
    path("manifest.webmanifest", phones.manifest, name="manifest"),
    path("late/", phones.handed_ins, name="handed-ins"),
    path("late/<uuid:pk>/", phones.handed_in, name="handed-in"),
    *mobilisation.patterns,
    path("arrivals/", arrivals.arrivals, name="arrivals"),
    path("arrivals/new/", arrivals.arrival_new, name="arrival-new"),
    path("arrivals/<uuid:pk>/told/", arrivals.arrival_told, name="arrival-told"),
    path("api/v1/", include((api.addresses(), "api"))),
]
