"""The endpoint as phones meet it: its own role, real commits."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from nanxi.foundation import acts, scope
from nanxi.foundation.act import Act
from nanxi.foundation.clock import WALL, SetClock, county_day
from nanxi.foundation.postgres.roles import INGEST, OWNER, WORKER, connection_string
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import daykeys, services
from nanxi.orders.ingest import Ingest
from nanxi.orders.models import IsolationOrder, OrderDevice
from nanxi.orders.sealing import day_of, unseal
from nanxi.orders.tests.folk import Below, issued


@pytest.fixture
def phone(as_worker: None, known: Below, ailian: Act) -> OrderDevice:
    """A phone of an order that runs now."""
    act = Act(ailian.actor, SetClock(datetime.now(UTC) - timedelta(hours=1)))
    with scope.enter(EVERYWHERE), acts.set_up():
        daykeys.ensure(WALL.now())
        order = issued(act, known.somebody())
        return services.make_device(Act(act.actor, act.clock), order, label="phone")


def location(**changes: Any) -> dict[str, Any]:
    return {"_type": "location", "lat": 28.15, "lon": 120.69, "acc": 12, "tst": int(WALL.now().timestamp()), **changes}


def basic(token: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"phone:{token}".encode()).decode()}


def talk(*requests: Callable[[httpx.AsyncClient], Any], app: Ingest | None = None) -> list[Any]:
    """Run requests one after the other against a started endpoint."""

    async def run() -> list[Any]:
        ingest = app or Ingest(lambda: connection_string(INGEST))
        await ingest.start()
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(ingest), base_url="http://phone") as client:
                return [await request(client) for request in requests]
        finally:
            await ingest.stop()

    return asyncio.run(run())


def post(body: Any, token: str | None) -> Callable[[httpx.AsyncClient], Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda client: client.post("/pub", content=content, headers=basic(token) if token else {})


def rows(query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(connection_string(WORKER)) as connection:
        connection.execute("SELECT set_config('nanxi.lo', '0', true), set_config('nanxi.hi', ':', true)")
        return connection.execute(query).fetchall()


def test_a_position_is_kept_sealed_and_once(phone: OrderDevice) -> None:
    message = location()
    first, again, shown = talk(
        post(message, phone.token), post({**message, "batt": 3}, phone.token), post([message, message], phone.token)
    )
    assert (first.status_code, first.json(), again.status_code, shown.status_code) == (200, [], 200, 200)
    kept = rows("SELECT order_id, tst, digest, sealed FROM orders_position")
    assert len(kept) == 1
    order_id, tst, digest, sealed = kept[0]
    assert b"120.69" not in bytes(sealed)
    with scope.enter(EVERYWHERE):
        private = daykeys.private_of(day_of(bytes(sealed)))
    assert unseal(private, order_id, tst, bytes(digest), bytes(sealed))["lon"] == 120.69


def test_a_stranger_a_revoked_phone_and_an_ended_order_leave_nothing(phone: OrderDevice, known: Below, ailian: Act) -> None:
    now = Act(ailian.actor, WALL)
    stranger, nobody = talk(post(location(), "guessed"), post(location(), None))
    with scope.enter(EVERYWHERE):
        services.release_order(now, IsolationOrder.everything.get(pk=phone.order_id), because="negative_results")
    (ended,) = talk(post(location(), phone.token))
    with scope.enter(EVERYWHERE):
        services.revoke_device(Act(ailian.actor, WALL), OrderDevice.everything.get(pk=phone.pk))
    (revoked,) = talk(post(location(), phone.token))
    assert [answer.status_code for answer in (stranger, nobody, ended, revoked)] == [401, 401, 410, 401]
    assert all(len(answer.json()["detail"]) > 20 for answer in (stranger, nobody, ended, revoked))
    assert rows("SELECT count(*) FROM orders_position") == [(0,)]
    assert dict(rows("SELECT what, n FROM orders_ingesttally")) == {"refused_unknown": 2, "refused_no_order": 1}


@pytest.mark.parametrize(("body", "says"), [
    ({"_type": "location", "lat": 28, "lon": 120}, "no tst"),
    ({"_type": "encrypted", "data": "…"}, "encrypted"), (b"{", "not JSON"),
])  # fmt: skip
def test_poison_does_not_block_the_phone(phone: OrderDevice, body: Any, says: str) -> None:
    (answer,) = talk(post(body, phone.token))
    assert answer.status_code == 200
    assert says in answer.json()[0]["detail"]
    assert rows("SELECT count(*) FROM orders_deadletter") == [(1,)]


def test_positions_before_the_order_are_not_stored(phone: OrderDevice) -> None:
    talk(post([location(), location(tst=int(WALL.now().timestamp()) - 86400)], phone.token))
    assert rows("SELECT count(*) FROM orders_position") == [(1,)]


def test_overload_and_a_database_away_are_asked_to_come_again(phone: OrderDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("nanxi.orders.receiver.MOST_WAITING", 0)
        (busy,) = talk(post(location(), phone.token))
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "5")

    async def gone(batches: list) -> None:
        raise psycopg.OperationalError("gone")

    broken = Ingest(lambda: connection_string(INGEST))
    monkeypatch.setattr(broken.receiver, "_commit", gone)
    (away,) = talk(post(location(), phone.token), app=broken)
    assert away.status_code == 503
    assert rows("SELECT count(*) FROM orders_position") == [(0,)]


def test_other_addresses_and_too_much(phone: OrderDevice) -> None:
    answers = talk(
        lambda client: client.get("/health"), lambda client: client.get("/pub"), lambda client: client.get("/"),
        post(b"x" * 1_100_000, phone.token),
    )  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 405, 404, 413]


def test_the_role_can_add_and_read_nothing_else(phone: OrderDevice) -> None:
    with psycopg.connect(connection_string(INGEST), autocommit=True) as connection:
        for query in (
            "SELECT * FROM orders_position", "DELETE FROM orders_position", "SELECT * FROM orders_isolationorder",
            "SELECT private_sealed FROM orders_positionkey",
            "SELECT * FROM people_person", "SELECT label FROM orders_orderdevice",
            "UPDATE orders_orderdevice SET valid_until = now()",
        ):  # fmt: skip
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
                connection.execute(query)


def test_an_asked_phone_is_told_to_report(phone: OrderDevice) -> None:
    with psycopg.connect(connection_string(WORKER)) as connection:
        connection.execute("SELECT set_config('nanxi.lo', '0', true), set_config('nanxi.hi', ':', true)")
        connection.execute("UPDATE orders_orderdevice SET ask_fix = true")
    (answer,) = talk(post(location(), phone.token))
    assert answer.json() == [{"_type": "cmd", "action": "reportLocation"}]


def test_a_thousand_bad_lines_are_kept_once(phone: OrderDevice) -> None:
    """Each dead letter holds the body: one request must not become a thousand copies of itself."""
    body = [location(lat=None)] * 500 + [7] * 500
    (answer,) = talk(lambda client: client.post("/pub", json=body, headers=basic(phone.token)))  # type: ignore[attr-defined]
    assert answer.status_code == 200
    assert rows("SELECT reason FROM orders_deadletter ORDER BY reason") == [("no_place",), ("not_object",)]


def test_one_fault_of_one_phone_is_set_aside_so_often_a_day_and_then_counted(
    phone: OrderDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nanxi.orders.receiver.MOST_SET_ASIDE", 2)
    answers = talk(*[post(f'{{"_type": "location", "lat": {n}}}'.encode(), phone.token) for n in range(4)])
    assert [answer.status_code for answer in answers] == [200] * 4
    assert rows("SELECT count(*) FROM orders_deadletter") == [(2,)]
    assert dict(rows("SELECT what, n FROM orders_ingesttally WHERE what LIKE 'dead%'")) == {"dead_beyond": 2, "dead_no_tst": 4}


def test_what_a_phone_kept_overnight_is_sealed_for_its_own_day(phone: OrderDevice) -> None:
    """And ends with it; a day whose key is gone takes today's."""
    with scope.enter(EVERYWHERE), acts.set_up():
        OrderDevice.everything.filter(pk=phone.pk).update(valid_from=WALL.now() - timedelta(days=3))
        daykeys.ensure(WALL.now() - timedelta(days=1))
    ago = [location(tst=int((WALL.now() - timedelta(days=days)).timestamp())) for days in (0, 1, 2)]
    (answer,) = talk(post(ago, phone.token))
    assert answer.status_code == 200
    kept = [day_of(bytes(sealed)) for (sealed,) in rows("SELECT sealed FROM orders_position ORDER BY tst DESC")]
    today = county_day(WALL.now())
    assert kept == [today, today - timedelta(days=1), today]


def test_a_database_that_stands_is_told_to_the_phone_in_time(phone: OrderDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing closes the connection and nothing answers: here another transaction holds the log."""
    monkeypatch.setattr("nanxi.orders.receiver.WITHIN_S", 0.5)
    with psycopg.connect(connection_string(OWNER)) as holder:
        holder.execute("LOCK TABLE orders_position IN ACCESS EXCLUSIVE MODE")
        (answer,) = talk(post(location(), phone.token))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    (again,) = talk(post(location(), phone.token))
    assert again.status_code == 200
