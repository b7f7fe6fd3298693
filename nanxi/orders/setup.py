"""How a phone is told where and as whom to report: OwnTracks' configuration message, as JSON and as a link behind a QR code.

NANXI_MQTT_PUBLIC (host:port of the broker as phones reach it, with TLS) makes codes for MQTT. Else NANXI_INGEST_URL is
the public address of the endpoint, with /pub; without it, port NANXI_INGEST_PORT of the host that answered.
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
HTTP_MODE, MQTT_MODE, MOVE_MODE, EVERY_S, AT_REST_S = 3, 0, 1, 60, 300
#: Mosquitto's port without TLS: for a line that is private anyway.
PLAIN_PORTS = ("1883",)


def endpoint(request: HttpRequest) -> str:
    """Where phones post positions to."""
    if address := os.environ.get("NANXI_INGEST_URL"):
        return address
    host = request.get_host().rpartition(":")[0] if ":" in request.get_host() else request.get_host()
    return f"{request.scheme}://{host}:{os.environ.get('NANXI_INGEST_PORT', PORT)}/pub"


def by_broker(device: OrderDevice, token: str, address: str) -> dict[str, object]:
    """MQTT: the account is the device itself, and the broker lets it write its own topics only."""
    host, _, port = address.rpartition(":")
    return {
        "mode": MQTT_MODE, "host": host, "port": int(port), "tls": port not in PLAIN_PORTS, "username": device.pk.hex,
        "password": token, "clientId": device.pk.hex, "pubTopicBase": "owntracks/%u/%d",
        "pubQos": 1, "subQos": 1, "cleanSession": False,
    }  # fmt: skip


def configuration(order: IsolationOrder, device: OrderDevice, token: str, request: HttpRequest) -> str:
    """The configuration as JSON. It names the order and the device, never the person."""
    broker = os.environ.get("NANXI_MQTT_PUBLIC")
    way = by_broker(device, token, broker) if broker else {
        "mode": HTTP_MODE, "url": endpoint(request), "username": order.number, "password": token
    }  # fmt: skip
    return json.dumps({
        "_type": "configuration", **way, "auth": True, "deviceId": str(device.pk)[-8:], "tid": "nx",
        "monitoring": MOVE_MODE, "locatorInterval": EVERY_S,
        "ping": AT_REST_S // 60, "cmd": True, "remoteConfiguration": False, "allowRemoteLocation": True,
    })  # fmt: skip


def set_up_link(setting: str) -> str:
    """What the app opens when the code is scanned."""
    return "owntracks:///config?inline=" + base64.urlsafe_b64encode(setting.encode()).decode()
