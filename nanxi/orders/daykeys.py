"""The day's key pairs for positions: made ahead by the fence's loop, opened by it, public halves read by everybody who sends."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from nanxi.foundation import acts, vault
from nanxi.foundation.clock import county_day
from nanxi.orders.models import PositionKey
from nanxi.orders.sealing import Unreadable, fresh_pair

TABLE, COLUMN = "orders_positionkey", "private"
_open: dict[date, bytes] = {}


def ensure(now: datetime) -> None:
    """Pairs for today and the next two days. Idempotent; the first writer's pair stands."""
    for ahead in range(3):
        day = county_day(now) + timedelta(days=ahead)
        if PositionKey.objects.filter(day=day).exists():
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


def private_of(day: date) -> bytes:
    """The private half of a day. Raises Unreadable when the day was purged."""
    found = _open.get(day)
    if found is None:
        row = PositionKey.objects.filter(day=day).first()
        if row is None:
            raise Unreadable("The key of this day of positions was destroyed.")
        try:
            found = vault.day_unseal(day, TABLE, COLUMN, bytes(row.private_sealed))
        except vault.Sealed as problem:
            raise Unreadable(str(problem)) from None
        _open[day] = found
    return found


def forget() -> None:
    """Drop opened keys (tests; purge)."""
    _open.clear()
