"""The rules of `ingest.py` for columns: the same stays from the same sightings, millions of rows in seconds.

What was told comes as `Stays` that have not gone through any rule; names may stand in any order and more than once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nanxi.engines.trace.cells import ground_of
from nanxi.engines.trace.ingest import SAME_EVENT_S, SAME_STAY_S, Aliases, Skew, split_long
from nanxi.engines.trace.stays import NO_ROW, Floats, Ints, Stays

_MANY = np.iinfo(np.int64).max


def ingest_columns(
    told: Stays, skew: Skew | None = None, entities: Aliases | None = None, places: Aliases | None = None
) -> Stays:
    """All steps in order: clocks, aliases, duplicates, pieces, long stays. Names come out sorted, each once and used."""
    told = _without_skew(told, skew or {})
    entity, entity_names, sure = _meant(told.entity, told.entities, entities or {})
    place, place_names, also_sure = _meant(told.place, told.places, places or {})
    source, source_names, _ = _meant(told.source, told.sources, {})
    stays = Stays(
        entity, place, told.t0, told.t1, source, told.conf * sure * also_sure, told.row, np.arange(len(told)),
        entity_names, place_names, source_names,
    )  # fmt: skip
    return split_long(_used(joined_columns(_without_duplicates(stays))))


def joined_columns(stays: Stays) -> Stays:
    """Pieces of one entity on one ground with gaps of at most ten minutes as one stay; in order of entity, ground and time."""
    if not len(stays):
        return stays
    ground, rank = _grounds(stays.places)
    # What was first told speaks for the place and the source.
    pair = stays.entity * (int(ground.max(initial=0)) + 1) + ground[stays.place]
    order = _order(pair, stays.t0, (stays.source, rank[stays.place], stays.t1))
    rows, pair = stays.take(order), pair[order]
    apart = np.r_[True, pair[1:] != pair[:-1]]
    # Lifting each group above the last makes one running maximum serve all groups.
    low = int(rows.t0.min())
    lift = (np.cumsum(apart) - 1) * (int(rows.t1.max()) - low + 1)
    latest = np.maximum.accumulate(rows.t1 - low + lift)
    return _together(rows, np.flatnonzero(apart | np.r_[True, rows.t0[1:] - low + lift[1:] - latest[:-1] > SAME_STAY_S]))


def _without_skew(told: Stays, skew: Skew) -> Stays:
    t0, t1 = told.t0, told.t1
    for number, name in enumerate(told.sources):
        if name not in skew:
            continue
        known = skew[name]
        steps = [((-(2**62)), known)] if isinstance(known, int) else list(known)
        mine = np.flatnonzero(told.source == number)
        at = np.searchsorted([since for since, _ in steps], t0[mine], "right")
        shift = np.array([0, *(seconds for _, seconds in steps)], np.int64)[at]
        t0, t1 = t0.copy(), t1.copy()
        t0[mine] += shift
        t1[mine] += shift
    return Stays(
        told.entity, told.place, t0, t1, told.source, told.conf, told.row, told.visit, told.entities, told.places, told.sources
    )  # fmt: skip


def _meant(numbers: Ints, names: Sequence[str], aliases: Aliases) -> tuple[Ints, list[str], Floats | float]:
    """Numbers into the sorted list of what the names mean, that list, and how sure each row's meaning is."""
    meant = [aliases.get(name, (name, 1.0)) for name in names]
    known = sorted({name for name, _ in meant})
    number = {name: i for i, name in enumerate(known)}
    table = np.array([number[name] for name, _ in meant], np.int64)
    sure = np.array([share for _, share in meant], np.float64)[numbers] if aliases else 1.0
    return table[numbers], known, sure


def _grounds(places: Sequence[str]) -> tuple[Ints, Ints]:
    """For each place the number of its ground, in order of the grounds' names, and its own rank among the names."""
    grounds = [ground_of(place) for place in places]
    number = {name: i for i, name in enumerate(sorted(set(grounds)))}
    rank = np.empty(len(places), np.int64)
    rank[np.array(sorted(range(len(places)), key=places.__getitem__), np.int64)] = np.arange(len(places))
    return np.array([number[name] for name in grounds], np.int64), rank


def _order(group: Ints, t0: Ints, ties: tuple[Ints, ...]) -> Ints:
    """Order by group, time and, within the same time, the ties (the last one first). Only rows at the same time pay for these."""
    if not len(t0):
        return np.zeros(0, np.int64)
    first = int(t0.min())
    bits = int(t0.max() - first).bit_length()
    if int(group.max()).bit_length() + bits > 63:
        return np.lexsort((*ties, t0, group)).astype(np.int64)
    key = group << bits | (t0 - first)
    order = np.argsort(key).astype(np.int64)
    key = key[order]
    same = np.r_[False, key[1:] == key[:-1]]
    tied = np.flatnonzero(same | np.r_[same[1:], False])
    if len(tied):
        rows = order[tied]
        order[tied] = rows[np.lexsort((*(tie[rows] for tie in ties), key[tied]))]
    return order


def _without_duplicates(stays: Stays) -> Stays:
    """One row per entity, ground, source and start (± 60 s)."""
    if not len(stays):
        return stays
    ground, rank = _grounds(stays.places)
    group = (stays.entity * (int(ground.max(initial=0)) + 1) + ground[stays.place]) * len(stays.sources) + stays.source
    order = _order(group, stays.t0, (rank[stays.place], stays.t1))
    group, t0 = group[order], stays.t0[order]
    starts = np.r_[True, (group[1:] != group[:-1]) | (t0[1:] - t0[:-1] > SAME_EVENT_S)]
    if starts.all():
        return stays.take(order)
    # A row belongs to the event that began at most a minute before. A chain of rows, each near the last, holds several events;
    # the next begins with the first row that is more than a minute after the start of the one before.
    chain = np.flatnonzero(starts)
    ends = np.r_[chain[1:], len(t0)]
    while len(chain):
        long = t0[ends - 1] - t0[chain] > SAME_EVENT_S
        chain, ends = chain[long], ends[long]
        nearest = np.minimum(chain + 1, ends - 1)
        while (close := t0[nearest] - t0[chain] <= SAME_EVENT_S).any():
            nearest[close] += 1
        chain = nearest
        starts[chain] = True
    return _together(stays.take(order), np.flatnonzero(starts))


def _together(rows: Stays, starts: Ints) -> Stays:
    """Rows from one start to the next as one: first place and source, latest end, best confidence, lowest known seat row."""
    seat = np.minimum.reduceat(np.where(rows.row == NO_ROW, _MANY, rows.row), starts)
    kept = rows.take(starts.astype(np.int64))
    return Stays(
        kept.entity, kept.place, kept.t0, np.maximum.reduceat(rows.t1, starts), kept.source,
        np.maximum.reduceat(rows.conf, starts), np.where(seat == _MANY, NO_ROW, seat), np.arange(len(starts)), rows.entities,
        rows.places, rows.sources,
    )  # fmt: skip


def _used(stays: Stays) -> Stays:
    """The same stays with only the names they use."""
    entity, entities = _kept(stays.entity, stays.entities)
    place, places = _kept(stays.place, stays.places)
    source, sources = _kept(stays.source, stays.sources)
    return Stays(entity, place, stays.t0, stays.t1, source, stays.conf, stays.row, stays.visit, entities, places, sources)


def _kept(numbers: Ints, names: Sequence[str]) -> tuple[Ints, list[str]]:
    there = np.zeros(len(names), bool)
    there[numbers] = True
    return (np.cumsum(there) - 1)[numbers], [names[i] for i in np.flatnonzero(there).tolist()]
