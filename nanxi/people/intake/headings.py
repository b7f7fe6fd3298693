"""Where the heading of a sheet is: under title rows, in one row or in two that are merged, or nowhere at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from nanxi.people.intake.books import SheetCells
from nanxi.people.intake.cells import Cell, text_of
from nanxi.people.intake.columns.base import heading_of
from nanxi.people.intake.columns.catalogue import BY_KEY, IGNORED, NAMING, propose
from nanxi.people.intake.guesses import LOOKED_AT, guess, names_somebody

#: Titles, notes and the reporting line above a heading never take more rows.
SEARCHED = 30


@dataclass(frozen=True)
class Heading:
    """First row (from 0), how many rows (0: none, labels are letters), the labels as written, and the proposed columns."""

    row: int
    height: int
    labels: tuple[str, ...]
    keys: tuple[str, ...]

    @cached_property
    def read(self) -> tuple[tuple[int, str], ...]:
        """Places and columns of what is read."""
        return tuple((at, key) for at, key in enumerate(self.keys) if key != IGNORED)

    @property
    def known(self) -> int:
        return sum(key != IGNORED for key in self.keys)


def find_heading(sheet: SheetCells) -> Heading | None:
    """The best heading among the first rows, unknown columns judged by their cells; None when nothing names a person."""
    best: Heading | None = None
    filled = _spread(sheet)
    for row in range(min(SEARCHED, len(filled))):
        for height in (1, 2):
            found = _heading_at(filled, row, height)
            if found and (best is None or _better(found, best, sheet)):
                best = found
    if best is None:
        return _by_its_cells(sheet)
    below = sheet.rows[best.row + best.height :][:LOOKED_AT]
    return replace(best, keys=guess(best.keys, [heading_of(label) for label in best.labels], below))


def _by_its_cells(sheet: SheetCells) -> Heading | None:
    """A list whose headings say nothing, or that has none: where ID numbers begin, people begin."""
    first = next((at for at, row in enumerate(sheet.rows[: SEARCHED + 1]) if names_somebody(row)), None)
    if first is None:
        return None
    above = [text_of(cell) for cell in sheet.rows[first - 1]] if first else []
    width = max(len(above), *map(len, sheet.rows[first : first + LOOKED_AT]))
    headed = sum(map(bool, above)) > 1
    labels = _padded(above, width) if headed else [_letters(at) for at in range(width)]
    keys = guess([IGNORED] * width, [heading_of(label) if headed else "" for label in labels], sheet.rows[first:][:LOOKED_AT])
    if "id_no" not in keys:
        return None
    return Heading(first - headed, int(headed), tuple(labels), keys)


def _letters(at: int) -> str:
    """A column as spreadsheets call it: A … Z, AA …"""
    return ("" if at < 26 else _letters(at // 26 - 1)) + chr(ord("A") + at % 26)


def _better(new: Heading, old: Heading, sheet: SheetCells) -> bool:
    if new.known != old.known:
        return new.known > old.known
    # A name that reaches over both rows says that they are one heading.
    return new.row == old.row and new.height == 2 and any(
        merge[0] == new.row and merge[2] == new.row + 1 for merge in sheet.merges
    )  # fmt: skip


def _heading_at(rows: Sequence[Sequence[Cell]], row: int, height: int) -> Heading | None:
    if row + height > len(rows):
        return None
    upper = [text_of(cell) if isinstance(cell, str) else "" for cell in rows[row]]
    labels = upper
    if height == 2:
        if not any(propose([heading_of(label) for label in upper])):
            # A title or reporting line above the heading is no part of it.
            return None
        lower = [text_of(cell) if isinstance(cell, str) else "" for cell in rows[row + 1]]
        labels = [_joined(*pair) for pair in zip(_padded(upper, len(lower)), _padded(lower, len(upper)), strict=True)]
    headings = [heading_of(label) for label in labels]
    keys = propose(headings)
    if not any(key in keys for key in NAMING):
        return None
    if sum(key != IGNORED for key in keys) < 2 and not any(
        BY_KEY[key].resolve(label) == 2 for key in NAMING for label in headings
    ):
        # One heading alone counts only by its whole name: a sentence may end with "name" too.
        return None
    return Heading(row, height, tuple(labels), keys)


def _joined(upper: str, lower: str) -> str:
    """One label of two: whichever of lower, both and upper names a column; both when none does."""
    if not lower or lower == upper:
        return upper
    for label in (upper + lower, lower):
        if propose([heading_of(label)])[0] != IGNORED:
            return label
    return upper + lower


def _padded(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))


def _spread(sheet: SheetCells) -> list[list[Cell]]:
    """The first rows with each merged text standing in all cells of its first row and, for labels, of its column."""
    rows = [list(row) for row in sheet.rows[: SEARCHED + 2]]
    for top, left, bottom, right in sheet.merges:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        # A title over the whole sheet is no label of each column.
        if right - left + 1 >= max(3, len(rows[top]) - 1):
            continue
        for row in range(top, min(bottom, top + 1, len(rows) - 1) + 1):
            for column in range(left, min(right, len(rows[row]) - 1) + 1):
                rows[row][column] = rows[top][left]
    return rows
