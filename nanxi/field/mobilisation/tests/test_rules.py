"""The tables of fatigue and size row by row, and the calendar held against its standard."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanxi.desk.rules import fatigue
from nanxi.field.mobilisation import calendar, rules
from nanxi.field.mobilisation.rules import Span
from nanxi.foundation.clock import COUNTY

SPEC = Path(__file__).resolve().parents[4] / "tests" / "spec"
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon+1"]
MONDAY = datetime(2020, 2, 3, tzinfo=COUNTY)


def rows(name: str) -> list[list[str]]:
    lines = [line for line in (SPEC / name).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def span(text: str) -> Span:
    day, rest = text.split()
    clock, hours = rest.split("+")
    hour, minute = clock.split(":")
    starts = MONDAY + timedelta(days=DAYS.index(day), hours=int(hour), minutes=int(minute))
    return Span(starts, starts + timedelta(hours=int(hours)))


@pytest.mark.parametrize(("held", "offered", "reason"), rows("fatigue.md"))
def test_fatigue(held: str, offered: str, reason: str) -> None:
    has = [] if held == "–" else [span(one) for one in held.split(", ")]
    problem = rules.why_too_tired(span(offered), has)
    assert (reason in problem) if reason != "–" else not problem


def test_every_refusal_names_a_remedy() -> None:
    for sentence in (fatigue.TOO_LONG, fatigue.OVERLAPS, fatigue.NO_REST, fatigue.TOO_MUCH, fatigue.TOO_MANY_NIGHTS):
        assert re.search("choose|split|begin", sentence), sentence


@given(st.lists(st.tuples(st.integers(0, 14 * 24), st.integers(1, 12)), max_size=12))
def test_whatever_is_taken_one_after_the_other_keeps_the_limits(offers: list[tuple[int, int]]) -> None:
    held: list[Span] = []
    for start, hours in offers:
        new = Span(MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=start + hours))
        if not rules.why_too_tired(new, held):
            held.append(new)
    held.sort(key=lambda one: one.starts)
    assert all(later.starts - one.ends >= fatigue.REST for one, later in pairwise(held))
    for hour in range(15 * 24):
        start = MONDAY + timedelta(hours=hour)
        worked = sum((max(min(s.ends, start + fatigue.WEEK) - max(s.starts, start), timedelta(0)) for s in held), timedelta(0))
        assert worked <= fatigue.MOST_A_WEEK
    nights = sorted(night for one in held for night in fatigue.nights_of(one))
    assert not any((nights[n + 3] - nights[n]).days == 3 for n in range(len(nights) - 3))


@pytest.mark.parametrize(("work", "pieces", "hours", "people"), rows("shift_size.md"))
def test_size(work: str, pieces: str, hours: str, people: str) -> None:
    assert rules.seats_for(rules.Work.of(work), int(pieces), timedelta(hours=int(hours))) == int(people)


def test_nobody_comes_on_before_reading_too_early_or_too_late() -> None:
    shift = span("Mon 09:00+8")
    assert "notes" in rules.why_not_begin(shift, shift.starts, unread=1)
    assert "not begun" in rules.why_not_begin(shift, shift.starts - timedelta(minutes=31), unread=0)
    assert "over" in rules.why_not_begin(shift, shift.ends, unread=0)
    assert not rules.why_not_begin(shift, shift.starts - timedelta(minutes=30), unread=0)


def unfolded(text: str) -> list[str]:
    """Content lines as RFC 5545 §3.1 says to read them."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=300))
def test_any_title_is_folded_escaped_and_read_back(title: str) -> None:
    event = calendar.Event(str(uuid4()), MONDAY, MONDAY + timedelta(hours=8), title, "x", MONDAY)
    text = calendar.calendar_of([event], name="My shifts")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    (summary,) = [line for line in unfolded(text) if line.startswith("SUMMARY:")]
    assert re.sub(r"\\(.)", r"\1", summary.removeprefix("SUMMARY:")) == title


def test_a_calendar_has_what_the_standard_asks_for() -> None:
    event = calendar.Event("a@nanxi", MONDAY, MONDAY + timedelta(hours=8), "Patrol", "Bridge End\nsouth", MONDAY, cancelled=True)
    lines = unfolded(calendar.calendar_of([event], name="x"))
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Nanxi//Shifts//ZH"]
    assert (lines[-2], lines[-1]) == ("END:VEVENT", "END:VCALENDAR")
    named = dict(line.split(":", 1) for line in lines if not line.startswith(("BEGIN", "END")))
    assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS"} <= set(named)
    assert datetime.strptime(named["DTSTART"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) == MONDAY
    assert (named["STATUS"], named["LOCATION"]) == ("CANCELLED", "Bridge End\\nsouth")
