"""What becomes of a visit that a phone hands in, however late, and when it took place. Pure.

Nothing that was written on a phone is thrown away: what cannot close its task any more is kept as evidence, and the worker and,
where somebody has to act on it, the town are told (systems notes: late and double submissions are where others lose data).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from nanxi.foundation.words import ClosedList
from nanxi.foundation.words import mark as _

#: A visit handed in later than this closes nothing: too much has been decided meanwhile.
LATEST = timedelta(days=14)
#: A phone's clock within this is right: it is how long a request may be under way.
CLOCK_EXACT_S = 5
#: Bytes of one photo; the page makes it smaller before it keeps it.
MOST_PHOTO = 400_000
MOST_PHOTOS = 3
#: Visits in one request: small enough to get through a poor network whole.
MOST_VISITS = 10


class Standing(ClosedList):
    """What became of a visit: code, the sentence for the worker, whether the town is told."""

    TAKEN = ("taken", _("Recorded."), False)
    SAME = ("same", _("Kept as evidence: the same result had come in before, perhaps from another phone."), False)
    CLOSED = ("closed", _("Kept as evidence: the task was closed before this came in. Your town is told."), True)
    MOVED = ("moved", _("Kept as evidence: the task had been given to somebody else. Your town is told."), True)
    WAITS = ("waits", _("Kept as evidence: another task has to be closed before this one. Your town is told."), True)
    FAULTY = ("faulty", _("Kept as evidence: an answer does not fit the form. The task is still open; your town is told."), True)
    OLD = ("old", _("Kept as evidence: it is more than 14 days old. Your town is told."), True)
    SECOND = ("second", _("Kept beside it: another worker had settled this household already; your visit counts nothing."), False)
    OUTSIDE = ("outside", _("Kept as evidence: the round does not run on the day of this visit. Your town is told."), True)
    KNOWN = ("known", _("Kept as evidence: the round knows this home already, or it lies elsewhere. Your town is told."), True)
    UNKNOWN = ("unknown", _("Kept as evidence: there is no such task any more. Your town is told."), True)

    @property
    def tells(self) -> bool:
        return self.value[2]

    @classmethod
    def of(cls, code: str) -> Standing:
        return next(one for one in cls if one.code == code)


@dataclass(frozen=True)
class Errand:
    """A task as it stands when a visit for it comes in. result: how it was closed; "" while it is open."""

    open: bool
    mine: bool
    in_turn: bool = True
    result: str = ""


def standing(errand: Errand | None, *, result: str, fits: bool, age: timedelta) -> Standing:
    """What becomes of a visit. errand: None when there is no such task; fits: whether its answers fit the form."""
    if errand is None:
        return Standing.UNKNOWN
    if not errand.open:
        return Standing.SAME if errand.result == result else Standing.CLOSED
    if age > LATEST:
        return Standing.OLD
    if not errand.mine:
        return Standing.MOVED
    if not errand.in_turn:
        return Standing.WAITS
    return Standing.TAKEN if fits else Standing.FAULTY


@dataclass(frozen=True)
class Door:
    """A household as it stands when a visit to it comes in. settled_by_other: another worker's visit had settled it."""

    mine: bool
    in_round: bool = True
    settled_by_other: bool = False


def door_standing(door: Door | None, *, fits: bool, age: timedelta) -> Standing:
    """What becomes of a visit to a household. door: None when there is no such household in sight."""
    if door is None:
        return Standing.UNKNOWN
    if age > LATEST:
        return Standing.OLD
    if not door.mine:
        return Standing.MOVED
    if not door.in_round:
        return Standing.OUTSIDE
    if not fits:
        return Standing.FAULTY
    return Standing.SECOND if door.settled_by_other else Standing.TAKEN


@dataclass(frozen=True)
class Moment:
    """When a visit took place: by the county's clock, and how many seconds the phone's clock was behind it (minus: ahead)."""

    at: datetime
    off_s: int


def moment(said_at: datetime, *, noted_s: int | None, measured_s: int, now: datetime) -> Moment:
    """The time of a visit, corrected by how far the phone's clock was off.

    noted_s: how far, as the phone knew from its last contact before the visit; measured_s: how far it is as it hands in. The
    nearer one in time is believed; nothing took place after it was handed in.
    """
    off_s = measured_s if noted_s is None else noted_s
    if abs(off_s) <= CLOCK_EXACT_S:
        off_s = 0
    return Moment(min(said_at + timedelta(seconds=off_s), now), off_s)
