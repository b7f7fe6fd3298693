"""The event stream when its database connection is cut: nothing is lost, nothing comes twice, and a returning browser resumes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import psycopg
import pytest
from django.conf import settings

from nanxi.foundation import scope
from nanxi.foundation.act import Act, Actor, house
from nanxi.foundation.clock import SetClock
from nanxi.foundation.postgres.roles import connection_string
from nanxi.foundation.reach import EVERYWHERE, Reach
from nanxi.foundation.relay import Relay
from nanxi.foundation.stream import Hub, News, _meant_for, tail

EAST, WEST = "330324101000", "330324102000"
Connect = Callable[[str], AbstractContextManager[psycopg.Connection]]


def happen(number: int, area: str = EAST) -> None:
    """One entry, committed and numbered as the relay does it."""
    act = Act(actor=house("test"), clock=SetClock(datetime(2020, 2, 3, tzinfo=UTC)))
    with scope.enter(EVERYWHERE):
        act.log("test.thing.happened", area=area, number=number)
    with psycopg.connect(connection_string("nanxi_system", settings.HOME), autocommit=True) as system:
        Relay.number(system, *Relay._head(system))


def listeners(superuser: psycopg.Connection, database: str) -> list[int]:
    rows = superuser.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = 'nanxi_web' AND pid <> pg_backend_pid()"
        " AND (query LIKE 'LISTEN%%' OR query LIKE '%%nanxi_ledger_tail%%' OR query LIKE '%%nanxi_ledger_head%%')",
        [database],
    ).fetchall()
    return [pid for (pid,) in rows]


async def until(found: Callable[[], list[int]], patience_s: float = 5) -> list[int]:
    async with asyncio.timeout(patience_s):
        while not (pids := await asyncio.to_thread(found)):
            await asyncio.sleep(0.05)
    return pids


async def take(seat: asyncio.Queue[News]) -> News:
    return await asyncio.wait_for(seat.get(), 10)


def test_a_killed_backend_loses_no_event(fresh_db: str, as_role: Connect) -> None:
    async def watch() -> list[int]:
        hub = Hub()
        seat = hub.join()
        try:
            with as_role("nanxi_superuser") as superuser:
                superuser.autocommit = True
                first = await until(lambda: listeners(superuser, fresh_db))
                await asyncio.to_thread(happen, 1)
                seen = [(await take(seat)).seq]
                superuser.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [first])
                # While nobody listens: a notice sent now reaches no one.
                await asyncio.to_thread(happen, 2)
                seen.append((await take(seat)).seq)
                second = await until(lambda: listeners(superuser, fresh_db))
                assert set(first) != set(second), "the backend was not killed; the test proves nothing"
                await asyncio.to_thread(happen, 3)
                seen.append((await take(seat)).seq)
                assert seat.empty()
        finally:
            hub.leave(seat)
            assert hub.task is not None
            hub.task.cancel()
        return seen

    assert asyncio.run(watch()) == [1, 2, 3]


def test_a_returning_browser_gets_what_it_missed(fresh_db: str) -> None:
    for number in range(4):
        happen(number)

    async def missed() -> list[int]:
        dsn = connection_string("nanxi_web", settings.HOME)
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            return [news.seq for news in await tail(connection, 2, 500)]

    assert asyncio.run(missed()) == [3, 4]


@pytest.mark.parametrize(("area", "meant"), [(EAST, True), (WEST, False), ("", False)])
def test_a_stream_tells_nothing_of_a_foreign_area(area: str, meant: bool) -> None:
    alice = Actor(name="alice", reach=Reach.over([EAST]))
    assert _meant_for(alice, News(1, "x.y.z", area, "", None)) is meant
