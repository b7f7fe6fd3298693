"""The search with NumPy alone: for machines without a compiler, and to hold the compiled one to. Same numbers, bit for bit."""

from __future__ import annotations

import math

import numpy as np

from nanxi.engines.trace import scores
from nanxi.engines.trace.met import RECORD, Met
from nanxi.engines.trace.parts import CLASSES, Array
from nanxi.engines.trace.question import EVERYONE, ORDINARY, Question
from nanxi.engines.trace.stays import NO_ROW, Ints
from nanxi.engines.trace.store import Part

_FAR = np.int64(1) << 60
_MEETING = ("visit", "entity", "longest", "first", "last", "klass", "overlap", "exposure", "bound")


def find(q: Question) -> Met:
    """Everybody met."""
    v = q.visits
    hits = _hits(q)
    pair = hits[0] * max(q.entities, 1) + hits[1]
    order = np.lexsort((hits[2], pair))
    hits = tuple(column[order] for column in hits)
    starts = _starts(pair[order])
    crowd = np.bincount(hits[0][starts], minlength=len(v)).astype(np.int64)
    over = np.zeros(len(v), bool) if q.cap is None else crowd > q.cap
    meetings = _meetings(q, starts, hits, crowd)
    if over.any():
        member = np.zeros(q.entities, bool)
        member[meetings["entity"][~over[meetings["visit"]]]] = True
        meetings = {name: values[member[meetings["entity"]]] for name, values in meetings.items()}
    named = np.bincount(meetings["visit"], minlength=len(v)).astype(np.int64)
    records = _records(meetings, v.place)
    exposure = (records["exposure"] + scores.SHOWN // 2) // scores.SHOWN
    entity = records["entity"].astype(np.int64)

    def of(some: Ints) -> Array:
        at = np.minimum(np.searchsorted(entity, some), max(len(entity) - 1, 0))
        return records[at[entity[at] == some]] if len(entity) else records

    return Met(len(records), lambda _: (entity, exposure), of, crowd, over, named)


def _hits(q: Question) -> tuple[Array, ...]:
    """Every stay within slack of a piece: visit, entity, shared from and to, whether it is a point, confidence, seat row."""
    v = q.visits
    found: list[tuple[Array, ...]] = []
    for part in q.here:
        for piece in range(len(v.piece_visit)):
            visit = int(v.piece_visit[piece])
            begins, ends, slack = int(v.piece_t0[piece]), int(v.piece_t1[piece]), int(v.slack[visit])
            if part.entry.first > ends + slack or part.entry.last < begins - slack:
                continue
            for place in v.reach[v.reach_off[visit] : v.reach_off[visit + 1]]:
                rows = _rows(part, int(place), begins - slack, ends + slack)
                t0, dur = part["p_t0"][rows].astype(np.int64), part["p_dur"][rows]
                entity = part["p_ent"][rows].astype(np.int64)
                near = (t0 + dur >= begins - slack) & (entity != q.case)
                t0, dur, entity, how = t0[near], dur[near], entity[near], part["p_how"][rows][near]
                lo, hi = np.maximum(t0, begins), np.minimum(t0 + dur, ends)
                found.append((np.full(len(t0), visit), entity, lo, hi, dur == 0, part["h_conf"][how], part["h_row"][how]))
    kinds: list[type] = [np.int64, np.int64, np.int64, np.int64, np.bool_, np.float64, np.int64]
    columns: list[Array] = []
    for i, kind in enumerate(kinds):
        pieces: list[Array] = [np.zeros(0, kind), *(one[i].astype(kind) for one in found)]
        columns.append(np.concatenate(pieces))
    return tuple(columns)


def _rows(part: Part, place: int, since: int, until: int) -> Array:
    """Numbers of the rows, in the copy by place, that begin early enough and may last long enough."""
    keys, offsets = part["p_key"], part["p_off"]
    low, high = np.searchsorted(keys, [place * len(CLASSES), (place + 1) * len(CLASSES)])
    found = [np.zeros(0, np.int64)]
    for at in range(int(low), int(high)):
        first, last = int(offsets[at]), int(offsets[at + 1])
        t0 = part["p_t0"][first:last]
        i = np.searchsorted(t0, since - CLASSES[int(keys[at]) - place * len(CLASSES)], "left")
        j = np.searchsorted(t0, until, "right")
        found.append(np.arange(first + int(i), first + int(j)))
    return np.concatenate(found)


def _starts(ordered: Ints) -> Ints:
    return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, np.int64)


