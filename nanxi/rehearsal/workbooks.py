"""Excel files with the same bytes for the same content: fixed creation time, no temporary files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import xlsxwriter

from nanxi.rehearsal.mess import Cell


@dataclass
class Sheet:
    """Rows top to bottom as they are written; merges are (first row, first column, last row, last column), counted from 0."""

    name: str
    rows: list[Sequence[Cell]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    title_columns: int = 1

    def add(self, *cells: Cell) -> int:
        """Append a row and return its number as Excel shows it, counted from 1."""
        self.rows.append(cells)
        return len(self.rows)


def write_workbook(path: Path, sheet: Sheet, created: date) -> None:
    """One sheet to one file. Floats become number cells, dates date cells, all else text."""
    book = xlsxwriter.Workbook(
        str(path), {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": datetime.combine(created, time()), "author": "演练", "comments": "合成数据 synthetic"})
    page = book.add_worksheet(sheet.name)
    as_date = book.add_format({"num_format": "yyyy-mm-dd"})
    covered = {(row, column) for r0, c0, r1, c1 in sheet.merges for row in range(r0, r1 + 1) for column in range(c0, c1 + 1)}
    for number, cells in enumerate(sheet.rows):
        for column, cell in enumerate(cells):
            if cell == "" or (number, column) in covered:
                continue
            if isinstance(cell, date):
                page.write_datetime(number, column, datetime.combine(cell, time()), as_date)
            elif isinstance(cell, float | int):
                page.write_number(number, column, cell)
            else:
                page.write_string(number, column, cell)
    for r0, c0, r1, c1 in sheet.merges:
        page.merge_range(r0, c0, r1, c1, sheet.rows[r0][c0])
    book.close()
