"""The log of positions in its total order (fence, time, digest); times from the future replaced (fence notes §4.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.fence.policy import Rows, Which
from nanxi.engines.fence.state import Row

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


def ordered(pings: Row, params: Rows, of: Which, now: float | None) -> tuple[Numbers, Floats, Floats]:
    """Row numbers in total order, with each row's time and arrival. A time from the future becomes the arrival time; `now` is
    when pings without an arrival time arrived (None: when they were taken). Equal messages stand side by side."""
    fence, t, rx = pings["fence"], pings["t"], pings["rx"]
    rx = np.where(np.isnan(rx), t if now is None else now, rx)
    skew = params["skew_s"]
    ahead = t > rx + (skew[0] if (skew == skew[0]).all() else skew[of[fence]])
    if ahead.any():
        t = np.where(ahead, rx, t)
    rows = _order(fence, t, pings["digest"])
    return rows, t[rows], rx[rows]


def _order(fence: NDArray[np.int32], t: Floats, digest: NDArray[np.uint64]) -> Numbers:
    """Logs come nearly in order of time: then one sort of whole numbers is enough."""
    by_time = None if (t[1:] >= t[:-1]).all() else np.argsort(t, kind="stable")
    ranked = fence if by_time is None else fence[by_time]
    key = np.sort((ranked.astype(np.int64) << 32) | np.arange(len(ranked)))
    found = key & 0xFFFFFFFF
    if by_time is not None:
        found = by_time[found]
    sorted_t = t[found]
    tied = (sorted_t[1:] == sorted_t[:-1]) & ((key[1:] >> 32) == (key[:-1] >> 32))
    return np.lexsort((digest, t, fence)) if tied.any() else found
