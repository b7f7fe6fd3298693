# pyright: basic
"""The compiled decision at work: room for events, and again until the pings end."""

from __future__ import annotations

import numpy as np

from nanxi.engines.fence import kernel
from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.log import Floats, Numbers
from nanxi.engines.fence.policy import Rows, Which
from nanxi.engines.fence.state import EVENTS, MOVE, Row

ROOM = 4096


def run(
    states: Row, fences: Fences, pings: Row, log: tuple[Numbers, Floats, Floats], params: Rows, of: Which, *, moves: bool
) -> tuple[Row, Row]:
    """Pings in the order of `log` into `states` → (EVENTS[k] by fence, then as said; MOVE[j] if asked for)."""
    parts, room = [], np.zeros(ROOM, EVENTS)
    made, first, total = np.zeros(len(pings) if moves else 0, MOVE), 0, 0
    while True:
        first, said, n = kernel.run(
            states, fences.packed, fences.edges, *fences.gcj, *fences.bd, params, of, pings, *log, first, room, made[total:]
        )
        parts.append(room[:said].copy())
        total += n
        if first >= len(pings):
            return np.concatenate(parts), made[:total]


def sweep(states: Row, fences: Fences, params: Rows, of: Which, now: float) -> Row:
    """The timers of every fence that fell due before `now` → EVENTS[k]."""
    parts, room, first = [np.zeros(0, EVENTS)], np.zeros(ROOM, EVENTS), 0
    while first < len(states):
        first, said = kernel.sweep(states, fences.packed, params, of, first, now, room)
        parts.append(room[:said].copy())
    return np.concatenate(parts)
