"""The brief of the fixed log in `tests/spec/board_brief.md`: the same log gives the same figures, in any order of reading."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from nanxi.board.figures import Entry, Figures, by_area, figures_of
from nanxi.foundation.clock import COUNTY

SPEC = Path(__file__).resolve().parents[3] / "tests" / "spec" / "board_brief.md"
NAMES = UUID(int=7)
DAY, PERIOD, END = (datetime(2020, 2, day, tzinfo=COUNTY) for day in (3, 2, 4))


def tables() -> tuple[list[list[str]], list[list[str]]]:
    found: list[list[list[str]]] = [[]]
    for line in SPEC.read_text(encoding="utf-8").splitlines():
        if line.startswith("| "):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1] and not line.startswith("|"):
            found.append([])
    log, figures = (table[1:] for table in found if table)
    return log, figures


def moment(text: str) -> datetime:
    return datetime.strptime(f"2020-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=COUNTY)


def entry(at: str, kind: str, about: str, person: str, said: str) -> Entry:
    name, _, times = kind.partition(" ×")
    facts: dict[str, object] = {}
    word, _, value = said.partition(" ")
    if word in {"deadline", "until"}:
        facts[word] = int(moment(value).astimezone(UTC).timestamp() * 1_000_000)
    elif word != "–":
        facts[word] = value or True
    who = None if person == "–" else uuid5(NAMES, person)
    what = None if about == "–" else uuid5(NAMES, about)
    return Entry(name, moment(at), "990324101000", what, who, facts, int(times or 1))


@cache
def log() -> list[Entry]:
    return [entry(*row) for row in tables()[0]]


@pytest.mark.parametrize(("figure", "day", "period"), tables()[1])
def test_what_the_brief_counts(figure: str, day: str, period: str) -> None:
    assert str(getattr(figures_of(log(), since=DAY, until=END), figure)) == day
    assert str(getattr(figures_of(log(), since=PERIOD, until=END), figure)) == period


def test_every_figure_stands_in_the_table() -> None:
    listed = {row[0] for row in tables()[1]}
    assert set(Figures.__dataclass_fields__) - listed == {"alerts_closed"}


def test_what_comes_later_does_not_change_a_past_day() -> None:
    before = [one for one in log() if one.at < END]
    assert figures_of(before, since=DAY, until=END) == figures_of(log(), since=DAY, until=END)
    more = [
        *log(),
        Entry("desk.alert.closed", END + timedelta(days=1), subject=uuid5(NAMES, "A1"), facts={"disposition": "drift"}),
    ]
    assert figures_of(more, since=DAY, until=END) == figures_of(log(), since=DAY, until=END)


def test_days_add_up_to_the_period() -> None:
    first, second = figures_of(log(), since=PERIOD, until=DAY), figures_of(log(), since=DAY, until=END)
    both = figures_of(log(), since=PERIOD, until=END)
    for flow in (
        "directives_received",
        "checks",
        "orders_issued",
        "orders_ended",
        "alerts_raised",
        "alerts_acknowledged",
        "passages",
    ):
        assert getattr(first, flow) + getattr(second, flow) == getattr(both, flow), flow


def test_one_person_on_three_lists_is_three_checks_of_one_person() -> None:
    pan = uuid5(NAMES, "Pan")
    rows = [
        Entry("desk.task.closed", DAY, subject=uuid5(NAMES, str(n)), person=pan, facts={"task_kind": "verification"})
        for n in range(3)
    ]
    found = figures_of(rows, since=DAY, until=END)
    assert (found.checks, found.persons_checked) == (3, 1)


def test_an_extended_order_does_not_end_at_its_first_date() -> None:
    late = int((END + timedelta(days=9)).timestamp() * 1_000_000)
    subject = uuid5(NAMES, "O1")
    rows = [*log(), Entry("orders.order.extended", DAY + timedelta(hours=1), subject=subject, facts={"until": late})]
    found = figures_of(sorted(rows, key=lambda row: row.at), since=DAY, until=END)
    assert (found.orders_ended, found.orders_in_force) == (1, 2)


def test_entries_of_one_moment_may_come_in_any_order() -> None:
    rows = log()[:]
    random.Random(1).shuffle(rows)
    assert figures_of(sorted(rows, key=lambda row: row.at), since=DAY, until=END) == figures_of(log(), since=DAY, until=END)


def test_towns_share_the_log_among_them() -> None:
    rows = [Entry("desk.alert.raised", DAY, area=area, subject=uuid5(NAMES, area)) for area in ("a1", "a2", "b1", "")]
    assert {town: len(found) for town, found in by_area(rows, {"a1": "a", "a2": "a", "b1": "b"}).items()} == {"a": 2, "b": 1}
