"""The log of positions in days: each county day of fixes is a part of its own, made ahead and dropped whole (fence notes §5).

Dropping a part costs nothing whatever it holds, and destroying the day's key with it ends copies of it too. PostgreSQL makes and
drops parts in functions of the structure's owner (migration position_days), which ask again whether an order or a hold needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from nanxi.foundation.clock import county_day

#: Parts that are there before their day begins; phones whose clock is ahead write into them.
AHEAD = 3


@dataclass(frozen=True)
class Day:
    """One day of the log, and why it stays: "young", "held", "order", or "due"."""

    day: date
    why: str


def open_ahead(now: datetime) -> int:
    """Parts for today and the next days; how many were made. Needs the system role."""
    made = 0
    for ahead in range(AHEAD + 1):
        made += bool(_asked("SELECT orders_open_day(%s)", county_day(now) + timedelta(days=ahead)))
    return made


def kept_days() -> list[date]:
    """Days that have a part, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT right(c.relname, 8) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'orders_position'::regclass AND c.relname ~ '_[0-9]{8}$' ORDER BY 1"
        )
        return [datetime.strptime(name, "%Y%m%d").replace(tzinfo=UTC).date() for (name,) in cursor.fetchall()]


def days(now: datetime) -> list[Day]:
    """Each day of the log and why it stays."""
    return [Day(day, _asked("SELECT orders_day_why(%s, %s)", day, now)) for day in kept_days()]


def drop(day: date, now: datetime) -> bool:
    """Drop one day if nothing needs it any more. Needs the system role."""
    return _asked("SELECT orders_drop_day(%s, %s)", day, now) == "gone"


def clear_rest(now: datetime) -> int:
    """End rows that have no day of their own when their order ended; how many. Needs the system role."""
    return int(_asked("SELECT orders_clear_rest(%s)", now))


def sealed_elsewhere() -> set[date]:
    """Days whose key messages set aside or rows without a day of their own still need. Needs the system role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_days_sealed_elsewhere()")
        return {day for (day,) in cursor.fetchall()}


def after_end() -> int:
    """How many days a day is kept after the end of its last order."""
    return int(_asked("SELECT orders_days_kept()"))


def _asked(question: str, *values: object) -> object:  # type: ignore[return]
    with connection.cursor() as cursor:
        cursor.execute(question, list(values))
        row = cursor.fetchone()
        return row[0] if row else None
