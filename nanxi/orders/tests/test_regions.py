"""The region a phone watches: sealed for its token, handed on by an endpoint that cannot read it, and back as a departure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nanxi.foundation import acts, scope
from nanxi.foundation.act import Act
from nanxi.foundation.clock import WALL, SetClock
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import daykeys, fence_loop, regions, services
from nanxi.orders.models import IsolationOrder, OrderDevice
from nanxi.orders.tests.folk import Below, again, issued
from nanxi.orders.tests.test_ingest import location, post, rows, talk

LON, LAT = 120.69, 28.15


@pytest.fixture
def phone(as_worker: None, known: Below, ailian: Act) -> OrderDevice:
    """A phone of an order that was served at a home point an hour ago."""
    act = Act(ailian.actor, SetClock(datetime.now(UTC) - timedelta(hours=1)))
    with scope.enter(EVERYWHERE), acts.set_up():
        daykeys.ensure(WALL.now())
        order = issued(act, known.somebody())
        services.serve_order(again(act), order, how="in_person", home=services.Home(LON, LAT, 10))
        return services.make_device(again(act), order, label="phone")


def commands(answer: Any) -> dict[str, Any]:
    return {said["action"]: said for said in answer.json() if said["_type"] == "cmd"}


def test_only_the_token_opens_the_region() -> None:
    sealed = regions.seal(regions.public_of("her-token"), LON, LAT, 100.4, 1_790_000_000)
    told = regions.command("her-token", sealed)
    assert told is not None
    assert told["waypoints"]["waypoints"] == [
        {"_type": "waypoint", "desc": "home", "lon": LON, "lat": LAT, "rad": 100, "tst": 1_790_000_000}
    ]
    assert regions.command("another-token", sealed) is None
    assert regions.command("her-token", sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert str(LON).encode() not in sealed


def test_a_phone_is_told_its_region_once_the_fence_knows_home(phone: OrderDevice) -> None:
    (before,) = talk(post(location(lat=LAT, lon=LON), phone.token))
    assert commands(before) == {}
    fence_loop.decide_waiting()
    first, second = talk(post(location(acc=9), phone.token), post(location(acc=8), phone.token))
    (waypoint,) = commands(first)["setWaypoints"]["waypoints"]["waypoints"]
    assert (waypoint["lon"], waypoint["lat"], waypoint["rad"]) == (LON, LAT, services.RADIUS_M)
    assert commands(second) == {}, "told once in six hours, not with every position"


def test_a_phone_is_told_again_when_home_was_taken_anew(phone: OrderDevice, ailian: Act) -> None:
    talk(post(location(), phone.token))
    fence_loop.decide_waiting()
    with scope.enter(EVERYWHERE):
        order = IsolationOrder.everything.get(pk=phone.order_id)
        services.retake_home(Act(ailian.actor, WALL), order, services.Home(LON + 0.001, LAT, 10))
    talk(post(location(acc=7), phone.token))
    fence_loop.decide_waiting()
    (answer,) = talk(post(location(acc=6), phone.token))
    (waypoint,) = commands(answer)["setWaypoints"]["waypoints"]["waypoints"]
    assert waypoint["lon"] == pytest.approx(LON + 0.001)


def test_the_table_tells_no_place(phone: OrderDevice) -> None:
    talk(post(location(), phone.token))
    fence_loop.decide_waiting()
    ((sealed,),) = rows("SELECT region_sealed FROM orders_orderdevice")
    assert len(bytes(sealed)) > 60
    assert b"lon" not in bytes(sealed)
