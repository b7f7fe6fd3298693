"""All addresses. Each room brings its own `urls.py`; a view that declares no right is refused by the gate."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.urls import include, path

HERE = Path(__file__).resolve().parent
#: Room → prefix of its addresses.
ROOMS = {
    "nanxi.people": "people/",
    "nanxi.desk": "desk/",
    "nanxi.cases": "cases/",
    "nanxi.orders": "orders/",
    "nanxi.field": "field/",
    "nanxi.trust": "my/",
    "nanxi.passes": "passes/",
    "nanxi.board": "",
}

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("nanxi.foundation.urls")),
    *[
        path(prefix, include(f"{room}.urls"))
        for room, prefix in ROOMS.items()
        if room in settings.ROOMS and (HERE / room.split(".")[1] / "urls.py").exists()
    ],
]
handler400 = "nanxi.foundation.views.bad_request"
handler403 = "nanxi.foundation.views.forbidden"
handler404 = "nanxi.foundation.views.not_found"
handler500 = "nanxi.foundation.views.server_error"
