# pyright: basic, reportCallIssue=false
"""The compiled search: locate a case's visits in the parts, count who was there, add up what each had with the case.

Cost O(visits · classes · log n + rows looked at); memory 4 + 4 B per entity and one record per entity met (trace notes §4.3).
`plain.py` gives the same numbers without a compiler. Columns reach the code as addresses, so that parts need no copying together.
"""

from __future__ import annotations

import math

import numpy as np
from numba import carray, njit, types  # pyright: ignore[reportPrivateImportUsage]
from numba.extending import intrinsic

from nanxi.engines.trace.parts import CLASSES
from nanxi.engines.trace.scores import DAY_S, EXPOSURE_CAP_S, EXPOSURE_UNIT_S, HABIT_DAYS, MICRO, POINT_S

NCLASS = len(CLASSES)
_LONGEST = np.array(CLASSES, np.int64)
_DAY = CLASSES[-1]

#: Columns of the table of parts: addresses, then lengths.
P_KEY, P_OFF, P_T0, P_DUR, P_ENT, P_HOW, E_KEY, E_OFF, E_T0, E_DUR, E_PL, E_HOW = range(12)
LEN_P_KEY, LEN_E_KEY, LEN_E_OFF, HOW_SIZE, HOW_BASE, ROWS = range(12, 18)
FIRST, LAST = 18, 19


@intrinsic
def _pointer32(typingctx, address):
    """An address as a pointer to 4-byte numbers; the caller keeps the array alive."""

    def build(context, builder, signature, args):
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.int32)(address), build


@intrinsic
def _pointer16(typingctx, address):
    def build(context, builder, signature, args):
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.uint16)(address), build


@intrinsic
def _pointer8(typingctx, address):
    def build(context, builder, signature, args):
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.uint8)(address), build


@njit(cache=True, nogil=True, inline="always")
def _i32(tables, part, column, length):
    return carray(_pointer32(tables[part, column]), (length,))


@njit(cache=True, nogil=True)
def _kind(tables, part, column, row):
    size = tables[part, HOW_SIZE]
    if size == 1:
        how = np.int64(carray(_pointer8(tables[part, column]), (tables[part, ROWS],))[row])
    elif size == 2:
        how = np.int64(carray(_pointer16(tables[part, column]), (tables[part, ROWS],))[row])
    else:
        how = np.int64(carray(_pointer32(tables[part, column]), (tables[part, ROWS],))[row])
    return how + tables[part, HOW_BASE]


@njit(cache=True, nogil=True)
def _lower(values, low, high, wanted):
    """First position in [low, high) whose value is not below `wanted`."""
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def locate(tables, piece_visit, piece_t0, piece_t1, reach_off, reach_place, slack, out):
    """Ranges of rows that may touch each piece: out int64[k, 5] = visit, piece, part, from, to. Returns how many; more than k:
    the caller makes room and asks again."""
    found = 0
    for piece in range(len(piece_visit)):
        visit = piece_visit[piece]
        since, until = piece_t0[piece] - slack, piece_t1[piece] + slack
        for part in range(len(tables)):
            if tables[part, FIRST] > until or tables[part, LAST] < since:
                continue
            keys = _i32(tables, part, P_KEY, tables[part, LEN_P_KEY])
            offsets = _i32(tables, part, P_OFF, tables[part, LEN_P_KEY] + 1)
            t0 = _i32(tables, part, P_T0, tables[part, ROWS])
            for reach in range(reach_off[visit], reach_off[visit + 1]):
                segment = reach_place[reach] * NCLASS
                at = _lower(keys, 0, len(keys), segment)
                while at < len(keys) and keys[at] < segment + NCLASS:
                    low, high = np.int64(offsets[at]), np.int64(offsets[at + 1])
                    i = _lower(t0, low, high, since - _LONGEST[keys[at] - segment])
                    j = _lower(t0, i, high, until + 1)
                    if j > i:
                        if found < len(out):
                            out[found, 0], out[found, 1], out[found, 2], out[found, 3], out[found, 4] = visit, piece, part, i, j
                        found += 1
                    at += 1
    return found


@njit(cache=True, nogil=True)
def count_crowds(tables, ranges, range_off, piece_t0, visits, case, slack, bits, crowd):
    """crowd[v] = distinct entities, the case left out, within slack of visit v; `bits`: zeroed uint8, a bit for each entity."""
    for v in visits:
        total = 0
        rows = 0
        for r in range(range_off[v], range_off[v + 1]):
            part, low, high = ranges[r, 2], ranges[r, 3], ranges[r, 4]
            since = piece_t0[ranges[r, 1]] - slack
            n = tables[part, ROWS]
            t0, dur, ent = _i32(tables, part, P_T0, n), _i32(tables, part, P_DUR, n), _i32(tables, part, P_ENT, n)
            rows += high - low
            for i in range(low, high):
                if np.int64(t0[i]) + dur[i] >= since:
                    x = ent[i]
                    bit = np.uint8(1 << (x & 7))
                    if not bits[x >> 3] & bit:
                        bits[x >> 3] |= bit
                        total += x != case
        crowd[v] = total
        if rows > len(bits) >> 3:
            bits[:] = 0
        else:
            for r in range(range_off[v], range_off[v + 1]):
                ent = _i32(tables, ranges[r, 2], P_ENT, tables[ranges[r, 2], ROWS])
                for i in range(ranges[r, 3], ranges[r, 4]):
                    bits[ent[i] >> 3] = 0


