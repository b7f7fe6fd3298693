"""Reads of reports and incidents: what is likely the same, what was told."""

from __future__ import annotations

from nanxi.desk.models import Directive, Incident
from nanxi.desk.sealing import words


def incident_of(directive: Directive) -> tuple[Incident, str] | None:
    """The incident a directive carries, and its place in words."""
    row = Incident.objects.filter(directive=directive).first()
    if row is None:
        return None
    return row, words("desk_incident", "place", row.place, record_id=directive.id, row_id=directive.id)


def likely_same(directive: Directive) -> list[Directive]:
    """Earlier open tellings of what is likely the same incident: same place as written, within six hours."""
    from nanxi.desk.services.reports import LIKELY_SAME

    row = Incident.objects.filter(directive=directive).first()
    if row is None or directive.joined_to_id is not None or directive.answered_at is not None:  # type: ignore[attr-defined]
        return []
    near = Incident.objects.filter(
        area_code=row.area_code, at__gte=row.at - LIKELY_SAME, at__lte=row.at + LIKELY_SAME, place_index=bytes(row.place_index)
    )
    rows = near.filter(directive__joined_to=None, directive__withdrawn_at=None).exclude(directive=directive)
    return [one.directive for one in rows.select_related("directive").order_by("at", "id")[:5]]


def joined_to(directive: Directive) -> list[Directive]:
    return list(Directive.objects.filter(joined_to=directive).order_by("received_at"))
