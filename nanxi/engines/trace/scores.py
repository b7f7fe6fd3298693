"""What one meeting adds to the two scores, in whole millionths, so that sums are the same in any order and on any engine.

Exposure is risk: time together, weighted by confidence, no discount for a crowd. Companionship is going together: how unlikely
the other's presence was if they were strangers, ln(1 / P). P is the larger of two chances: to be one of the crowd there
(crowd / active), and to be there anyhow because one always is at this hour (trace notes §4.5; after the likelihood ratio of
Lawlor and Rabbat).
"""

from __future__ import annotations

import math

#: One unit of exposure is a quarter of an hour together.
EXPOSURE_UNIT_S = 900
#: Four hours saturate one visit: a second half of a shift adds little to who is infected first.
EXPOSURE_CAP_S = 14_400
#: A sighting without length (a scan, a passage) scores as five minutes; its overlap stays what was seen.
POINT_S = 300
MICRO = 1_000_000
#: Scores are shown and ranked with four decimals.
SHOWN = 100
#: The bound on companionship that ranking uses is kept in thousandths, rounded up at every meeting.
BOUND = 1000
DAY_S = 86_400
#: Days before and after that tell a routine; three weeks hold three of each weekday and are what is kept.
HABIT_DAYS = 21


def exposure(conf: float, overlap_s: int, momentary: bool) -> int:
    """Millionths of a unit for one meeting."""
    scored = max(overlap_s, POINT_S if momentary else 0)
    return math.floor(conf * min(scored, EXPOSURE_CAP_S) / EXPOSURE_UNIT_S * MICRO + 0.5)


def companionship(conf: float, crowd: int, active: int, habit: float) -> int:
    """Millionths for one meeting. `habit`: the chance to be there anyhow, 0 when it never happened on another day."""
    surprise = math.log(max(active, crowd) / crowd)
    if habit > 0:
        surprise = min(surprise, -math.log(habit))
    return math.floor(conf * surprise * MICRO + 0.5)


def comparable_days(start: int, end: int, first: int, last: int) -> range:
    """By how many days a visit [start, end] can be moved and still lie inside the data [first, last]; 0 is the visit itself."""
    return range(max(-HABIT_DAYS, -((start - first) // DAY_S)), min(HABIT_DAYS, (last - end) // DAY_S) + 1)


def days_present(start: int, end: int, t0: int, t1: int, slack: int, days: range) -> range:
    """Those of `days` on which a stay [t0, t1] comes within `slack` of the moved visit."""
    low, high = -((end + slack - t0) // DAY_S), (t1 - start + slack) // DAY_S
    return range(max(days.start, low), min(days.stop, high + 1))


def habit(days: range, present: set[int]) -> float:
    """The chance to be there on any other day. One more day than seen in the count: a habit is never certain."""
    others = len(days) - (0 in days)
    return len(present - {0}) / (others + 1)


def shown(micro: int) -> int:
    """Ten-thousandths, half up: what is shown and ranked."""
    return (micro + SHOWN // 2) // SHOWN
