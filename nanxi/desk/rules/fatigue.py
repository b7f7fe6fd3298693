"""Whom a shift may be given to without tiring him out; the one rule for the desk's roster and for mobilisation. Pure.

No shift over 12 hours, 11 hours of rest between two (the daily rest of Directive 2003/88/EC), no more than 60 hours in any seven
days, and no fourth night in a row. A night is three hours or more between 22:00 and 06:00. All but the rest are the county's own
choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nanxi.foundation.clock import COUNTY
from nanxi.foundation.words import mark as _

LONGEST = timedelta(hours=12)
REST = timedelta(hours=11)
WEEK, MOST_A_WEEK = timedelta(days=7), timedelta(hours=60)
MOST_NIGHTS = 3
NIGHT_FROM, NIGHT_TO, NIGHT_LEAST = 22, 6, timedelta(hours=3)

TOO_LONG = _("A shift lasts 12 hours at most; split it in two.")
OVERLAPS = _("This overlaps another shift of the same person; choose another time or another person.")
NO_REST = _("There must be 11 hours of rest between two shifts; begin later or choose another person.")
TOO_MUCH = _("This would be more than 60 hours within seven days; choose another person or a shorter shift.")
TOO_MANY_NIGHTS = _("This would be the fourth night in a row; choose a day shift or another person.")


@dataclass(frozen=True)
class Span:
    """One shift of one person: from, to."""

    starts: datetime
    ends: datetime

    @property
    def hours(self) -> timedelta:
        return self.ends - self.starts

    def touches(self, other: Span) -> bool:
        return self.starts < other.ends and other.starts < self.ends


def why_too_tired(new: Span, others: Iterable[Span]) -> str:
    """The rule of fatigue that a further shift would break, with its remedy; "" when it breaks none."""
    held = sorted((one for one in others if one.hours > timedelta(0)), key=lambda one: one.starts)
    if new.hours > LONGEST:
        return TOO_LONG
    if any(new.touches(one) for one in held):
        return OVERLAPS
    if any(one.ends <= new.starts < one.ends + REST or new.ends <= one.starts < new.ends + REST for one in held):
        return NO_REST
    every = sorted([*held, new], key=lambda one: one.starts)
    if any(_worked(every, start) > MOST_A_WEEK for start in _window_starts(every, new)):
        return TOO_MUCH
    return TOO_MANY_NIGHTS if _nights_in_a_row(every, new) > MOST_NIGHTS else ""


def _window_starts(every: Sequence[Span], new: Span) -> list[datetime]:
    """Seven days that hold the most begin with a shift or end with one; only those that touch the new shift count."""
    starts = [one.starts for one in every] + [one.ends - WEEK for one in every]
    return [start for start in starts if start < new.ends and new.starts < start + WEEK]


def _worked(every: Sequence[Span], start: datetime) -> timedelta:
    inside = (min(one.ends, start + WEEK) - max(one.starts, start) for one in every)
    return sum((part for part in inside if part > timedelta(0)), timedelta(0))


def nights_of(span: Span) -> set[date]:
    """The nights (by the day on which they begin) of which the shift takes three hours or more."""
    first = span.starts.astimezone(COUNTY).date() - timedelta(days=1)
    found: set[date] = set()
    for number in range((span.ends.astimezone(COUNTY).date() - first).days + 1):
        day = first + timedelta(days=number)
        begins = datetime(day.year, day.month, day.day, NIGHT_FROM, tzinfo=COUNTY)
        ends = begins + timedelta(hours=24 - NIGHT_FROM + NIGHT_TO)
        if min(span.ends, ends) - max(span.starts, begins) >= NIGHT_LEAST:
            found.add(day)
    return found


def _nights_in_a_row(every: Sequence[Span], new: Span) -> int:
    """The longest row of nights that the new shift is part of."""
    nights = {night for one in every for night in nights_of(one)}
    longest = 0
    for night in nights_of(new):
        first = last = night
        while first - timedelta(days=1) in nights:
            first -= timedelta(days=1)
        while last + timedelta(days=1) in nights:
            last += timedelta(days=1)
        longest = max(longest, (last - first).days + 1)
    return longest
