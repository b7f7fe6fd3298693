"""Where an expected arrival stands, and which arrivals somebody has to look at. Pure.

A day is the county's calendar day. Somebody is overdue when the expected day has ended without a sign of arrival, early when the
first sign lies on a day before it, unannounced when a post sees somebody come from outside whom nobody expected.
"""

from __future__ import annotations

from datetime import date, timedelta

from nanxi.foundation.words import ClosedList
from nanxi.foundation.words import mark as _


class Stand(ClosedList):
    EXPECTED = ("expected", _("expected later"))
    TODAY = ("today", _("expected today"))
    OVERDUE = ("overdue", _("has not come"))
    ARRIVED = ("arrived", _("has come"))
    UNANNOUNCED = ("unannounced", _("came unannounced"))
    CALLED_OFF = ("called_off", _("does not come"))


class Sign(ClosedList):
    """How it is known that somebody came, or does not come."""

    PASSAGE = ("passage", _("passed a post"))
    DECLARED = ("declared", _("declared on arrival"))
    VISIT = ("visit", _("met on a visit"))
    CALLED_OFF = ("called_off", _("called off"))


class Way(ClosedList):
    TRAIN = ("train", _("train"))
    FLIGHT = ("flight", _("flight"))
    COACH = ("coach", _("coach"))
    CAR = ("car", _("car"))
    SHIP = ("ship", _("ship"))
    OTHER = ("other", _("another way"))


#: A sign so long before the expected day is about an earlier journey.
EARLIEST = timedelta(days=14)
#: What nobody closed by then has another reason than a late train; the person stays on the list.
TASK_ENDS = timedelta(days=7)


def stand_of(*, day: date | None, arrived: date | None, called_off: bool, today: date) -> Stand:
    """day: expected day, None for somebody nobody expected. arrived: county day of the first sign."""
    if day is None:
        return Stand.UNANNOUNCED
    if arrived is not None:
        return Stand.ARRIVED
    if called_off:
        return Stand.CALLED_OFF
    if day > today:
        return Stand.EXPECTED
    return Stand.TODAY if day == today else Stand.OVERDUE


def is_early(*, day: date, arrived: date) -> bool:
    return arrived < day


def fits(*, day: date, seen: date) -> bool:
    """Whether a sign on one day can be the arrival that was expected on another."""
    return seen >= day - EARLIEST


def is_from_outside(origin: str, own: str) -> bool:
    """origin: six digits of the prefecture or province somebody came from; own: of one's own prefecture."""
    return len(origin) == 6 and origin != own and not (origin.endswith("0000") and origin[:2] == own[:2])
