"""Positions as the fence reads them, each opened once: the loop folds a quarter of an hour anew at every message.

What was opened stays in the worker's memory, and nowhere else, until it is too old to be asked for or the house forgets its keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import numpy as np

from nanxi.engines.fence import Ping, Source, pings_of
from nanxi.engines.fence.state import Row
from nanxi.orders import daykeys
from nanxi.orders.models import Position
from nanxi.orders.sealing import Unreadable, day_of, unseal

#: (order, time of the fix in ms, digest) names a position; with its arrival and what was sealed it is all that the fence needs.
Key = tuple[UUID, int, bytes]
Told = tuple[float, float, float, float, float, int, bool, bool, int]
#: A quarter of an hour at 500 positions a second.
MOST = 500_000
_opened: dict[Key, Told | None] = {}


def pings(rows: Iterable[tuple[int, UUID, int, bytes, datetime, bytes]]) -> Row:
    """(number of the fence, order, tst, digest, rx, sealed) → Ping[m]; what does not open is left out."""
    told = [(fence, *found) for fence, *row in rows if (found := _told(*row)) is not None]
    return np.array(told, Ping) if told else pings_of(0)


def says_something(row: Position) -> bool:
    """Whether a position is evidence: it opens, and is no closed door."""
    return _told(row.order_id, int(row.tst), bytes(row.digest), row.rx, bytes(row.sealed)) is not None


def _told(order_id: UUID, tst: int, digest: bytes, rx: datetime, sealed: bytes) -> Told | None:
    key = (order_id, tst, digest)
    if key not in _opened:
        if len(_opened) >= MOST:
            # The first third is the oldest: a dictionary keeps the order of arrival.
            for old in list(_opened)[: MOST // 3]:
                del _opened[old]
        _opened[key] = _open(order_id, tst, digest, rx, sealed)
    return _opened[key]


def _open(order_id: UUID, tst: int, digest: bytes, rx: datetime, sealed: bytes) -> Told | None:
    try:
        said = unseal(daykeys.private_of(day_of(sealed)), order_id, tst, digest, sealed)
    except Unreadable:
        return None
    if said.get("door") == "closed":
        return None
    lon, lat, acc = (_value(said.get(name)) for name in ("lon", "lat", "acc"))
    source = Source[said.get("src", "phone").upper()]
    leave, mock = bool(said.get("leave", False)), bool(said.get("mock", False))
    return tst / 1000, rx.timestamp(), lon, lat, acc, int(source), leave, mock, int.from_bytes(digest[:8], "big")


def _value(number: float | None) -> float:
    return float("nan") if number is None else float(number)


def forget() -> None:
    """Drop what was opened (a day was purged; tests)."""
    _opened.clear()
