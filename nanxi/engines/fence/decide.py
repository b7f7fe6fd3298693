"""The fence's decision: `step` takes pings, `tick` the clock; both return the new state and the events (fence notes §4.5).

Pure: same state and same log give the same events for any batching, duplication or order inside the log. Timers that fell
due before a ping fire before it, stamped with the time they fell due, so that a batch decides as single pings do.
`advance` and `sweep` are the same on states that the caller owns: with a million persons a copy costs more than the decision.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from nanxi.engines.fence import plain
from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.log import ordered
from nanxi.engines.fence.policy import Policies, Policy, Rows, Which, policies_of
from nanxi.engines.fence.state import Row

#: Below so many pings the compiler's start costs more than it saves.
COMPILED_FROM = 20_000


def step(
    states: Row, fences: Fences, pings: Row, policy: Policy | Policies, now: float | None = None, engine: str | None = None
) -> tuple[Row, Row]:
    """states: STATE[n], pings: Ping[m] in any order, now: epoch seconds for pings without arrival time → (STATE[n], EVENTS[k]).

    Pings outside their order's time are dropped; a ping older than the state's last one is not counted again.
    """
    states = states.copy()
    return states, advance(states, fences, pings, policy, now, engine)[0]


def tick(states: Row, fences: Fences, policy: Policy | Policies, now: float, engine: str | None = None) -> tuple[Row, Row]:
    """Fire the timers that fell due before `now` (epoch seconds): silence, silence while suspect, never activated."""
    states = states.copy()
    return states, sweep(states, fences, policy, now, engine)


def advance(
    states: Row, fences: Fences, pings: Row, policy: Policy | Policies, now: float | None = None, engine: str | None = None,
    *, moves: bool = False,
) -> tuple[Row, Row]:  # fmt: skip
    """`step` into `states` → (EVENTS[k], MOVE[j] of the accepted fixes if asked for). engine: "numba", "numpy" or by size."""
    params, of = _policies(policy, len(fences))
    log = ordered(pings, params, of, now)
    if _compiled(engine, len(pings)):
        from nanxi.engines.fence import compiled

        events, made = compiled.run(states, fences, pings, log, params, of, moves=moves)
        return _sorted(events), made
    events, made = plain.run(states, fences, pings, log, params, of)
    return events, made if moves else made[:0]


def sweep(states: Row, fences: Fences, policy: Policy | Policies, now: float, engine: str | None = None) -> Row:
    """`tick` into `states` → EVENTS[k]."""
    params, of = _policies(policy, len(fences))
    if _compiled(engine, len(states)):
        from nanxi.engines.fence import compiled

        return _sorted(compiled.sweep(states, fences, params, of, now))
    return plain.sweep(states, fences, params, of, now)


def _sorted(events: Row) -> Row:
    """By fence and time. Stable: of one ping's events the order in which they were said stays."""
    later = (events["fence"][1:] == events["fence"][:-1]) & (events["t"][1:] < events["t"][:-1])
    if not later.any():
        return events
    return events[np.lexsort((events["t"], events["fence"]))]


def _policies(policy: Policy | Policies, n: int) -> tuple[Rows, Which]:
    found = policies_of(policy, n)
    return found.params(), found.of


def _compiled(engine: str | None, n: int) -> bool:
    return engine == "numba" or (engine is None and n >= COMPILED_FROM and find_spec("numba") is not None)
