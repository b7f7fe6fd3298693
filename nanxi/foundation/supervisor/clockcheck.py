"""A machine whose clock was set back must not run a county: orders end by the clock, and last week's would keep people home.

The newest ledger entry tells when the county last acted; its UUIDv7 begins with the milliseconds of the wall clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from nanxi.foundation.postgres.home import DeskError

#: Clocks that are kept by the network agree far better than this.
TOLERANCE = timedelta(minutes=5)


class ClockSetBack(DeskError):
    """This machine's time lies before the county's last act."""


def check(dsn: str) -> datetime:
    """The time now (UTC). Raises ClockSetBack when the county has acted later than that."""
    newest, now = last_act(dsn), datetime.now(UTC)
    if newest is not None and newest > now + TOLERANCE:
        raise ClockSetBack(
            f"the county last acted at {newest:%Y-%m-%d %H:%M} UTC and this machine says it is {now:%Y-%m-%d %H:%M}: "
            "set its clock right, then start again. Orders end by the clock."
        )
    return now


def last_act(dsn: str) -> datetime | None:
    """When the newest entry was written; None in an empty county. `dsn` must belong to a role that sees every row."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        present = connection.execute("SELECT to_regclass('public.foundation_ledgerentry') IS NOT NULL").fetchone()
        if not present or not present[0]:
            return None
        row = connection.execute("SELECT id FROM foundation_ledgerentry ORDER BY id DESC LIMIT 1").fetchone()
    return datetime.fromtimestamp((row[0].int >> 80) / 1000, UTC) if row else None
