"""Reads of care: today's health, needs, the check-in that waits, where a phone rests. Sealed things open after a grant only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nanxi.foundation import vault
from nanxi.foundation.clock import county_day
from nanxi.orders import daykeys
from nanxi.orders.calibration import LEARN, Fix, Learnt, learn, metres_between
from nanxi.orders.models import AskedCheckin, HealthReport, IsolationOrder, Need, OrderDecision, Position
from nanxi.orders.rules import Step
from nanxi.orders.sealing import Unreadable, day_of, unseal

#: Reports and needs that pages show.
MOST = 20
#: Positions that one page opens; a day of a phone at rest has fewer than three hundred.
MOST_FIXES = 400


def reported_today(order: IsolationOrder, at: datetime) -> HealthReport | None:
    """The latest report of the county's day by a person, not a missed one."""
    rows = HealthReport.everything.filter(order=order, day=county_day(at)).exclude(outcome="missed")
    return rows.order_by("-at").first()


def health_of(order: IsolationOrder) -> list[HealthReport]:
    return list(HealthReport.everything.filter(order=order).order_by("-at")[:MOST])


def told_in(order: IsolationOrder, row: HealthReport) -> dict[str, Any]:
    """Temperature and symptoms of a report, unsealed; {} when none or destroyed. Only after a grant."""
    if row.sealed is None:
        return {}
    try:
        return json.loads(vault.unseal("orders_healthreport", str(row.pk), order.record_id, bytes(row.sealed)))
    except vault.Sealed:
        return {}


def needs_of(order: IsolationOrder) -> list[Need]:
    return list(Need.everything.filter(order=order).order_by("-asked_at")[:MOST])


def asked_checkin(order: IsolationOrder, at: datetime) -> AskedCheckin | None:
    """The check-in that waits for its answer now."""
    rows = AskedCheckin.everything.filter(order=order, answered_at=None, missed_at=None, answer_by__gt=at)
    return rows.order_by("-asked_at").first()


def checkins_of(order: IsolationOrder) -> list[AskedCheckin]:
    return list(AskedCheckin.everything.filter(order=order).order_by("-asked_at")[:MOST])


@dataclass(frozen=True)
class Seen:
    """One position as the map shows it: degrees WGS-84, accuracy in metres (None: not told), source."""

    at: datetime
    lon: float
    lat: float
    acc: float | None
    source: str


def fixes_of(order: IsolationOrder, since: datetime, until: datetime) -> list[Seen]:
    """Positions of a time, opened with their day's key, oldest first. Only after a grant."""
    low, high = int(since.timestamp() * 1000), int(until.timestamp() * 1000)
    rows = Position.objects.filter(order_id=order.pk, tst__gte=low, tst__lte=high).order_by("-tst")[:MOST_FIXES]
    return [seen for row in reversed(rows) if (seen := _seen(row))]


def _seen(row: Position) -> Seen | None:
    sealed = bytes(row.sealed)
    try:
        said = unseal(daykeys.private_of(day_of(sealed)), row.order_id, row.tst, bytes(row.digest), sealed)
    except Unreadable:
        return None
    if said.get("lon") is None or said.get("lat") is None:
        return None
    at = datetime.fromtimestamp(float(row.tst) / 1000, row.rx.tzinfo)
    return Seen(at, float(said["lon"]), float(said["lat"]), said.get("acc"), row.source)


def served_at(order: IsolationOrder) -> datetime | None:
    rows: list[OrderDecision] = [row for row in order.decisions.all() if row.step == Step.SERVE.value]
    return min((row.at for row in rows), default=None)


def learnt_home(order: IsolationOrder) -> Learnt:
    """The home point that the phone's first half hour after serving shows. Only after a grant."""
    start = served_at(order)
    if start is None:
        return learn([])
    seen = fixes_of(order, start, start + 2 * LEARN + timedelta(minutes=30))
    return learn([Fix(one.at.timestamp(), one.lon, one.lat, one.acc) for one in seen if one.source == "phone"])


def beyond(home: dict[str, Any], lon: float, lat: float, acc: float | None) -> float:
    """Metres by which a position lies outside the fence whatever its accuracy hides; negative inside."""
    away = metres_between((home["lon"], home["lat"]), (lon, lat))
    return round(away - home["radius_m"] - (acc or 0), 1)
