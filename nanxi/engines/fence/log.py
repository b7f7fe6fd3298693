"""The log of positions in its total order (fence, time, digest), each once; times from the future replaced (fence notes §4.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.policy import Rows, Which
from nanxi.engines.fence.state import Row

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


def ordered(pings: Row, fences: Fences, params: Rows, of: Which, now: float | None) -> Row:
    """Pings of live orders in total order. A time from the future becomes the arrival time; `now` is when pings without an
    arrival time arrived (None: when they were taken)."""
    fence, t, rx = pings["fence"], pings["t"], pings["rx"]
    rx = np.where(np.isnan(rx), t if now is None else now, rx)
    t = np.where(t > rx + params["skew_s"][of[fence]], rx, t)
    live = np.flatnonzero((t >= fences.start[fence]) & (t < fences.end[fence]))
    rows = live[_order(fence[live], t[live], pings["digest"], live)]
    found = pings[rows]
    found["t"], found["rx"] = t[rows], rx[rows]
    if len(found) < 2:
        return found
    same = (found["fence"][1:] == found["fence"][:-1]) & (found["t"][1:] == found["t"][:-1])
    if not same.any():
        return found
    same &= found["digest"][1:] == found["digest"][:-1]
    return found[np.concatenate(([True], ~same))]


def _order(fence: NDArray[np.int32], t: Floats, digest: NDArray[np.uint64], live: Numbers) -> Numbers:
    """Positions in the order (fence, t, digest). Logs come nearly in order of time: then one sort of whole numbers is enough."""
    steps = t[1:] >= t[:-1]
    by_time = None if steps.all() else np.argsort(t, kind="stable")
    ranked = fence if by_time is None else fence[by_time]
    key = np.sort((ranked.astype(np.int64) << 32) | np.arange(len(ranked)))
    found = key & 0xFFFFFFFF
    if by_time is not None:
        found = by_time[found]
    sorted_fence, sorted_t = fence[found], t[found]
    tied = (sorted_fence[1:] == sorted_fence[:-1]) & (sorted_t[1:] == sorted_t[:-1])
    return np.lexsort((digest[live], t, fence)) if tied.any() else found
