"""From the register to a round: who lives where, who walks where, and a job that may be killed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from nanxi.field.sweep import planning, visits
from nanxi.field.sweep.tests.village import BRIDGE, COUNTY, HILL, NANXI, OUBEI, Village, lives, street
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import county_day

CHILD = date(2012, 5, 1)


def test_everybody_at_one_address_is_one_household(village: Village) -> None:
    mother, *_ = village.take(
        lives("林海燕", "河滨路1号", phone="13800000001"), lives("林小宝", "河滨路1号", CHILD), lives("陈伟明", "河滨路3号")
    )
    row = village.plan()
    first, second = sorted(village.homes(row), key=lambda home: -home.persons)
    assert (first.persons, first.minors, first.record_id) == (2, 1, mother)
    assert (second.persons, second.minors) == (1, 0)
    assert row.planned_at is not None


def test_somebody_who_moved_is_counted_where_the_newest_list_says(village: Village) -> None:
    chen = {"name": "陈伟明", "phone": "13800000001"}
    village.take(lives(**chen, address="河滨路3号"))
    village.take(lives(**chen, address="山前路9号"), area=HILL)
    (home,) = village.homes(village.plan())
    assert home.area_code == HILL


def test_who_has_no_full_address_is_told_apart_and_not_invented(village: Village) -> None:
    village.take(lives("陈伟明", "河滨路3号"), lives("林海燕", ""), lives("王强", "河滨路"))
    row = village.plan()
    assert (len(village.homes(row)), row.without_home) == (1, 2)


def test_households_are_dealt_evenly_and_a_village_without_staff_has_none(village: Village) -> None:
    village.take(*street(7))
    village.take(lives("王强", "山前路1号"), area=HILL)
    homes = village.homes(village.plan())
    workers = [home.worker_id for home in homes if home.area_code == BRIDGE]
    shares = sorted(workers.count(village.users[name].pk) for name in ("wei", "tan"))
    assert shares == [3, 4]
    assert [home.worker_id for home in homes if home.area_code == HILL] == [None]


def test_planning_again_after_a_kill_changes_nothing(village: Village) -> None:
    village.take(*street(5))
    row = village.plan()
    before = [(home.pk, home.worker_id) for home in village.homes(row)]
    village.work(row)
    assert [(home.pk, home.worker_id) for home in village.homes(row)] == before


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"closes": date(2020, 2, 5)}, "ends before it begins"),
        ({"opens": date(2020, 1, 1), "closes": date(2020, 1, 2)}, "over already"),
        ({"goal": 0}, "from 1 to 100"),
        ({"title": " "}, "title"),
        ({"area": NANXI}, "outside the one you answer for"),
        ({"area": COUNTY}, "outside the one you answer for"),
    ],
)
def test_a_round_that_does_not_fit_is_refused_in_one_sentence(village: Village, more: dict, words: str) -> None:
    with pytest.raises(Refused, match=words):
        village.plan(**more)


def test_only_who_assigns_plans_a_round(village: Village) -> None:
    with pytest.raises(Refused, match="Assign"):
        village.plan(area=BRIDGE, who="wei")


def test_a_round_is_prolonged_and_never_shortened(village: Village) -> None:
    row = village.plan()
    with village.as_officer("qian") as act, pytest.raises(Refused, match="not shortened"):
        visits.prolong_round(act, row, row.closes - timedelta(days=1))
    with village.as_officer("qian") as act:
        assert visits.prolong_round(act, row, row.closes + timedelta(days=2)).closes > county_day(act.now)


def test_free_households_go_to_somebody_who_serves_the_area(village: Village) -> None:
    village.take(lives("王强", "山前路1号"), area=HILL)
    village.take(lives("李四", "镇前街1号"), area=OUBEI)
    row = village.plan()
    with village.as_officer("qian") as act, pytest.raises(Refused, match="does not serve that area"):
        visits.give_households(act, row, area=HILL, to=village.users["wei"])
    with village.as_officer("qian") as act:
        assert visits.give_households(act, row, area=OUBEI, to=village.users["wei"]) == 1
    moved = next(home for home in village.homes(row) if home.worker_id)
    assert (moved.area_code, moved.worker_id) == (BRIDGE, village.users["wei"].pk)
    with village.as_officer("qian") as act:
        assert visits.give_households(act, row, area=HILL, to=village.users["qian"]) == 1
    with village.as_officer("qian") as act, pytest.raises(Refused, match="no such household"):
        visits.give_households(act, row, area=HILL, to=village.users["qian"])


def test_a_worker_of_another_town_gets_nothing(village: Village) -> None:
    village.take(lives("王强", "山前路1号"), area=HILL)
    row = village.plan()
    with village.as_officer("qian") as act, pytest.raises(Refused, match="no area of yours"):
        visits.give_households(act, row, area=HILL, to=village.users["xia"])


def test_nearest_workers_prefer_the_smaller_area(village: Village) -> None:
    wei, tan = village.users["wei"], village.users["tan"]
    staff = {BRIDGE: [wei], f"{BRIDGE}001": [tan]}
    assert planning.nearest_workers(f"{BRIDGE}001", staff) == [tan]
    assert planning.nearest_workers(f"{BRIDGE}002", staff) == [wei]
    assert planning.nearest_workers(HILL, staff) == []
