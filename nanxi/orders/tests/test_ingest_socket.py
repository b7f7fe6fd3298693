"""A phone against the endpoint's own process over a socket: what OwnTracks sends, and what must not be stored or lost."""

from __future__ import annotations

import time
from typing import Any

import httpx
from psycopg import sql

from nanxi.foundation import scope
from nanxi.foundation.act import Act
from nanxi.foundation.clock import WALL
from nanxi.foundation.postgres import Home
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import services
from nanxi.orders.models import IsolationOrder, OrderDevice
from nanxi.orders.tests.endpoint import running
from nanxi.orders.tests.test_ingest import location, phone, rows
from tests.database import superuser

__all__ = ["phone"]


def says(client: httpx.Client, device: OrderDevice, message: Any, *, token: str = "") -> httpx.Response:
    """As the app does it: Basic with user and password, its limits as headers, JSON with the app's own odd fields."""
    headers = {"X-Limit-U": "order", "X-Limit-D": "phone", "user-agent": "Owntracks-Android/gms/420503000"}
    secret = token or device.token  # type: ignore[attr-defined]
    return client.post("/pub", json=message, headers=headers, auth=("order", secret))


def app_message(**changes: Any) -> dict[str, Any]:
    odd = {"alt": 12, "batt": 77, "bs": 1, "conn": "m", "m": 1, "t": "u", "tid": "nx", "topic": "owntracks/x/y", "vac": 3}
    return location(**odd, created_at=int(WALL.now().timestamp()), **changes)


def test_a_phones_day_over_a_socket(phone: OrderDevice, ailian: Act) -> None:
    with running() as client:
        good = app_message()
        assert says(client, phone, good).json() == []
        assert says(client, phone, {**good, "batt": 76, "created_at": good["created_at"] + 9}).status_code == 200
        assert rows("SELECT count(*) FROM orders_position") == [(1,)]
        untimed = app_message()
        del untimed["tst"]
        answer = says(client, phone, untimed)
        assert (answer.status_code, "no tst" in answer.json()[0]["detail"]) == (200, True)
        assert says(client, phone, good, token="of-somebody-else").status_code == 401
        assert client.post("/pub", content=b"[" + b" " * 1_100_000 + b"]", auth=("order", phone.token)).status_code == 413
        with scope.enter(EVERYWHERE):
            order = IsolationOrder.everything.get(pk=phone.order_id)
            services.release_order(Act(ailian.actor, WALL), order, because="time_served")
        time.sleep(5.2)  # the endpoint remembers a phone for five seconds
        ended = says(client, phone, app_message(lat=28.16))
        assert (ended.status_code, "Nothing was stored" in ended.json()["detail"]) == (410, True)
    assert rows("SELECT count(*) FROM orders_position") == [(1,)]
    assert rows("SELECT reason FROM orders_deadletter") == [("no_tst",)]
    tally = dict(rows("SELECT what, n FROM orders_ingesttally"))
    assert (tally["dead_no_tst"], tally["refused_unknown"], tally["refused_no_order"]) == (1, 1, 1)


def test_a_revoked_phone_is_refused_within_five_seconds(phone: OrderDevice, ailian: Act) -> None:
    with running() as client:
        assert says(client, phone, app_message()).status_code == 200
        with scope.enter(EVERYWHERE):
            services.revoke_device(Act(ailian.actor, WALL), OrderDevice.everything.get(pk=phone.pk))
        time.sleep(5.2)
        assert says(client, phone, app_message(lat=28.16)).status_code == 401
    assert rows("SELECT count(*) FROM orders_position") == [(1,)]


def test_a_database_away_is_told_and_what_was_acknowledged_is_there(phone: OrderDevice, home: Home, fresh_db: str) -> None:
    """Four fixes; the second and third meet no database, are told to come again, and come again."""
    fixes = [app_message(lat=28.15 + n / 10_000) for n in range(4)]
    gate = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    away = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'nanxi_ingest'"
    with running() as client, superuser(home) as root:
        acknowledged = [fix for fix in fixes[:1] if says(client, phone, fix).status_code == 200]
        root.execute(gate.format(sql.Identifier(fresh_db), sql.SQL("false")))
        root.execute(away, [fresh_db])
        try:
            answers = [says(client, phone, fix) for fix in fixes[1:3]]
        finally:
            root.execute(gate.format(sql.Identifier(fresh_db), sql.SQL("true")))
        assert [(answer.status_code, answer.headers.get("retry-after")) for answer in answers] == [(503, "5")] * 2
        waiting = fixes[1:]
        for _ in range(30):
            waiting = [fix for fix in waiting if says(client, phone, fix).status_code != 200]
            if not waiting:
                break
            time.sleep(0.5)
        assert not waiting
    assert len(acknowledged) == 1
    assert rows("SELECT count(*) FROM orders_position") == [(4,)]


def test_nothing_else_answers(phone: OrderDevice) -> None:
    with running() as client:
        assert [client.get(path).status_code for path in ("/", "/pub/", "/admin", "/health/x")] == [404] * 4
