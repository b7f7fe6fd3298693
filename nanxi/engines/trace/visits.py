"""A case's visits: its stays clipped to its windows, what was told twice counted once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from nanxi.engines.trace.stays import NO_ROW, Stays

Span = tuple[int, int]
#: Pieces in time order: number of the stay, start, end. The first one speaks for the visit: confidence, seat row.
Visit = list[tuple[int, int, int]]


class Seed(NamedTuple):
    """A case and its window, seconds UTC, both ends included."""

    entity: str
    start: int
    end: int


def windows_of(seeds: Iterable[Seed]) -> dict[str, list[Span]]:
    """Each seed entity's windows, joined where they overlap or touch."""
    windows: dict[str, list[Span]] = defaultdict(list)
    for seed in seeds:
        windows[seed.entity].append((seed.start, seed.end))
    return {name: union(spans) for name, spans in windows.items()}


def union(spans: Iterable[Span]) -> list[Span]:
    """Spans joined where they overlap or touch, in time order."""
    kept: list[Span] = []
    for lo, hi in sorted(spans):
        if kept and lo <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(hi, kept[-1][1]))
        else:
            kept.append((lo, hi))
    return kept


def visits_of(stays: Stays, rows: Iterable[int], spans: Sequence[Span]) -> list[Visit]:
    """The visits that some stays (one entity's) make inside the windows, in order of place and time."""
    chosen = np.array(list(rows), np.int64)
    pieces: dict[tuple[int, int], Visit] = defaultdict(list)
    columns = (stays.visit[chosen], stays.t0[chosen], stays.t1[chosen], chosen)
    for number, t0, t1, i in zip(*(column.tolist() for column in columns), strict=True):
        for span, (start, end) in enumerate(spans):
            if t0 <= end and t1 >= start:
                pieces[number, span].append((i, max(t0, start), min(t1, end)))
    place = dict(zip(chosen.tolist(), stays.place[chosen].tolist(), strict=True))
    told: dict[tuple[tuple[int, int, int], ...], Visit] = {}
    for visit in pieces.values():
        # What was told twice counts once: the surer teller's, then the one who knows the seat.
        if len(visit) > 1:
            visit.sort(key=lambda piece: (piece[1:], _doubt(stays, piece[0])))
        key = tuple(dict.fromkeys([(place[i], t0, t1) for i, t0, t1 in visit]))
        if key not in told or _doubt(stays, visit[0][0]) < _doubt(stays, told[key][0][0]):
            told[key] = visit
    return [told[key] for key in sorted(told)]


def _doubt(stays: Stays, i: int) -> tuple[float, bool, int]:
    return -float(stays.conf[i]), bool(stays.row[i] == NO_ROW), int(stays.row[i])
