"""The file a list travels in: a workbook, CSV as Excel saves it, an HTML table, a workbook under another ending or a password."""

from __future__ import annotations

import csv
import html
import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from nanxi.rehearsal.lists.cells import excel_text
from nanxi.rehearsal.lists.layout import CellTruth, Paper, RowTruth, letters
from nanxi.rehearsal.workbooks import Cell, Failed, Sheet, write_workbook

#: Mark of the form → ending of the file. Without one of them a list is an ordinary .xlsx.
ENDINGS = {
    "csv_gb18030": ".csv",
    "csv_bom": ".csv",
    "html_xls": ".xls",
    "xlsx_xls": ".xls",
    "xlsx_et": ".et",
    "password": ".xlsx",
}
#: Forms that know text only: no number has more digits than Excel showed when the file was saved.
FLAT = frozenset({"csv_gb18030", "csv_bom", "html_xls"})
#: Excel shows so many digits of a number in a general cell; beyond, the rest is gone from the file.
SHOWN = 1e11
_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def ending(marks: frozenset[str]) -> str:
    return next((ENDINGS[mark] for mark in ENDINGS if mark in marks), ".xlsx")


def write_paper(path: Path, paper: Paper, created: date, rng: np.random.Generator) -> Paper:
    """Write the file; returns the paper with the truth as it is after that: text knows less than cells did."""
    marks = paper.form.marks
    if marks & FLAT:
        paper = flattened(paper)
        rows = [[str(cell) for cell in row] for row in paper.sheets[0].rows]
        path.write_bytes(_html(rows, paper.sheets[0]) if "html_xls" in marks else _csv(rows, marks))
    elif "password" in marks:
        path.write_bytes(locked(rng.bytes(8192)))
    else:
        write_workbook(path, paper.sheets, created, from_1904="book_1904" in marks)
    return paper


def flattened(paper: Paper) -> Paper:
    """Every cell as the text that Excel shows; one sheet."""
    sheet = paper.sheets[0]
    covered = sheet.covered() - {(r0, c0) for r0, c0, _, _ in sheet.merges}
    rows = [["" if (r, c) in covered else shown(cell) for c, cell in enumerate(row)] for r, row in enumerate(sheet.rows)]
    told = {(cell.sheet, cell.cell): cell for cell in paper.cells}
    renamed: dict[int, dict[str, str]] = {}
    for r, row in enumerate(sheet.rows):
        for c, cell in enumerate(row):
            key = (sheet.name, f"{letters(c)}{r + 1}")
            one = told.get(key)
            mark = _mark(one.mess if one else "", cell)
            if one is None and mark:
                told[key] = CellTruth(paper.file, sheet.name, key[1], "date", mark, rows[r][c], str(cell))
                renamed.setdefault(r + 1, {})[""] = mark
            elif one is not None:
                if mark != one.mess:
                    renamed.setdefault(r + 1, {})[one.mess] = mark
                told[key] = replace(one, mess=mark, written=rows[r][c])
    cells = [replace(cell, sheet="") for cell in told.values() if cell.mess]
    flat = Sheet("", [tuple(row) for row in rows], sheet.merges)
    return replace(paper, sheets=[flat], cells=cells, rows=[_renamed(row, renamed.get(row.row, {})) for row in paper.rows])


def _mark(mark: str, cell: Cell) -> str:
    """What a damage is called once it is text: a phone has few enough digits to come through whole, an ID number has not."""
    if isinstance(cell, date):
        return "date_slashes"
    return {"id_float": "id_float_text", "phone_float": "", "number_text": ""}.get(mark, mark)


def _renamed(row: RowTruth, names: dict[str, str]) -> RowTruth:
    marks = [*(names.get(mark, mark) for mark in row.mess.split()), names.get("", "")]
    return replace(row, sheet="", mess=" ".join(mark for mark in marks if mark))


def shown(cell: Cell) -> str:
    """A cell as Excel writes it into CSV."""
    if isinstance(cell, Failed):
        return cell.code
    if isinstance(cell, date):
        return f"{cell.year}/{cell.month}/{cell.day}"
    if isinstance(cell, float):
        return excel_text(cell) if cell >= SHOWN else f"{cell:g}" if cell % 1 else str(int(cell))
    return cell


def _csv(rows: Sequence[Sequence[str]], marks: frozenset[str]) -> bytes:
    text = io.StringIO()
    width = max(len(row) for row in rows)
    csv.writer(text, lineterminator="\r\n").writerows([*row, *[""] * (width - len(row))] for row in rows)
    return text.getvalue().encode("gb18030" if "csv_gb18030" in marks else "utf-8-sig")


def _html(rows: Sequence[Sequence[str]], sheet: Sheet) -> bytes:
    """As web systems export: a table with merged cells, its numbers kept as text by a style."""
    lines = [
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta http-equiv="Content-Type" '
        'content="text/html; charset=utf-8"><style>td{mso-number-format:"\\@"}</style></head><body><table border="1">'
    ]
    spans = {(r0, c0): (r1 - r0 + 1, c1 - c0 + 1) for r0, c0, r1, c1 in sheet.merges}
    covered = sheet.covered() - set(spans)
    for number, row in enumerate(rows):
        lines.append("<tr>" + "".join(_cells(row, number, spans, covered)) + "</tr>")
    return ("\n".join([*lines, "</table></body></html>"]) + "\n").encode()


def _cells(
    row: Sequence[str], number: int, spans: dict[tuple[int, int], tuple[int, int]], covered: set[tuple[int, int]]
) -> Iterator[str]:
    for column, text in enumerate(row):
        if (number, column) in covered:
            continue
        down, across = spans.get((number, column), (1, 1))
        span = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
        yield f"<td{span}>{html.escape(text)}</td>"


def locked(noise: bytes) -> bytes:
    """A workbook behind a password as it looks from outside (MS-CFB with the streams of MS-OFFCRYPTO §2.3.4). What is encrypted
    is noise: nobody who opens it without the password could tell."""
    info = struct.pack("<HHI", 4, 4, 0x40) + b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><encryption/>'
    streams = [("EncryptionInfo", info.ljust(4096, b"\0")), ("EncryptedPackage", struct.pack("<Q", len(noise) - 16) + noise)]
    body, places, fat = b"", [], [_FAT, _END]
    for _, content in streams:
        start, sectors = len(fat), -(-len(content) // _SECTOR)
        places.append((start, len(content)))
        fat += [*range(start + 1, start + sectors), _END]
        body += content.ljust(sectors * _SECTOR, b"\0")
    root = _entry("Root Entry", 5, child=1, start=_END)
    entries = [_entry(name, 2, right=2 if at == 0 else _FREE, start=place[0], size=place[1])
               for at, ((name, _), place) in enumerate(zip(streams, places, strict=True))]  # fmt: skip
    directory = b"".join([root, *entries, _entry("", 0)])
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0) + struct.pack("<I", 0)
    header = header.ljust(_SECTOR, b"\xff")
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(_SECTOR, b"\xff")
    return header + table + directory + body


def _entry(name: str, kind: int, *, right: int = _FREE, child: int = _FREE, start: int = 0, size: int = 0) -> bytes:
    """One directory entry of 128 bytes."""
    text = name.encode("utf-16-le") + b"\0\0" if name else b""
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, _FREE, right, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )
