"""Where home is, learnt from the first half hour of a phone at rest (fence notes §1: the commonest false alarm in Poland was a
wrong address on the card, so the point is calibrated and asked about before anything is alerted). Pure.

The middle is the median of the fixes, which a few wild ones do not move; the spread is their median distance from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.utils.translation import gettext_noop

from nanxi.engines.fence.geometry import METRES

#: The first half hour after serving, of which twenty minutes must have been heard.
LEARN = timedelta(minutes=30)
SHORTEST = timedelta(minutes=20)
FEWEST = 5
#: A fix vaguer than this says nothing about a door; a phone that moved about more than this was not at rest.
VAGUEST_M, WIDEST_M = 100.0, 60.0
#: A taken point farther than this from where the phone rests is asked about (fence notes §4.5).
FAR_M = 150.0


@dataclass(frozen=True)
class Fix:
    """One position: seconds since 1970, degrees WGS-84, accuracy in metres (None: not told)."""

    t: float
    lon: float
    lat: float
    acc: float | None


@dataclass(frozen=True)
class Learnt:
    """A home point as the phone's rest shows it, or why none can be told yet."""

    lon: float = 0.0
    lat: float = 0.0
    spread_m: float = 0.0
    fixes: int = 0
    why_not: str = ""


TOO_FEW = gettext_noop("The phone has not told enough positions yet; half an hour after serving there are enough.")
MOVED = gettext_noop("The phone moved about in its first half hour; take the point at the door instead.")


def learn(fixes: Sequence[Fix]) -> Learnt:
    """The home point from the first half hour of `fixes` (any order)."""
    good = sorted((fix for fix in fixes if fix.acc is not None and fix.acc <= VAGUEST_M), key=lambda fix: fix.t)
    first = [fix for fix in good if fix.t - good[0].t <= LEARN.total_seconds()]
    if len(first) < FEWEST or first[-1].t - first[0].t < SHORTEST.total_seconds():
        return Learnt(fixes=len(first), why_not=TOO_FEW)
    lon, lat = median(fix.lon for fix in first), median(fix.lat for fix in first)
    spread = median(metres_between((fix.lon, fix.lat), (lon, lat)) for fix in first)
    if spread > WIDEST_M:
        return Learnt(lon, lat, spread, len(first), MOVED)
    return Learnt(lon, lat, spread, len(first))


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two points a few kilometres apart (equirectangular)."""
    squeeze = math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot((one[0] - other[0]) * METRES * squeeze, (one[1] - other[1]) * METRES)


def is_elsewhere(taken: tuple[float, float], learnt: Learnt) -> bool:
    """Whether the point taken at serving lies away from where the phone rests."""
    return not learnt.why_not and metres_between(taken, (learnt.lon, learnt.lat)) > FAR_M
