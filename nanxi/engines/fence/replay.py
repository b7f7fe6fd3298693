"""Replays a log of positions against orders: same log, same events (fence notes §3, replay test)."""

from __future__ import annotations

import numpy as np

from nanxi.engines.fence.areas import Areas, new_pairs, watch
from nanxi.engines.fence.decide import advance, sweep
from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.policy import Policies, Policy
from nanxi.engines.fence.state import Row, new_state


def replay(fences: Fences, pings: Row, policy: Policy | Policies, until: float | None = None, areas: Areas | None = None) -> Row:
    """EVENTS[k] of a whole log, by order then time; the clock runs to the log's last ping, or to `until` (epoch seconds)."""
    states = new_state(len(fences))
    events, moves = advance(states, fences, pings, policy, moves=areas is not None)
    parts = [events]
    end = until if until is not None else float(pings["t"].max()) if len(pings) else None
    if end is not None:
        parts.append(sweep(states, fences, policy, end))
    if areas is not None:
        parts.append(watch(new_pairs(), areas, fences, moves, policy)[1])
    said = np.concatenate(parts)
    return said[np.lexsort((said["t"], said["fence"]))]
