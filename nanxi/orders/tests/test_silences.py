"""A dead source is told once and holds the persons' silences back; what is a phone's own is told as such. With the real desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nanxi.foundation import acts, areas, charter, scope, units
from nanxi.foundation.act import Act, house
from nanxi.foundation.models import Area
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import below, fence_loop, silences
from nanxi.orders.intervals import rate_interval, share_interval
from nanxi.orders.models import IsolationOrder
from nanxi.orders.tests.folk import TOWN
from nanxi.orders.tests.test_fence_loop import WALK, county, decide, send, served

REAL = {name: getattr(below, name) for name in ("raise_alert", "ease_alert", "open_alert", "closed_since")}
PHONES = 6


@pytest.fixture
def orders(as_worker: None, known: Any, clock: Any, ailian: Act, monkeypatch: Any) -> Iterator[list[IsolationOrder]]:
    """Six people at home in one town with a desk, each phone heard a minute ago."""
    pytest.importorskip("nanxi.desk.services")
    for name, door in REAL.items():
        monkeypatch.setattr(below, name, door)
    charter.forget()
    with county():
        Area.objects.create(code=TOWN, name="Oubei", kind="town")
        units.found_unit(Act(house("tests")), name="Town desk", kind="town", areas=[TOWN])
        made = [served(known, clock, ailian) for _ in range(PHONES)]
    for order in made:
        send(order, clock, WALK[:2])
    clock.forward(seconds=80)
    decide(clock)
    yield made
    charter.forget()


def alerts() -> list[Any]:
    from nanxi.desk.models import Alert

    with county():
        return list(Alert.everything.order_by("raised_at", "id"))


def kinds() -> list[str]:
    return [alert.kind for alert in alerts()]


def heard(orders: list[IsolationOrder], clock: Any) -> None:
    for order in orders:
        send(order, clock, [(0, 5)])
    clock.forward(seconds=1)
    decide(clock)


def quiet(orders: list[IsolationOrder], clock: Any, but: int = 0) -> None:
    """Sixteen minutes in which all but the last `but` phones send nothing."""
    for _ in range(4):
        clock.forward(minutes=4)
        heard(orders[len(orders) - but :], clock)
    fence_loop.tick_due(clock)


def test_a_dead_source_is_one_alert_and_no_persons(orders: list[IsolationOrder], clock: Any) -> None:
    """Positive control: every phone of the town falls silent."""
    quiet(orders, clock)
    assert kinds() == [], "nobody is told of a person before it is clear what fell silent"
    assert silences.one_round(clock) == PHONES
    clock.forward(minutes=10)
    assert silences.one_round(clock) == 0
    (alert,) = alerts()
    assert (alert.kind, alert.area_code, alert.person_id) == ("orders.outage", TOWN, None)
    assert (alert.facts["count"], alert.facts["of"]) == (PHONES, PHONES)
    with county():
        assert alert.steps.count() == 1


def test_while_it_lasts_more_phones_are_added_to_it(orders: list[IsolationOrder], clock: Any) -> None:
    quiet(orders, clock, but=2)
    silences.one_round(clock)
    clock.forward(minutes=16)
    fence_loop.tick_due(clock)
    silences.one_round(clock)
    (alert,) = alerts()
    assert alert.facts["count"] == PHONES


def test_when_it_speaks_again_only_who_is_silent_still_is_called(orders: list[IsolationOrder], clock: Any) -> None:
    quiet(orders, clock)
    silences.one_round(clock)
    clock.forward(minutes=20)
    heard(orders[1:], clock)
    silences.one_round(clock)
    (outage,) = alerts()
    assert (outage.facts["eased"], outage.is_open) == ("source", True)
    clock.forward(minutes=4)
    silences.one_round(clock)
    assert kinds() == ["orders.outage"], "held anew: its phone too may need a moment"
    clock.forward(minutes=2)
    silences.one_round(clock)
    assert kinds() == ["orders.outage", "orders.silent"]
    assert alerts()[1].subject_id == orders[0].pk


def test_a_second_outage_is_told_on_the_open_alert_of_the_first(orders: list[IsolationOrder], clock: Any) -> None:
    quiet(orders, clock)
    silences.one_round(clock)
    heard(orders, clock)
    silences.one_round(clock)
    quiet(orders, clock)
    silences.one_round(clock)
    (alert,) = alerts()
    assert alert.facts["eased"] == ""
    with county():
        assert list(alert.steps.order_by("at", "id").values_list("kind", flat=True)) == ["event", "source", "event"]


def test_one_phone_alone_is_its_own(orders: list[IsolationOrder], clock: Any) -> None:
    quiet(orders, clock, but=PHONES - 1)
    assert silences.one_round(clock) == 0
    clock.forward(minutes=5)
    assert silences.one_round(clock) == 1
    assert kinds() == ["orders.silent"]


def test_a_phone_heard_within_the_hold_is_nobodys_work(orders: list[IsolationOrder], clock: Any) -> None:
    quiet(orders, clock, but=PHONES - 1)
    heard(orders[:1], clock)
    clock.forward(minutes=5)
    silences.one_round(clock)
    assert kinds() == []


def test_closing_the_alert_loses_nobody(orders: list[IsolationOrder], clock: Any) -> None:
    """An officer closes the outage while the phones are silent still: five minutes later it is told again."""
    from nanxi.desk.models import Alert

    quiet(orders, clock)
    silences.one_round(clock)
    with county():
        Alert.everything.update(closed_at=clock.at, disposition="phone_fault", measure="device_fixed")
    clock.forward(minutes=4)
    silences.one_round(clock)
    assert len(alerts()) == 1
    clock.forward(minutes=2)
    silences.one_round(clock)
    assert kinds() == ["orders.outage", "orders.outage"]
    assert alerts()[1].is_open


def test_who_is_outside_is_not_held_back(orders: list[IsolationOrder], clock: Any) -> None:
    send(orders[0], clock, [(after, metres) for after, metres in WALK[2:]])
    clock.forward(seconds=380)
    decide(clock)
    assert kinds() == ["orders.exit"]
    quiet(orders, clock)
    (alert, *_) = alerts()
    with county():
        last = alert.steps.order_by("at", "id").last()
    assert last.facts["event"] == "SILENT", "the silence stands in the alert of the departure at once"
    silences.one_round(clock)
    assert kinds() == ["orders.exit", "orders.outage"]


def test_a_county_that_falls_silent_is_told_once(orders: list[IsolationOrder], clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(silences, "_codes", lambda area: ["990324000000", areas.town_of(area)])
    quiet(orders, clock)
    silences.one_round(clock)
    assert [alert.area_code for alert in alerts()] == ["990324000000"]


def test_two_workers_tell_it_once(orders: list[IsolationOrder], clock: Any) -> None:
    quiet(orders, clock)
    silences.one_round(clock)
    with scope.enter(EVERYWHERE), acts.writing():
        event = fence_loop.FenceEvent.everything.filter(event="SILENT", order=orders[0]).get()
        silences.hold(Act(house("tests"), clock), orders[0], event)
    assert silences.one_round(clock) == 0
    assert len(alerts()) == 1


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(0, 0, 0, 1), (0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1)]
)
def test_the_interval_of_a_share(hits: int, n: int, low: float, high: float) -> None:
    """Against the published Wilson limits."""
    assert share_interval(hits, n) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("events", "low", "high"), [(0, 0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)])
def test_the_interval_of_a_rate(events: int, low: float, high: float) -> None:
    """Against the table of exact Poisson limits."""
    assert rate_interval(events, 1.0) == pytest.approx((low, high), abs=1e-4)
    assert rate_interval(events, 100.0) == pytest.approx((low / 100, high / 100), abs=1e-6)


