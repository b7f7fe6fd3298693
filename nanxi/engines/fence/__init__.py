"""Who left where: an accuracy-aware, dwell-based fence over position pings. Pure arrays in, events out (fence notes §4)."""

from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.policy import Policy
from nanxi.engines.fence.state import EVENTS, Event, Ping, Source, State, new_state, pings_of
from nanxi.engines.fence.step import step, tick

__all__ = ["EVENTS", "Event", "Fences", "Ping", "Policy", "Source", "State", "new_state", "pings_of", "step", "tick"]
