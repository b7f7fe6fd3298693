"""Rosters and handover: who is on duty, and what the next shift must have read."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.desk import queries, turns
from nanxi.desk.models import DutySlot, HandoverNote, NoteRead
from nanxi.desk.rules import fatigue
from nanxi.desk.rules.fatigue import Span
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.models import UnitArea, User

#: One shift, as the form proposes it.
SHIFT = timedelta(hours=12)


@service
def set_duty(act: Act, *, user: User, part: str, starts: datetime, ends: datetime) -> DutySlot:
    """Put an officer on duty for the caller's unit. Raises Refused naming the rule of fatigue that it would break.

    A deputy waits for a call and counts as resting.
    """
    if ends <= starts:
        raise Refused(_("The shift ends before it begins; correct its times."))
    if user.unit_id != act.actor.unit_id:
        raise Refused(_("Only officers of your own unit stand on its roster."))
    if part == DutySlot.Part.DUTY:
        _need_rest(user, Span(starts, ends))
    slot = DutySlot(unit_id=user.unit_id, user_id=user.id, part=part, starts=starts, ends=ends)
    slot.save()
    act.log("desk.duty.set", subject=("desk.duty", slot.id), user=user.id, part=part)
    return slot


def _need_rest(user: User, new: Span) -> None:
    """Two shifts given at once must not both find him rested: the account is locked."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    since = new.starts - 2 * fatigue.WEEK
    held = [Span(starts, ends) for _slot, starts, ends in queries.duties_of(user.pk, since)]
    held += turns.turns_of([user.pk], since).get(user.pk, [])
    if problem := fatigue.why_too_tired(new, held):
        raise Refused(_(problem))


@service
def end_duty(act: Act, slot: DutySlot) -> DutySlot:
    """Take somebody off the roster from now on; a shift that has not begun is left out wholly."""
    if slot.unit_id != act.actor.unit_id:
        raise Refused(_("Only officers of your own unit stand on its roster."))
    if slot.ends <= act.now:
        raise Refused(_("This shift is over already."))
    slot.ends = max(slot.starts, act.now)
    slot.save(update_fields=["ends"])
    act.log("desk.duty.ended", subject=("desk.duty", slot.id), user=slot.user_id, part=slot.part)
    return slot


@service
def write_note(act: Act, *, area: str, text: str) -> HandoverNote:
    """Leave a handover note for one's own unit; the writer has read it."""
    if not text.strip():
        raise Refused(_("Write what the next shift must know, or that nothing is open."))
    unit_id, user_id = _unit_and_user(act)
    note = HandoverNote(area_code=area, unit_id=unit_id, written_by=user_id, at=act.now, text=b"")
    vault.make_keys([note.id])
    note.text = vault.seal("desk_handovernote", "text", note.id, text.strip())
    note.save()
    NoteRead(area_code=area, note=note, user_id=user_id, at=act.now).save()
    act.log("desk.note.written", area=area, subject=("desk.note", note.id))
    return note


@service
def read_note(act: Act, note: HandoverNote) -> HandoverNote:
    """Say by name that one has read it."""
    _unit, user_id = _unit_and_user(act)
    NoteRead.everything.get_or_create(note=note, user_id=user_id, defaults={"area_code": note.area_code, "at": act.now})
    act.log("desk.note.read", area=note.area_code, subject=("desk.note", note.id))
    return note


def _unit_and_user(act: Act) -> tuple[UUID, UUID]:
    if act.actor.unit_id is None or act.actor.user_id is None:
        raise Refused(_("Only a signed-in officer of a unit can do this."))
    return act.actor.unit_id, act.actor.user_id


def area_of_unit(act: Act) -> str:
    """The area to which what one's unit keeps belongs: the widest it serves."""
    code = UnitArea.objects.filter(unit_id=act.actor.unit_id).order_by("area_id").values_list("area_id", flat=True).first()
    if code is None:
        raise Refused(_("Your unit serves no area yet; add one under Units first."))
    return code
