"""Reads of the dead-man's switch: how each town's last walks ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet

from nanxi.foundation import scope
from nanxi.foundation.models import Area
from nanxi.orders.models import Walk

DAY = timedelta(days=1)


@dataclass(frozen=True)
class WalkRecord:
    """A town's walks of a day. waited_s: from the deciding position to the announced alert, of the last that arrived."""

    arrived_at: datetime | None
    waited_s: float | None
    arrived: int
    ended: int
    failing: bool
    why: str


def walk_records(at: datetime) -> list[tuple[str, WalkRecord]]:
    """Name and record of each town in scope, in a fixed number of queries."""
    rows = Walk.objects.filter(started_at__gt=at - DAY)
    counts = {row["area_code"]: row for row in rows.values("area_code").order_by().annotate(
        arrived=Count("pk", filter=Q(arrived_at__isnull=False)), failed=Count("pk", filter=Q(failed_at__isnull=False)),
    )}  # fmt: skip
    good = {row.area_code: row for row in _latest_of(rows.filter(arrived_at__isnull=False))}
    last = {row.area_code: row for row in _latest_of(_ended(rows))}
    reach = scope.current()
    towns = [town for town in Area.objects.filter(kind=Area.Kind.TOWN).order_by("code") if reach.covers(town.code)]
    return [(town.name, _record(counts.get(town.code), good.get(town.code), last.get(town.code))) for town in towns]


def _record(counted: dict[str, int] | None, good: Walk | None, last: Walk | None) -> WalkRecord:
    waited = (good.arrived_at - good.decided_at).total_seconds() if good and good.arrived_at and good.decided_at else None
    arrived, failed = (counted["arrived"], counted["failed"]) if counted else (0, 0)
    failing = last is not None and last.failed_at is not None
    return WalkRecord(good.arrived_at if good else None, waited, arrived, arrived + failed, failing, last.why if last else "")


def _ended(rows: QuerySet[Walk]) -> QuerySet[Walk]:
    return rows.exclude(arrived_at=None, failed_at=None)


def _latest_of(rows: QuerySet[Walk]) -> list[Walk]:
    return list(rows.order_by("area_code", "-started_at").distinct("area_code"))


def failing_walks(at: datetime) -> int:
    """How many towns of the scope whose last walk raised no alert in time."""
    lately = Walk.objects.filter(started_at__gt=at - timedelta(hours=1))
    return sum(row.failed_at is not None for row in _latest_of(_ended(lately)))


def walks_are_well(at: datetime, within: timedelta) -> bool:
    """Whether every town proved itself within that time."""
    rows = Walk.everything.filter(started_at__gt=at - DAY).values("area_code").order_by().annotate(last=Max("arrived_at"))
    found = {row["area_code"]: row["last"] for row in rows}
    towns = Area.objects.filter(kind=Area.Kind.TOWN).values_list("code", flat=True)
    return all(found.get(code) is not None and found[code] > at - within for code in towns)
