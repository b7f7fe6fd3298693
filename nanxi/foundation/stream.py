"""Live updates: one LISTEN connection and one reader per process, fanned out in memory as Server-Sent Events.

A message holds the relay's number, kind, area and subject; never a person. Scope and account are checked at send time, so
a revoked officer stops hearing within a minute. `Last-Event-ID` resumes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from nanxi.foundation import accounts, sign_in
from nanxi.foundation.act import Actor
from nanxi.foundation.postgres.roles import connection_string
from nanxi.foundation.rights import signed_in

log = logging.getLogger("nanxi.stream")
HEARTBEAT_S = 15
RECHECK_S = 60
#: What a returning browser is told at most; older than that it reloads anyway.
RESUME = 500
TAIL = "SELECT seq, kind, area_code, subject_kind, subject_id FROM nanxi_ledger_tail(%s, %s)"


@dataclass(frozen=True)
class News:
    seq: int
    kind: str
    area_code: str
    subject_kind: str
    subject_id: UUID | None

    def frame(self) -> bytes:
        body = {"kind": self.kind, "area": self.area_code, "subject": self.subject_kind, "id": str(self.subject_id or "")}
        return f"id: {self.seq}\ndata: {json.dumps(body)}\n\n".encode()


class Hub:
    """Reads the ledger's tail once per process and hands it to every open stream."""

    def __init__(self) -> None:
        self.seats: set[asyncio.Queue[News]] = set()
        self.task: asyncio.Task[None] | None = None
        self.last = -1

    def join(self) -> asyncio.Queue[News]:
        seat: asyncio.Queue[News] = asyncio.Queue(maxsize=1000)
        self.seats.add(seat)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._read())
        return seat

    def leave(self, seat: asyncio.Queue[News]) -> None:
        self.seats.discard(seat)

    async def _read(self) -> None:
        wait = 0.2
        while self.seats:
            try:
                dsn = connection_string(settings.DB_ROLE, settings.HOME)
                async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                    await connection.execute("LISTEN nanxi_ledger")
                    wait = 0.2
                    await self._follow(connection)
            except psycopg.Error:
                log.warning("stream: database away; trying again")
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)

    async def _follow(self, connection: psycopg.AsyncConnection) -> None:
        if self.last < 0:
            row = await (await connection.execute("SELECT nanxi_ledger_head()")).fetchone()
            self.last = int(row[0]) if row else 0
        while self.seats:
            # A second without notice: look anyway, a NOTIFY may have been lost with a connection.
            async for _ in connection.notifies(timeout=1, stop_after=1):
                pass
            for news in await tail(connection, self.last, 1000):
                self.last = news.seq
                self._hand_out(news)

    def _hand_out(self, news: News) -> None:
        for seat in list(self.seats):
            try:
                seat.put_nowait(news)
            except asyncio.QueueFull:
                # A browser that does not read is dropped; it resumes by Last-Event-ID.
                self.seats.discard(seat)


async def tail(connection: psycopg.AsyncConnection, after: int, limit: int) -> list[News]:
    cursor = await connection.execute(TAIL, [after, limit])
    return [News(*row) for row in await cursor.fetchall()]


hub = Hub()


@signed_in
async def events(request: HttpRequest) -> HttpResponse:
    """The event stream of the signed-in officer."""
    user = await request.auser()
    if not user.is_authenticated:
        return HttpResponse(status=401)
    actor = await sync_to_async(accounts.actor_of)(user)
    last = request.headers.get("Last-Event-ID", "")
    device = await request.session.aget(sign_in.DEVICE)
    frames = _frames(actor, int(last) if last.isdigit() else None, device)
    response = StreamingHttpResponse(frames, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def _frames(actor: Actor, last: int | None, device: str | None = None) -> AsyncIterator[bytes]:
    seat = hub.join()
    checked = time.monotonic()
    try:
        yield b"retry: 2000\n\n"
        for news in await _missed(last) if last is not None else []:
            last = news.seq
            if _meant_for(actor, news):
                yield news.frame()
        while seat in hub.seats:
            if time.monotonic() - checked > RECHECK_S:
                found = await _recheck(actor, device)
                if found is None:
                    return
                actor, checked = found, time.monotonic()
            try:
                news = await asyncio.wait_for(seat.get(), HEARTBEAT_S)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            # What came while the missed ones were read stands in both.
            if (last is None or news.seq > last) and _meant_for(actor, news):
                yield news.frame()
    finally:
        hub.leave(seat)


async def _missed(last: int) -> list[News]:
    dsn = connection_string(settings.DB_ROLE, settings.HOME)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        return await tail(connection, last, RESUME)


def _meant_for(actor: Actor, news: News) -> bool:
    return bool(news.area_code) and actor.reach.covers(news.area_code)


async def _recheck(actor: Actor, device: str | None) -> Actor | None:
    assert actor.user_id is not None
    if not await sync_to_async(sign_in.stands)(device):
        return None
    user = await sync_to_async(accounts.user_by_id)(actor.user_id)
    return await sync_to_async(accounts.actor_of)(user) if user else None
