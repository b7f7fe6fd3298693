"""Households of a sweep on the phone: taken along, handed in once, kept when they cannot count, and homes that nobody knew."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from nanxi.field.models import HandedIn
from nanxi.field.phones.rules import Door, Standing, door_standing
from nanxi.field.sweep.models import Household, HouseholdVisit, SweepRound
from nanxi.field.tests import test_phones
from nanxi.field.tests.folk import NANXI, VILLAGE, Folk
from nanxi.field.tests.test_phones import DAY, hand_in, kept, notices, second_worker, standings
from nanxi.field.tests.test_visits import phone
from nanxi.foundation import acts, scope
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.models import User
from nanxi.foundation.reach import EVERYWHERE

pytestmark = test_phones.pytestmark
county = test_phones.county
ANSWERS = {"result": "visited", "answered_by": "adult", "living": 3, "unwell": 0, "arrived": 0, "note": "一切正常"}


def a_round(folk: Folk, *, closes: date | None = None) -> SweepRound:
    today = county_day(WALL.now())
    row = SweepRound(
        area_code=NANXI[:6].ljust(12, "0"), title="Round one", form="household@1", opens=today - timedelta(days=10),
        closes=closes or today + timedelta(days=3), goal=100, asked_at=WALL.now(), asked_by=folk.xia.id, planned_at=WALL.now(),
    )  # fmt: skip
    with acts.set_up():
        row.save()
    return row


def a_home(folk: Folk, row: SweepRound, worker: User | None = None, **more: Any) -> Household:
    held = worker or folk.wei
    values = {"area_code": VILLAGE, "home": uuid4().int % 2**60, "persons": 3, "worker_id": held.id, "unit_id": held.unit_id}
    values |= more
    with scope.enter(EVERYWHERE), acts.set_up():
        house = Household(round=row, **values)
        house.save()
    return house


def door(about: UUID, **more: Any) -> dict[str, Any]:
    return {"key": str(uuid4()), "task": str(about), "at": WALL.now().isoformat(), "door": True, "answers": ANSWERS, **more}


def counted() -> list[HouseholdVisit]:
    with scope.enter(EVERYWHERE):
        return list(HouseholdVisit.objects.order_by("arrived_at"))


def again(pk: UUID) -> Household:
    with scope.enter(EVERYWHERE):
        return Household.objects.get(pk=pk)


def test_the_day_holds_the_worker_s_own_doors_and_the_round(county: Folk) -> None:
    row = a_round(county)
    mine = a_home(county, row)
    a_home(county, row, second_worker(county))
    told = phone(county).get(DAY).json()
    [errand] = told["tasks"]
    assert (errand["id"], errand["door"], errand["form"], errand["persons"]) == (str(mine.pk), True, "household@1", 3)
    assert told["forms"]["household@1"]["remark"] == "note"
    [sweep] = told["sweeps"]
    assert (sweep["id"], sweep["areas"]) == (str(row.pk), [[VILLAGE, "Bridge End"]])


def test_a_visit_to_a_home_is_one_however_often_it_comes(county: Folk) -> None:
    house = a_home(county, a_round(county))
    client, told = phone(county), door(house.pk, at=(WALL.now() - timedelta(days=7)).isoformat())
    assert standings(hand_in(client, told)) == ["taken"]
    assert standings(hand_in(client, told, told)) == ["taken"]
    [visit] = counted()
    assert (visit.outcome, visit.living, visit.submission) == ("visited", 3, UUID(told["key"]))
    assert abs(WALL.now() - timedelta(days=7) - visit.at) < timedelta(minutes=1)
    assert again(house.pk).result == "visited"
    assert phone(county).get(DAY).json()["tasks"] == []


def test_nobody_home_comes_back_at_another_part_of_the_day(county: Folk) -> None:
    house = a_home(county, a_round(county))
    assert standings(hand_in(phone(county), door(house.pk, answers={"result": "absent"}))) == ["taken"]
    assert again(house.pk).again_from is not None


def test_what_cannot_count_is_kept_and_the_town_is_told(county: Folk) -> None:
    row = a_round(county)
    over = a_round(county, closes=county_day(WALL.now()) - timedelta(days=2))
    other = second_worker(county)
    theirs, late, unfit = a_home(county, row, other), a_home(county, over), a_home(county, row)
    sent = [door(theirs.pk), door(late.pk), door(unfit.pk, answers={**ANSWERS, "living": 0}), door(uuid4())]
    assert standings(hand_in(phone(county), *sent)) == ["moved", "outside", "faulty", "unknown"]
    assert counted() == []
    assert len(notices()) == 4
    assert all(one.sealed for one in kept())


def test_another_worker_s_settled_home_is_kept_beside_it(county: Folk) -> None:
    house = a_home(county, a_round(county), result="visited", result_by=uuid4(), result_at=WALL.now())
    answer = hand_in(phone(county), door(house.pk))
    assert standings(answer) == ["second"]
    assert answer.json()["visits"][0]["flag"] is True
    [visit] = counted()
    assert visit.counted is False
    assert notices() == []


def test_a_home_nobody_knew_joins_the_round_with_its_visit(county: Folk) -> None:
    row = a_round(county)
    home = {"area": VILLAGE, "address": "桥头村 9 号", "name": "潘国", "phone": "13800001111", "persons": 2}
    told = door(row.pk, found=home)
    client = phone(county)
    assert standings(hand_in(client, told)) == ["taken"]
    assert standings(hand_in(client, told)) == ["taken"]
    [visit] = counted()
    house = again(visit.household_id)
    assert (house.worker_id, house.found_at is not None, house.result) == (county.wei.id, True, "visited")
    assert standings(hand_in(client, door(row.pk, found=home))) == ["known"]
    [line] = [one for one in kept() if one.standing == "known"]
    assert "潘国".encode() not in bytes(line.sealed or b"")


def test_tasks_and_doors_of_one_batch_are_answered_together(county: Folk) -> None:
    house, errand = a_home(county, a_round(county)), test_phones.task(county)
    answer = hand_in(phone(county), test_phones.visit(errand), door(house.pk))
    assert standings(answer) == ["taken", "taken"]
    with scope.enter(EVERYWHERE):
        assert HandedIn.objects.count() == 2
    assert "一切正常" not in json.dumps(answer.json(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("told", "fits", "age", "then"),
    [
        (None, True, 0, Standing.UNKNOWN),
        (Door(True), True, 0, Standing.TAKEN),
        (Door(True), True, 15, Standing.OLD),
        (Door(False), True, 0, Standing.MOVED),
        (Door(True, in_round=False), True, 0, Standing.OUTSIDE),
        (Door(True), False, 0, Standing.FAULTY),
        (Door(True, settled_by_other=True), True, 0, Standing.SECOND),
    ],
)
def test_what_becomes_of_a_visit_to_a_door(told: Door | None, fits: bool, age: int, then: Standing) -> None:
    assert door_standing(told, fits=fits, age=timedelta(days=age)) is then
