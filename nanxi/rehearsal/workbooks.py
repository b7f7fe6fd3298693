"""Excel files with the same bytes for the same content: fixed creation time, no temporary files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import xlsxwriter


@dataclass(frozen=True)
class Failed:
    """A cell whose formula failed: #N/A, #VALUE!."""

    code: str


Cell = str | float | date | Failed
#: A look-up that found nothing, as people write them to fetch numbers from another table.
_FORMULA = "=VLOOKUP(1,Z1:Z2,2,FALSE)"


@dataclass
class Sheet:
    """Rows top to bottom as they are written; merges are (first row, first column, last row, last column), counted from 0."""

    name: str
    rows: list[Sequence[Cell]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    hidden: bool = False

    def add(self, *cells: Cell) -> int:
        """Append a row and return its number as Excel shows it, counted from 1."""
        self.rows.append(cells)
        return len(self.rows)

    def covered(self) -> set[tuple[int, int]]:
        """Cells under a merge, its first one too."""
        return {(row, column) for r0, c0, r1, c1 in self.merges for row in range(r0, r1 + 1) for column in range(c0, c1 + 1)}


def write_workbook(path: Path, sheets: Sheet | Sequence[Sheet], created: date, *, from_1904: bool = False) -> None:
    """Sheets to one file. Floats become number cells, dates date cells, all else text."""
    settings = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), {**settings, "date_1904": from_1904})
    book.set_properties({"created": datetime.combine(created, time()), "author": "演练", "comments": "合成数据 synthetic"})
    as_date = book.add_format({"num_format": "yyyy-mm-dd"})
    for sheet in [sheets] if isinstance(sheets, Sheet) else sheets:
        page = book.add_worksheet(sheet.name)
        covered = sheet.covered()
        for number, cells in enumerate(sheet.rows):
            for column, cell in enumerate(cells):
                if cell != "" and (number, column) not in covered:
                    _write(page, number, column, cell, as_date)
        for r0, c0, r1, c1 in sheet.merges:
            page.merge_range(r0, c0, r1, c1, sheet.rows[r0][c0])
        for row in sorted(sheet.hidden_rows):
            page.set_row(row, None, None, {"hidden": True})
        for column in sorted(sheet.hidden_columns):
            page.set_column(column, column, None, None, {"hidden": True})
        if sheet.hidden:
            page.hide()
    book.close()


def _write(page: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell, as_date: xlsxwriter.format.Format) -> None:
    if isinstance(cell, Failed):
        page.write_formula(row, column, _FORMULA, None, cell.code)
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime.combine(cell, time()), as_date)
    elif isinstance(cell, float | int):
        page.write_number(row, column, cell)
    else:
        page.write_string(row, column, cell)
