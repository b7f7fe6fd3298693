"""The beginning of an old workbook (.xls, .et): the records before its first sheet, which say how days are counted and whether
it is locked. The reading library tells neither ([MS-CFB] container, [MS-XLS] records).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STREAMS = ("Workbook", "Book")
FILEPASS, DATEMODE, EOF = 0x002F, 0x0022, 0x000A
#: Neither record stands behind this much of the stream in any workbook seen.
LOOKED_AT = 256 * 1024


def facts_of(content: bytes) -> tuple[bool, bool]:
    """(locked by a password, days counted from 1904). A container that is damaged says neither; its reader will."""
    locked = from_1904 = False
    try:
        for kind, data in _records(_stream(content) if content.startswith(SIGNATURE) else content[:LOOKED_AT]):
            locked |= kind == FILEPASS
            from_1904 |= kind == DATEMODE and data[:2] == b"\x01\x00"
            if kind == EOF or locked:
                break
    except (struct.error, IndexError):
        pass
    return locked, from_1904


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _stream(content: bytes) -> bytes:
    """The first bytes of the workbook's stream; empty when there is none."""
    size = 1 << min(struct.unpack_from("<H", content, 30)[0], 16)
    per_sector = size // 4
    tables = [at for at in struct.unpack_from("<109I", content, 76) if at < 0xFFFFFFFA]

    def following(sector: int) -> int:
        table = tables[sector // per_sector]
        return struct.unpack_from("<I", content, (table + 1) * size + sector % per_sector * 4)[0]

    def chain(sector: int, most: int) -> bytes:
        parts: list[bytes] = []
        while sector < 0xFFFFFFFA and len(parts) * size < most:
            parts.append(content[(sector + 1) * size : (sector + 2) * size])
            sector = following(sector)
        return b"".join(parts)

    directory = chain(struct.unpack_from("<I", content, 48)[0], LOOKED_AT)
    for at in range(0, len(directory) - 127, 128):
        entry = directory[at : at + 128]
        length = struct.unpack_from("<H", entry, 64)[0]
        if entry[: max(0, length - 2)].decode("utf-16-le", "replace") in STREAMS:
            return chain(struct.unpack_from("<I", entry, 116)[0], LOOKED_AT)
    return b""
