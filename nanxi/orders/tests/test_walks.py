"""The dead-man's switch against the real endpoint, fence, desk and relay: it proves that alerts arrive, else it is red."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from nanxi.foundation import acts, areas, charter, scope, units
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.areas import AreaRecord
from nanxi.foundation.clock import WALL, SetClock, county_day
from nanxi.foundation.models import Area
from nanxi.foundation.postgres.roles import SYSTEM, connection_string
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.relay import Relay
from nanxi.foundation.rights import Role
from nanxi.orders import below, daykeys, fence_loop, queries, services, silences, walk_queries, walks
from nanxi.orders.models import FenceEvent, IsolationOrder, OrderDecision, Walk
from nanxi.orders.tests.endpoint import running
from nanxi.orders.tests.folk import officer

COUNTY, TOWN = "990324000000", "990324101000"
DOORS = ("raise_alert", "ease_alert", "open_alert", "closed_since", "open_walks", "is_announced", "end_walk")
REAL = {name: getattr(below, name) for name in DOORS}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Some minutes ago, so that the endpoint, which has the wall's clock, sees only the past; a turn begins."""
    start = WALL.now() - timedelta(minutes=12)
    monkeypatch.setattr(walks, "crc32", lambda town: int(start.timestamp()) % 600)
    return SetClock(start)


