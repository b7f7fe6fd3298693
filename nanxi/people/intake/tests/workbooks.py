"""Workbooks for tests, built cell by cell."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

import xlsxwriter

#: Valid ID numbers of nobody: an unassigned county code.
ALICE, BOB = "990324199001011236", "990324196507152219"


def workbook(*sheets: Sequence[Sequence[Any]], merges: Iterable[tuple[int, int, int, int]] = (), hidden: int = -1) -> bytes:
    """Sheets of rows; floats become number cells, dates date cells, all else text. Merges apply to the first sheet."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    book.set_properties({"created": datetime(2020, 1, 1)})  # noqa: DTZ001 - the same rows are the same bytes
    as_date = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, rows in enumerate(sheets):
        page = book.add_worksheet(f"Sheet{number + 1}")
        if number == hidden:
            page.hide()
        for place, row in enumerate(rows):
            for at, cell in enumerate(row):
                if isinstance(cell, float):
                    page.write_number(place, at, cell)
                elif isinstance(cell, date):
                    page.write_datetime(place, at, datetime.combine(cell, time()), as_date)
                elif cell:
                    page.write_string(place, at, cell)
        for merge in merges if number == 0 else ():
            page.merge_range(*merge, rows[merge[0]][merge[1]])
    book.close()
    return held.getvalue()
