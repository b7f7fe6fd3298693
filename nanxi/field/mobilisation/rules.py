"""What a shift is for, how many people it needs, and when somebody comes on. Pure; who is rested is the desk's rule."""

from __future__ import annotations

from datetime import datetime, timedelta

from nanxi.desk.rules.fatigue import LONGEST, TOO_LONG, WEEK, Span, why_too_tired
from nanxi.foundation.words import ClosedList
from nanxi.foundation.words import mark as _

__all__ = ["EARLY", "LONGEST", "TOO_LONG", "WEEK", "Skill", "Span", "Work", "seats_for", "why_not_begin", "why_too_tired"]
#: Somebody comes on a little early; earlier is another shift.
EARLY = timedelta(minutes=30)


class Work(ClosedList):
    """What a shift is for: code, words, how many pieces of work somebody does in an hour."""

    PATROL = ("patrol", _("patrol"), 2.0)
    POST = ("post", _("post"), 4.0)
    SWEEP = ("sweep", _("household sweep"), 6.0)
    DELIVERY = ("delivery", _("delivery"), 4.0)
    DESK = ("desk", _("duty desk"), 8.0)

    @property
    def per_hour(self) -> float:
        return self.value[2]

    @classmethod
    def of(cls, code: str) -> Work:
        return next(one for one in cls if one.code == code)


class Skill(ClosedList):
    """What somebody can do beside walking."""

    MEDICAL = ("medical", _("medical training"))
    DRIVING = ("driving", _("drives a car"))
    DIALECT = ("dialect", _("speaks the dialect"))
    COMPUTER = ("computer", _("works with a computer"))
    COUNSEL = ("counsel", _("counselling"))


def seats_for(work: Work, pieces: int, hours: timedelta) -> int:
    """How many people a shift needs for so many pieces of open work; one at least."""
    each = work.per_hour * (hours / timedelta(hours=1))
    return max(1, -int(-pieces // each)) if each > 0 else 1


def why_not_begin(span: Span, now: datetime, *, unread: int) -> str:
    """Why somebody cannot come on; "" when he can."""
    if unread:
        return _("Read the notes of the last shift first; they stand above.")
    if now < span.starts - EARLY:
        return _("This shift has not begun yet; come on half an hour before it at the earliest.")
    return _("This shift is over.") if now >= span.ends else ""
