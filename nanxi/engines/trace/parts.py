"""One day part: the stays that began on one day of the county, twice, sorted by place and sorted by entity, in one file.

By place: segments (place, duration class), each in order of t0. The class bounds how far a search must look back for a stay that
still runs, so that one long stay does not make every search long. By entity: in order of t0. Layout: trace notes §4.2.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.trace.stays import Ints, Stays

Array = NDArray[Any]
Columns = Mapping[str, Array]
#: `(day, column, chunk, bytes) → bytes`; the way back raises `Unreadable`.
Seal = Callable[[str, str, int, bytes], bytes]

#: Longest stay of each duration class, seconds; points first, they are most of what posts and scanners see.
CLASSES = (0, 900, 3600, 14_400, 86_400)
CHUNK = 4 << 20
#: More than this many entities per row and the offsets would outweigh the rows: list only those present.
SPARSE = 4
_ALIGN = 64


class Unreadable(Exception):
    """A part that cannot be used; the text says why without saying what was in it."""


@dataclass(frozen=True)
class Column:
    """Where one column lies in the file. size, crc: of the bytes as stored, sealed or not."""

    name: str
    dtype: str
    length: int
    offset: int
    size: int
    crc: int


def sorted_columns(stays: Stays, whole: tuple[Ints, Ints]) -> dict[str, Array]:
    """The columns of a part. `whole`: int64[n] start and end of the uncut stay that each row is a piece of."""
    length = stays.t1 - stays.t0
    segment = stays.place * len(CLASSES) + np.searchsorted(CLASSES, length)
    kinds, how = _kinds(stays)
    by_place = _order(segment, stays.t0)
    keys, starts = _segments(segment[by_place])
    columns: dict[str, Array] = {
        "p_key": keys.astype(np.int32), "p_off": starts.astype(np.uint32), "p_t0": stays.t0[by_place].astype(np.int32),
        "p_dur": length[by_place].astype(np.int32), "p_ent": stays.entity[by_place].astype(np.int32), "p_how": how[by_place],
    }  # fmt: skip
    by_entity = _order(stays.entity, stays.t0)
    keys, starts = _segments(stays.entity[by_entity])
    if len(keys) and keys[-1] < SPARSE * len(stays):
        starts = np.searchsorted(stays.entity[by_entity], np.arange(int(keys[-1]) + 2)).astype(np.int64)
        keys = keys[:0]
    cut = np.flatnonzero((whole[0] != stays.t0)[by_entity] | (whole[1] != stays.t1)[by_entity])
    columns |= {
        "e_key": keys.astype(np.int32), "e_off": starts.astype(np.uint32), "e_t0": stays.t0[by_entity].astype(np.int32),
        "e_dur": length[by_entity].astype(np.int32), "e_pl": stays.place[by_entity].astype(np.int32), "e_how": how[by_entity],
        "w_row": cut.astype(np.uint32), "w_t0": whole[0][by_entity[cut]].astype(np.int32),
        "w_t1": whole[1][by_entity[cut]].astype(np.int32),
    }  # fmt: skip
    return columns | kinds


def _kinds(stays: Stays) -> tuple[dict[str, Array], Array]:
    """The distinct (confidence, seat row, source) of a part, and which of them each row has."""
    if len(stays) and (stays.conf == stays.conf[0]).all() and (stays.row == stays.row[0]).all():
        # Sources are few and numbered from 0: counting them is several times faster than sorting the rows.
        source = np.flatnonzero(np.bincount(stays.source))
        how = np.searchsorted(source, np.arange(int(source[-1]) + 1))[stays.source]
        conf, row = np.full(len(source), stays.conf[0]), np.full(len(source), stays.row[0])
    else:
        confs, conf_of = np.unique(stays.conf, return_inverse=True)
        rows, row_of = np.unique(stays.row, return_inverse=True)
        width = int(stays.source.max(initial=0)) + 1
        code, how = np.unique((conf_of * len(rows) + row_of) * width + stays.source, return_inverse=True)
        pair, source = np.divmod(code, width)
        conf, row = confs[pair // max(len(rows), 1)], rows[pair % max(len(rows), 1)]
    narrow = np.uint8 if len(source) <= 256 else np.uint16 if len(source) <= 65_536 else np.uint32
    table: dict[str, Array] = {"h_conf": conf, "h_row": row.astype(np.int32), "h_src": source.astype(np.int32)}
    return table, how.astype(narrow)


def _order(segment: Ints, t0: Ints) -> Ints:
    """int64[n]: stable order by (segment, t0). One sort of single numbers where they fit, which is several times faster."""
    if not len(t0):
        return np.zeros(0, np.int64)
    row_bits = len(t0).bit_length()
    first = int(t0.min())
    time_bits = int(t0.max() - first).bit_length()
    if int(segment.max()).bit_length() + time_bits + row_bits > 63:
        return np.lexsort((t0, segment)).astype(np.int64)
    key = ((segment << time_bits | (t0 - first)) << row_bits) | np.arange(len(t0))
    key.sort()
    return key & ((1 << row_bits) - 1)


def _segments(ordered: Ints) -> tuple[Ints, Ints]:
    """The distinct values of a sorted column and where each starts, with the end as last."""
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, np.int64)
    return ordered[starts], np.r_[starts, len(ordered)].astype(np.int64)


def write_columns(file: BinaryIO, columns: Columns, day: str, part: str, seal: Seal | None) -> list[Column]:
    """The columns one after the other, each from a 64-byte boundary; sealed in chunks of 4 MiB where a seal is given."""
    written: list[Column] = []
    for name, values in columns.items():
        file.write(b"\0" * (-file.tell() % _ALIGN))
        offset, crc = file.tell(), 0
        for number, chunk in enumerate(_chunks(values)):
            stored = chunk if seal is None else seal(day, f"{part}.{name}", number, bytes(chunk))
            crc = zlib.crc32(stored, crc)
            file.write(stored)
        written.append(Column(name, values.dtype.str, len(values), offset, file.tell() - offset, crc))
    return written


def _chunks(values: Array) -> Iterator[memoryview]:
    raw = memoryview(cast("Any", np.ascontiguousarray(values))).cast("B") if len(values) else memoryview(b"")
    for at in range(0, len(raw), CHUNK):
        yield raw[at : at + CHUNK]


def check(data: memoryview, columns: list[Column]) -> None:
    """Raises Unreadable when the stored bytes are not those that were written."""
    for column in columns:
        if column.offset + column.size > len(data):
            raise Unreadable("it is shorter than when it was written")
        if zlib.crc32(data[column.offset : column.offset + column.size]) != column.crc:
            raise Unreadable(f"its column {column.name} was changed on the disk")


def read_column(data: memoryview, column: Column, day: str, part: str, unseal: Seal | None, into: memoryview | None) -> Array:
    """One column: a view of the file, or opened chunk by chunk into `into`. Raises Unreadable when a chunk does not open."""
    dtype = np.dtype(column.dtype)
    stored = data[column.offset : column.offset + column.size]
    if unseal is None or into is None:
        return np.frombuffer(stored, dtype)
    at, total = 0, column.length * dtype.itemsize
    overhead = column.size - total
    chunks = -(-total // CHUNK)
    step = CHUNK + (overhead // chunks if chunks else 0)
    for number in range(chunks):
        opened = unseal(day, f"{part}.{column.name}", number, bytes(stored[number * step : (number + 1) * step]))
        into[at : at + len(opened)] = opened
        at += len(opened)
    if at != total:
        raise Unreadable(f"its column {column.name} opens to another length")
    return np.frombuffer(into[:total], dtype)
