"""Reads of expected arrivals, in the reader's scope: counts by town, and one list at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from nanxi.field import below
from nanxi.field.arrivals import rules
from nanxi.field.arrivals.models import Arrival
from nanxi.foundation import areas
from nanxi.foundation.clock import county_day, day_bounds

#: What stays on the lists of those who came, and of those who never came.
BACK = timedelta(days=14)


def states(now: datetime) -> dict[str, Q]:
    """Which rows each list shows; together with its order the index of each."""
    today = county_day(now)
    waits = Q(arrived_at=None, called_off_at=None)
    since = Q(arrived_at__gte=day_bounds(today - BACK)[0])
    return {  # pyright: ignore[reportReturnType]
        "overdue": waits & Q(day__lt=today, day__gte=today - BACK),
        "today": waits & Q(day=today),
        "expected": waits & Q(day__gt=today),
        "arrived": since & Q(day__isnull=False),
        "unannounced": since & Q(day=None),
    }


def listed(state: str, now: datetime, town: str = "") -> QuerySet[Arrival]:
    rows = Arrival.objects.filter(states(now)[state])
    if town:
        low, high = areas.inside(town.ljust(12, "0"))
        rows = rows.filter(area_code__gte=low, area_code__lt=high)
    return rows.order_by("-arrived_at", "id") if state in ("arrived", "unannounced") else rows.order_by("day", "id")


@dataclass(frozen=True)
class TownArrivals:
    """The arrivals of one town by where they stand."""

    code: str
    name: str
    overdue: int
    today: int
    expected: int
    arrived: int
    unannounced: int


def by_town(now: datetime) -> list[TownArrivals]:
    """Towns with any, the one with most overdue first."""
    found: dict[str, dict[str, int]] = {}
    for state, chosen in states(now).items():
        rows = Arrival.objects.filter(chosen).order_by().values_list(Substr("area_code", 1, 9)).annotate(n=Count("id"))
        for stem, number in rows:
            found.setdefault(stem.ljust(12, "0"), {})[state] = number
    names = areas.names_of(found)
    towns = [
        TownArrivals(code, names.get(code, code), **{state: counts.get(state, 0) for state in states(now)})
        for code, counts in found.items()
    ]
    return sorted(towns, key=lambda one: (-one.overdue, -one.unannounced, one.code))


@dataclass(frozen=True)
class ArrivalLine:
    arrival: Arrival
    label: Any
    place: str
    origin: str
    way: str
    stand: str
    tone: str
    early: bool


TONES = {"overdue": "danger", "unannounced": "warn", "today": "wait", "expected": "quiet", "arrived": "ok", "called_off": "quiet"}


def lines_of(rows: Sequence[Arrival], now: datetime) -> list[ArrivalLine]:
    """Masked lines of one page."""
    labels = below.labels(row.person_id for row in rows)
    records: dict[UUID, Any] = below.labels_of_records(row.record_id for row in rows if row.person_id not in labels)
    places = areas.names_of(row.area_code for row in rows)
    ways = {one.code: one.label for one in rules.Way}
    lines = []
    for row in rows:
        stand = row.stand(now)
        label = labels.get(row.person_id) if row.person_id else None
        lines.append(
            ArrivalLine(
                row, label or records.get(row.record_id), places.get(row.area_code, row.area_code),
                below.name_of_origin(row.origin), _(ways[row.way]), _(stand.label), TONES[stand.code], row.is_early,
            )
        )  # fmt: skip
    return lines


def arrival_by_id(arrival_id: UUID) -> Arrival | None:
    return Arrival.objects.filter(pk=arrival_id).first()
