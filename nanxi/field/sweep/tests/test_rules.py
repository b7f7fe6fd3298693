"""The tables `tests/spec/sweep_*.md`, row by row, and properties that no table can list."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanxi.field.sweep import rules
from nanxi.foundation.clock import COUNTY

SPEC = Path(__file__).resolve().parents[4] / "tests" / "spec"
DAYS = {"Thu": 6, "Fri": 7}
NOW = datetime(2020, 2, 6, 10, tzinfo=COUNTY)


def rows(name: str) -> list[list[str]]:
    lines = [line for line in (SPEC / name).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def moment(text: str) -> datetime:
    day, clock = text.split()
    hour, minute = clock.split(":")
    return datetime(2020, 2, DAYS[day], int(hour), int(minute), tzinfo=COUNTY)


@pytest.mark.parametrize(("at", "tried", "then"), rows("sweep_come_again.md"))
def test_when_to_come_again(at: str, tried: str, then: str) -> None:
    assert rules.part_of_day(moment(at)) == tried[-1] or len(tried) > 1
    found = rules.come_again(moment(at), tried)
    assert found == (None if then == "the town calls" else moment(then))


@pytest.mark.parametrize("row", rows("sweep_coverage.md"), ids=" ".join)
def test_coverage(row: list[str]) -> None:
    known, found, visited, moved, absent, given_up, refused, no_such, denominator, still_open, share = row
    tally = rules.Tally(*map(int, (known, found, visited, moved, absent, given_up, refused, no_such)))
    assert (tally.all, tally.open) == (int(denominator), int(still_open))
    assert tally.percent == (None if share == "–" else float(share))


@pytest.mark.parametrize(("count", "loads", "dealt"), rows("sweep_deal.md"))
def test_deal(count: str, loads: str, dealt: str) -> None:
    assert rules.deal(int(count), [int(one) for one in loads.split()]) == [int(one) for one in dealt.split()]


@given(st.integers(0, 500), st.lists(st.integers(0, 300), min_size=1, max_size=9))
def test_dealing_gives_all_and_evens_out(count: int, loads: list[int]) -> None:
    dealt = rules.deal(count, loads)
    assert sum(dealt) == count and min(dealt) >= 0
    ends = [load + given for load, given in zip(loads, dealt, strict=True)]
    highest_given = max((end for end, given in zip(ends, dealt, strict=True) if given), default=0)
    assert all(end >= highest_given - 1 for end in ends)


@pytest.mark.parametrize(("entrances", "kept", "ago", "state"), rows("sweep_control.md"))
def test_control(entrances: str, kept: str, ago: str, state: str) -> None:
    told = [None if one == "–" else int(one) for one in (entrances, kept, ago)]
    at = None if told[2] is None else NOW - timedelta(hours=told[2])
    assert rules.control_of(told[0], told[1], at, NOW).label == state


@pytest.mark.parametrize(
    ("code", "kind", "sort"),
    [
        ("990324101001", "village", "community"),
        ("990324101201", "village", "village"),
        ("990324101001002", "compound", "compound"),
    ],
)
def test_sorts_of_areas(code: str, kind: str, sort: str) -> None:
    assert rules.sort_of_area(code, kind) == sort


def test_a_visit_is_never_later_than_it_arrived() -> None:
    assert rules.when_visited(NOW + timedelta(days=1), NOW) == NOW
    assert rules.when_visited(NOW - timedelta(days=1), NOW) == NOW - timedelta(days=1)
    assert rules.when_visited(None, NOW) == NOW
