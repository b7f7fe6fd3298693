"""Small cells: what is told by town, and an attacker who knows the total and the rule finds nobody."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest

from nanxi.board.cells import LEAST, held_back, told

TABLE = [
    # counts by town                        told
    ({"a": 0, "b": 0}, "0 0"),
    ({"a": 12, "b": 40}, "12 40"),
    ({"a": 12, "b": 10, "c": 40}, "12 10 40"),
    ({"a": 3, "b": 12, "c": 40}, "* * 40"),
    ({"a": 3, "b": 40, "c": 12, "d": 0}, "* * 12 0"),
    ({"a": 9, "b": 9, "c": 40}, "* * *"),
    ({"a": 1, "b": 1, "c": 40}, "* * *"),
    ({"a": 6, "b": 7, "c": 40}, "* * 40"),
    ({"a": 40, "b": 12, "c": 2}, "* 12 *"),
    ({"a": 1, "b": 0, "c": 0}, "* * *"),
    ({"a": 5}, "*"),
]


@pytest.mark.parametrize(("counts", "shown"), TABLE)
def test_what_is_told_by_town(counts: dict[str, int], shown: str) -> None:
    assert " ".join(told(counts).values()) == shown


def found_by_subtraction(cells: int, highest: int) -> list[tuple[int, ...]]:
    """Tables up to a total in which an attacker with total, shown figures and this rule can tell a small count for certain."""
    alike: dict[tuple[object, ...], list[tuple[int, ...]]] = defaultdict(list)
    for values in product(range(highest + 1), repeat=cells):
        if sum(values) > highest:
            continue
        counts = dict(zip("abcd", values, strict=False))
        alike[(sum(values), *told(counts).values())].append(values)
    return [
        same[0]
        for (_total, *shown), same in alike.items()
        for place, text in enumerate(shown)
        if text == "*" and len({row[place] for row in same}) == 1 and 0 < same[0][place] < LEAST
    ]


@pytest.mark.parametrize(("cells", "highest"), [(2, 60), (3, 45), (4, 24)])
def test_no_small_count_is_found_by_subtraction(cells: int, highest: int) -> None:
    every_town_at_nine = (LEAST - 1,) * cells
    assert [found for found in found_by_subtraction(cells, highest) if found != every_town_at_nine] == []


def test_the_attacker_finds_them_when_only_the_small_count_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nanxi.board.cells._open", lambda values: True)
    assert found_by_subtraction(3, 30)


def test_nothing_small_nothing_held_back() -> None:
    assert held_back({"a": 0, "b": 10, "c": 99}) == frozenset()