def _meetings(q: Question, starts: Ints, hits: tuple[Array, ...], crowd: Ints) -> dict[str, Array]:
    """One row for each visit and entity, from hits in order of visit, entity and time."""
    v = q.visits
    visit, entity, lo, hi, momentary, conf, row = hits
    if not len(starts):
        return {name: np.zeros(0, np.int64) for name in _MEETING}
    group = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(visit)]))
    shares = lo <= hi
    # Only slack admits the others: they share no time, so they neither begin nor lengthen a span.
    overlap, longest, first, last = _spans(group[shares], lo[shares], hi[shares], len(starts))
    alone = ~np.isin(np.arange(len(starts)), group[shares])
    earliest = np.minimum.reduceat(lo, starts)
    first, last = np.where(alone, earliest, first), np.where(alone, earliest, last)
    of = visit[starts]
    mine = v.row[of]
    other = _nearest(mine[group], row, starts)
    sure = v.conf[of] * np.maximum.reduceat(conf, starts)
    short = v.point[of] | np.logical_and.reduceat(momentary, starts)
    scored = np.minimum(np.maximum(overlap, np.where(short, scores.POINT_S, 0)), scores.EXPOSURE_CAP_S)
    surprise = np.array([math.log(max(q.active, int(n)) / int(n)) if n else 0.0 for n in crowd])
    return {
        "visit": of, "entity": entity[starts], "longest": longest, "first": first, "last": last,
        "klass": _classes(q, v.rule[of], mine, other, overlap), "overlap": overlap,
        "exposure": np.floor(sure * v.weight[of] * scored / scores.EXPOSURE_UNIT_S * scores.MICRO + 0.5).astype(np.int64),
        "bound": -(-np.floor(sure * surprise[of] * scores.MICRO + 0.5).astype(np.int64) // scores.BOUND),
    }  # fmt: skip


def _spans(group: Ints, lo: Ints, hi: Ints, groups: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Of each group's shared spans, joined: total, longest, first and last second; 0 where a group has none."""
    overlap, longest, first, last = (np.zeros(groups, np.int64) for _ in range(4))
    if not len(group):
        return overlap, longest, first, last
    low = int(lo.min())
    lift = group * (int(hi.max()) - low + 2)
    latest = np.maximum.accumulate(hi - low + lift)
    begins = np.flatnonzero(np.r_[True, (lo - low + lift)[1:] > latest[:-1]])
    ends = np.r_[begins[1:], len(group)] - 1
    length = latest[ends] - (lo - low + lift)[begins]
    np.add.at(overlap, group[begins], length)
    np.maximum.at(longest, group[begins], length)
    of = _starts(group)
    first[group[of]] = lo[of]
    last[group[of]] = np.maximum.reduceat(hi, of)
    return overlap, longest, first, last


def _nearest(mine: Ints, row: Ints, starts: Ints) -> Ints:
    """The known seat row nearest to the case's in each group; lower ones first, -1 where none is known."""
    width = np.int64(1) << 31
    distance = np.where(mine == NO_ROW, 0, np.abs(row - mine))
    best = np.minimum.reduceat(np.where(row == NO_ROW, _FAR, distance * width + row), starts)
    return np.where(best == _FAR, NO_ROW, best % width)


def _classes(q: Question, rule: Ints, row: Ints, other: Ints, overlap: Ints) -> Ints:
    by_time = np.where(overlap >= q.close_overlap, 0, np.where(overlap > 0, 1, 2))
    near = (row != NO_ROW) & (other != NO_ROW) & (np.abs(row - other) <= rule)
    aboard = np.where((rule == EVERYONE) | near, 0, 1)
    return np.where((rule != ORDINARY) & (overlap > 0), aboard, by_time).astype(np.int64)


def _records(m: dict[str, Array], place: Ints) -> Array:
    order = np.lexsort((place[m["visit"]], m["entity"]))
    m = {name: values[order] for name, values in m.items()}
    starts = _starts(m["entity"])
    records = np.zeros(len(starts), RECORD)
    if not len(starts):
        return records
    here = place[m["visit"]]
    new = np.r_[True, (m["entity"][1:] != m["entity"][:-1]) | (here[1:] != here[:-1])]
    records["entity"] = m["entity"][starts]
    records["visits"] = np.diff(np.r_[starts, len(here)])
    records["places"] = np.add.reduceat(new.astype(np.int64), starts)
    for name in ("overlap", "exposure", "bound"):
        records[name] = np.add.reduceat(m[name], starts)
    for name in ("longest", "last"):
        records[name] = np.maximum.reduceat(m[name], starts)
    for name in ("first", "klass"):
        records[name] = np.minimum.reduceat(m[name], starts)
    return records


def companionship(q: Question, crowd: Ints, chosen: Ints) -> Ints:
    """Millionths for some entities, with the discount for shared routine."""
    return np.array([_companionship(q, crowd, int(entity)) for entity in chosen], np.int64)


def _companionship(q: Question, crowd: Ints, entity: int) -> int:
    v = q.visits
    visits = np.repeat(np.arange(len(v)), np.diff(v.reach_off))
    conf: dict[int, float] = {}
    days: dict[int, set[int]] = {}
    for part in q.all_days:
        rows = part.rows_of(entity)
        place, t0, t1, how = part.stays(rows)
        for i in np.flatnonzero(np.isin(place, v.reach)):
            for visit in visits[v.reach == place[i]].tolist():
                start, end, slack = int(v.start[visit]), int(v.end[visit]), int(v.slack[visit])
                moves = range(int(v.low[visit]), int(v.high[visit]) + 1)
                seen = scores.days_present(start, end, int(t0[i]), int(t1[i]), slack, moves)
                days.setdefault(visit, set()).update(seen)
                pieces = slice(v.piece_off[visit], v.piece_off[visit + 1])
                if ((t0[i] <= v.piece_t1[pieces] + slack) & (t1[i] >= v.piece_t0[pieces] - slack)).any():
                    conf[visit] = max(conf.get(visit, -1.0), float(part["h_conf"][how[i]]))
    total = 0
    for visit, sure in conf.items():
        moves = range(int(v.low[visit]), int(v.high[visit]) + 1)
        routine = scores.habit(moves, days[visit])
        total += scores.companionship(float(v.conf[visit]) * sure, int(crowd[visit]), q.active, routine)
    return total
