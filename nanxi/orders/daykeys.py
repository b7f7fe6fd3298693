"""The day's key pairs for positions: made ahead by the fence's loop, opened by it, public halves read by everybody who sends.

A position is sealed for the day of its fix, as the log is parted (days.py): when a day's part is dropped its pair is destroyed.
An opened key lives in a process's memory for a minute at most without asking whether it still stands, so that a destroyed day
ends in every process, whoever destroyed it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from nanxi.foundation import acts, vault
from nanxi.foundation.clock import county_day
from nanxi.orders import days
from nanxi.orders.models import PositionKey
from nanxi.orders.sealing import Sender, Unreadable, forget_shared, fresh_pair, ordinal

TABLE, COLUMN = "orders_positionkey", "private"
#: Seconds after which a process asks whether the keys it holds still stand.
ASK_AGAIN_S = 60.0
_open: dict[date, bytes] = {}
_asked_at = 0.0


def ensure(now: datetime) -> None:
    """Pairs for today and the next days, as many as there are parts ahead. Idempotent; the first writer's pair stands."""
    wanted = [county_day(now) + timedelta(days=ahead) for ahead in range(days.AHEAD + 1)]
    there = set(PositionKey.objects.filter(day__in=wanted).values_list("day", flat=True))
    for day in wanted:
        if day in there:
            continue
        private, public = fresh_pair()
        with acts.writing():
            sealed = vault.day_seal(day, TABLE, COLUMN, private)
        PositionKey.objects.bulk_create([PositionKey(day=day, public=public, private_sealed=sealed)], ignore_conflicts=True)


def public_of(now: datetime) -> tuple[date, bytes]:
    """Today's public half."""
    day = county_day(now)
    row = PositionKey.objects.filter(day=day).first()
    if row is None:
        ensure(now)
        row = PositionKey.objects.get(day=day)
    return day, bytes(row.public)


def sender_for(ms: int, now: datetime) -> Sender:
    """Who seals a fix of this moment: for its own day, or for today when that day has no key (any more)."""
    number = ordinal(ms)
    row = PositionKey.objects.filter(day=date.fromordinal(number)).first() if 1 <= number <= date.max.toordinal() else None
    return Sender.to(row.day, bytes(row.public)) if row else Sender.to(*public_of(now))


def private_of(day: date) -> bytes:
    """The private half of a day. Raises Unreadable when the day was purged."""
    global _asked_at  # noqa: PLW0603
    look_again()
    found = _open.get(day)
    if found is None:
        row = PositionKey.objects.filter(day=day).first()
        if row is None:
            raise Unreadable("The key of this day of positions was destroyed.")
        try:
            found = vault.day_unseal(day, TABLE, COLUMN, bytes(row.private_sealed))
        except vault.Sealed as problem:
            raise Unreadable(str(problem)) from None
        if not _open:
            _asked_at = time.monotonic()
        _open[day] = found
    return found


def destroy(gone: Iterable[date]) -> int:
    """Destroy the pairs of these days: what was sealed for them is gone. Inside a service; returns how many."""
    n = PositionKey.objects.filter(day__in=list(gone)).delete()[0]
    forget()
    return n


def look_again() -> bool:
    """Now and then: forget what is opened when one of its days was destroyed elsewhere; whether it was."""
    global _asked_at  # noqa: PLW0603
    if not _open or time.monotonic() - _asked_at < ASK_AGAIN_S:
        return False
    _asked_at = time.monotonic()
    if PositionKey.objects.filter(day__in=list(_open)).count() == len(_open):
        return False
    forget()
    return True


def forget() -> None:
    """Drop opened keys, what was derived from them and the positions they opened."""
    from nanxi.orders import opened

    _open.clear()
    forget_shared()
    opened.forget()
