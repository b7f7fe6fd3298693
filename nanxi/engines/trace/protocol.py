"""The definition of a contact as dated data: look-back, slack, seat rows, minimum duration; and what it makes of one meeting.

A trip is a place: `trip#kind#number#date#coach`, the interval is boarding to alighting, the seat row stands beside it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

from nanxi.engines.trace.stays import DAY_STARTS_S, NO_ROW


class ContactClass(Enum):
    """How near a meeting was; the order is the rank."""

    CLOSE = "close"
    GENERAL = "general"
    LEAD = "lead"

    @property
    def rank(self) -> int:
        return list(ContactClass).index(self)


@dataclass(frozen=True)
class Trip:
    """A vehicle's run as a place."""

    kind: str
    number: str
    date: str
    coach: str = ""

    @property
    def place(self) -> str:
        return f"trip#{self.kind}#{self.number}#{self.date}#{self.coach}"


def trip_of(place: str) -> Trip | None:
    """The trip a place name stands for; None for an ordinary place."""
    parts = place.split("#")
    if parts[0] != "trip" or not 4 <= len(parts) <= 5:
        return None
    return Trip(*parts[1:])


@dataclass(frozen=True)
class Edition:
    """One edition of the definition. `vehicles`: kind → rows around the case that count as near, None = everyone aboard.

    adopted: whether its date chooses it; others are there to be compared with. close_overlap_s: minimum time for a close contact.
    slacks: source that saw the case → seconds, where it is not slack_s. profile: (day from onset, weight of exposure from then
    on) in order, before the first nothing.
    """

    id: str
    since: date
    title: str
    look_back_days: int
    infectious_days: int
    slack_s: int
    close_overlap_s: int
    vehicles: Mapping[str, int | None]
    adopted: bool = True
    slacks: Mapping[str, int] = field(default_factory=dict[str, int])
    profile: Sequence[tuple[int, float]] = ()

    def infectiousness(self, at: int, onset: int | None) -> float:
        """The weight of the exposure at a second; 1 without a profile, and where the day of onset is not known."""
        if onset is None or not self.profile:
            return 1.0
        day = (at + DAY_STARTS_S) // 86_400 - (onset + DAY_STARTS_S) // 86_400
        return next((weight for since, weight in reversed(self.profile) if since <= day), 0.0)

    def class_of(self, trip: Trip | None, row: int, other_row: int, overlap_s: int) -> ContactClass:
        """The class of one meeting: time shared at a place, or seats aboard a trip (row -1 = not known)."""
        if trip is not None and trip.kind in self.vehicles and overlap_s > 0:
            return self._aboard(self.vehicles[trip.kind], row, other_row)
        if overlap_s >= self.close_overlap_s:
            return ContactClass.CLOSE
        return ContactClass.GENERAL if overlap_s > 0 else ContactClass.LEAD

    def _aboard(self, near: int | None, row: int, other_row: int) -> ContactClass:
        if near is None:
            return ContactClass.CLOSE
        if NO_ROW in (row, other_row):
            # An unknown seat is asked about, neither locked in nor let go.
            return ContactClass.GENERAL
        return ContactClass.CLOSE if abs(row - other_row) <= near else ContactClass.GENERAL


@lru_cache(maxsize=1)
def editions() -> tuple[Edition, ...]:
    """All editions, oldest first."""
    text = files("nanxi.engines.trace").joinpath("protocols.toml").read_text(encoding="utf-8")
    rows = cast("list[dict[str, Any]]", tomllib.loads(text)["edition"])
    return tuple(sorted((_edition(row) for row in rows), key=lambda edition: edition.since))


def edition_at(day: date) -> Edition:
    """The edition in force on a day; the oldest one for earlier days."""
    known = [edition for edition in editions() if edition.adopted]
    return next((edition for edition in reversed(known) if edition.since <= day), known[0])


def edition_of(name: str) -> Edition:
    """The edition with this id. Raises KeyError."""
    return {edition.id: edition for edition in editions()}[name]


def _edition(row: dict[str, Any]) -> Edition:
    vehicles = cast("dict[str, dict[str, int]]", row["vehicles"])
    return Edition(
        id=row["id"], since=row["from"], title=row["title"], look_back_days=row["look_back_days"],
        infectious_days=row["infectious_days"], slack_s=row["slack_s"], close_overlap_s=row["close_overlap_s"],
        vehicles={kind: rule.get("rows") for kind, rule in vehicles.items()}, adopted=row.get("adopted", True),
        slacks=row.get("slacks", {}),
        profile=tuple((int(day), float(weight)) for day, weight in row.get("profile", ())),
    )  # fmt: skip
