"""Traccar Client as it comes from the store: the query of older releases, the JSON of newer ones, and the endpoint they meet."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from nanxi.foundation.clock import WALL
from nanxi.orders import traccar
from nanxi.orders.messages import Poison
from nanxi.orders.models import OrderDevice
from nanxi.orders.tests.test_ingest import phone, rows, talk

__all__ = ["phone"]

AT = 1_580_702_400


def said(**changes: Any) -> dict[str, Any]:
    place = {
        "timestamp": "2020-02-03T04:00:00.000Z", "uuid": "a-1", "mock": False,
        "coords": {"latitude": 28.15, "longitude": 120.69, "accuracy": 12, "speed": -1}, **changes,
    }  # fmt: skip
    return {"device_id": "token", "location": place}


@pytest.mark.parametrize(("query", "tst", "content"), [
    (f"id=t&lat=28.15&lon=120.69&timestamp={AT}&accuracy=12", AT * 1000, {"acc": 12.0}),
    (f"id=t&lat=28.15&lon=120.69&timestamp={AT}000&hdop=3", AT * 1000, {"acc": None}),
    ("id=t&lat=28.15&lon=120.69&timestamp=2020-02-03T04:00:00Z&accuracy=0", AT * 1000, {"acc": None}),
    ("id=t&lat=28.15&lon=120.69&timestamp=2020-02-03%2004:00:00&mock=true", AT * 1000, {"acc": None, "mock": True}),
])  # fmt: skip
def test_a_query_is_a_fix(query: str, tst: int, content: dict[str, Any]) -> None:
    ((fix,), poison) = traccar.read(query.encode(), b"")
    assert (fix.tst, fix.content, poison) == (tst, {"lat": 28.15, "lon": 120.69, "src": "phone", **content}, [])
    assert traccar.token_of(query.encode(), b"") == "t"


def test_a_form_in_the_body_is_a_query() -> None:
    body = f"id=t&lat=28.15&lon=120.69&timestamp={AT}".encode()
    assert traccar.read(b"", body)[0][0].tst == AT * 1000
    assert traccar.token_of(b"", body) == "t"


def test_json_is_a_fix_and_its_uuid_makes_a_repetition_the_same() -> None:
    first, again, other = (traccar.from_json(said(**change)) for change in ({}, {"mock": True}, {"uuid": "a-2"}))
    assert (first.tst, first.content["acc"]) == (AT * 1000, 12.0)
    assert first.digest == again.digest != other.digest
    assert again.content["mock"] is True
    assert traccar.token_of(b"", json.dumps([said()]).encode()) == "token"


@pytest.mark.parametrize(("query", "body", "reason"), [
    (b"id=t&lat=28.15&timestamp=1580702400", b"", "no_place"), (b"id=t&lat=28.15&lon=120.69", b"", "no_tst"),
    (b"id=t&lat=north&lon=120.69&timestamp=1580702400", b"", "no_place"), (b"id=t&lat=nan&lon=120&timestamp=1", b"", "no_place"),
    (b"", b"{", "not_json"), (b"", json.dumps([said()] * 1001).encode(), "too_many"),
])  # fmt: skip
def test_what_cannot_be_read_says_why(query: bytes, body: bytes, reason: str) -> None:
    with pytest.raises(Poison) as problem:
        traccar.read(query, body)
    assert problem.value.reason == reason


def test_one_broken_message_does_not_lose_the_others() -> None:
    fixes, poison = traccar.read(b"", json.dumps([said(), {"location": 3}, 7]).encode())
    assert len(fixes) == 1
    assert [problem.reason for problem in poison] == ["no_place", "no_place"]


def asked(token: str, **fields: Any) -> Callable[[httpx.AsyncClient], Any]:
    fields = {"lat": 28.15, "lon": 120.69, "timestamp": int(WALL.now().timestamp()), **fields}
    return lambda client: client.get("/traccar", params={"id": token, **fields})


def test_the_endpoint_takes_both_ways_once_and_refuses_strangers(phone: OrderDevice) -> None:
    now = int(WALL.now().timestamp())
    told = {**said(timestamp=now), "device_id": phone.token}
    answers = talk(
        asked(phone.token, timestamp=now - 60), asked(phone.token, timestamp=now - 60),
        lambda client: client.post("/traccar", json=told), lambda client: client.post("/traccar", json=told),
        asked("guessed"), lambda client: client.get("/traccar"), lambda client: client.delete("/traccar"),
    )  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 401, 401, 405]
    assert rows("SELECT count(*) FROM orders_position") == [(2,)]


def test_poison_of_a_known_phone_is_kept_aside(phone: OrderDevice) -> None:
    (answer,) = talk(asked(phone.token, lat="north"))
    assert answer.status_code == 200
    assert "no coordinates" in answer.text
    assert rows("SELECT count(*) FROM orders_deadletter") == [(1,)]
