# pyright: basic, reportCallIssue=false
"""What each entity had with the case, added up meeting by meeting: one tally of 32 bytes, so that a meeting costs one line of
cache (trace notes §4.3); and the reading of the best of them at the end.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from nanxi.engines.trace.columns import bits_in
from nanxi.engines.trace.scores import BOUND, EXPOSURE_CAP_S, EXPOSURE_UNIT_S, MICRO, POINT_S, SHOWN

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
def class_of(rule, close_overlap, row, other_row, overlap):
    """0 close, 1 general, 2 lead. rule: -2 ordinary place, -1 everyone aboard is near, else rows around the case."""
    if rule != -2 and overlap > 0:
        if rule == -1:
            return 0
        if row < 0 or other_row < 0:
            return 1
        return 0 if abs(row - other_row) <= rule else 1
    return np.int64(overlap < close_overlap) + np.int64((overlap <= 0) & (overlap < close_overlap))


@njit(cache=True, nogil=True)
def bound_of(conf, surprise):
    """What a meeting adds to the bound on companionship, in the upper half of its word."""
    together = np.int64(math.floor(conf * surprise * MICRO + 0.5))
    return np.uint64((together + BOUND - 1) // BOUND) << np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def add(words, halves, x, group, overlap, longest, first, last, klass, conf, momentary, bound):
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
def meet_again(
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
        klass = class_of(rule, close_overlap, case_row, other_row, overlap)
        conf = case_conf * conf
        add(
            words, halves, again[h, 0], group, overlap, longest, first, last, klass, conf * weight, momentary | point,
            bound_of(conf, surprise),
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
