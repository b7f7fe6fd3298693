"""The MQTT broker beside the house: where it should be, and a sentence when phones and doors are not heard through it.

The broker is the county's own Mosquitto. The ingest process speaks to it and is supervised with the house; whether it is heard
stands in that process's `/health`. Nothing is lost meanwhile: the phone or the broker keeps what was not acknowledged.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from pathlib import Path

from nanxi.foundation.postgres.home import DeskError

#: A broker that restarts is away for a second or two; that is no news.
PATIENCE_S = 10.0
EVERY_S = 5.0


def address() -> tuple[str, int] | None:
    """Host and port of NANXI_MQTT, None when it is not set. Raises DeskError when it names no place."""
    told = os.environ.get("NANXI_MQTT", "")
    if not told:
        return None
    host, _, port = told.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise DeskError(f"NANXI_MQTT is {told!r}, not host:port: write for example NANXI_MQTT=127.0.0.1:1883.")
    return host, int(port)


def remedy(folder: Path) -> str:
    return f"start it as this user with `mosquitto -c {folder / 'mosquitto.conf'}`"


def examined(folder: Path) -> tuple[bool, str]:
    """For the doctor: whether the broker takes connections, and what to do when it does not."""
    found = address()
    if found is None:
        return True, "no broker is asked for (NANXI_MQTT); phones report by HTTP."
    where = f"{found[0]}:{found[1]}"
    try:
        socket.create_connection(found, timeout=3).close()
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        return False, f"the MQTT broker at {where} does not answer ({why}): {remedy(folder)}; phones by HTTP are not touched."
    return True, f"the MQTT broker at {where} takes connections."


class BrokerWatch:
    """Says once that the broker is not heard, and once that it is again."""

    def __init__(self, host: str, port: int, folder: Path) -> None:
        self.place, self.folder = (host, port), folder
        self.heard_at = time.monotonic()
        self.next_at = 0.0
        self.told = False

    def look(self) -> str | None:
        """A sentence for the person at the terminal, or None. Looks every few seconds, however often it is called."""
        now = time.monotonic()
        if now < self.next_at:
            return None
        self.next_at = now + EVERY_S
        heard = self._heard()
        if heard is None:
            return None
        if heard:
            back, self.told, self.heard_at = self.told, False, now
            return "The MQTT broker is heard again; what it kept comes in now." if back else None
        if self.told or now - self.heard_at < PATIENCE_S:
            return None
        self.told = True
        return f"The MQTT broker is not heard: {remedy(self.folder)}. Phones by HTTP go on; doors and phones by MQTT wait there."

    def _heard(self) -> bool | None:
        """What the ingest process says of the broker; None while that process itself does not answer."""
        connection = http.client.HTTPConnection(*self.place, timeout=1)
        try:
            connection.request("GET", "/health")
            return bool(json.loads(connection.getresponse().read()).get("broker", False))
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
