"""Who gets a part or the checks of a directive, and where a part stands. Pure.

Jurisdiction first, then duty, then load; never at random.

Random dealing is what users of such systems complain of (systems notes §2.19): equal candidates are told apart by name, so that
the same night dealt twice is dealt alike.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nanxi.foundation.words import mark as _


@dataclass(frozen=True)
class Candidate:
    """Somebody of the unit that answers for the area: on duty now (1), deputy (2) or not on the roster (3), and open tasks."""

    name: str
    duty: int
    load: int


def likeliest(candidates: Iterable[Candidate]) -> Candidate | None:
    """Who gets it: duty officer before deputy before the rest; among those the one with fewest open tasks; then by name."""
    return min(candidates, key=lambda one: (one.duty, one.load, one.name), default=None)


#: A day's work of one officer on foot; beyond it the turn no longer counts, only who has least.
FULL = 60


class Dealer:
    """Deals many checks to the officers of one unit: whoever is on duty first, until a day's work is full; then by load alone."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._waiting = [_place_of(one) for one in candidates]
        heapq.heapify(self._waiting)

    def next(self) -> str:
        """Name of the officer who gets the next check; "" when the unit has nobody."""
        if not self._waiting:
            return ""
        _rank, load, name, duty = self._waiting[0]
        heapq.heapreplace(self._waiting, _place_of(Candidate(name, duty, load + 1)))
        return name


def _place_of(one: Candidate) -> tuple[int, int, str, int]:
    rank = one.duty if one.load < FULL else 4
    return rank, one.load, one.name, one.duty


#: Kinds of steps and the state a part is in after them; a reminder or escalation changes nothing about it.
STATES = {
    "given": _("given"),
    "acknowledged": _("acknowledged"),
    "reported": _("reported back"),
    "returned": _("returned for correction"),
    "withdrawn": _("withdrawn"),
}
TONES = {"given": "wait", "acknowledged": "go", "reported": "ok", "returned": "warn", "withdrawn": "quiet"}
#: A unit is reminded once, so long before its deadline; when the deadline has passed the town's duty officer is alerted.
REMIND_BEFORE = timedelta(hours=2)
#: What may follow what.
ALLOWED = {
    "acknowledged": {"given", "returned"},
    "reported": {"given", "acknowledged", "returned"},
    "returned": {"reported"},
    "withdrawn": {"given", "acknowledged", "returned"},
}


def state_of(steps: Sequence[str]) -> str:
    """Where a part stands after these steps, oldest first."""
    return next((kind for kind in reversed(steps) if kind in STATES), "given")


def why_not_step(state: str, kind: str) -> str:
    """Why a step cannot follow; empty when it can."""
    if state in ALLOWED.get(kind, set()):
        return ""
    if state == "withdrawn":
        return _("The sender took the directive back; this part ended with it.")
    if kind == "returned":
        return _("Only a part that was reported back can be returned.")
    return _("This part was reported back already; ask for its return to correct it.")


def due_step(state: str, deadline: datetime, *, reminded: bool, escalated: bool, now: datetime) -> str:
    """What the clock asks for: "reminded", "escalated" or nothing. A part that is reported or withdrawn is left in peace."""
    if state in {"reported", "withdrawn"}:
        return ""
    if now >= deadline:
        return "" if escalated else "escalated"
    return "reminded" if not reminded and now >= deadline - REMIND_BEFORE else ""
