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
#: Entities whose stays are looked at together for routine; bounds the memory of a full list.
_AT_ONCE = 4096
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
    since, until = v.piece_since, v.piece_until
    for part in q.here:
        pieces = np.flatnonzero((part.entry.first <= until) & (part.entry.last >= since))
        pieces, rows = _rows(part, q, pieces)
        t0, dur = part["p_t0"][rows].astype(np.int64), part["p_dur"][rows]
        entity = part["p_ent"][rows].astype(np.int64)
        near = (t0 + dur >= since[pieces]) & (entity != q.case)
        t0, dur, entity, how, pieces = t0[near], dur[near], entity[near], part["p_how"][rows][near], pieces[near]
        lo, hi = np.maximum(t0, v.piece_t0[pieces]), np.minimum(t0 + dur, v.piece_t1[pieces])
        found.append((v.piece_visit[pieces], entity, lo, hi, dur == 0, part["h_conf"][how], part["h_row"][how]))
    kinds: list[type] = [np.int64, np.int64, np.int64, np.int64, np.bool_, np.float64, np.int64]
    columns: list[Array] = []
    for i, kind in enumerate(kinds):
        ends: list[Array] = [np.zeros(0, kind), *(one[i].astype(kind) for one in found)]
        columns.append(np.concatenate(ends))
    return tuple(columns)


def _rows(part: Part, q: Question, pieces: Ints) -> tuple[Ints, Ints]:
    """Rows in the copy by place that begin early enough and may last long enough, and the piece for which each was found."""
    v, keys, offsets, t0 = q.visits, part["p_key"], part["p_off"].astype(np.int64), part["p_t0"]
    visit = v.piece_visit[pieces]
    which, reach = _spread(v.reach_off[visit], v.reach_off[visit + 1])
    pieces, place = pieces[which], v.reach[reach]
    found: list[tuple[Ints, Ints]] = []
    for number, longest in enumerate(CLASSES):
        segment = place * len(CLASSES) + number
        at = np.searchsorted(keys, segment)
        there = np.flatnonzero(keys[np.minimum(at, len(keys) - 1)] == segment)
        at, mine = at[there], pieces[there]
        low = _lower(t0, offsets[at], offsets[at + 1], v.piece_since[mine] - longest)
        high = _lower(t0, low, offsets[at + 1], v.piece_until[mine] + 1)
        which, rows = _spread(low, high)
        found.append((mine[which], rows))
    return np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])


def _lower(values: Array, low: Ints, high: Ints, wanted: Ints) -> Ints:
    """For each range low..high of sorted values the first position whose value is not below what is wanted."""
    low, high = low.copy(), high.copy()
    while (open_ := low < high).any():
        middle = (low + high) >> 1
        below = open_ & (values[np.minimum(middle, len(values) - 1)] < wanted)
        low = np.where(below, middle + 1, low)
        high = np.where(open_ & ~below, middle, high)
    return low


def _spread(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """All numbers of the ranges low..high-1, one range after the other, and to which range each belongs."""
    sizes = high - low
    which = np.repeat(np.arange(len(low)), sizes)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + low[which]


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
    pieces = [_companionship(q, crowd, chosen[at : at + _AT_ONCE]) for at in range(0, len(chosen), _AT_ONCE)]
    return np.concatenate([np.zeros(0, np.int64), *pieces])


def _companionship(q: Question, crowd: Ints, chosen: Ints) -> Ints:
    v = q.visits
    out = np.zeros(len(chosen), np.int64)
    told = [_stays_at_visits(q, part, chosen) for part in q.all_days]
    who, visit, t0, t1, conf = (np.concatenate([one[i] for one in told]) for i in range(5)) if told else (out[:0],) * 5
    order = np.argsort(who * len(v) + visit, kind="stable")
    who, visit, t0, t1, conf = who[order], visit[order], t0[order], t1[order], conf[order]
    starts = _starts(who * len(v) + visit)
    if not len(starts):
        return out
    days = np.bitwise_or.reduceat(_days(q, visit, t0, t1), starts)
    which, piece = _spread(v.piece_off[visit], v.piece_off[visit + 1])
    near = (t0[which] <= v.piece_until[piece]) & (t1[which] >= v.piece_since[piece])
    there = np.zeros(len(visit), bool)
    there[which[near]] = True
    sure = np.maximum.reduceat(np.where(there, conf, -1.0), starts)
    met = np.flatnonzero(sure >= 0)
    who, visit, sure = who[starts][met], visit[starts][met], sure[met]
    present = np.array([int(bits).bit_count() for bits in days[met]], np.int64)
    stranger = np.array([math.log(max(q.active, n) / n) for n in np.maximum(crowd, 1).tolist()])
    pair, of = np.unique(np.stack([present, v.high[visit] - v.low[visit] + 1]), axis=1, return_inverse=True)
    routine = np.array([-math.log(n / days) if n else math.inf for n, days in pair.T.tolist()])[of.reshape(-1)]
    surprise = np.minimum(stranger[visit], routine)
    np.add.at(out, who, np.floor(v.conf[visit] * sure * surprise * scores.MICRO + 0.5).astype(np.int64))
    return out


def _stays_at_visits(q: Question, part: Part, chosen: Ints) -> tuple[Array, ...]:
    """The stays of some entities at places that a visit reaches: number among the chosen, visit, t0, t1, confidence."""
    v = q.visits
    ranges = [part.rows_of(int(entity)) for entity in chosen]
    low, high = (np.array([getattr(one, edge) for one in ranges], np.int64) for edge in ("start", "stop"))
    who, rows = _spread(low, high)
    by_place = np.argsort(v.reach, kind="stable")
    places = v.reach[by_place]
    visit = np.repeat(np.arange(len(v)), np.diff(v.reach_off))[by_place]
    place = part["e_pl"][rows].astype(np.int64)
    which, at = _spread(np.searchsorted(places, place, "left"), np.searchsorted(places, place, "right"))
    rows, who = rows[which], who[which]
    t0 = part["e_t0"][rows].astype(np.int64)
    return who, visit[at], t0, t0 + part["e_dur"][rows], part["h_conf"][part["e_how"][rows]]


def _days(q: Question, visit: Ints, t0: Ints, t1: Ints) -> Ints:
    """A bit for each other day on which a stay comes within slack of the moved visit (scores.days_present)."""
    v = q.visits
    first = np.maximum(v.low[visit], -((v.end[visit] + v.slack[visit] - t0) // scores.DAY_S))
    last = np.minimum(v.high[visit], (t1 - v.start[visit] + v.slack[visit]) // scores.DAY_S)
    length = np.maximum(last - first + 1, 0)
    bits = ((np.int64(1) << length) - 1) << np.where(length > 0, first + scores.HABIT_DAYS, 0)
    return bits & ~(np.int64(1) << np.int64(scores.HABIT_DAYS))
