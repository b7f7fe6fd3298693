"""A workbook or CSV as lines under headings, read by the register's guarded reader: what every list of this room shares.

Every line is checked before any is kept; a problem is one sentence that names row, column and remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from nanxi.foundation.clock import COUNTY
from nanxi.people.intake.books import open_book
from nanxi.people.intake.cells import Cell, folded, is_empty, text_of
from nanxi.people.intake.problems import Unreadable

#: Our column → the headings that people write over it.
Headings = Mapping[str, Sequence[str]]
#: A list of persons is a few hundred lines; a longer file is something else.
MOST_ROWS = 5000
#: Whole numbers up to here are exact in a cell; a longer identifier has lost its last digits.
EXACT = 1e15
#: A title and a note or two stand above the heading, not more.
HEADING_WITHIN = 10


@dataclass(frozen=True)
class Row:
    """One line of a file: its number as a person sees it, and its cells by our columns."""

    number: int
    cells: Mapping[str, Cell]

    def text(self, column: str) -> str:
        return text_of(self.cells.get(column))

    def moment(self, column: str) -> datetime | None:
        """A time in the county, from a date cell or its text; None when it is none."""
        value = self.cells.get(column)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=COUNTY)
        try:
            found = datetime.fromisoformat(text_of(value).replace("/", "-"))
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=COUNTY)

    def problem(self, column: str, what: str) -> str:
        return _("Row %(row)d, column %(column)s: %(what)s.") % {"row": self.number, "column": column, "what": what}

    def lost_digits(self, columns: Sequence[str]) -> str:
        """The problem of an identifier stored as a number too long to be exact; empty when there is none."""
        for column in columns:
            if isinstance(value := self.cells.get(column), float) and (not value.is_integer() or abs(value) >= EXACT):
                return self.problem(
                    column, _("was stored as a number and may have lost digits; format the column as text, enter it again")
                )
        return ""


def rows(name: str, data: bytes, headings: Headings, needed: Sequence[str]) -> list[Row] | str:
    """The lines of the first visible sheet, or the sentence that says why there are none."""
    try:
        book = open_book(name, data)
    except Unreadable as problem:
        return _(problem.sentence)
    cells = next((sheet.rows for sheet in book.sheets if not sheet.hidden and sheet.rows), ())
    head, columns = _heading(cells, headings)
    if missing := [column for column in needed if column not in columns]:
        column, *others = headings[missing[0]]
        told = _("The column %(column)s is missing from the heading (also read: %(names)s).")
        return told % {"column": column, "names": "、".join(others)}
    found = list(_rows(cells, head, columns))
    if len(found) > MOST_ROWS:
        return _("The file has more than %(n)d rows. Split it.") % {"n": MOST_ROWS}
    return found


def _rows(cells: Sequence[Sequence[Cell]], head: int, columns: Mapping[str, int]) -> Iterator[Row]:
    for number, line in enumerate(cells[head + 1 :], start=head + 2):
        if not all(is_empty(cell) for cell in line):
            yield Row(number, {column: line[place] for column, place in columns.items() if place < len(line)})


def _heading(cells: Sequence[Sequence[Cell]], headings: Headings) -> tuple[int, dict[str, int]]:
    """The row with most of our headings among the first ones, and their places; titles may stand above it."""
    found = [(number, _columns(line, headings)) for number, line in enumerate(cells[:HEADING_WITHIN])]
    return max(found, key=lambda row: len(row[1]), default=(0, {}))


def _columns(head: Sequence[Cell], headings: Headings) -> dict[str, int]:
    words = [folded(cell).lower() for cell in head]
    found: dict[str, int] = {}
    for column, names in headings.items():
        place = next((i for i, word in enumerate(words) if word in {name.replace(" ", "") for name in names}), None)
        if place is not None:
            found[column] = place
    return found
