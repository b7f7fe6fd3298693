"""Who sat in which vehicle from when to when, as lists, tickets and registers tell it (trace notes §4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nanxi.engines.trace.visits import Span

#: How sure it is that somebody sat in the vehicle; an owner need not.
KINDS = {"occupant": 1.0, "ticket": 1.0, "passenger": 0.9, "owner": 0.5}
OWNER = "owner"


@dataclass(frozen=True)
class Association:
    """A person with a vehicle from start to end, both included."""

    person: str
    vehicle: str
    start: int
    end: int
    kind: str
    conf: float


def rides_of(associations: Iterable[Association], person: str, spans: Sequence[Span]) -> list[Association]:
    """The vehicles in which somebody sat inside some windows, clipped to them; owning one is not sitting in it."""
    mine = [one for one in associations if one.person == person and one.kind != OWNER]
    clipped = ((one, max(one.start, start), min(one.end, end)) for one in mine for start, end in spans)
    return [
        Association(one.person, one.vehicle, start, end, one.kind, one.conf) for one, start, end in clipped if start <= end
    ]  # fmt: skip
