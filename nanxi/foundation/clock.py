"""The one clock. Domain code receives it; sign-in, jobs and the relay use wall time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

#: The county's civil time: dates on lists and deadlines are meant in it.
COUNTY = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass(frozen=True)
class WallClock:
    """The time of this machine, UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class SetClock:
    """A clock that stands until told otherwise: replays and tests."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


WALL = WallClock()


def county_day(at: datetime) -> date:
    """The civil day in the county at an instant."""
    return at.astimezone(COUNTY).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First instant of a county day and of the next, UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=COUNTY)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)
