# pyright: basic, reportCallIssue=false
"""The compiled search: locate a case's visits in the parts, count who was there, meet everybody.

Cost O(visits · classes · log n + rows looked at). Rows that surely reach a visit are told apart from those whose end must be
looked at. What the meetings add up to is kept in `tallies.py`; `plain.py` gives the same numbers without a compiler.
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
from nanxi.engines.trace.tallies import WORDS, add, bound_of, class_of, meet_again

NCLASS = len(CLASSES)
_LONGEST = np.array(CLASSES, np.int64)
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
                    bound = bound_of(conf, surprise)
                overlap = max(hi - lo, 0)
                klass = class_of(v_rule[v], close_overlap, v_row[v], kind_row[kind], overlap)
                add(
                    words, halves, x, v_group[v], overlap, overlap, lo - base, max(lo, hi) - base, klass, conf * v_weight[v],
                    v_point[v] | (dur[i] == 0), bound,
                )  # fmt: skip
            begin = end
        named[v] += n - repeats
        if repeats:
            named[v] += meet_again(
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
