"""Reads of mobilisation: members, what they hold, what they must read, who is on duty, and what patrols did."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from nanxi.field.mobilisation import below, rules
from nanxi.field.mobilisation.models import PatrolLog, Shift, Swap, Team, Turn, TurnNote, TurnNoteRead, Volunteer
from nanxi.field.mobilisation.rules import Span, Work
from nanxi.foundation import vault
from nanxi.foundation.act import Actor

#: Notes older than this are history: whoever comes on need not read them.
NOTES_FOR = timedelta(hours=24)
PURGED = "…"


def members(shift: Shift) -> list[Volunteer]:
    """Who may be asked for a shift: willing members of its team or unit with its skill."""
    rows = Volunteer.objects.filter(unit_id=shift.unit_id, ended_at=None).order_by("id")
    rows = rows.filter(team_id=shift.team_id) if shift.team_id else rows
    return [one for one in rows if not shift.skill or shift.skill in one.skills]


def spans_of(people: Iterable[Volunteer], around: datetime, *, without: Turn | None = None) -> dict[UUID, list[Span]]:
    """Shifts that volunteers hold within a fortnight of a time: their turns, and what else stands on the desk's roster."""
    since, found, shown = around - 2 * rules.WEEK, defaultdict(list), set()
    everybody = {one.id: one for one in people}
    turns = Turn.objects.filter(volunteer_id__in=everybody, on=True, shift__cancelled_at=None, shift__ends__gt=since)
    for turn in turns.select_related("shift"):
        if turn.duty_id:
            shown.add(turn.duty_id)
        if without is None or turn.pk != without.pk:
            found[turn.volunteer_id].append(Span(turn.shift.starts, turn.shift.ends))
    for one in everybody.values():
        if one.user_id:
            slots = below.duties_of(one.user_id, since)
            found[one.id] += [Span(starts, ends) for slot, starts, ends in slots if slot not in shown]
    return found


def turns_of_officers(user_ids: Collection[UUID], since: datetime) -> dict[UUID, list[Span]]:
    """Turns of officers that stand on no roster of the desk: patrol, post, sweep, delivery (desk.turns asks)."""
    rows = Turn.everything.filter(
        volunteer__user_id__in=list(user_ids), on=True, duty_id=None, shift__cancelled_at=None, shift__ends__gt=since
    )
    found: dict[UUID, list[Span]] = {}
    for user_id, starts, ends in rows.values_list("volunteer__user_id", "shift__starts", "shift__ends"):
        found.setdefault(user_id, []).append(Span(starts, ends))
    return found


def contact_of(volunteer: Volunteer) -> tuple[str, str]:
    """Name and phone; only after services.open_contact, or for the volunteer's own page."""
    try:
        told = json.loads(vault.unseal("field_volunteer", "sealed", volunteer.id, bytes(volunteer.sealed)))
    except vault.Sealed:
        return PURGED, ""
    return told["name"], told["phone"]


def labels_of(people: Iterable[Volunteer]) -> dict[UUID, str]:
    """Masked names for lists."""
    rows = list(people)
    vault.load_keys(one.id for one in rows)
    return {one.id: below.masked(name) if (name := contact_of(one)[0]) != PURGED else PURGED for one in rows}


def teams_of(actor: Actor) -> list[Team]:
    return list(Team.objects.filter(unit_id=actor.unit_id).order_by("name", "id"))


def volunteers_of(actor: Actor) -> list[Volunteer]:
    rows = Volunteer.objects.filter(unit_id=actor.unit_id, ended_at=None).select_related("team")
    return list(rows.order_by("team__name", "id")[:200])


def volunteer_in(actor: Actor, pk: UUID) -> Volunteer | None:
    return Volunteer.objects.select_related("team").filter(pk=pk, unit_id=actor.unit_id).first()


def shift_in(actor: Actor, pk: UUID) -> Shift | None:
    return Shift.objects.filter(pk=pk, unit_id=actor.unit_id).first()


@dataclass(frozen=True)
class ShiftLine:
    """A shift as its unit sees it: how many of its places are filled."""

    shift: Shift
    taken: int
    asked: int
    waiting: int
    begun: int

    @property
    def work(self) -> Work:
        return Work.of(self.shift.work)

    @property
    def tone(self) -> str:
        return "ok" if self.taken >= self.shift.seats else "wait" if self.shift.called_at else "warn"


