"""The answer workbook: the sender's own columns, then result, day and remark; a second sheet says where it comes from.

Nothing in it is a formula, also after somebody saves it as CSV; the same answer gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlsxwriter

from nanxi.foundation.clock import COUNTY

#: What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDTH = 18


def escaped(text: str) -> str:
    """The text with a leading apostrophe where a spreadsheet would compute it; a lone sign stays as it is."""
    return f"'{text}" if len(text) > 1 and text.startswith(FORMULA) else text


def workbook(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    about: Sequence[tuple[str, str]],
    *,
    created: datetime,
    titles: tuple[str, str],
) -> bytes:
    """An .xlsx with one row for each row of the list. created: fixed, so that the file can be made again."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        book.set_properties({"created": created.astimezone(COUNTY).replace(tzinfo=None), "author": "", "title": titles[0]})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(titles[0][:31])
        for column, text in enumerate(header):
            sheet.write_string(0, column, escaped(text), bold)
        for number, cells in enumerate(rows, start=1):
            for column, text in enumerate(cells):
                sheet.write_string(number, column, escaped(text))
        sheet.set_column(0, max(0, len(header) - 1), WIDTH)
        sheet.freeze_panes(1, 0)
        source = book.add_worksheet(titles[1][:31])
        for number, (name, value) in enumerate(about):
            source.write_string(number, 0, name, bold)
            source.write_string(number, 1, escaped(value))
        source.set_column(0, 1, 2 * WIDTH)
        # On every printed page: whose copy this is.
        sheet.set_footer("&L" + " · ".join(value for _name, value in about[:2]).replace("&", "&&") + "&R&P / &N")
    return out.getvalue()
