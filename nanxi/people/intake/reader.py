"""The child that parses: `python -m nanxi.people.intake.reader workbook|text|page`, bytes on stdin, JSON on stdout.

It limits its own memory and time before it reads a byte, so that a hostile file can end only this process.
Answer: {"sheets": [{name, hidden, rows, merges}], "from_1904": bool} or {"refused": code}.
"""

from __future__ import annotations

import csv
import io
import json
import re
import resource
import sys
import zipfile
from typing import Any

from nanxi.people.intake import compound, failures
from nanxi.people.intake.cells import dump
from nanxi.people.intake.problems import Unreadable

MEMORY = 1536 * 1024 * 1024
CPU_S = 40
MOST_ROWS, MOST_COLUMNS = 65_536, 200
#: Text encodings in the order they are tried; GB18030 takes almost any bytes and so comes last.
ENCODINGS = ("utf-8-sig", "gb18030")


def main() -> int:
    limit()
    kind, content = sys.argv[1], sys.stdin.buffer.read()
    try:
        answer = {"workbook": read_workbook, "text": read_text, "page": read_page}[kind](content)
    except Unreadable as problem:
        answer = {"refused": problem.code}
    except MemoryError:
        answer = {"refused": "too_heavy"}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
    return 0


def limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        _soft, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))


def read_workbook(content: bytes) -> dict[str, Any]:
    """All sheets with rows from the top, so that row numbers are Excel's. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    locked, from_1904 = (False, _from_1904(content)) if content.startswith(b"PK") else compound.facts_of(content)
    if locked:
        raise Unreadable("password")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        failed = failures.failed_cells(content) if content.startswith(b"PK") else {}
        sheets = []
        for number, facts in enumerate(book.sheets_metadata):
            if facts.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_index(number)
            if sheet.end and (sheet.end[0] >= MOST_ROWS or sheet.end[1] >= MOST_COLUMNS):
                raise Unreadable("too_long")
            sheets.append(
                {
                    "name": facts.name,
                    "hidden": facts.visible != SheetVisibleEnum.Visible,
                    "rows": _with_failures([dump(row) for row in sheet.to_python(skip_empty_area=False)], failed.get(number, [])),
                    "merges": [[*first, *last] for first, last in sheet.merged_cell_ranges or ()],
                }
            )
    except PasswordError:
        raise Unreadable("password") from None
    except (CalamineError, ValueError, OverflowError, OSError):
        raise Unreadable("broken") from None
    return {"sheets": sheets, "from_1904": from_1904}


def _with_failures(rows: list[list[Any]], failed: list[tuple[int, int, str]]) -> list[list[Any]]:
    for row, column, shown in failed:
        if row < len(rows) and column < len(rows[row]) and rows[row][column] is None:
            rows[row][column] = shown
    return rows


def _from_1904(content: bytes) -> bool:
    """Whether bare day numbers of this workbook count from 1904 (old Macintosh)."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content))
        name = next((name for name in parts.namelist() if name.lower().startswith("xl/workbook.")), "")
        head = parts.open(name).read(1_000_000) if name else b""
    except (KeyError, zipfile.BadZipFile, OSError):
        return False
    if name.endswith(".xml"):
        return re.search(rb"date1904=[\"'](1|true)", head) is not None
    # .xlsb: BrtWbProp, whose first bit says so ([MS-XLSB] 2.4.822).
    prop = re.search(rb"\x99\x01[\x0c-\x7f](.)", head, re.DOTALL)
    return prop is not None and bool(prop[1][0] & 1)


def read_text(content: bytes) -> dict[str, Any]:
    """One sheet; the separator is the one that occurs most in the first lines. Raises Unreadable."""
    text = decode(content)
    head = "\n".join(text.splitlines()[:20])
    separator = max((",", "\t", ";", "，"), key=head.count)
    csv.field_size_limit(100_000)
    try:
        rows = [dump(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error:
        raise Unreadable("broken") from None
    if len(rows) > MOST_ROWS or max(map(len, rows), default=0) > MOST_COLUMNS:
        raise Unreadable("too_long")
    return {"sheets": [{"name": "", "hidden": False, "rows": rows, "merges": []}], "from_1904": False}


def read_page(content: bytes) -> dict[str, Any]:
    """The tables of a web page that was named .xls. Raises Unreadable."""
    from nanxi.people.intake.pages import tables_of

    sheets = tables_of(decode(content))
    if not sheets:
        raise Unreadable("web_page")
    if any(len(sheet["rows"]) > MOST_ROWS or max(map(len, sheet["rows"])) > MOST_COLUMNS for sheet in sheets):
        raise Unreadable("too_long")
    return {"sheets": sheets, "from_1904": False}


def decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("encoding")


if __name__ == "__main__":
    raise SystemExit(main())
