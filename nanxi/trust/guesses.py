"""Counts wrong links by address, in the memory of this process only: an address that guesses is told to oversight once."""

from __future__ import annotations

from datetime import datetime

from nanxi.trust.rules import GUESS_WINDOW, MOST_GUESSES

#: A flood from many addresses must not fill the memory; the oldest windows are forgotten first.
MOST_ADDRESSES = 10_000
_seen: dict[str, tuple[datetime, int]] = {}


def count(address: str, now: datetime) -> int:
    """One more wrong link from this address; returns how many in the running window."""
    start, before = _seen.pop(address, (now, 0))
    if now - start >= GUESS_WINDOW:
        start, before = now, 0
    if len(_seen) >= MOST_ADDRESSES:
        _seen.pop(next(iter(_seen)))
    _seen[address] = (start, before + 1)
    return before + 1


def too_many(number: int) -> bool:
    """Whether this wrong link is the one that makes it known."""
    return number == MOST_GUESSES + 1


def forget() -> None:
    _seen.clear()
