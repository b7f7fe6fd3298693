"""How a phone is told where and as whom to report: OwnTracks' configuration message, as JSON and as a link behind a QR code.

NANXI_INGEST_URL is the public address of the endpoint, with /pub; without it, port NANXI_INGEST_PORT of the host that answered.
"""

from __future__ import annotations

import base64
import json
import os

from django.http import HttpRequest

from nanxi.orders.models import IsolationOrder, OrderDevice

#: The port that `nanxi serve` gives the endpoint when told nothing else.
PORT = 8001
#: HTTP mode, significant changes and a fix a minute while moving (fence notes §4.6).
HTTP_MODE, MOVE_MODE, EVERY_S, AT_REST_S = 3, 1, 60, 300


def endpoint(request: HttpRequest) -> str:
    """Where phones post positions to."""
    if address := os.environ.get("NANXI_INGEST_URL"):
        return address
    host = request.get_host().rpartition(":")[0] if ":" in request.get_host() else request.get_host()
    return f"{request.scheme}://{host}:{os.environ.get('NANXI_INGEST_PORT', PORT)}/pub"


def configuration(order: IsolationOrder, device: OrderDevice, token: str, request: HttpRequest) -> str:
    """The configuration as JSON. It names the order and the device, never the person."""
    return json.dumps({
        "_type": "configuration", "mode": HTTP_MODE, "url": endpoint(request), "auth": True, "username": order.number,
        "password": token, "deviceId": str(device.pk)[-8:], "tid": "nx", "monitoring": MOVE_MODE, "locatorInterval": EVERY_S,
        "ping": AT_REST_S // 60, "cmd": True, "remoteConfiguration": False, "allowRemoteLocation": True,
    })  # fmt: skip


def set_up_link(setting: str) -> str:
    """What the app opens when the code is scanned."""
    return "owntracks:///config?inline=" + base64.urlsafe_b64encode(setting.encode()).decode()
