"""What a visit to a household decides: when to come again, what counts, how far a round is, what is under control. Pure.

One adult answers for all; a minor alone is not questioned (PIPL art. 31). Somebody not met is visited at another part of the day,
three times at most, then the town goes on by phone (field notes: absent households are at work, not hiding). A share is never
rounded up: 100 % means every household of the denominator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nanxi.foundation.clock import COUNTY
from nanxi.foundation.words import ClosedList
from nanxi.foundation.words import mark as _


class Outcome(ClosedList):
    """What a visit found: code, words, tone of its badge."""

    VISITED = ("visited", _("visited"), "ok")
    ABSENT = ("absent", _("nobody home"), "wait")
    MINORS = ("minors", _("only minors at home"), "wait")
    REFUSED = ("refused", _("refused"), "danger")
    MOVED = ("moved", _("moved away"), "ok")
    NO_SUCH = ("no_such", _("no such household"), "quiet")

    @property
    def tone(self) -> str:
        return self.value[2]

    @classmethod
    def of(cls, code: str) -> Outcome | None:
        return next((one for one in cls if one.code == code), None)


#: After these a household needs no further visit; another worker's later one is kept beside it and counts nothing.
SETTLED = frozenset({"visited", "moved", "no_such"})
NOT_MET = frozenset({"absent", "minors"})
MOST_TRIES = 3
#: Parts of the day as hours of the county: morning, afternoon, evening. Nobody knocks outside them without need.
PARTS = {"m": (8, 12), "a": (12, 18), "e": (18, 21)}
PART_WORDS = {"m": _("in the morning"), "a": _("in the afternoon"), "e": _("in the evening")}
#: A phone's clock may run ahead so much; beyond it the time of arrival stands.
AHEAD = timedelta(minutes=5)
#: A report on the entrances of an area holds for a day: guards change, gates open.
FRESH = timedelta(hours=24)


def part_of_day(at: datetime) -> str:
    hour = at.astimezone(COUNTY).hour
    return next((part for part, (_begin, end) in PARTS.items() if hour < end), "e")


def come_again(at: datetime, tried: str) -> datetime | None:
    """From when on somebody who was not met at `at` is visited again: the next part of a day not tried yet.

    tried: the parts tried so far with this one. None when the tries are used up and the town goes on by phone.
    """
    if len(tried) >= MOST_TRIES:
        return None
    local = at.astimezone(COUNTY)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight + timedelta(days=day, hours=PARTS[part][0]) for day in (0, 1) for part in PARTS if part not in tried]
    return min(start for start in starts if start > local)


def counts(result: str, *, same_worker: bool) -> bool:
    """Whether a visit changes where the household stands: not, when another worker has settled it before."""
    return same_worker or result not in SETTLED


def when_visited(told: datetime | None, now: datetime) -> datetime:
    """The time of a visit: as the phone tells it, but never later than it arrived."""
    return now if told is None or told > now + AHEAD else min(told, now)


def why_not_round(opens: date, closes: date, goal: int, today: date) -> str:
    """Why a round cannot be planned so; "" when it can."""
    if closes < opens:
        return _("The round ends before it begins; correct its days.")
    if closes < today:
        return _("The round would be over already; choose a later last day.")
    if not 1 <= goal <= 100:
        return _("The goal is a share from 1 to 100 percent.")
    return ""


def why_not_in_round(at: datetime, opens: date, closes: date) -> str:
    """Why a visit does not belong to the round; "" when it does."""
    day = at.astimezone(COUNTY).date()
    if day < opens:
        return _("The round has not begun yet; visit this household from its first day on.")
    return _("The round is over; ask your town to prolong it.") if day > closes else ""


@dataclass(frozen=True)
class Tally:
    """Households of one area in one round. known: at planning; found: later; the rest by result."""

    known: int = 0
    found: int = 0
    visited: int = 0
    moved: int = 0
    absent: int = 0
    given_up: int = 0
    refused: int = 0
    no_such: int = 0
    unassigned: int = 0

    @property
    def all(self) -> int:
        """The denominator: known and found, without those that turned out not to exist."""
        return self.known + self.found - self.no_such

    @property
    def reached(self) -> int:
        return self.visited + self.moved

    @property
    def open(self) -> int:
        """Not visited at all yet."""
        return self.all - self.reached - self.absent - self.given_up - self.refused

    @property
    def percent(self) -> float | None:
        return share(self.reached, self.all)


def share(part: int, whole: int) -> float | None:
    """Percent to one place, cut and never rounded up; None of nothing."""
    return part * 1000 // whole / 10 if whole else None


def deal(count: int, loads: Sequence[int]) -> list[int]:
    """How many of `count` neighbouring households each worker gets, so that loads end as even as they can."""
    given = [0] * len(loads)
    left, level = count, sorted(loads)
    if not loads:
        return given
    # The water line: the highest load that all households together can fill up to.
    line, filled = 0, 0
    for number, load in enumerate(level, start=1):
        line, filled = load, sum(load - other for other in level[:number])
        if filled > left:
            line = (left + sum(level[: number - 1])) // (number - 1)
            break
    else:
        line += (left - filled) // len(level)
    given = [max(0, line - load) for load in loads]
    left -= sum(given)
    for place in sorted(range(len(loads)), key=lambda one: (loads[one] + given[one], one))[:left]:
        given[place] += 1
    return given


class Control(ClosedList):
    """Whether an area's entrances are kept: code, words, tone."""

    KEPT = ("kept", _("under control"), "ok")
    PARTLY = ("partly", _("entrances open"), "warn")
    STALE = ("stale", _("no report for a day"), "danger")
    UNKNOWN = ("unknown", _("never reported"), "danger")

    @property
    def tone(self) -> str:
        return self.value[2]


def control_of(entrances: int | None, kept: int | None, at: datetime | None, now: datetime) -> Control:
    """The state of an area by its last report: all entrances guarded or closed, and that not longer ago than a day."""
    if entrances is None or kept is None or at is None:
        return Control.UNKNOWN
    if now - at > FRESH:
        return Control.STALE
    return Control.KEPT if kept >= entrances else Control.PARTLY


def sort_of_area(code: str, kind: str) -> str:
    """A residential compound (小区), a community (社区), an administrative village (行政村), or else a grid.

    In the statistical code digits 10 to 12 under 200 are residents' committees (NBS rules of the code).
    """
    if len(code) == 15:
        return "compound" if kind == "compound" else "grid"
    return "community" if int(code[9:12]) < 200 else "village"


SORTS = {"compound": _("residential compounds"), "community": _("communities"), "village": _("administrative villages")}
