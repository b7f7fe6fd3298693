"""The table `tests/spec/orders_health.md`, when a report is owed, random turns, and where a phone rests."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanxi.foundation.clock import COUNTY, day_bounds
from nanxi.orders.calibration import MOVED, TOO_FEW, Fix, is_elsewhere, learn, metres_between
from nanxi.orders.care import ANSWER_CHECKIN, Symptom, outcome_of, owes_report, turns_of, two_missed
from nanxi.orders.tests.test_rules import rows

DAY = date(2020, 2, 3)
LON, LAT = 120.69, 28.15


def within(text: str) -> timedelta | None:
    number, _blank, unit = text.partition(" ")
    return None if text == "–" else timedelta(**{{"h": "hours", "min": "minutes"}[unit]: int(number)})


@pytest.mark.parametrize(("story", "temperature", "symptoms", "outcome", "call"), rows("orders_health.md"))
def test_health(story: str, temperature: str, symptoms: str, outcome: str, call: str) -> None:
    told = [] if symptoms == "none" else symptoms.split(", ")
    assert set(told) <= {one.code for one in Symptom}
    found = outcome_of(None if temperature == "–" else float(temperature), told)
    assert (found.code, found.call_within) == (outcome, within(call))


@pytest.mark.parametrize(
    ("since_hour", "now_hour", "owes"),
    [(-30, 17.9, False), (-30, 18, True), (11.9, 18, True), (12.1, 18, False), (12.1, 17, False)],
)
def test_a_report_is_owed_from_the_first_whole_day_on(since_hour: float, now_hour: float, owes: bool) -> None:
    start = day_bounds(DAY)[0]
    now = start + timedelta(hours=now_hour)
    assert owes_report(start + timedelta(hours=since_hour), now + timedelta(days=1), now) is owes
    assert not owes_report(start + timedelta(hours=since_hour), now, now), "an order that ends now owes nothing"


@given(st.binary(min_size=32, max_size=32), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_check_ins_are_asked_for_by_day_and_far_enough_apart(luck: bytes, day: date) -> None:
    turns = turns_of(day, luck)
    hours = [turn.at.astimezone(COUNTY) for turn in turns]
    assert [turn.number for turn in turns] == [1, 2]
    assert all(at.date() == day and 9 <= at.hour < 20 for at in hours)
    assert turns[1].at - turns[0].at >= ANSWER_CHECKIN
    assert turns_of(day, luck) == turns


def test_only_two_misses_in_a_row_are_an_alert() -> None:
    assert two_missed([False, False, True])
    assert not two_missed([False])
    assert not two_missed([False, True, False])


def resting(n: int = 20, every_s: float = 90, wide_m: float = 12, seed: int = 1, acc: float = 15) -> list[Fix]:
    chance = random.Random(seed)
    start = datetime(2020, 2, 3, tzinfo=UTC).timestamp()
    return [
        Fix(start + i * every_s, LON + chance.gauss(0, wide_m) / 98000, LAT + chance.gauss(0, wide_m) / 111195, acc)
        for i in range(n)
    ]


def test_the_middle_of_a_resting_phone_is_home_whatever_a_few_fixes_say() -> None:
    fixes = resting()
    fixes[3] = Fix(fixes[3].t, LON + 0.02, LAT, 20)
    fixes[9] = Fix(fixes[9].t, LON, LAT + 0.03, 20)
    found = learn(random.Random(7).sample(fixes, len(fixes)))
    assert not found.why_not
    assert metres_between((found.lon, found.lat), (LON, LAT)) < 12
    assert found.fixes == 20


def test_too_few_vague_or_wandering_positions_teach_nothing() -> None:
    assert learn([]).why_not == TOO_FEW
    assert learn(resting(n=4)).why_not == TOO_FEW
    assert learn(resting(n=20, every_s=10)).why_not == TOO_FEW, "three minutes are no half hour"
    assert learn(resting(acc=300)).why_not == TOO_FEW
    assert learn(resting(wide_m=300)).why_not == MOVED
    assert learn([Fix(one.t, one.lon, one.lat, None) for one in resting()]).why_not == TOO_FEW


def test_what_comes_after_the_first_half_hour_does_not_move_home() -> None:
    fixes = resting()
    later = [Fix(fixes[0].t + 1801 + i * 60, LON + 0.05, LAT, 10) for i in range(200)]
    assert learn([*fixes, *later]) == learn(fixes)


def test_a_point_taken_at_the_wrong_house_is_asked_about() -> None:
    found = learn(resting())
    assert not is_elsewhere((LON, LAT), found)
    assert is_elsewhere((LON + 0.002, LAT), found)
    assert not is_elsewhere((LON + 0.002, LAT), learn([])), "nothing learnt, nothing to compare"
