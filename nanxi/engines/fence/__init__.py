"""Who left where: an accuracy-aware, dwell-based fence over position pings. Pure arrays in, events out (fence notes §4)."""

from nanxi.engines.fence.decide import advance, step, sweep, tick
from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.policy import Policies, Policy
from nanxi.engines.fence.state import EVENTS, Event, Ping, Source, State, new_state, pings_of

__all__ = [
    "EVENTS", "Event", "Fences", "Ping", "Policies", "Policy", "Source", "State", "advance", "new_state", "pings_of", "step",
    "sweep", "tick",
]  # fmt: skip
