# pyright: basic, reportCallIssue=false
"""The compiled search: locate a case's visits in the parts, count who was there, add up what each had with the case.

Cost O(visits · classes · log n + rows looked at). Memory: one tally of 32 bytes per entity, so that a meeting costs one line of
cache, and some bits (trace notes §4.3). Rows that surely reach a visit are told apart from those whose end must be looked at.
`plain.py` gives the same numbers without a compiler.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from nanxi.engines.trace.columns import (
    FIRST,
    LAST_SECOND,
    LEN_P_KEY,
    P_DUR,
    P_ENT,
    P_HOW,
    P_KEY,
    P_OFF,
    P_T0,
    ROWS,
    bits_in,
    fetch,
    i32,
    kind_of,
    lower,
    u32,
)
from nanxi.engines.trace.parts import CLASSES
from nanxi.engines.trace.scores import BOUND, EXPOSURE_CAP_S, EXPOSURE_UNIT_S, MICRO, POINT_S, SHOWN

NCLASS = len(CLASSES)
_LONGEST = np.array(CLASSES, np.int64)
#: What one entity had with the case: four words of 64 bits, half a line of cache. All zero = not met, and every field only grows,
#: so that the first meeting is added like all others and several fields with one addition. Times are seconds from the question's
#: base, early counts back from LATEST; exposure in millionths; place: number of the visited place added last, near: 3 - class.
#: Limits: compiled.fits.
#:   0: exposure (40 bits), visits (24) · 1: overlap (32), bound (32) · 2: early (32), last (32) · 3: longest (32), near (2),
#:   place (16), places (14)
WORDS = 4
LATEST = 2**32 - 1
ONE_VISIT = np.uint64(1 << 40)
EXPOSURE = np.uint64((1 << 40) - 1)
EARLY, LAST, LONGEST, PLACES = 4, 5, 6, 7  # halves of a word
#: Columns of a range of rows: the rows from..sure must be asked for their end, those sure..to reach the visit.
VISIT, PIECE, PART, FROM, SURE, TO = range(6)
#: Tallies asked for ahead; a miss costs about as much as that many meetings.
AHEAD = 32
#: A visit of fewer rows is cleared row by row, a larger one by clearing everything.
_FEW = 4096


@njit(cache=True, nogil=True)
def locate(tables, piece_visit, piece_since, piece_until, reach_off, reach_place, out):
    """Ranges of rows that may touch each piece, in `out`: int64[k, 6]. Returns how many; if more than k, ask again."""
    found = 0
    for piece in range(len(piece_visit)):
        visit = piece_visit[piece]
        since, until = piece_since[piece], piece_until[piece]
        for part in range(len(tables)):
            if tables[part, FIRST] > until or tables[part, LAST_SECOND] < since:
                continue
            keys = i32(tables, part, P_KEY, tables[part, LEN_P_KEY])
            offsets = u32(tables, part, P_OFF, tables[part, LEN_P_KEY] + 1)
            t0 = i32(tables, part, P_T0, tables[part, ROWS])
            for reach in range(reach_off[visit], reach_off[visit + 1]):
                segment = reach_place[reach] * NCLASS
                at = lower(keys, 0, len(keys), segment)
                while at < len(keys) and keys[at] < segment + NCLASS:
                    low, high = np.int64(offsets[at]), np.int64(offsets[at + 1])
                    i = lower(t0, low, high, since - _LONGEST[keys[at] - segment])
                    j = lower(t0, i, high, until + 1)
                    if j > i:
                        if found < len(out):
                            out[found, VISIT], out[found, PIECE], out[found, PART] = visit, piece, part
                            out[found, FROM], out[found, SURE], out[found, TO] = i, lower(t0, i, j, since), j
                        found += 1
                    at += 1
    return found


@njit(cache=True, nogil=True)
def _set_bits(tables, ranges, r, piece_since, bits):
    """Sets the bits of everybody whom range r holds that reaches its piece."""
    part, sure = ranges[r, PART], ranges[r, SURE]
    n = tables[part, ROWS]
    ent = u32(tables, part, P_ENT, n)
    if ranges[r, FROM] < sure:
        t0, dur = i32(tables, part, P_T0, n), i32(tables, part, P_DUR, n)
        since = piece_since[ranges[r, PIECE]]
        for i in range(ranges[r, FROM], sure):
            there = np.uint64(np.int64(t0[i]) + dur[i] >= since)
            bits[ent[i] >> np.uint32(6)] |= there << np.uint64(ent[i] & np.uint32(63))
    for i in range(sure, ranges[r, TO]):
        bits[ent[i] >> np.uint32(6)] |= np.uint64(1) << np.uint64(ent[i] & np.uint32(63))


@njit(cache=True, nogil=True)
def count_crowds(tables, ranges, range_off, piece_since, visits, case, bits, crowd):
    """crowd[v] = distinct entities, the case left out, who reach visit v. bits: uint64[entities / 64] of 0, and left so."""
    for v in visits:
        rows, total = 0, 0
        for r in range(range_off[v], range_off[v + 1]):
            rows += ranges[r, TO] - ranges[r, FROM]
            _set_bits(tables, ranges, r, piece_since, bits)
        bits[case >> 6] &= ~(np.uint64(1) << np.uint64(case & 63))
        if rows >= _FEW:
            for word in range(len(bits)):
                total += np.int64(bits_in(bits[word]))
            bits[:] = 0
        else:
            for r in range(range_off[v], range_off[v + 1]):
                ent = u32(tables, ranges[r, PART], P_ENT, tables[ranges[r, PART], ROWS])
                for i in range(ranges[r, FROM], ranges[r, TO]):
                    word = ent[i] >> np.uint32(6)
                    total += np.int64(bits_in(bits[word]))
                    bits[word] = 0
        crowd[v] = total


@njit(cache=True, nogil=True)
def mark_members(tables, ranges, range_off, piece_since, visits, member):
    """Sets the bits of everybody within slack of one of the visits."""
    for v in visits:
        for r in range(range_off[v], range_off[v + 1]):
            _set_bits(tables, ranges, r, piece_since, member)


@njit(cache=True, nogil=True)
def sift_members(tables, ranges, range_off, piece_since, visits, case, member, who, row, bounds):
    """The rows of some visits that are there and belong to members: who, row; bounds: int64[ranges, 2], from and to in them.

    Returns how many.
    """
    n = 0
    for v in visits:
        for r in range(range_off[v], range_off[v + 1]):
            part, sure = ranges[r, PART], ranges[r, SURE]
            size = tables[part, ROWS]
            t0, dur, ent = i32(tables, part, P_T0, size), i32(tables, part, P_DUR, size), u32(tables, part, P_ENT, size)
            since = piece_since[ranges[r, PIECE]]
            bounds[r, 0] = n
            for i in range(ranges[r, FROM], ranges[r, TO]):
                x = ent[i]
                if member[x >> np.uint32(6)] >> np.uint64(x & np.uint32(63)) & np.uint64(1):
                    who[n], row[n] = x, i
                    n += np.int64((x != np.uint32(case)) & ((i >= sure) | (np.int64(t0[i]) + dur[i] >= since)))
            bounds[r, 1] = n
    return n


@njit(cache=True, nogil=True)
def _take_rows(tables, ranges, r, piece_since, case, low, span, who, row, n):
    """Appends to who and row, from n on, the rows of range r that are there, of the entities low..low+span-1; returns the new n.

    Every row is written and only the count says whether it stays: a branch would be guessed wrongly half of the time.
    """
    part, sure = ranges[r, PART], ranges[r, SURE]
    size = tables[part, ROWS]
    t0, dur, ent = i32(tables, part, P_T0, size), i32(tables, part, P_DUR, size), u32(tables, part, P_ENT, size)
    since = piece_since[ranges[r, PIECE]]
    for i in range(ranges[r, FROM], sure):
        x = ent[i]
        who[n], row[n] = x, i
        n += np.int64((np.int64(t0[i]) + dur[i] >= since) & (np.uint32(x - low) < span) & (x != case))
    for i in range(sure, ranges[r, TO]):
        x = ent[i]
        who[n], row[n] = x, i
        n += np.int64((np.uint32(x - low) < span) & (x != case))
    return n


@njit(cache=True, nogil=True)
def _give_rows(given_who, given_row, begin, end, low, span, who, row, n):
    """The same from rows that were sifted before."""
    for k in range(begin, end):
        x = given_who[k]
        who[n], row[n] = x, given_row[k]
        n += np.int64(np.uint32(x - low) < span)
    return n


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
    return np.int64(overlap < close_overlap) + np.int64((overlap <= 0) & (overlap < close_overlap))


@njit(cache=True, nogil=True)
def _bound(conf, surprise):
    """What a meeting adds to the bound on companionship, in the upper half of its word."""
    together = np.int64(math.floor(conf * surprise * MICRO + 0.5))
    return np.uint64((together + BOUND - 1) // BOUND) << np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def _add(words, halves, x, group, overlap, longest, first, last, klass, conf, momentary, bound):
    """One meeting more; first and last in seconds from the base."""
    scored = max(overlap, POINT_S if momentary else 0)
    exposure = np.int64(math.floor(conf * min(scored, EXPOSURE_CAP_S) / EXPOSURE_UNIT_S * MICRO + 0.5))
    at, half = np.uint64(x) * np.uint64(4), np.uint64(x) * np.uint64(8)
    words[at] += ONE_VISIT + np.uint64(exposure)
    words[at + np.uint64(1)] += np.uint64(overlap) + bound
    early, late, most = half + np.uint64(EARLY), half + np.uint64(LAST), half + np.uint64(LONGEST)
    halves[early] = max(np.int64(halves[early]), LATEST - first)
    halves[late] = max(np.int64(halves[late]), last)
    halves[most] = max(np.int64(halves[most]), longest)
    old = np.int64(halves[half + np.uint64(PLACES)])
    places = (old >> 18) + ((old >> 2 & 65535) != group)
    halves[half + np.uint64(PLACES)] = places << 18 | group << 2 | max(old & 3, 3 - klass)


@njit(cache=True, nogil=True)
def meet(
    tables, ranges, range_off, piece_since, piece_t0, piece_t1, v_group, v_point, v_conf, v_weight, v_row, v_rule,
    v_crowd, v_only, given_who, given_row,
    bounds, kind_conf, kind_row, case, active, close_overlap, base, low_entity, high_entity, words, lines, bits, twice,
    touched, who, row, ends, again, table, shared, named,
):  # fmt: skip
    """Adds every meeting of the entities low..high-1 (low a multiple of 64) with the case to their tallies.

    v_only[v]: at this visit only the given rows count (sift_members); named[v] is how many entities were there. bits, twice:
    uint64[entities / 64] of 0, and left so; touched: bits of all met. words: the tallies, at address `lines`. Room for the
    largest visit's rows: who, row: [rows + AHEAD], again: int32[rows, 6], shared: int64[rows, 2], table: int32[2^k > 2 rows] of
    -1, and left so; ends: int64[ranges of a visit].
    """
    first_word, last_word = low_entity >> 6, (high_entity + 63) >> 6
    low, span, unwanted = np.uint32(low_entity), np.uint32(high_entity - low_entity), np.uint32(case)
    halves = words.view(np.uint32)
    for v in range(len(v_group)):
        n, size = 0, range_off[v + 1] - range_off[v]
        for k in range(size):
            r = range_off[v] + k
            if v_only[v]:
                n = _give_rows(given_who, given_row, bounds[r, 0], bounds[r, 1], low, span, who, row, n)
            else:
                n = _take_rows(tables, ranges, r, piece_since, unwanted, low, span, who, row, n)
            ends[k] = n
        if n == 0:
            continue
        who[n : n + AHEAD] = who[0]
        for k in range(n):
            word, bit = who[k] >> np.uint32(6), np.uint64(1) << np.uint64(who[k] & np.uint32(63))
            if bits[word] & bit:
                twice[word] |= bit
            bits[word] |= bit
        surprise = math.log(max(active, v_crowd[v]) / v_crowd[v]) if v_crowd[v] > 0 else 0.0
        repeats, begin, last_kind = 0, 0, np.int64(-1)
        conf, bound = 0.0, np.uint64(0)
        for q in range(size):
            r, end = range_off[v] + q, ends[q]
            part, begins, last_second = ranges[r, PART], piece_t0[ranges[r, PIECE]], piece_t1[ranges[r, PIECE]]
            rows = tables[part, ROWS]
            t0, dur = i32(tables, part, P_T0, rows), i32(tables, part, P_DUR, rows)
            for k in range(begin, end):
                fetch(lines + 8 * WORDS * np.int64(who[k + AHEAD]))
                x, i = who[k], row[k]
                lo = max(begins, np.int64(t0[i]))
                hi = min(last_second, np.int64(t0[i]) + dur[i])
                kind = kind_of(tables, part, P_HOW, i)
                if twice[x >> np.uint32(6)] >> np.uint64(x & np.uint32(63)) & np.uint64(1):
                    again[repeats, 0], again[repeats, 1], again[repeats, 2] = x, lo - base, hi - base
                    again[repeats, 3] = kind * 2 + (dur[i] == 0)
                    repeats += 1
                    continue
                if kind != last_kind:
                    last_kind, conf = kind, v_conf[v] * kind_conf[kind]
                    bound = _bound(conf, surprise)
                overlap = max(hi - lo, 0)
                klass = _class_of(v_rule[v], close_overlap, v_row[v], kind_row[kind], overlap)
                _add(
                    words, halves, x, v_group[v], overlap, overlap, lo - base, max(lo, hi) - base, klass, conf * v_weight[v],
                    v_point[v] | (dur[i] == 0), bound,
                )  # fmt: skip
            begin = end
        named[v] += n - repeats
        if repeats:
            named[v] += _meet_again(
                again, repeats, table, shared, v_group[v], v_point[v], v_conf[v], v_weight[v], v_row[v], v_rule[v],
                kind_conf, kind_row,
                close_overlap, words, halves, surprise,
            )  # fmt: skip
        if n >= _FEW:
            for word in range(first_word, last_word):
                touched[word] |= bits[word]
            bits[first_word:last_word] = 0
            twice[first_word:last_word] = 0
            continue
        for k in range(n):
            word = who[k] >> np.uint32(6)
            touched[word] |= bits[word]
            bits[word], twice[word] = 0, 0


@njit(cache=True, nogil=True)
def _meet_again(
    again, repeats, table, shared, group, point, case_conf, weight, case_row, rule, kind_conf, kind_row, close_overlap, words,
    halves, surprise,
):  # fmt: skip
    """Entities with several stays at one visit: their shared spans joined. Returns how many entities."""
    mask = len(table) - 1
    for h in range(repeats):
        bucket = np.int64(np.uint64(again[h, 0]) * np.uint64(0x9E3779B1) >> np.uint64(7)) & mask
        while table[bucket] >= 0 and again[table[bucket], 0] != again[h, 0]:
            bucket = (bucket + 1) & mask
        again[h, 4], again[h, 5] = table[bucket], bucket
        table[bucket] = h
    entities = 0
    for h in range(repeats):
        if table[again[h, 5]] != h:
            continue
        entities += 1
        conf, other_row, momentary, k, at = -1.0, np.int64(-1), True, 0, h
        earliest = np.int64(again[h, 1])
        while at >= 0:
            kind = again[at, 3] >> 1
            conf = max(conf, kind_conf[kind])
            other_row = _nearest(case_row, other_row, kind_row[kind])
            momentary = momentary and (again[at, 3] & 1) == 1
            lo, hi = np.int64(again[at, 1]), np.int64(again[at, 2])
            earliest = min(earliest, lo)
            if lo <= hi:
                j = k
                while j > 0 and shared[j - 1, 0] > lo:
                    shared[j, 0], shared[j, 1] = shared[j - 1, 0], shared[j - 1, 1]
                    j -= 1
                shared[j, 0], shared[j, 1] = lo, hi
                k += 1
            at = again[at, 4]
        overlap, longest, first, last = np.int64(0), np.int64(0), earliest, earliest
        if k > 0:
            first = shared[0, 0]
            lo, last = shared[0, 0], shared[0, 1]
            for j in range(1, k):
                if shared[j, 0] > last:
                    overlap += last - lo
                    longest = max(longest, last - lo)
                    lo = shared[j, 0]
                last = max(last, shared[j, 1])
            overlap += last - lo
            longest = max(longest, last - lo)
        klass = _class_of(rule, close_overlap, case_row, other_row, overlap)
        conf = case_conf * conf
        _add(
            words, halves, again[h, 0], group, overlap, longest, first, last, klass, conf * weight, momentary | point,
            _bound(conf, surprise),
        )  # fmt: skip
    for h in range(repeats):
        table[again[h, 5]] = -1
    return entities


@njit(cache=True, nogil=True)
def harvest(words, touched, low_word, high_word, wanted):
    """Entities met and their exposure in ten-thousandths: the `wanted` most exposed, and all who equal the last."""
    room, n, edge = max(4 * wanted, 4096), 0, np.int64(0)
    entity, exposure = np.empty(room, np.int32), np.empty(room, np.int64)
    for word in range(low_word, high_word):
        left = touched[word]
        while left:
            lowest = left & (~left + np.uint64(1))
            left ^= lowest
            x = np.uint64(word * 64) + bits_in(lowest - np.uint64(1))
            shown = np.int64((words[x * np.uint64(4)] & EXPOSURE) + np.uint64(SHOWN // 2)) // SHOWN
            if shown < edge:
                continue
            entity[n], exposure[n] = x, shown
            n += 1
            if n == room:
                edge = np.partition(exposure, n - wanted)[n - wanted]
                n = 0
                for k in range(room):
                    if exposure[k] >= edge:
                        entity[n], exposure[n] = entity[k], exposure[k]
                        n += 1
                if n > room // 2:
                    room *= 2
                    entity, exposure = np.append(entity, np.empty(room // 2, np.int32)), np.append(exposure, exposure)
    return entity[:n], exposure[:n]


@njit(cache=True, nogil=True)
def count_bits(bits):
    total = 0
    for word in bits:
        total += np.int64(bits_in(word))
    return total


@njit(cache=True, nogil=True)
def forget(words, touched):
    """Sets the tallies of everybody touched back to zero."""
    for word in range(len(touched)):
        left = touched[word]
        while left:
            lowest = left & (~left + np.uint64(1))
            left ^= lowest
            at = (np.uint64(word * 64) + bits_in(lowest - np.uint64(1))) * np.uint64(4)
            for k in range(4):
                words[at + np.uint64(k)] = 0
        touched[word] = 0