@njit(cache=True, nogil=True)
def mark(tables, ranges, range_off, piece_t0, visits, slack, member):
    """member[x] = 1 for everybody within slack of one of the visits."""
    for v in visits:
        for r in range(range_off[v], range_off[v + 1]):
            n = tables[ranges[r, 2], ROWS]
            t0, dur = _i32(tables, ranges[r, 2], P_T0, n), _i32(tables, ranges[r, 2], P_DUR, n)
            ent = _i32(tables, ranges[r, 2], P_ENT, n)
            since = piece_t0[ranges[r, 1]] - slack
            for i in range(ranges[r, 3], ranges[r, 4]):
                if np.int64(t0[i]) + dur[i] >= since:
                    member[ent[i]] = 1


@njit(cache=True, nogil=True)
def _nearest(case_row, kept, row):
    """The known row nearer to the case's; the lower of two at the same distance, or when the case's is not known."""
    if row < 0:
        return kept
    if kept < 0:
        return row
    if case_row < 0:
        return min(kept, row)
    a, b = abs(kept - case_row), abs(row - case_row)
    return min(kept, row) if a == b else (kept if a < b else row)


@njit(cache=True, nogil=True)
def _class_of(rule, close_overlap, row, other_row, overlap):
    """0 close, 1 general, 2 lead. rule: -2 ordinary place, -1 everyone aboard is near, else rows around the case."""
    if rule != -2 and overlap > 0:
        if rule == -1:
            return 0
        if row < 0 or other_row < 0:
            return 1
        return 0 if abs(row - other_row) <= rule else 1
    if overlap >= close_overlap:
        return 0
    return 1 if overlap > 0 else 2


@njit(cache=True, nogil=True)
def meet(
    tables, ranges, range_off, piece_t0, piece_t1, visits, v_place, v_point, v_conf, v_row, v_rule, v_crowd, v_only, member,
    kind_conf, kind_row, case, slack, active, close_overlap, low_entity, high_entity, slot, head, records, hit, shared, named,
):  # fmt: skip
    """Adds every meeting of the entities low..high-1 with the case into `records`; returns how many records.

    slot, head: int32[entities] of -1, and left so. hit: int32[rows of the largest visit, 5]; shared: int64[same, 2] room to
    sort. v_only[v]: only entities with member[x] count at this visit; named[v] is how many of them were there.
    """
    count = 0
    for v in visits:
        hits = 0
        only = v_only[v]
        for r in range(range_off[v], range_off[v + 1]):
            piece, part = ranges[r, 1], ranges[r, 2]
            n = tables[part, ROWS]
            t0, dur, ent = _i32(tables, part, P_T0, n), _i32(tables, part, P_DUR, n), _i32(tables, part, P_ENT, n)
            begins, ends = piece_t0[piece], piece_t1[piece]
            for i in range(ranges[r, 3], ranges[r, 4]):
                x = ent[i]
                if x < low_entity or x >= high_entity or x == case:
                    continue
                if only and not member[x]:
                    continue
                until = np.int64(t0[i]) + dur[i]
                if until < begins - slack:
                    continue
                hit[hits, 0] = x
                hit[hits, 1] = max(begins, np.int64(t0[i]))
                hit[hits, 2] = min(ends, until)
                hit[hits, 3] = _kind(tables, part, P_HOW, i) * 2 + (dur[i] == 0)
                hit[hits, 4] = head[x]
                head[x] = hits
                hits += 1
        crowd = v_crowd[v]
        surprise = math.log(max(active, crowd) / crowd) if crowd > 0 else 0.0
        for h in range(hits):
            x = hit[h, 0]
            at = head[x]
            if at < 0:
                continue
            head[x] = -1
            named[v] += 1
            conf, other_row, momentary, k, earliest = -1.0, np.int64(-1), True, 0, np.int64(1) << 40
            while at >= 0:
                kind = hit[at, 3] >> 1
                conf = max(conf, kind_conf[kind])
                other_row = _nearest(v_row[v], other_row, kind_row[kind])
                momentary = momentary and (hit[at, 3] & 1) == 1
                lo, hi = np.int64(hit[at, 1]), np.int64(hit[at, 2])
                earliest = min(earliest, lo)
                if lo <= hi:
                    j = k
                    while j > 0 and shared[j - 1, 0] > lo:
                        shared[j, 0], shared[j, 1] = shared[j - 1, 0], shared[j - 1, 1]
                        j -= 1
                    shared[j, 0], shared[j, 1] = lo, hi
                    k += 1
                at = hit[at, 4]
            overlap, longest, first, last = np.int64(0), np.int64(0), earliest, earliest
            if k > 0:
                first = shared[0, 0]
                lo, last = shared[0, 0], shared[0, 1]
                for j in range(1, k):
                    if shared[j, 0] <= last:
                        last = max(last, shared[j, 1])
                    else:
                        overlap += last - lo
                        longest = max(longest, last - lo)
                        lo, last = shared[j, 0], shared[j, 1]
                overlap += last - lo
                longest = max(longest, last - lo)
            conf = v_conf[v] * conf
            scored = max(overlap, POINT_S if (momentary or v_point[v]) else 0)
            exposure = np.int64(math.floor(conf * min(scored, EXPOSURE_CAP_S) / EXPOSURE_UNIT_S * MICRO + 0.5))
            together = np.int64(math.floor(conf * surprise * MICRO + 0.5))
            klass = _class_of(v_rule[v], close_overlap, v_row[v], other_row, overlap)
            s = slot[x]
            if s < 0:
                s = count
                slot[x] = s
                count += 1
                new = records[s]
                new.entity, new.visits, new.places, new.place = x, 1, 1, v_place[v]
                new.longest, new.first, new.last, new.klass = longest, first, last, klass
                new.overlap, new.exposure, new.companionship = overlap, exposure, together
                continue
            old = records[s]
            old.visits += 1
            if old.place != v_place[v]:
                old.places += 1
                old.place = v_place[v]
            old.longest, old.first, old.last = max(old.longest, longest), min(old.first, first), max(old.last, last)
            old.klass = min(old.klass, klass)
            old.overlap += overlap
            old.exposure += exposure
            old.companionship += together
    for s in range(count):
        slot[records[s].entity] = -1
    return count


