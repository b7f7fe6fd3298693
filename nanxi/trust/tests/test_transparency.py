"""What the county publishes: figures from the ledger, small cells hidden, the charter's own table."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from nanxi.foundation import scope
from nanxi.foundation.clock import WALL, day_bounds
from nanxi.foundation.reach import EVERYWHERE
from nanxi.trust import figures
from nanxi.trust.retention import RETENTION
from nanxi.trust.rules import SMALLEST, published
from nanxi.trust.tests.house import House, phone

ROOT = Path(__file__).resolve().parents[3]

TABLES = [
    # cells                                   shown as                                        total
    ({}, {}, 0),
    ({"a": 0}, {"a": 0}, 0),
    ({"a": 9}, {"a": None}, None),
    ({"a": 10}, {"a": 10}, 10),
    ({"a": 3, "b": 40, "c": 50}, {"a": None, "b": None, "c": 50}, 93),
    ({"a": 3, "b": 4, "c": 50}, {"a": None, "b": None, "c": None}, 57),
    ({"a": 9, "b": 9, "c": 50}, {"a": None, "b": None, "c": 50}, 68),
    ({"a": 3, "b": 4}, {"a": None, "b": None}, None),
]


@pytest.mark.parametrize(("cells", "shown", "total"), TABLES)
def test_small_cells_are_hidden(cells: dict[str, int], shown: dict[str, int | None], total: int | None) -> None:
    assert (published(cells).cells, published(cells).total) == (shown, total)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40), max_size=6))
def test_nobody_can_subtract_a_hidden_cell_out(cells: dict[str, int]) -> None:
    """The attacker knows what is shown and that hidden cells are at least one: no small cell follows."""
    table = published(cells)
    hidden = [key for key, n in table.cells.items() if n is None]
    assert all(key in hidden for key, n in cells.items() if 0 < n < SMALLEST)
    if hidden and table.total is not None:
        left = table.total - sum(n for n in table.cells.values() if n is not None)
        assert left >= SMALLEST
        assert len(hidden) >= 2
        if len(hidden) == 2:
            pairs = ((one, left - one) for one in range(1, left))
            assert sum(1 for pair in pairs if min(pair) < SMALLEST) > 1


def yesterday(house: House, back: int = 1) -> None:
    start, _end = day_bounds(figures.last_day(WALL.now()) - timedelta(days=back - 1))
    house.clock.at = start + timedelta(hours=9)


def test_the_figures_of_a_day_equal_the_ledger(house: House) -> None:
    yesterday(house)
    for _ in range(12):
        house.order(house.somebody())
    house.order(house.somebody("own_case"), kind="own_case")
    for _ in range(11):
        house.read_by("dai", house.persons[house.somebody()])
    with scope.enter(EVERYWHERE):
        day = figures.of_day(figures.last_day(WALL.now()))
    tables = {str(table.title): table for table in day.tables}
    orders = tables["Isolation orders issued, by reason"]
    # One confirmed case stands out; the contacts are hidden with it, the sum is not.
    assert (dict(orders.lines), orders.total) == ({"close contact of a confirmed case": None, "confirmed case": None}, 13)
    reads = tables["Records of persons opened, by purpose"]
    assert [(str(words), n) for words, n in reads.lines] == [("isolation and care", 11)]
    page = phone().get(reverse("transparency")).content.decode()
    assert ">13<" in page or ": 13" in page
    assert "hidden" in page


def test_a_running_day_is_not_published(house: House) -> None:
    for _ in range(12):
        house.order(house.somebody())
    page = phone().get(reverse("transparency"), {"day": WALL.now().date().isoformat()}).content.decode()
    assert "Isolation orders issued, by reason: 0" in page


@pytest.mark.parametrize("day", ["", "soon", "1999-01-01", "2999-01-01"])
def test_a_day_that_is_not_offered_shows_the_last_one(house: House, day: str) -> None:
    page = phone().get(reverse("transparency"), {"day": day}).content.decode()
    assert figures.last_day(WALL.now()).isoformat() in page


def test_the_page_says_what_the_charter_says(house: House) -> None:
    charter = (ROOT / "docs" / "CHARTER.md").read_text(encoding="utf-8")
    page = phone().get(reverse("transparency")).content.decode()
    for row in RETENTION:
        assert "| " + " | ".join(row) + " |" in charter
    for words in ("contact tracing", "identifiers on a list row", "Law, art. 39"):
        assert words in page


def test_without_a_county_it_says_what_to_do(db: None) -> None:
    from nanxi.foundation import charter

    charter.forget()
    assert "No county is set up yet" in phone().get(reverse("transparency")).content.decode()
