"""Positions in: a raw ASGI endpoint beside Django with its own process and role (fence notes §5).

`POST /pub` for OwnTracks, `/traccar` for Traccar Client (query or JSON, the token as device identifier), `GET /health`.

The process connects as `nanxi_ingest` to the database of NANXI_HOME (DATABASE_URL when it stands elsewhere).

200 only after the commit. Requests share commits (group commit). Positions are sealed for the public half of the day's key
pair, so this process and its role can add positions and read none; the worker opens them. Overload is answered 503 with
Retry-After; a message that no retry can make better is answered 200, kept sealed as a dead letter, and said why. A phone
without a running order is refused and counted; nothing of it is stored.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from nanxi.foundation.clock import county_day
from nanxi.foundation.postgres.home import current_home
from nanxi.foundation.postgres.roles import INGEST, connection_string
from nanxi.orders import owntracks, traccar
from nanxi.orders.messages import Fix, Poison
from nanxi.orders.sealing import Sender

log = logging.getLogger("nanxi.ingest")
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Reader = Callable[[datetime], tuple[list[Fix], list[Poison]]]

#: A phone's buffered day is some 200 KB; more is not a phone.
LARGEST_BODY = 1_000_000
#: Requests that may wait for a commit before the next ones are asked to come again.
MOST_WAITING = 4000
#: Rows written by one statement.
MOST_ROWS = 2000
#: A revoked phone is refused after this many seconds at the latest.
REMEMBER_S = 5.0
#: Beyond it a fresh set of tokens is remembered: strangers guessing must not fill the memory.
MOST_REMEMBERED = 200_000
RETRY_AFTER_S = 5
#: OsmAnd's way sends positions by GET.
METHODS = {"/pub": ("POST",), "/traccar": ("POST", "GET")}
TALLY_EVERY_S = 2.0

INSERT = """
INSERT INTO orders_position (order_id, tst, digest, area_code, rx, source, sealed)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[], %s::text[], %s::timestamptz[], %s::text[], %s::bytea[])
ON CONFLICT DO NOTHING
"""
DEAD = """
INSERT INTO orders_deadletter (area_code, order_id, rx, reason, sealed)
SELECT * FROM unnest(%s::text[], %s::uuid[], %s::timestamptz[], %s::text[], %s::bytea[])
"""
TALLY = """
INSERT INTO orders_ingesttally AS t (day, what, n) VALUES (%s, %s, %s) ON CONFLICT (day, what) DO UPDATE SET n = t.n + excluded.n
"""


@dataclass(frozen=True)
class Phone:
    """What ingest may know of a device."""

    order_id: UUID
    area_code: str
    valid_from: datetime
    valid_until: datetime
    revoked: bool
    ask_fix: bool

    def runs(self, now: datetime) -> bool:
        return not self.revoked and self.valid_from <= now < self.valid_until


@dataclass
class Batch:
    """Rows of one request, waiting for a commit."""

    positions: list[tuple[Any, ...]] = field(default_factory=list)
    dead: list[tuple[Any, ...]] = field(default_factory=list)
    done: asyncio.Future[None] | None = None


class Ingest:
    """The application: one per process."""

    def __init__(self, dsn: Callable[[], str] | None = None) -> None:
        self.dsn = dsn or (lambda: connection_string(INGEST, current_home()))
        self.pool: AsyncConnectionPool | None = None
        self.waiting: asyncio.Queue[Batch] = asyncio.Queue()
        self.phones: dict[bytes, tuple[float, Phone | None]] = {}
        self.sender: Sender | None = None
        self.tally: Counter[tuple[date, str]] = Counter()
        self.tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            status, body, more = await self._answer(scope, receive)
            await _reply(send, status, body, more)

    async def start(self) -> None:
        """Open the pool and begin writing."""
        self.pool = AsyncConnectionPool(self.dsn(), min_size=1, max_size=4, timeout=3, open=False)
        await self.pool.open()
        self.tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._count())]

    async def stop(self) -> None:
        """Finish what waits, then close."""
        while not self.waiting.empty():
            await asyncio.sleep(0.01)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self._flush_tally()
        if self.pool is not None:
            await self.pool.close()

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

    async def _answer(self, scope: Message, receive: Receive) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        if scope["path"] == "/health":
            return 200, {"waiting": self.waiting.qsize()}, []
        if scope["path"] not in METHODS:
            return 404, {"detail": "Positions are posted to /pub."}, []
        if scope["method"] not in METHODS[scope["path"]]:
            allowed = ", ".join(METHODS[scope["path"]]).encode()
            return 405, {"detail": "Positions are posted with POST."}, [(b"allow", allowed)]
        if self.waiting.qsize() >= MOST_WAITING:
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
            return await self._take(token, query or body, lambda now: traccar.read(query, body))
        except (psycopg.Error, PoolTimeout, OSError) as problem:
            log.warning("database away: %s", type(problem).__name__)
            return self._later("database_away")

    def _later(self, why: str) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        self._tell(why)
        return (
            503,
            {"detail": "Not now; the phone keeps the position and sends it again."},
            [(b"retry-after", str(RETRY_AFTER_S).encode())],
        )

    async def _take(self, token: str, body: bytes, read: Reader) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        now = datetime.now(UTC)
        phone = await self._phone(token)
        if phone is None or phone.revoked:
            self._tell("refused_unknown")
            return 401, {"detail": "This phone is not registered any more. Ask the town for a new set-up code."}, []
        if not phone.runs(now):
            self._tell("refused_no_order")
            return 410, {"detail": "There is no running order for this phone. Nothing was stored; the app may be removed."}, []
        batch, sentences = await self._batch(phone, body, now, read)
        if batch.positions or batch.dead:
            batch.done = asyncio.get_running_loop().create_future()
            self.waiting.put_nowait(batch)
            await batch.done
        self._tell("taken", len(batch.positions))
        return 200, _commands(phone) + [{"_type": "nanxi", "detail": sentence} for sentence in sentences], []

    async def _batch(self, phone: Phone, body: bytes, now: datetime, read: Reader) -> tuple[Batch, list[str]]:
        sender = await self._sender(now)
        batch, poison = Batch(), []
        try:
            fixes, poison = read(now)
        except Poison as problem:
            fixes, poison = [], [problem]
        for fix in fixes:
            # Of times when no order ran nothing is stored, whatever the phone kept.
            if not phone.valid_from.timestamp() <= min(fix.tst / 1000, now.timestamp()) < phone.valid_until.timestamp():
                self._tell("refused_no_order")
                continue
            sealed = sender.seal(phone.order_id, fix.tst, fix.digest, fix.content)
            batch.positions.append((phone.order_id, fix.tst, fix.digest, phone.area_code, now, "phone", sealed))
        for problem in poison:
            self._tell(f"dead_{problem.reason}")
        # The body is kept once for each reason: a thousand bad lines in one request must not fill the disk.
        for problem in {problem.reason: problem for problem in poison}.values():
            digest = hashlib.sha256(body).digest()[:16]
            sealed = sender.seal(
                phone.order_id, 0, digest, {"body": body[:4096].decode("utf-8", "replace"), "digest": digest.hex()}
            )
            batch.dead.append((phone.area_code, phone.order_id, now, problem.reason, sealed))
        return batch, [str(problem) for problem in poison]

    async def _phone(self, token: str) -> Phone | None:
        digest = hashlib.sha256(token.encode()).digest()
        kept = self.phones.get(digest)
        if kept is not None and time.monotonic() - kept[0] < REMEMBER_S:
            return kept[1]
        assert self.pool is not None
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT order_id, area_code, valid_from, valid_until, revoked_at IS NOT NULL, ask_fix FROM orders_orderdevice"
                " WHERE token_digest = %s", [digest]
            )  # fmt: skip
            row = await cursor.fetchone()
        phone = Phone(*row) if row else None
        if len(self.phones) > MOST_REMEMBERED:
            self.phones.clear()
        self.phones[digest] = (time.monotonic(), phone)
        return phone

    async def _sender(self, now: datetime) -> Sender:
        day = county_day(now)
        if self.sender is None or self.sender.day != day:
            assert self.pool is not None
            async with self.pool.connection() as connection:
                cursor = await connection.execute("SELECT public FROM orders_positionkey WHERE day = %s", [day])
                row = await cursor.fetchone()
            if row is None:
                raise psycopg.OperationalError("the day's key is not made yet")
            self.sender = Sender.to(day, bytes(row[0]))
        return self.sender

    async def _write(self) -> None:
        """Commit what waits, together."""
        while True:
            batches = [await self.waiting.get()]
            while not self.waiting.empty() and sum(len(b.positions) for b in batches) < MOST_ROWS:
                batches.append(self.waiting.get_nowait())
            try:
                await self._commit(batches)
            except Exception as problem:
                self._settle(batches, problem)
            else:
                self._settle(batches, None)

    async def _commit(self, batches: list[Batch]) -> None:
        positions = [row for batch in batches for row in batch.positions]
        dead = [row for batch in batches for row in batch.dead]
        assert self.pool is not None
        async with self.pool.connection() as connection, connection.cursor() as cursor:
            if positions:
                await cursor.execute(INSERT, [list(column) for column in zip(*positions, strict=True)])
                await cursor.execute("SELECT pg_notify('nanxi_positions', '')")
            if dead:
                await cursor.execute(DEAD, [list(column) for column in zip(*dead, strict=True)])

    @staticmethod
    def _settle(batches: list[Batch], problem: Exception | None) -> None:
        for batch in batches:
            if batch.done is None or batch.done.done():
                continue
            if problem is None:
                batch.done.set_result(None)
            else:
                batch.done.set_exception(problem)

    def _tell(self, what: str, n: int = 1) -> None:
        self.tally[(county_day(datetime.now(UTC)), what)] += n

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(TALLY_EVERY_S)
            try:
                await self._flush_tally()
            except (psycopg.Error, PoolTimeout):
                log.warning("tally: database away")

    async def _flush_tally(self) -> None:
        counted, self.tally = self.tally, Counter()
        counted = Counter({key: n for key, n in counted.items() if n})
        if not counted or self.pool is None:
            return
        try:
            async with self.pool.connection() as connection, connection.cursor() as cursor:
                await cursor.executemany(TALLY, [(day, what, n) for (day, what), n in sorted(counted.items())])
        except (psycopg.Error, PoolTimeout):
            self.tally.update(counted)
            raise


def _commands(phone: Phone) -> list[dict[str, Any]]:
    """What the phone is asked to do: a fresh fix while the fence is in doubt."""
    return [{"_type": "cmd", "action": "reportLocation"}] if phone.ask_fix else []


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
    text = json.dumps(body, ensure_ascii=False).encode()
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
    uvicorn.run(application, host=host, port=port, access_log=False, log_level="warning", server_header=False, ws="none")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