def shifts_of(actor: Actor, now: datetime) -> list[ShiftLine]:
    """The unit's shifts that are not over, the next first."""
    rows = Shift.objects.filter(unit_id=actor.unit_id, ends__gt=now, cancelled_at=None).annotate(
        taken=Count("turns", filter=Q(turns__on=True)),
        asked=Count("turns"),
        waiting=Count("turns", filter=Q(turns__on=None)),
        begun=Count("turns", filter=Q(turns__begun_at__isnull=False)),
    )
    return [ShiftLine(row, row.taken, row.asked, row.waiting, row.begun) for row in rows.order_by("starts", "id")[:60]]


def on_duty_now(actor: Actor, now: datetime) -> list[tuple[str, Work, datetime, bool]]:
    """Who of the unit is on a shift now: masked name, work, until when, whether come on."""
    rows = Turn.objects.filter(
        shift__unit_id=actor.unit_id, shift__starts__lte=now, shift__ends__gt=now, shift__cancelled_at=None, on=True
    ).select_related("shift", "volunteer")
    turns = list(rows.order_by("shift__work", "id")[:200])
    labels = labels_of(turn.volunteer for turn in turns)
    return [(labels[t.volunteer_id], Work.of(t.shift.work), t.shift.ends, t.begun_at is not None) for t in turns]


def patrol_sums(actor: Actor, since: datetime) -> dict[str, int]:
    """What patrols in scope did since a time."""
    rows = PatrolLog.objects.filter(at__gte=since)
    sums = rows.aggregate(rounds=Count("id"), gatherings=Sum("gatherings"), people=Sum("people"), premises=Sum("premises"))
    return {name: value or 0 for name, value in sums.items()}


def turns_of(volunteer: Volunteer, now: datetime) -> QuerySet[Turn]:
    """One's own turns and call-ups that are not over, the next first."""
    rows = Turn.objects.filter(volunteer=volunteer, shift__ends__gt=now - timedelta(hours=2), shift__cancelled_at=None)
    return rows.select_related("shift").order_by("shift__starts", "id")


def feed_turns(volunteer: Volunteer, now: datetime) -> QuerySet[Turn]:
    """The turns of a calendar: one's own, from a month back; a cancelled shift is told as cancelled."""
    rows = Turn.objects.filter(volunteer=volunteer, on=True, shift__ends__gt=now - timedelta(days=31))
    return rows.select_related("shift").order_by("shift__starts", "id")


def exchangeable(volunteer: Volunteer, now: datetime) -> list[Turn]:
    """Turns of colleagues of the unit that one could ask for; they are told by time and work, never by name."""
    rows = Turn.objects.filter(
        shift__unit_id=volunteer.unit_id, shift__starts__gt=now, shift__cancelled_at=None, on=True, begun_at=None
    ).exclude(volunteer=volunteer)
    return list(rows.select_related("shift").order_by("shift__starts", "id")[:30])


def swaps_to_answer(volunteer: Volunteer, now: datetime) -> list[Swap]:
    rows = Swap.objects.filter(theirs__volunteer=volunteer, answered_at=None, theirs__shift__starts__gt=now)
    return list(rows.select_related("mine__shift", "theirs__shift").order_by("asked_at")[:20])


def unread_notes(volunteer_id: UUID, unit_id: UUID, now: datetime) -> list[TurnNote]:
    """Notes of the unit of the last day that this volunteer has not read, the oldest first."""
    seen = TurnNoteRead.objects.filter(note=OuterRef("pk"), volunteer_id=volunteer_id)
    rows = TurnNote.objects.filter(unit_id=unit_id, at__gt=now - NOTES_FOR).exclude(Exists(seen))
    return list(rows.order_by("at", "id")[:20])


def text_of_note(note: TurnNote) -> str:
    try:
        return vault.day_unseal(note.day, "field_turnnote", "text", bytes(note.text)).decode()
    except (vault.Sealed, KeyError):
        return PURGED


def own_of(user_id: UUID) -> Any:
    """The volunteer's row of an officer."""
    return Volunteer.objects.filter(user_id=user_id, ended_at=None).first()
