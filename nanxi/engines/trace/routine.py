# pyright: basic, reportCallIssue=false
"""Compiled: companionship with the discount for shared routine (scores.py), from everything known of some entities.

The rows of one entity lie in as many places of memory as there are parts; those of the next are asked for while one is read.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from nanxi.engines.trace.columns import (
    E_DUR,
    E_HOW,
    E_OFF,
    E_PL,
    E_T0,
    LEN_E_KEY,
    LEN_E_OFF,
    ROWS,
    fetch,
    i32,
    kind_of,
    rows_of,
)
from nanxi.engines.trace.scores import DAY_S, HABIT_DAYS, MICRO


@njit(cache=True, nogil=True)
def _ask_for_offsets(tables, entity):
    for part in range(len(tables)):
        if tables[part, LEN_E_KEY] == 0 and entity + 1 < tables[part, LEN_E_OFF]:
            fetch(tables[part, E_OFF] + 4 * entity)


@njit(cache=True, nogil=True)
def _ask_for_rows(tables, entity, rows):
    """From and to of an entity's rows in every part, into `rows`; the columns that are going to be read are asked for."""
    for part in range(len(tables)):
        low, high = rows_of(tables, part, entity)
        rows[part, 0], rows[part, 1] = low, high
        if low < high:
            fetch(tables[part, E_PL] + 4 * low)
            fetch(tables[part, E_T0] + 4 * low)
            fetch(tables[part, E_DUR] + 4 * low)


@njit(cache=True, nogil=True)
def companionship(
    tables, chosen, reach_at, reach_place, reach_visit, visit_piece, piece_t0, piece_t1, v_start, v_end, v_low, v_high, v_conf,
    v_crowd, v_slack, kind_conf, active,
):  # fmt: skip
    """int64[chosen] millionths, chosen ascending: then memory is read in order.

    reach_at: int32[places], where a place's visits begin in reach_place and reach_visit (sorted by place); -1 = no visit.
    """
    n, count = len(v_start), len(chosen)
    out = np.zeros(count, np.int64)
    conf = np.full(n, -1.0)
    days = np.zeros(n, np.int64)
    touched, seen = np.zeros(n, np.int64), np.zeros(n, np.bool_)
    rows = np.zeros((2, len(tables), 2), np.int64)
    for c in range(min(2, count)):
        _ask_for_offsets(tables, chosen[c])
    if count:
        _ask_for_rows(tables, chosen[0], rows[0])
    for c in range(count):
        if c + 2 < count:
            _ask_for_offsets(tables, chosen[c + 2])
        if c + 1 < count:
            _ask_for_rows(tables, chosen[c + 1], rows[(c + 1) & 1])
        count_touched = 0
        for part in range(len(tables)):
            low, high = rows[c & 1, part, 0], rows[c & 1, part, 1]
            if low >= high:
                continue
            t0s, durs = i32(tables, part, E_T0, tables[part, ROWS]), i32(tables, part, E_DUR, tables[part, ROWS])
            places = i32(tables, part, E_PL, tables[part, ROWS])
            for i in range(low, high):
                at = np.int64(reach_at[places[i]])
                if at < 0:
                    continue
                t0 = np.int64(t0s[i])
                t1 = t0 + durs[i]
                while at < len(reach_place) and reach_place[at] == places[i]:
                    v = reach_visit[at]
                    at += 1
                    first = max(v_low[v], -((v_end[v] + v_slack[v] - t0) // DAY_S))
                    last = min(v_high[v], (t1 - v_start[v] + v_slack[v]) // DAY_S)
                    for day in range(first, last + 1):
                        if day != 0:
                            days[v] |= np.int64(1) << np.int64(day + HABIT_DAYS)
                    if not seen[v]:
                        seen[v] = True
                        touched[count_touched] = v
                        count_touched += 1
                    if t0 <= v_end[v] + v_slack[v] and t1 >= v_start[v] - v_slack[v]:
                        for piece in range(visit_piece[v], visit_piece[v + 1]):
                            if t0 <= piece_t1[piece] + v_slack[v] and t1 >= piece_t0[piece] - v_slack[v]:
                                conf[v] = max(conf[v], kind_conf[kind_of(tables, part, E_HOW, i)])
        total = np.int64(0)
        for k in range(count_touched):
            v = touched[k]
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
            seen[v] = False
        out[c] = total
    return out
