"""Reads of alerts: what is open, what sounds at whose desk, what was said, where the person has been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from nanxi.desk import rules
from nanxi.desk.models import Alert, AlertPlace, AlertStep
from nanxi.desk.queries.duty import on_duty
from nanxi.desk.sealing import words
from nanxi.foundation import vault
from nanxi.foundation.act import Actor


@dataclass(frozen=True)
class VisitedPlace:
    """A place visited while outside, as cases turns it into a sighting."""

    record_id: UUID
    place: str
    t0: datetime
    t1: datetime
    area_code: str


def open_alerts() -> QuerySet[Alert]:
    """Open alerts of the scope: unacknowledged first, then the oldest."""
    return Alert.objects.filter(closed_at=None).order_by(F("acknowledged_at").asc(nulls_first=True), "raised_at", "id")


def raised_alerts(kind: str) -> list[tuple[UUID | None, datetime]]:
    """Person and time of every alert of a kind that was ever raised in scope, oldest first."""
    return list(Alert.objects.filter(kind=kind).order_by("raised_at", "id").values_list("person_id", "raised_at"))


def sounding(actor: Actor, at: datetime) -> int:
    """Unacknowledged alerts that sound at this officer's desk now."""
    slots = on_duty(actor.unit_id, at) if actor.unit_id else []
    part = next((slot.part for slot in slots if slot.user_id == actor.user_id), "")
    role = actor.role.code if actor.role else ""
    own, other = (rules.heard_from(role, own_unit=own, part=part, rostered=bool(slots)) for own in (True, False))
    mine = Q(unit_id=actor.unit_id) & Q(level__in=_from(own))
    theirs = (~Q(unit_id=actor.unit_id) | Q(unit_id=None)) & Q(level__in=_from(other))  # pyright: ignore[reportOperatorIssue]
    return Alert.objects.filter(mine | theirs, closed_at=None, acknowledged_at=None).count()


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
