"""Which episode outside an exit belongs to, when the log is read again and reads differently.

The engine counts episodes along the log it was given. A message that arrives late can move the begin of an exit, show that there
was none, or put another before it; the number under which an alert was raised must not move with it. So an exit belongs to the
episode already told that it overlaps in time, and otherwise opens the next number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """An episode that was told: its number, epoch seconds from its first fix outside to the last word about it."""

    number: int
    began: float
    until: float


def told_of(rows: Iterable[tuple[int, float, float]]) -> list[Told]:
    """Episodes of what was said: (number, at, dwell) of each exit, late exit and return, seconds."""
    spans: dict[int, tuple[float, float]] = {}
    for number, at, dwell in rows:
        began, until = spans.get(number, (at - dwell, at))
        spans[number] = min(began, at - dwell), max(until, at)
    return [Told(number, began, until) for number, (began, until) in sorted(spans.items())]


def numbered(told: list[Told], exits: Iterable[tuple[float, float]]) -> dict[float, int]:
    """`exits`: (began, at) of each event about an exit, as the engine says them now → the number for each `began`."""
    spans: dict[float, float] = {}
    for began, at in exits:
        spans[began] = max(spans.get(began, at), at)
    free, found = list(told), dict[float, int]()
    following = max((one.number for one in told), default=0) + 1
    for began in sorted(spans):
        over = [one for one in free if one.began <= spans[began] and began <= one.until]
        if over:
            best = min(over, key=lambda one: (abs(one.began - began), one.number))
            free.remove(best)
            found[began] = best.number
        else:
            found[began], following = following, following + 1
    return found
