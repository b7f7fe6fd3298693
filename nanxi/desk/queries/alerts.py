"""Reads of alerts: what is open, what sounds at whose desk, what was said, where the person has been."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from nanxi.desk import rules
from nanxi.desk.models import Alert, AlertPlace, AlertStep
from nanxi.desk.queries.duty import on_duty
from nanxi.desk.sealing import words
from nanxi.foundation import areas, vault
from nanxi.foundation.act import Actor
from nanxi.foundation.models import LedgerEntry


@dataclass(frozen=True)
class VisitedPlace:
    """A place visited while outside, as cases turns it into a sighting."""

    record_id: UUID
    place: str
    t0: datetime
    t1: datetime
    area_code: str


SYNTHETIC = rules.SYNTHETIC
QUIET = (SYNTHETIC,)


def open_alerts() -> QuerySet[Alert]:
    """Open alerts of the scope about real persons and things: unacknowledged first, then the oldest."""
    rows = Alert.objects.filter(closed_at=None).exclude(kind__in=QUIET)
    return rows.order_by(F("acknowledged_at").asc(nulls_first=True), "raised_at", "id")


def closed_alerts() -> QuerySet[Alert]:
    """Closed alerts of the scope, the latest first."""
    return Alert.objects.filter(closed_at__isnull=False).exclude(kind__in=QUIET).order_by("-closed_at", "-id")


def narrowed(rows: QuerySet[Alert], actor: Actor, said: dict[str, Any]) -> QuerySet[Alert]:
    """The list's filter: severity, town, given to me."""
    if said.get("severity"):
        rows = rows.filter(severity=said["severity"])
    if said.get("town"):
        low, high = areas.inside(said["town"])
        rows = rows.filter(area_code__gte=low, area_code__lt=high)
    return rows.filter(assignee_id=actor.user_id) if said.get("mine") else rows


def open_by_key(key: str) -> Alert | None:
    """The open alert of a key, in any area that the caller's transaction sees."""
    return Alert.everything.filter(key=key, closed_at=None).first()


def open_walks(town: str) -> list[Alert]:
    """Open alerts of the synthetic walks of a town."""
    return list(Alert.everything.filter(kind=SYNTHETIC, closed_at=None, area_code=town))


def announced(alert: Alert) -> bool:
    """Whether the relay has numbered the raising of an alert, which is when browsers and followers hear of it."""
    return LedgerEntry.objects.filter(subject_id=alert.id, kind__endswith=".raised", seq__isnull=False).exists()


def closed_since(key: str, since: datetime) -> bool:
    """Whether an alert of this key was closed after a time."""
    return Alert.everything.filter(key=key, closed_at__gte=since).exists()


@dataclass(frozen=True)
class Tally:
    """Closed alerts of one kind, severity, device model and rule version: how many, how many of them false; by disposition and
    by measure."""

    kind: str
    severity: str
    model: str
    version: str
    n: int
    false: int
    by: dict[str, int]
    done: dict[str, int]


def tallies(prefix: str, since: datetime) -> list[Tally]:
    """Closed alerts since a time whose kind begins with `prefix`, synthetic ones left out; most false ones first."""
    rows = Alert.objects.filter(closed_at__gte=since, kind__gte=prefix, kind__lt=prefix + "~").exclude(kind__in=QUIET)
    counted = rows.values("kind", "severity", "disposition", "measure", "facts__model", "facts__policy").annotate(n=Count("id"))
    found: dict[tuple[str, str, str, str], tuple[Counter[str], Counter[str]]] = {}
    for row in counted.order_by():
        place = (row["kind"], row["severity"], row["facts__model"] or "", row["facts__policy"] or "")
        by, done = found.setdefault(place, (Counter(), Counter()))
        by[row["disposition"]] += row["n"]
        done[row["measure"]] += row["n"]
    wrong = {one.code for one in rules.Disposition if one.false_alarm}
    made = [
        Tally(*key, by.total(), sum(n for code, n in by.items() if code in wrong), dict(by), dict(done))
        for key, (by, done) in found.items()
    ]
    return sorted(made, key=lambda tally: (-tally.false, -tally.n, tally.kind, tally.model))


def raised_alerts(kind: str) -> list[tuple[UUID | None, datetime]]:
    """Person and time of every alert of a kind that was ever raised in scope, oldest first."""
    return list(Alert.objects.filter(kind=kind).order_by("raised_at", "id").values_list("person_id", "raised_at"))


def sounding(actor: Actor, at: datetime) -> int:
    """Unacknowledged alerts that sound at this officer's desk now."""
    slots = on_duty(actor.unit_id, at) if actor.unit_id else []
    part = next((slot.part for slot in slots if slot.user_id == actor.user_id), "")
    role = actor.role.code if actor.role else ""
    heard = Q(assignee_id=actor.user_id)
    for critical in (True, False):
        severity = Q(severity="critical") if critical else ~Q(severity="critical")
        own, other = (
            rules.heard_from(role, own_unit=own, part=part, rostered=bool(slots), critical=critical) for own in (True, False)
        )
        mine = Q(unit_id=actor.unit_id) & Q(level__in=_from(own))
        theirs = (~Q(unit_id=actor.unit_id) | Q(unit_id=None)) & Q(level__in=_from(other))  # pyright: ignore[reportOperatorIssue]
        heard |= severity & (mine | theirs)  # pyright: ignore[reportOperatorIssue]
    return Alert.objects.filter(heard, closed_at=None, acknowledged_at=None).exclude(kind__in=QUIET).count()


def _from(level: rules.Level) -> list[str]:
    return [one.name for one in rules.Level if one.after >= level.after]


def said_in(step: AlertStep, alert: Alert) -> str:
    return words("desk_alertstep", "note", step.note, record_id=alert.record_id, row_id=alert.id)


def places_of_alert(alert_id: UUID) -> list[VisitedPlace]:
    """Places visited during an alert, opened for cases, which keeps them as sightings."""
    found = []
    for row in AlertPlace.everything.filter(alert_id=alert_id).select_related("alert"):
        record = row.alert.record_id
        if record is not None:
            name = vault.unseal("desk_alertplace", "place", record, bytes(row.place))
            found.append(VisitedPlace(record, name, row.t0, row.t1, row.area_code))
    return found
