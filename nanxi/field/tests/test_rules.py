"""The table `tests/spec/field_passage.md`, row by row, and the other rules of the room."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nanxi.field import rules

SPEC = Path(__file__).resolve().parents[3] / "tests" / "spec" / "field_passage.md"
NOW = datetime(2020, 2, 3, 1, 0, tzinfo=UTC)
VALID = "99032419700101004X"
WHO = {
    "valid ID": (VALID, "", ""), "name and phone": ("", "Pan Meihua", "13800000001"), "name": ("", "Pan Meihua", ""),
    "nothing": ("", "", ""), "wrong check digit": ("990324197001010041", "", ""), "17 digits": (VALID[:17], "", ""),
    "typed by hand": ("９９０３２４ 19700101 004ｘ", "", ""),
}  # fmt: skip
UNITS = {"m": 60, "h": 3600}


def rows() -> list[list[str]]:
    lines = [line for line in SPEC.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.mark.parametrize(("story", "who", "ago", "temperature", "then"), rows())
def test_what_a_post_may_record(story: str, who: str, ago: str, temperature: str, then: str) -> None:
    found = re.fullmatch(r"(-?\d+)([mh])", ago)
    assert found, ago
    at = NOW - timedelta(seconds=int(found[1]) * UNITS[found[2]])
    degrees = None if temperature == "–" else float(temperature)
    id_no, name, phone = WHO[who]
    problem = rules.why_not_passage(id_no=rules.tidy_id(id_no), name=name, phone=phone, at=at, temperature_c=degrees, now=NOW)
    said = problem or ("recorded, fever" if rules.is_fever(degrees) else "recorded")
    assert (then == said) if then.startswith("recorded") else then in said


@pytest.mark.parametrize("place", range(17))
def test_every_single_wrong_digit_is_found(place: int) -> None:
    for digit in "0123456789":
        if digit != VALID[place]:
            assert rules.why_not_id(VALID[:place] + digit + VALID[place + 1 :])


VISITS = [
    # outcome       words             then
    ("met", "", ""),
    ("refused", "", "Write one sentence"),
    ("refused", "  ", "Write one sentence"),
    ("refused", "shut the door", ""),
    ("", "", "Choose what you found"),
    ("served", "", "Choose what you found"),
]


@pytest.mark.parametrize(("outcome", "words", "then"), VISITS)
def test_what_a_visit_may_record(outcome: str, words: str, then: str) -> None:
    said = rules.why_not_visit(outcome=outcome, allowed=("met", "absent", "refused"), note=words)
    assert (then in said) if then else said == ""


STAYS = [
    # begins  ends   then (hours from now)
    (-3, -1, ""),
    (-3, None, ""),
    (1, None, "lies in the past"),
    (-1, 1, "lies in the past"),
    (-1, -2, "ends before it begins"),
]


@pytest.mark.parametrize(("start", "end", "then"), STAYS)
def test_which_places_are_kept(start: int, end: int | None, then: str) -> None:
    ends = None if end is None else NOW + timedelta(hours=end)
    said = rules.why_not_stay(start=NOW + timedelta(hours=start), end=ends, now=NOW)
    assert (then in said) if then else said == ""


TODAY = [
    # due in hours, priority, shown today (the day ends in 15 hours)
    (-30, 2, True),
    (3, 2, True),
    (14, 2, True),
    (15, 2, False),
    (40, 2, False),
    (40, 1, True),
]


@pytest.mark.parametrize(("hours", "priority", "shown"), TODAY)
def test_which_tasks_are_todays(hours: int, priority: int, shown: bool) -> None:
    day_end = NOW + timedelta(hours=15)
    assert rules.for_today(due=NOW + timedelta(hours=hours), priority=priority, day_end=day_end) is shown


def test_the_map_gets_latitude_first_and_never_a_name() -> None:
    assert rules.geo_address(point=(120.691, 28.154), address="x") == "geo:28.154000,120.691000?q=28.154000,120.691000"
    assert rules.geo_address(point=None, address="瓯北街道1号") == "geo:0,0?q=%E7%93%AF%E5%8C%97%E8%A1%97%E9%81%931%E5%8F%B7"
    assert rules.geo_address(point=None, address=" ") == ""


PURPOSES = [
    ("verification", "desk.directive", "verification"), ("visit", "desk.alert", "alert"), ("serve", "orders.order", "isolation"),
    ("lead", "", "lead"), ("conflict", "", "correction"), ("health", "", "isolation"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "subject", "purpose"), PURPOSES)
def test_the_purpose_follows_from_the_task(kind: str, subject: str, purpose: str) -> None:
    assert rules.purpose_of(kind, subject) == purpose
