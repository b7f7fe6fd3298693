"""Positions in: a raw ASGI endpoint beside Django with its own process and role (fence notes §5).

`POST /pub` for OwnTracks, `/traccar` for Traccar Client (query or JSON, the token as device identifier), `GET /health`.

NANXI_MQTT=host:port adds MQTT (see mqtt.py).

The process connects as `nanxi_ingest` to the database of NANXI_HOME (DATABASE_URL when it stands elsewhere).

200 only after the commit. Requests share commits (group commit). Positions are sealed for the public half of the day's key
pair, so this process and its role can add positions and read none; the worker opens them. Overload is answered 503 with
Retry-After; a message that no retry can make better is answered 200, kept sealed as a dead letter, and said why. A phone
without a running order is refused and counted; nothing of it is stored.
"""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nanxi.foundation.postgres.home import current_home
from nanxi.foundation.postgres.roles import INGEST, connection_string
from nanxi.orders import owntracks, traccar
from nanxi.orders.messages import Poison
from nanxi.orders.receiver import AWAY, Reader, Receiver

log = logging.getLogger("nanxi.ingest")
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, Any, list[tuple[bytes, bytes]]]

#: A phone's buffered day is some 200 KB; more is not a phone.
LARGEST_BODY = 1_000_000
RETRY_AFTER_S = 5
#: OsmAnd's way sends positions by GET.
METHODS = {"/pub": ("POST",), "/traccar": ("POST", "GET")}


class Ingest:
    """The application: one per process."""

    def __init__(self, dsn: Callable[[], str] | None = None) -> None:
        self.receiver = Receiver(dsn or (lambda: connection_string(INGEST, current_home())))
        self.bridge: Any = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            status, body, more = await self._answer(scope, receive)
            await _reply(send, status, body, more)

    async def start(self) -> None:
        """Begin taking positions."""
        await self.receiver.start()
        if broker := os.environ.get("NANXI_MQTT"):
            # Only where a broker is: its library is not loaded elsewhere.
            from nanxi.orders.mqtt import Bridge

            folder = Path(os.environ.get("NANXI_MQTT_FOLDER") or current_home().root / "mqtt")
            self.bridge = Bridge(self.receiver, folder, broker)
            await self.bridge.start()

    async def stop(self) -> None:
        """Finish what waits, then close."""
        if self.bridge is not None:
            await self.bridge.stop()
        await self.receiver.stop()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Message, receive: Receive) -> Answer:
        if scope["path"] == "/health":
            heard = {} if self.bridge is None else {"broker": self.bridge.listening}
            return 200, {"waiting": self.receiver.waiting.qsize(), **heard}, []
        if scope["path"] not in METHODS:
            return 404, {"detail": "Positions are posted to /pub."}, []
        if scope["method"] not in METHODS[scope["path"]]:
            allowed = ", ".join(METHODS[scope["path"]]).encode()
            return 405, {"detail": "Positions are posted with POST."}, [(b"allow", allowed)]
        if self.receiver.overloaded:
            return self._later("overload")
        token = _token_of(scope)
        if token is None and scope["path"] == "/pub":
            return (
                401,
                {"detail": "Set user and password in the app by scanning the set-up code."},
                [(b"www-authenticate", b'Basic realm="nanxi"')],
            )
        body = await _body_of(receive)
        if body is None:
            return 413, {"detail": "The message is larger than 1 MB; send fewer at once."}, []
        query = scope.get("query_string", b"") if scope["path"] == "/traccar" else b""
        try:
            if scope["path"] == "/pub":
                return await self._take(token or "", body, lambda now: owntracks.read(body, int(now.timestamp() * 1000)))
            token = token or _traccar_token(query, body)
            # The token stands in the message; what is set aside must not hold it.
            kept = (query or body).replace(token.encode(), b"TOKEN") if token else query or body
            return await self._take(token, kept, lambda now: traccar.read(query, body))
        except AWAY as problem:
            log.warning("database away: %s", type(problem).__name__)
            return self._later("database_away")

    def _later(self, why: str) -> Answer:
        self.receiver.tell(why)
        return (
            503,
            {"detail": "Not now; the phone keeps the position and sends it again."},
            [(b"retry-after", str(RETRY_AFTER_S).encode())],
        )

    async def _take(self, token: str, body: bytes, read: Reader) -> Answer:
        now = datetime.now(UTC)
        phone = await self.receiver.phone_of(token)
        if phone is None or phone.revoked:
            self.receiver.tell("refused_unknown")
            return 401, {"detail": "This phone is not registered any more. Ask the town for a new set-up code."}, []
        if not phone.runs(now):
            self.receiver.tell("refused_no_order")
            return 410, {"detail": "There is no running order for this phone. Nothing was stored; the app may be removed."}, []
        sentences = await self.receiver.keep(phone, body, now, read)
        told = [{"_type": "nanxi", "detail": sentence} for sentence in sentences]
        return 200, self.receiver.commands(phone, token, now) + told, []


def _traccar_token(query: bytes, body: bytes) -> str:
    """Whatever stands there; what is no token is refused as one that nobody has."""
    try:
        return traccar.token_of(query, body) or ""
    except Poison:
        return ""


def _token_of(scope: Message) -> str | None:
    """The device token from Basic (its password), Bearer, or none."""
    header = next((value for name, value in scope["headers"] if name == b"authorization"), b"").decode("latin-1")
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer" and value:
        return value.strip()
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2] or None
    except ValueError:
        return None


async def _body_of(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _reply(send: Send, status: int, body: Any, more: list[tuple[bytes, bytes]]) -> None:
    text = json.dumps(body, ensure_ascii=False).encode() if body else b"[]"
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(text)).encode()),
        (b"cache-control", b"no-store"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


application = Ingest()


def main() -> int:
    """The endpoint by itself: `python -m nanxi.orders.ingest`, on NANXI_INGEST_HOST (127.0.0.1) and NANXI_INGEST_PORT (8001)."""
    import uvicorn

    host, port = os.environ.get("NANXI_INGEST_HOST", "127.0.0.1"), int(os.environ.get("NANXI_INGEST_PORT", "8001"))
    # Loop and parser are what uvicorn finds; no access log, for an address and a time are a position too.
    # What a proxy says of the caller is not read either, for nobody here asks who calls.
    quiet = {"access_log": False, "log_level": "warning", "server_header": False, "proxy_headers": False, "ws": "none"}
    uvicorn.run(application, host=host, port=port, **quiet)  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
