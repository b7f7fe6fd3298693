"""A door that opens: evidence for the fence, and one visit for an episode."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nanxi.orders import below, daykeys, doors
from nanxi.orders.models import IsolationOrder, Position
from nanxi.orders.sealing import Sender
from nanxi.orders.tests.folk import NOW, TOWN
from nanxi.orders.tests.test_fence_loop import county, decide, said, send, served

#: The desk's own answer; the fixtures put a stand-in before it.
ASKED, OPEN_TASK = below.asked_lately, below.open_task


@pytest.fixture
def order(as_worker, known, clock, ailian) -> IsolationOrder:
    with county():
        return served(known, clock, ailian)


def door(order: IsolationOrder, clock, word: bytes, after_s: float, late_s: float = 0) -> None:
    at = clock.at + timedelta(seconds=after_s)
    (fix,), _poison = doors.read(word, int(at.timestamp() * 1000))
    with county():
        sealed = Sender.to(*daykeys.public_of(clock.at)).seal(order.id, fix.tst, fix.digest, fix.content)
        Position.objects.create(
            order_id=order.id, tst=fix.tst, digest=fix.digest, area_code=TOWN, rx=at + timedelta(seconds=late_s), source="door",
            sealed=sealed,
        )  # fmt: skip


def asked(known) -> list[tuple[str, str]]:
    return [(task["kind"], task["area"]) for task in known.tasks if task["facts"].get("cause") == "door"]


def test_an_opening_asks_for_one_visit_and_raises_no_alert(order, known, clock) -> None:
    for after in (10, 25, 600):
        clock.at = NOW
        door(order, clock, b"open", after)
        clock.forward(seconds=after + 1)
        decide(clock)
    assert asked(known) == [("visit", TOWN)]
    assert known.alerts == []


def test_a_closed_door_asks_for_nothing(order, known, clock) -> None:
    door(order, clock, b"closed", 10)
    clock.forward(seconds=11)
    decide(clock)
    assert asked(known) == []


def test_an_opening_of_an_hour_ago_is_evidence_only(order, known, clock) -> None:
    door(order, clock, b"open", 10, late_s=3600)
    clock.forward(seconds=3611)
    decide(clock)
    assert asked(known) == []


def test_it_is_evidence_beside(order, known, clock) -> None:
    """One position outside after the door opened is a confirmed exit; without the door it is a suspicion."""
    send(order, clock, [(10, 3), (70, 8), (130, 260)])
    door(order, clock, b"open", 100)
    clock.forward(seconds=140)
    decide(clock)
    assert "EXIT_CONFIRMED" in said(order)
    assert len(asked(known)) == 1


def test_the_desk_opens_the_next_visit_for_the_next_episode(order, clock, monkeypatch) -> None:
    """The same with the desk as it is: an hour later, when the first visit was made, there is another."""
    from nanxi.desk import services as desk
    from nanxi.desk.models import Task

    monkeypatch.setattr(below, "asked_lately", ASKED)
    monkeypatch.setattr(below, "open_task", OPEN_TASK)
    with county():
        from nanxi.foundation import units
        from nanxi.foundation.act import Act, house
        from nanxi.foundation.models import Area

        Area.objects.create(code="990324000000", name="County", kind="county")
        Area.objects.create(code=TOWN, name="Oubei", kind="town", parent_id="990324000000")
        units.found_unit(Act(house("tests"), clock), name="Oubei desk", kind="town", areas=[TOWN], phone="")
    for minutes in (0, 1, 120):
        clock.at = NOW + timedelta(minutes=minutes)
        door(order, clock, b"open", 10)
        clock.forward(seconds=11)
        decide(clock)
    with county():
        tasks = list(Task.objects.filter(kind="visit", ended_at=None))
        assert len(tasks) == 1, "open still: the second episode needs no second visit"
        desk.close_task(Act(house("tests"), clock), tasks[0], result="met")
    clock.forward(hours=2)
    door(order, clock, b"open", 1)
    clock.forward(seconds=2)
    decide(clock)
    with county():
        assert Task.objects.filter(kind="visit").count() == 2
