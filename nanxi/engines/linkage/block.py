"""Which pairs are looked at: in several passes, rows that share a key. Keys of too many rows are left out and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .table import Bags, Rows, Table, Words

#: A key of more rows brings a crowd and no evidence (identity-scoring notes §3).
CAP = 300
#: Pairs that one pass may bring, and a row's worth of them in long lists: thirty passes of 300,000 rows still fit into memory.
WIDTH, WIDTH_A_ROW = 400_000, 5

#: Chinese lists: identity-scoring notes §3, and the name alone while it is rare.
CHINESE = (
    ("id_valid",), ("id_inner",), ("id_tail",), ("id_ends",), ("id_head", "surname_sound"), ("phones", "surname_sound"),
    ("phones", "birth"), ("phones", "name_slips"), ("phones",), ("name", "birth"), ("name_sounds", "birth"),
    ("name_local", "birth"), ("name", "town"), ("name_sounds", "town"),
    ("name_slips", "birth"), ("name_slips", "address_1"), ("birth", "surname_sound"),
    ("address_1", "surname_sound"), ("address_1", "birth"), ("name",), ("name_sounds",), ("email",),
)  # fmt: skip
#: Latin lists: numbers and dates alone, the rest in twos and threes.
LATIN = (
    ("id_no",), ("id_start",), ("id_end",), ("id_start", "birth_year"), ("id_end", "birth_year"), ("id_start", "surname_start"),
    ("id_end", "given_start"), ("id_valid",), ("id_inner",), ("id_tail",), ("phones",), ("email",), ("birth",),
    ("given", "surname"), ("given_start", "surname_start"), ("surname", "postcode"), ("given", "postcode"),
    ("surname", "place_1"), ("given", "place_1"), ("surname", "birth_year"), ("given", "birth_year"),
    ("birth_year", "postcode"), ("birth_year", "place_1"), ("address_1",), ("address_1_way", "postcode"),
    ("address_1_way", "surname_start"), ("address_1_way", "given_start"), ("address_2", "postcode"),
    ("address_2", "surname_start"), ("place_1", "postcode", "category_1"), ("surname", "category_1", "category_2"),
    ("given", "surname_start", "category_1"), ("surname",), ("given",),
)  # fmt: skip


@dataclass(frozen=True)
class Candidates:
    """left, right: rows of each pair once, left < right, sorted. `left_out`: pass → keys that were shared by too many rows."""

    left: Rows
    right: Rows
    left_out: dict[str, int]


def candidates(table: Table, passes: Sequence[Sequence[str]], cap: int = CAP) -> Candidates:
    """Pairs that any pass brings. With two lists only pairs across them."""
    found: list[Rows] = []
    left_out: dict[str, int] = {}
    for columns in passes:
        if any(column not in table for column in columns):
            continue
        keys, rows = _keys(table, columns)
        pairs, crowded = _pairs(table, keys, rows, cap)
        if crowded:
            left_out[" + ".join(columns)] = crowded
        if pairs.size:
            found.append(pairs)
    joined = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    return Candidates(joined // table.rows if table.rows else joined, joined % table.rows if table.rows else joined, left_out)


def _keys(table: Table, columns: Sequence[str]) -> tuple[Rows, Rows]:
    """Key and row of every row that fills all the columns; a row with several words has several keys."""
    rows = np.arange(table.rows, dtype=np.int64)
    keys = np.zeros(table.rows, np.int64)
    for column in columns:
        codes, place = _codes(table.columns[column], rows)
        keys = keys[place] * (len(table.columns[column].vocabulary) + 1) + codes
        rows = rows[place]
        # Renumbered at once, so that the product of vocabularies never outgrows 64 bits.
        keys = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    return keys, rows


def _codes(column: Words | Bags, rows: Rows) -> tuple[Rows, Rows]:
    """Codes at the rows that say something, and the places of these rows in `rows`."""
    codes = column.codes[rows].astype(np.int64)
    if codes.ndim == 1:
        place = np.flatnonzero(codes >= 0)
        return codes[place], place
    place, at = np.nonzero(codes >= 0)
    return codes[place, at], place.astype(np.int64)


def _pairs(table: Table, keys: Rows, rows: Rows, cap: int) -> tuple[Rows, int]:
    """Pairs as left * rows + right, and how many keys were left out."""
    order = np.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    start = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if keys.size else np.zeros(0, np.int64)
    size = np.diff(np.r_[start, keys.size])
    lefts = np.add.reduceat((rows < table.first).astype(np.int64), start) if keys.size else size
    told = lefts * (size - lefts) if table.two_lists else size * (size - 1) // 2
    crowded = size > cap
    crowded |= size > _widest(size, np.where(crowded, 0, told), max(WIDTH, WIDTH_A_ROW * table.rows))
    kept = np.flatnonzero(~crowded & (told > 0))
    return _within(table, rows, start[kept], size[kept], lefts[kept]), int(np.count_nonzero(crowded & (told > 0)))


def _widest(size: Rows, told: Rows, most: int) -> int:
    """The largest size of group such that all groups up to it bring no more than `most` pairs."""
    order = np.argsort(size, kind="stable")
    sizes, pairs = size[order], np.cumsum(told[order])
    whole = pairs[np.searchsorted(sizes, sizes, side="right") - 1] if sizes.size else pairs
    return int(sizes[whole <= most].max(initial=0))


def _within(table: Table, rows: Rows, start: Rows, size: Rows, lefts: Rows) -> Rows:
    """All pairs of each group: member against every later one, or the first list's members against the second's."""
    leading = lefts if table.two_lists else size
    members = np.repeat(np.arange(start.size), leading)
    number = np.arange(members.size) - np.repeat(np.cumsum(leading) - leading, leading)
    partners = (size - lefts)[members] if table.two_lists else size[members] - number - 1
    first = np.repeat(start[members] + number, partners)
    begin = start[members] + (lefts[members] if table.two_lists else number + 1)
    offset = np.arange(first.size) - np.repeat(np.cumsum(partners) - partners, partners)
    second = np.repeat(begin, partners) + offset
    one, two = rows[first], rows[second]
    apart = one != two
    return np.minimum(one, two)[apart] * table.rows + np.maximum(one, two)[apart]
