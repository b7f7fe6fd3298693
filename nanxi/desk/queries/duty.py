"""Reads of the shift: who is on duty, what the next shift must have read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nanxi.desk.models import DutySlot, HandoverNote
from nanxi.desk.queries.officers import names_of_users
from nanxi.foundation import vault
from nanxi.foundation.act import Actor
from nanxi.foundation.models import Unit, UnitArea, User


def on_duty(unit_id: UUID, at: datetime) -> list[DutySlot]:
    """Who is on duty for a unit at a time, the duty officer before the deputy."""
    rows = DutySlot.objects.filter(unit_id=unit_id, starts__lte=at, ends__gt=at)
    return _ranked(rows)


def duty_by_id(duty_id: UUID) -> DutySlot | None:
    return DutySlot.objects.filter(pk=duty_id).first()


def duties_of(user_id: UUID, since: datetime) -> list[tuple[UUID, datetime, datetime]]:
    """Somebody's lines on the roster ending after `since`: id, from, to. A deputy waits for a call and counts as resting."""
    rows = DutySlot.objects.filter(user_id=user_id, ends__gt=since, part=DutySlot.Part.DUTY).order_by("starts")
    return list(rows.values_list("id", "starts", "ends"))


def _ranked(slots: Iterable[DutySlot]) -> list[DutySlot]:
    return sorted(slots, key=lambda slot: (slot.part != DutySlot.Part.DUTY, slot.starts))


def unread_notes(actor: Actor, at: datetime) -> list[HandoverNote]:
    """Handover notes of one's unit in the last two days that one has not read."""
    rows = HandoverNote.objects.filter(unit_id=actor.unit_id).exclude(reads__user_id=actor.user_id)
    return [note for note in rows.order_by("-at")[:20] if (at - note.at).days < 2]


def read_notes(actor: Actor) -> list[HandoverNote]:
    """The last notes of one's unit that one has read."""
    return list(HandoverNote.objects.filter(unit_id=actor.unit_id, reads__user_id=actor.user_id).order_by("-at")[:10])


def writers_of(actor: Actor) -> dict[UUID, str]:
    """Names of the officers of one's unit, for notes and roster."""
    return dict(User.objects.filter(unit_id=actor.unit_id).values_list("id", "display_name"))


@dataclass(frozen=True)
class UnitDuty:
    """Who is on duty now for one unit."""

    unit: str
    phone: str
    officers: list[tuple[str, str, datetime]]


def duty_now(actor: Actor, at: datetime) -> list[UnitDuty]:
    """The units of one's area that have a roster, each with the duty officer before the deputy."""
    codes = (
        UnitArea.objects.filter(unit__kind__in=[Unit.Kind.HEADQUARTERS, Unit.Kind.TOWN])
        .select_related("unit")
        .order_by("area_id")
    )
    found = {
        link.unit_id: link.unit for link in codes if actor.reach.covers(link.area_id) or link.unit.kind == Unit.Kind.HEADQUARTERS
    }
    slots: dict[UUID, list[DutySlot]] = {}
    for slot in DutySlot.objects.filter(unit_id__in=found, starts__lte=at, ends__gt=at):
        slots.setdefault(slot.unit_id, []).append(slot)
    names = names_of_users(slot.user_id for rows in slots.values() for slot in rows)
    return [
        UnitDuty(
            unit.name,
            unit.phone,
            [(names.get(one.user_id, ""), one.get_part_display(), one.ends) for one in _ranked(slots.get(unit_id, []))],
        )
        for unit_id, unit in found.items()
    ]


def roster_ahead(actor: Actor, at: datetime) -> list[DutySlot]:
    """One's own unit's shifts from now on."""
    return list(DutySlot.objects.filter(unit_id=actor.unit_id, ends__gt=at).order_by("starts", "part")[:20])


def text_of_note(note: HandoverNote) -> str:
    return vault.unseal("desk_handovernote", "text", note.id, bytes(note.text))