@pytest.fixture
def land(as_worker: None, known: Any, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A county of one town, each with a desk."""
    for name, door in REAL.items():
        monkeypatch.setattr(below, name, door)
    charter.forget()
    act = Act(house("setup"), clock)
    with scope.enter(EVERYWHERE, at=act.now), acts.set_up():
        daykeys.ensure(act.now)
        areas.found_areas(act, [AreaRecord(COUNTY, "County"), AreaRecord(TOWN, "Oubei")], origin="test")
        for name, kind, area in (("Centre", "headquarters", COUNTY), ("Oubei desk", "town", TOWN)):
            units.found_unit(act, name=name, kind=kind, areas=[area])
        until = county_day(act.now) + timedelta(days=30)
        charter.found_county(act, name="C", area=Area.objects.get(code=COUNTY), rehearsal=False, until=until, legal_basis="law")
    yield
    charter.forget()


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=Relay(connection_string(SYSTEM, settings.HOME), tmp_path / "witness").run, args=[stop])
    thread.start()
    yield
    stop.set()
    thread.join(timeout=10)


def minutes(clock: SetClock, send: walks.Post, seconds: int, *, fence: bool = True) -> None:
    """The loops of the worker, a few seconds at a time."""
    for _ in range(0, seconds, 5):
        walks.one_round(clock, send)
        if fence:
            while fence_loop.decide_waiting(clock):
                pass
        clock.forward(seconds=5)


def poster(client: Any) -> walks.Post:
    def send(token: str, body: bytes) -> None:
        answer = client.post("/pub", content=body, auth=("walk", token))
        if answer.status_code != 200:
            raise OSError(answer.status_code)

    return send


def all_walks() -> list[Walk]:
    with scope.enter(EVERYWHERE):
        return list(Walk.everything.order_by("started_at"))


def alerts(**only: Any) -> list[Any]:
    from nanxi.desk.models import Alert

    with scope.enter(EVERYWHERE):
        return list(Alert.everything.filter(**only).order_by("raised_at"))


def until_announced() -> None:
    """The relay is another thread; it has its second."""
    stop = threading.Event()
    for _ in range(100):
        with scope.enter(EVERYWHERE):
            if all(below.is_announced(alert) for alert in below.open_walks(TOWN)):
                return
        stop.wait(0.05)


def test_a_walk_arrives_through_the_real_endpoint_and_nobody_is_bothered(land: None, relay: None, clock: SetClock) -> None:
    with running() as client:
        send = poster(client)
        minutes(clock, send, 90)
        until_announced()
        minutes(clock, send, 120)
        (walk,) = all_walks()
        assert (walk.sent, walk.why) == (len(walks.STEPS), "")
        assert walk.arrived_at is not None
        (alert,) = alerts()
        assert (alert.kind, alert.disposition, alert.person_id, alert.record_id) == ("orders.walk", "drill", None, None)
        with scope.enter(EVERYWHERE, at=clock.at):
            assert [row.event for row in FenceEvent.everything.order_by("at", "id")] == [
                "ARMED", "SUSPECT", "EXIT_CONFIRMED", "RETURNED",
            ]  # fmt: skip
            assert walk_queries.walks_are_well(clock.at, timedelta(minutes=25))
            (name, record), *_ = walk_queries.walk_records(clock.at)
            assert (name, record.arrived, record.failing) == ("Oubei", 1, False)
        clock.forward(minutes=8)
        minutes(clock, send, 90)
        until_announced()
        minutes(clock, send, 20)
        assert [walk.arrived_at is not None for walk in all_walks()] == [True, True]
        assert len(alerts()) == 2, "the second walk is an episode of its own"


def test_no_list_count_or_figure_of_persons_sees_it(land: None, clock: SetClock) -> None:
    """Goes red when the mark of a synthetic order is forgotten by the managers through which all rooms read."""
    walks.begin_due(clock)
    with scope.enter(EVERYWHERE, at=clock.at):
        (order,) = IsolationOrder.watched.all()
        assert order.synthetic
        assert not IsolationOrder.objects.exists()
        assert not IsolationOrder.everything.exists()
        assert not queries.listed(clock.at).exists()
        assert queries.count_live(clock.at) == {}
        assert queries.person_days(clock.at - timedelta(days=1), clock.at + timedelta(days=1)) == 0
        assert queries.order_by_id(order.pk) is None
        assert silences.groups_of(Act(house("tests"), clock)) == []
        assert not OrderDecision.everything.exists()
        with acts.writing(), pytest.raises(Refused, match="not in your area"):
            services.serve_order(officer(Role.TOWN_DUTY, clock), order, how="in_person")


def test_a_synthetic_order_cannot_name_a_person(land: None, clock: SetClock) -> None:
    from django.db import IntegrityError, transaction

    from nanxi.foundation.identifiers import uuid7

    walks.begin_due(clock)
    with scope.enter(EVERYWHERE, at=clock.at), acts.set_up(), pytest.raises(IntegrityError), transaction.atomic():
        IsolationOrder.watched.update(person_id=uuid7())


def test_a_dead_endpoint_tells_headquarters_and_the_operator(land: None, clock: SetClock) -> None:
    from nanxi.desk.queries.recipients import recipients

    def nobody(token: str, body: bytes) -> None:
        raise ConnectionRefusedError

    minutes(clock, nobody, 75)
    (walk,) = all_walks()
    assert (walk.why, walk.arrived_at) == ("endpoint", None)
    (alert,) = alerts(kind="orders.deadman")
    assert (alert.area_code, alert.severity, alert.facts["count"], alert.facts["towns"]) == (COUNTY, "high", 1, 1)
    with scope.enter(EVERYWHERE, at=clock.at):
        from nanxi.foundation.models import Unit, User

        with acts.set_up():
            unit = Unit.objects.get(kind="headquarters")
            for name, role in (("ou", Role.OPERATOR), ("bowen", Role.HQ_DESK)):
                user = User(username=name, display_name=name, unit=unit, role_code=role.code)
                user.set_unusable_password()
                user.save()
        assert {user.username for user in recipients(alert, "raised", clock.at)} == {"ou", "bowen"}
        assert not walk_queries.walks_are_well(clock.at, timedelta(minutes=25))
        assert walk_queries.failing_walks(clock.at) == 1


def test_a_fence_that_stands_still_is_found_out_and_its_recovery_told(land: None, relay: None, clock: SetClock) -> None:
    with running() as client:
        send = poster(client)
        minutes(clock, send, 165, fence=False)
        (walk,) = all_walks()
        assert walk.why == "alert"
        assert len(alerts(kind="orders.deadman")) == 1
        minutes(clock, send, 60)
        clock.forward(minutes=8)
        minutes(clock, send, 90)
        until_announced()
        minutes(clock, send, 15)
        assert all_walks()[-1].arrived_at is not None
        (alert,) = alerts(kind="orders.deadman")
        assert (alert.facts["eased"], alert.is_open) == ("walks", True)


def test_a_relay_that_stands_still_is_found_out(land: None, clock: SetClock) -> None:
    with running() as client:
        minutes(clock, poster(client), 165)
    (walk,) = all_walks()
    assert walk.why == "relay"


def test_only_a_walks_alert_closes_by_itself(land: None, clock: SetClock) -> None:
    from nanxi.foundation.identifiers import uuid7

    with scope.enter(EVERYWHERE, at=clock.at), acts.writing():
        act = Act(house("tests"), clock)
        alert = below.raise_alert(
            act, key="k", kind="orders.exit", severity="high", area=TOWN, subject=("orders.order", uuid7()), title="x", facts={}
        )
        with pytest.raises(Refused, match="about a person"):
            below.end_walk(act, alert)


def test_after_the_charter_nobody_walks(land: None, clock: SetClock) -> None:
    clock.forward(days=40)
    assert walks.one_round(clock, lambda token, body: None) == 0
    assert all_walks() == []


def test_towns_are_spread_and_each_walks_once_in_ten_minutes() -> None:
    """Forty towns at once would be a load of their own every ten minutes."""
    starts = {walks._slot(f"9903241{n:02d}000", 1_600_000_000.0) for n in range(30)}
    assert len(starts) > 25
    assert all(0 <= 1_600_000_000.0 - start < 600 for start in starts)
