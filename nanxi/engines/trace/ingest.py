"""From sightings to stays, in a fixed order: skew, aliases, duplicates, pieces of one stay, missing ends, very long stays.

Source of the order and the spans: trace notes §4.1. Each step is a pure function; the result does not depend on the order
of the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np

from nanxi.engines.trace.cells import ground_of
from nanxi.engines.trace.stays import NO_ROW, Ints, Sighting, Stays, stays_of

#: Two reports of one source within a minute are one event told twice (retries, double scans).
SAME_EVENT_S = 60
#: Leaving for less than ten minutes is not leaving: a smoke at the door, a lost signal.
SAME_STAY_S = 600
#: Longer stays are cut, so that a search never has to look back more than a day for one that still runs.
LONGEST_S = 86_400


#: Seconds to add to a source's times: always the same, or steps (since when by the source's own clock, seconds) in order.
Skew = Mapping[str, int | Sequence[tuple[int, int]]]
#: What a source wrote → what it means, and how sure that is (a plate read 0 for O, the second device of one door).
Aliases = Mapping[str, tuple[str, float]]


def ingest(
    sightings: Iterable[Sighting], skew: Skew | None = None, entities: Aliases | None = None, places: Aliases | None = None
) -> Stays:
    """All steps in order: clocks, aliases, duplicates, pieces, long stays."""
    rows = without_skew(sightings, skew or {})
    rows = with_meant_names(rows, entities or {}, places or {})
    rows = without_duplicates(rows)
    return split_long(stays_of(joined(rows)))


def without_skew(sightings: Iterable[Sighting], skew: Skew) -> list[Sighting]:
    """Times put right by the offset of their source at that time."""
    return [_shifted(row, _offset(skew.get(row.source, 0), row.t0)) for row in sightings]


def _offset(skew: int | Sequence[tuple[int, int]], t0: int) -> int:
    if isinstance(skew, int):
        return skew
    return next((seconds for since, seconds in reversed(skew) if since <= t0), 0)


def with_meant_names(sightings: Iterable[Sighting], entities: Aliases, places: Aliases) -> list[Sighting]:
    """Names replaced by what they mean; the confidence falls with how sure that is."""
    if not entities and not places:
        return list(sightings)
    rows: list[Sighting] = []
    for row in sightings:
        entity, sure_of_entity = entities.get(row.entity, (row.entity, 1.0))
        place, sure_of_place = places.get(row.place, (row.place, 1.0))
        rows.append(row._replace(entity=entity, place=place, conf=row.conf * sure_of_entity * sure_of_place))
    return rows


def in_two_places(stays: Stays, seconds: int = SAME_STAY_S) -> list[tuple[str, int, int]]:
    """Entities that were longer than `seconds` at two places at once (a cloned plate, a borrowed card): name, from, to.

    They are flagged, not removed: which of the two is true is for people to find out.
    """
    rows = stays.take(np.lexsort((stays.t1, stays.t0, stays.entity)).astype(np.int64))
    found: list[tuple[str, int, int]] = []
    for _, group in groupby(range(len(rows)), key=lambda i: int(rows.entity[i])):
        open_stays: list[int] = []
        for i in group:
            open_stays = [j for j in open_stays if rows.t1[j] - rows.t0[i] > seconds]
            elsewhere = [j for j in open_stays if rows.place[j] != rows.place[i] and rows.t1[i] - rows.t0[i] > seconds]
            if elsewhere:
                until = max(min(int(rows.t1[j]), int(rows.t1[i])) for j in elsewhere)
                found.append((rows.entities[int(rows.entity[i])], int(rows.t0[i]), until))
            open_stays.append(i)
    return found


def without_duplicates(sightings: Iterable[Sighting]) -> list[Sighting]:
    """One row per entity, ground, source and start (± 60 s); the longest end and the best confidence are kept."""
    kept: list[Sighting] = []
    for row in sorted(sightings, key=_by_source):
        if kept and _same_event(kept[-1], row):
            kept[-1] = _together(kept[-1], row)
        else:
            kept.append(row)
    return kept


def joined(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Pieces of one entity on one ground with gaps of at most ten minutes become one stay, whatever their source.

    The result holds no two stays of one entity at one place that overlap or touch. Ground: the place, or a position's cell.
    """
    kept: list[Sighting] = []
    for _, group in groupby(sorted(sightings, key=_by_place), key=lambda row: (row.entity, ground_of(row.place))):
        first = True
        for row in group:
            if not first and row.t0 - _end(kept[-1]) <= SAME_STAY_S:
                kept[-1] = _together(kept[-1], row)
            else:
                kept.append(row)
            first = False
    return kept


def wholes(stays: Stays) -> tuple[Ints, Ints]:
    """int64[n], int64[n]: start and end of the uncut stay of which each row is a piece."""
    t0, t1 = stays.t0.copy(), stays.t1.copy()
    if (np.diff(stays.visit) > 0).all():
        return t0, t1
    order = np.argsort(stays.visit, kind="stable")
    visit = stays.visit[order]
    starts = np.flatnonzero(np.r_[True, visit[1:] != visit[:-1]]) if len(visit) else np.zeros(0, np.int64)
    if len(starts) == len(visit):
        return t0, t1
    sizes = np.diff(np.r_[starts, len(visit)])
    t0[order] = np.repeat(np.minimum.reduceat(t0[order], starts), sizes)
    t1[order] = np.repeat(np.maximum.reduceat(t1[order], starts), sizes)
    return t0, t1


def split_long(stays: Stays) -> Stays:
    """Stays over 24 h cut into pieces of at most 24 h; the pieces keep the visit number of the whole."""
    pieces = np.maximum(1, -(-(stays.t1 - stays.t0) // LONGEST_S))
    if not len(pieces) or pieces.max() == 1:
        return stays
    whole = np.repeat(np.arange(len(stays)), pieces)
    number = np.arange(len(whole)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    cut = stays.take(whole.astype(np.int64))
    t0 = (cut.t0 + number * LONGEST_S).astype(np.int64)
    t1 = np.minimum(cut.t1, t0 + LONGEST_S).astype(np.int64)
    return Stays(cut.entity, cut.place, t0, t1, cut.source, cut.conf, cut.row, cut.visit, cut.entities, cut.places, cut.sources)


def _same_event(a: Sighting, b: Sighting) -> bool:
    same = (a.entity, a.source) == (b.entity, b.source) and ground_of(a.place) == ground_of(b.place)
    return same and b.t0 - a.t0 <= SAME_EVENT_S


def _shifted(row: Sighting, seconds: int) -> Sighting:
    return row._replace(t0=row.t0 + seconds, t1=None if row.t1 is None else row.t1 + seconds)


def _end(row: Sighting) -> int:
    return row.t0 if row.t1 is None else row.t1


def _together(a: Sighting, b: Sighting) -> Sighting:
    """Both as one; `a` starts first. A known seat row wins over an unknown one, the lower over the higher."""
    rows = [row for row in (a.row, b.row) if row != NO_ROW]
    end = None if a.t1 is None and b.t1 is None and a.t0 == b.t0 else max(_end(a), _end(b))
    return a._replace(t1=end, conf=max(a.conf, b.conf), row=min(rows, default=NO_ROW))


def _by_source(row: Sighting) -> tuple[str, str, str, int, int, str, float, int]:
    return row.entity, ground_of(row.place), row.source, row.t0, _end(row), row.place, row.conf, row.row


def _by_place(row: Sighting) -> tuple[str, str, int, int, str, str, float, int]:
    return row.entity, ground_of(row.place), row.t0, _end(row), row.place, row.source, row.conf, row.row