@njit(cache=True, nogil=True)
def companionship(
    tables, chosen, reach_place, reach_visit, visit_piece, piece_t0, piece_t1, v_start, v_end, v_low, v_high, v_conf, v_crowd,
    kind_conf, slack, active,
):  # fmt: skip
    """int64[chosen]: companionship in millionths with the discount for routine (scores.py), from everything known of each."""
    n = len(v_start)
    out = np.zeros(len(chosen), np.int64)
    conf = np.full(n, -1.0)
    days = np.zeros(n, np.int64)
    for c in range(len(chosen)):
        x = chosen[c]
        for part in range(len(tables)):
            low, high = _rows_of(tables, part, x)
            if low >= high:
                continue
            t0s, durs = _i32(tables, part, E_T0, tables[part, ROWS]), _i32(tables, part, E_DUR, tables[part, ROWS])
            places = _i32(tables, part, E_PL, tables[part, ROWS])
            for i in range(low, high):
                t0 = np.int64(t0s[i])
                t1 = t0 + durs[i]
                at = _lower(reach_place, 0, len(reach_place), places[i])
                while at < len(reach_place) and reach_place[at] == places[i]:
                    v = reach_visit[at]
                    at += 1
                    first = max(v_low[v], -((v_end[v] + slack - t0) // DAY_S))
                    last = min(v_high[v], (t1 - v_start[v] + slack) // DAY_S)
                    for day in range(first, last + 1):
                        if day != 0:
                            days[v] |= np.int64(1) << np.int64(day + HABIT_DAYS)
                    if t0 <= v_end[v] + slack and t1 >= v_start[v] - slack:
                        for piece in range(visit_piece[v], visit_piece[v + 1]):
                            if t0 <= piece_t1[piece] + slack and t1 >= piece_t0[piece] - slack:
                                conf[v] = max(conf[v], kind_conf[_kind(tables, part, E_HOW, i)])
        total = np.int64(0)
        for v in range(n):
            if conf[v] >= 0:
                surprise = math.log(max(active, v_crowd[v]) / v_crowd[v])
                present, bits = 0, days[v]
                while bits:
                    bits &= bits - 1
                    present += 1
                if present:
                    surprise = min(surprise, -math.log(present / (v_high[v] - v_low[v] + 1)))
                total += np.int64(math.floor(v_conf[v] * conf[v] * surprise * MICRO + 0.5))
            conf[v] = -1.0
            days[v] = 0
        out[c] = total
    return out


@njit(cache=True, nogil=True)
def _rows_of(tables, part, entity):
    """From and to of an entity's rows in the copy by entity."""
    if tables[part, LEN_E_KEY]:
        keys = _i32(tables, part, E_KEY, tables[part, LEN_E_KEY])
        at = _lower(keys, 0, len(keys), entity)
        if at == len(keys) or keys[at] != entity:
            return 0, 0
    elif entity + 1 >= tables[part, LEN_E_OFF]:
        return 0, 0
    else:
        at = entity
    offsets = _i32(tables, part, E_OFF, tables[part, LEN_E_OFF])
    return np.int64(offsets[at]), np.int64(offsets[at + 1])
