"""Tables of a web page: what many systems of that year exported under the name .xls. No script runs, nothing is fetched."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

#: A cell that spans more is no cell of a list.
MOST_SPAN = 200
CELLS = ("td", "th")


class _Tables(HTMLParser):
    """Rows of every table; what spans columns or rows leaves empty cells and a merge, as in a workbook."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[list[list[str]], list[list[int]]]] = []
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._held: dict[tuple[int, int], bool] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._end_cell()
            self.tables.append(([], []))
            self._held = {}
        elif tag == "tr" and self.tables:
            self._end_cell()
            self.tables[-1][0].append([])
        elif tag in CELLS and self.tables:
            self._end_cell()
            said = dict(attrs)
            self._spans = (_span(said.get("rowspan")), _span(said.get("colspan")))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in (*CELLS, "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        rows, merges = self.tables[-1]
        if not rows:
            rows.append([])
        row, place = rows[-1], len(rows) - 1
        while (place, len(row)) in self._held:
            row.append("")
        down, right = self._spans
        if (down, right) != (1, 1):
            merges.append([place, len(row), place + down - 1, len(row) + right - 1])
            at = len(row)
            self._held.update({(place + y, at + x): True for y in range(1, down) for x in range(right)})
        row += ["".join(self._cell).strip(), *[""] * (right - 1)]
        self._cell = None


def _span(text: str | None) -> int:
    return max(1, min(int(text), MOST_SPAN)) if text and text.isascii() and text.isdigit() else 1


def tables_of(text: str) -> list[dict[str, Any]]:
    """Sheets as `reader` hands them out, one for each table that has a row."""
    found = _Tables()
    found.feed(text)
    found.close()
    return [
        {"name": str(number), "hidden": False, "rows": [[cell or None for cell in row] for row in rows], "merges": merges}
        for number, (rows, merges) in enumerate(found.tables, start=1)
        if any(rows)
    ]
