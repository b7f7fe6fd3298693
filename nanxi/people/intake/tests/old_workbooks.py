"""Workbooks of Excel 97 (.xls), built record by record ([MS-XLS] BIFF8 in one stream of an [MS-CFB] container)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

SECTOR, END, FREE, FAT = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
#: Streams under this size would lie in the mini stream; ours are padded over it.
MINI = 4096
EPOCHS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
#: Places of the two cell formats that our workbooks have.
PLAIN, AS_DATE = 0, 1


def old_workbook(
    *sheets: Sequence[Sequence[Any]], merges: Iterable[tuple[int, int, int, int]] = (), from_1904: bool = False, hidden: int = -1,
    locked: bool = False,
) -> bytes:  # fmt: skip
    """Sheets of rows; floats become number cells, dates date cells, "#N/A" an error cell, all else text. Merges: first sheet."""
    parts = [_sheet(rows, merges if number == 0 else (), from_1904) for number, rows in enumerate(sheets)]
    # Every offset is known once the globals' length is: BOUNDSHEET holds four bytes of it.
    length = len(_globals([0] * len(parts), from_1904, hidden, locked))
    starts = [length + sum(map(len, parts[:number])) for number in range(len(parts))]
    return container(("Workbook", _globals(starts, from_1904, hidden, locked) + b"".join(parts)))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _globals(starts: Sequence[int], from_1904: bool, hidden: int, locked: bool) -> bytes:
    font = struct.pack("<HHHHHBBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 5, 0) + b"Arial"
    records = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 1997, 0, 6))]
    if locked:
        # FILEPASS, RC4 with made-up salt and verifiers.
        records.append(_record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(range(48))))
    records += [_record(0x0042, struct.pack("<H", 1200)), _record(0x0022, struct.pack("<H", from_1904)), _record(0x0031, font)]
    records += [_record(0x00E0, struct.pack("<HHHBBBBIIH", 0, form, 0, 0x20, 0, 0, 0, 0, 0, 0x20C0)) for form in (0, 14)]
    for number, start in enumerate(starts):
        name = f"Sheet{number + 1}".encode()
        records.append(_record(0x0085, struct.pack("<IBBBB", start, number == hidden, 0, len(name), 0) + name))
    return b"".join([*records, _record(0x000A)])


def _sheet(rows: Sequence[Sequence[Any]], merges: Iterable[tuple[int, int, int, int]], from_1904: bool) -> bytes:
    width = max(map(len, rows), default=0)
    records = [
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 6)),
        _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0)),
    ]
    for row, cells in enumerate(rows):
        records += [_cell(row, at, cell, from_1904) for at, cell in enumerate(cells) if cell is not None and cell != ""]
    spans = [struct.pack("<HHHH", top, bottom, left, right) for top, left, bottom, right in merges]
    if spans:
        records.append(_record(0x00E5, struct.pack("<H", len(spans)) + b"".join(spans)))
    return b"".join([*records, _record(0x000A)])


def _cell(row: int, at: int, cell: Any, from_1904: bool) -> bytes:
    if isinstance(cell, float):
        return _record(0x0203, struct.pack("<HHHd", row, at, PLAIN, cell))
    if isinstance(cell, date):
        day = cell.date() if isinstance(cell, datetime) else cell
        return _record(0x0203, struct.pack("<HHHd", row, at, AS_DATE, (day - EPOCHS[from_1904]).days))
    if cell == "#N/A":
        return _record(0x0205, struct.pack("<HHHBB", row, at, PLAIN, 0x2A, 1))
    text = str(cell).encode("utf-16-le")
    return _record(0x0204, struct.pack("<HHHHB", row, at, PLAIN, len(text) // 2, 1) + text)


def container(*streams: tuple[str, bytes]) -> bytes:
    """Up to three streams in a compound file: header, streams, directory, allocation table."""
    chain: list[int] = []
    padded: list[bytes] = []
    starts: list[int] = []
    for _name, content in streams:
        content = content.ljust(MINI, b"\0")
        content += b"\0" * (-len(content) % SECTOR)
        starts.append(len(chain))
        chain += [*range(len(chain) + 1, len(chain) + len(content) // SECTOR), END]
        padded.append(content)
    body = len(chain)
    tables = 1
    while tables * SECTOR // 4 < body + 1 + tables:
        tables += 1
    chain += [END, *[FAT] * tables]
    fat = struct.pack(f"<{tables * SECTOR // 4}I", *chain, *[FREE] * (tables * SECTOR // 4 - len(chain)))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, body, 0, MINI, END, 0,
        END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *[body + 1 + number for number in range(tables)], *[FREE] * (109 - tables))
    entries = _entry("Root Entry", 5, END, 0, child=1)
    for number, (name, content) in enumerate(streams):
        # Each hangs to the right of the one before: a tree that is a list.
        following = number + 2 if number + 1 < len(streams) else FREE
        size = max(len(content), MINI)
        entries += _entry(name, 2, starts[number], size, right=following)
    return header + b"".join(padded) + entries.ljust(SECTOR, b"\0") + fat


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE, right: int = FREE) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII36xIQ", text, len(text), kind, 1, FREE, right, child, start, size)
