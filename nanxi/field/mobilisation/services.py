"""The only writes of mobilisation: teams and consent, shifts and call-up, turns with swap and handover, patrol counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.field.mobilisation import below, queries, rules
from nanxi.field.mobilisation.models import (
    PatrolLog,
    Shift,
    Swap,
    Team,
    Turn,
    TurnNote,
    TurnNoteRead,
    Volunteer,
)
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.models import User
from nanxi.foundation.rights import Right

VOLUNTEERS, NOTES = Volunteer._meta.db_table, TurnNote._meta.db_table
#: Further ahead nobody knows what he will be doing, and the load is a guess.
FARTHEST = timedelta(days=31)


@service
def found_team(act: Act, *, area: str, name: str) -> Team:
    """A team of the caller's own unit."""
    act.need(Right.KEEP_ROSTER)
    if not name.strip() or act.actor.unit_id is None:
        raise Refused(_("Give the team a name."))
    team = Team(area_code=area, unit_id=act.actor.unit_id, name=name.strip()[:40], at=act.now)
    team.save()
    act.log("field.team.founded", area=area, subject=("field.team", team.id))
    return team


@service
def enlist(
    act: Act, team: Team, *, name: str, phone: str, skills: Sequence[str], consent: bool, user: User | None = None
) -> Volunteer:
    """Somebody who agreed joins a team. Raises Refused without consent or name."""
    act.need(Right.KEEP_ROSTER)
    _own(act, team.unit_id)
    if not consent:
        raise Refused(_("Nobody is listed without consent; ask first, then tick the box."))
    if not name.strip():
        raise Refused(_("Give the name of the volunteer."))
    if user is not None and user.unit_id != team.unit_id:
        raise Refused(_("Only officers of your own unit stand on its roster."))
    if user is not None and Volunteer.everything.filter(user_id=user.id).exists():
        raise Refused(_("This officer is in a team already."))
    known = {one.code for one in rules.Skill}
    row = Volunteer(
        area_code=team.area_code, team=team, unit_id=team.unit_id, user_id=user.id if user else None,
        skills=sorted(known & set(skills)), consent_at=act.now,
    )  # fmt: skip
    vault.make_keys([row.id])
    text = json.dumps({"name": name.strip()[:40], "phone": phone.strip()[:20]}, ensure_ascii=False)
    row.sealed = vault.seal(VOLUNTEERS, "sealed", row.id, text)
    row.save()
    act.log("field.volunteer.enlisted", area=row.area_code, subject=("field.volunteer", row.id), team=team.id)
    return row


@service
def open_contact(act: Act, volunteer: Volunteer) -> Volunteer:
    """The keeper of the roster looks at name and phone; kept in the ledger."""
    act.need(Right.KEEP_ROSTER)
    _own(act, volunteer.unit_id)
    act.log("field.volunteer.read", area=volunteer.area_code, subject=("field.volunteer", volunteer.id))
    return volunteer


@service
def renew_link(act: Act, volunteer: Volunteer) -> Volunteer:
    """Page and calendar of all links so far become void."""
    row = Volunteer.objects.select_for_update().get(pk=volunteer.pk)
    row.link_version += 1
    row.save(update_fields=["link_version"])
    act.log("field.volunteer.link_renewed", area=row.area_code, subject=("field.volunteer", row.id))
    return row


@service
def end_consent(act: Act, volunteer: Volunteer) -> Volunteer:
    """Consent ends: turns to come are free again, links are void, and the key of name and phone is destroyed."""
    row = Volunteer.objects.select_for_update().get(pk=volunteer.pk)
    if row.ended_at is None:
        for turn in Turn.objects.filter(volunteer=row, on=True, begun_at=None, shift__ends__gt=act.now).select_related("shift"):
            _free(act, turn, row)
        row.ended_at = act.now
        row.link_version += 1
        row.save(update_fields=["ended_at", "link_version"])
        vault.destroy_keys([row.id])
    act.log("field.volunteer.ended", area=row.area_code, subject=("field.volunteer", row.id))
    return row


@service
def plan_shift(
    act: Act, *, area: str, work: str, starts: datetime, ends: datetime, team: Team | None = None, skill: str = "",
    seats: int | None = None,
) -> Shift:  # fmt: skip
    """A shift of the caller's unit; without a number it is sized by the work that is open and due before its end."""
    act.need(Right.KEEP_ROSTER)
    if act.actor.unit_id is None or not act.actor.reach.covers(area):
        raise Refused(_("This area is outside the one you answer for; choose one of your own."))
    if ends <= starts:
        raise Refused(_("The shift ends before it begins; correct its times."))
    if starts < act.now - timedelta(hours=1) or starts > act.now + FARTHEST:
        raise Refused(_("A shift begins within the next 31 days; correct its times."))
    if ends - starts > rules.LONGEST:
        raise Refused(_(rules.TOO_LONG))
    if team is not None:
        _own(act, team.unit_id)
    pieces = None if seats else below.open_work(area, work, ends)
    row = Shift(
        area_code=area, unit_id=act.actor.unit_id, team=team, work=work, skill=skill, starts=starts, ends=ends,
        seats=seats or rules.seats_for(rules.Work.of(work), pieces or 0, ends - starts), sized_by=pieces,
    )  # fmt: skip
    row.save()
    act.log("field.shift.planned", area=area, subject=("field.shift", row.id), work=work, seats=row.seats, sized_by=row.sized_by)
    return row


@service
def call_up(act: Act, shift: Shift) -> Shift:
    """Ask everybody of the unit (or team) who has the skill and may take the shift by the rules of fatigue."""
    act.need(Right.KEEP_ROSTER)
    _own(act, shift.unit_id)
    row = Shift.objects.select_for_update().get(pk=shift.pk)
    if row.cancelled_at or row.ends <= act.now:
        raise Refused(_("This shift is over or was cancelled; plan another one."))
    people = queries.members(row)
    held = queries.spans_of(people, row.starts)
    new = rules.Span(row.starts, row.ends)
    asked = set(Turn.objects.filter(shift=row).values_list("volunteer_id", flat=True))
    rested = [one for one in people if not rules.why_too_tired(new, held.get(one.id, []))]
    fresh = [Turn(area_code=row.area_code, shift=row, volunteer=one, asked_at=act.now) for one in rested if one.id not in asked]
    Turn.everything.bulk_create(fresh)
    row.called_at = act.now
    row.save(update_fields=["called_at"])
    act.log(
        "field.shift.called",
        area=row.area_code,
        subject=("field.shift", row.id),
        asked=len(fresh),
        tired=len(people) - len(rested),
    )
    return row


@service
def cancel_shift(act: Act, shift: Shift) -> Shift:
    """The shift is not needed; whoever was on it is free, also on the desk's roster."""
    act.need(Right.KEEP_ROSTER)
    _own(act, shift.unit_id)
    row = Shift.objects.select_for_update().get(pk=shift.pk)
    if row.cancelled_at is None:
        for turn in Turn.objects.filter(shift=row, on=True, duty_id__isnull=False).select_related("volunteer"):
            below.end_duty(below.as_keeper_of(turn.volunteer, act), turn.duty_id)  # type: ignore[arg-type]
        row.cancelled_at = act.now
        row.save(update_fields=["cancelled_at"])
    act.log("field.shift.cancelled", area=row.area_code, subject=("field.shift", row.id))
    return row


@service
def answer_call(act: Act, turn: Turn, *, yes: bool) -> Turn:
    """The volunteer's own answer. Yes takes a seat; a taken one is given back by no. Raises Refused naming rule and remedy."""
    shift = Shift.objects.select_for_update().get(pk=turn.shift_id)
    turn = Turn.objects.select_for_update().get(pk=turn.pk)
    volunteer = _willing(turn.volunteer_id)
    if shift.cancelled_at or shift.ends <= act.now:
        raise Refused(_("This shift is over or was cancelled."))
    if turn.begun_at is not None:
        raise Refused(_("You are on this shift already; ask your unit to send somebody else."))
    if yes and not turn.on:
        if Turn.objects.filter(shift=shift, on=True).count() >= shift.seats:
            raise Refused(_("All places of this shift are taken; thank you. You will be asked again."))
        _need_rest(volunteer, shift)
        turn.on = True
        _stand_on_roster(act, turn, shift, volunteer)
    elif not yes:
        _free(act, turn, volunteer)
    turn.answered_at = act.now
    turn.save(update_fields=["on", "answered_at", "duty_id"])
    act.log("field.turn.answered", area=shift.area_code, subject=("field.turn", turn.id), shift=shift.id, yes=yes)
    return turn


@service
def ask_swap(act: Act, mine: Turn, theirs: Turn) -> Swap:
    """Ask a colleague of the unit to change turns. It holds when the colleague agrees."""
    pair = _pair(act, mine.pk, theirs.pk)
    row = Swap(area_code=mine.area_code, mine=pair[0], theirs=pair[1], asked_at=act.now)
    row.save()
    act.log("field.swap.asked", area=row.area_code, subject=("field.swap", row.id))
    return row


@service
def answer_swap(act: Act, swap: Swap, *, yes: bool) -> Swap:
    """The other's answer; with yes both turns change hands, if both may take the other's shift."""
    swap = Swap.objects.select_for_update().get(pk=swap.pk)
    if swap.answered_at is not None:
        raise Refused(_("This was answered already."))
    if yes:
        mine, theirs = _pair(act, swap.mine_id, swap.theirs_id)
        first, second = _willing(mine.volunteer_id), _willing(theirs.volunteer_id)
        _need_rest(first, theirs.shift, without=mine)
        _need_rest(second, mine.shift, without=theirs)
        for turn, before in ((mine, first), (theirs, second)):
            _free(act, turn, before)
        for shift, after in ((mine.shift, second), (theirs.shift, first)):
            _take_over(act, shift, after)
    swap.answered_at, swap.agreed = act.now, yes
    swap.save(update_fields=["answered_at", "agreed"])
    act.log("field.swap.answered", area=swap.area_code, subject=("field.swap", swap.id), yes=yes)
    return swap


@service
def begin_turn(act: Act, turn: Turn) -> Turn:
    """Come on: not before the notes of the last shift are read."""
    turn = Turn.objects.select_for_update(of=("self",)).select_related("shift").get(pk=turn.pk)
    if not turn.on or turn.shift.cancelled_at:
        raise Refused(_("You are not on this shift."))
    unread = len(queries.unread_notes(turn.volunteer_id, turn.shift.unit_id, act.now))
    if problem := rules.why_not_begin(rules.Span(turn.shift.starts, turn.shift.ends), act.now, unread=unread):
        raise Refused(_(problem))
    turn.begun_at = turn.begun_at or act.now
    turn.save(update_fields=["begun_at"])
    act.log("field.turn.begun", area=turn.area_code, subject=("field.turn", turn.id), shift=turn.shift_id)
    return turn


@service
def leave_note(act: Act, turn: Turn, text: str) -> TurnNote:
    """What the next shift of the unit must know; its writer has read it."""
    if not text.strip():
        raise Refused(_("Write what the next shift must know, or that nothing is open."))
    if turn.begun_at is None:
        raise Refused(_("Come on first; a note is left by somebody who was on the shift."))
    note = TurnNote(area_code=turn.area_code, unit_id=turn.shift.unit_id, turn=turn, at=act.now, day=county_day(act.now))
    note.text = vault.day_seal(note.day, NOTES, "text", text.strip()[:500].encode())
    note.save()
    TurnNoteRead(area_code=note.area_code, note=note, volunteer_id=turn.volunteer_id, at=act.now).save()
    act.log("field.turn_note.written", area=note.area_code, subject=("field.turn_note", note.id))
    return note


@service
def read_note(act: Act, note: TurnNote, volunteer: Volunteer) -> TurnNote:
    """Say that one has read it."""
    TurnNoteRead.everything.get_or_create(note=note, volunteer=volunteer, defaults={"area_code": note.area_code, "at": act.now})
    act.log("field.turn_note.read", area=note.area_code, subject=("field.turn_note", note.id))
    return note


@service
def log_patrol(act: Act, turn: Turn, *, gatherings: int, people: int, premises: int) -> PatrolLog:
    """Counts of one round: gatherings dispersed, people in them, premises closed."""
    if turn.begun_at is None:
        raise Refused(_("Come on first; then count what the patrol did."))
    if min(gatherings, people, premises) < 0 or max(gatherings, premises) > 500 or people > 5000:
        raise Refused(_("Give counts from 0: up to 500 gatherings or premises, up to 5000 people."))
    row = PatrolLog(area_code=turn.area_code, turn=turn, at=act.now, gatherings=gatherings, people=people, premises=premises)
    row.save()
    act.log(
        "field.patrol.logged", area=row.area_code, subject=("field.patrol", row.id), gatherings=gatherings, people=people,
        premises=premises,
    )  # fmt: skip
    return row


def _own(act: Act, unit_id: UUID) -> None:
    if act.actor.unit_id != unit_id:
        raise Refused(_("This belongs to another unit; its own keeper of the roster does it."))


def _willing(volunteer_id: UUID) -> Volunteer:
    """The volunteer, locked: two answers at once must not both find him rested."""
    row = Volunteer.objects.select_for_update().get(pk=volunteer_id)
    if row.ended_at is not None:
        raise Refused(_("This consent has ended."))
    return row


def _need_rest(volunteer: Volunteer, shift: Shift, *, without: Turn | None = None) -> None:
    held = queries.spans_of([volunteer], shift.starts, without=without).get(volunteer.id, [])
    if problem := rules.why_too_tired(rules.Span(shift.starts, shift.ends), held):
        raise Refused(_(problem))


def _pair(act: Act, mine: UUID, theirs: UUID) -> tuple[Turn, Turn]:
    rows = {
        row.pk: row for row in Turn.objects.select_for_update(of=("self",)).select_related("shift").filter(pk__in=[mine, theirs])
    }
    one, other = rows.get(mine), rows.get(theirs)
    if one is None or other is None or one.shift.unit_id != other.shift.unit_id or one.volunteer_id == other.volunteer_id:
        raise Refused(_("Turns are changed within one unit, between two people."))
    if one.shift_id == other.shift_id:
        raise Refused(_("Both of you are on this shift; choose a turn of another one."))
    for turn in (one, other):
        if not turn.on or turn.begun_at or turn.shift.cancelled_at or turn.shift.starts <= act.now:
            raise Refused(_("Only turns that have not begun can be changed."))
    for turn, after in ((one, other), (other, one)):
        if turn.shift.skill and turn.shift.skill not in after.volunteer.skills:
            raise Refused(_("The other lacks the skill that the shift needs; ask somebody who has it."))
    return one, other


def _take_over(act: Act, shift: Shift, volunteer: Volunteer) -> None:
    """The shift of a colleague; whoever was asked for it before keeps one turn."""
    turn, _fresh = Turn.everything.get_or_create(
        shift=shift, volunteer=volunteer, defaults={"area_code": shift.area_code, "asked_at": act.now}
    )
    turn.on, turn.answered_at = True, act.now
    _stand_on_roster(act, turn, shift, volunteer)
    turn.save(update_fields=["on", "answered_at", "duty_id"])


def _free(act: Act, turn: Turn, volunteer: Volunteer) -> None:
    _leave_roster(act, turn, volunteer)
    turn.on = False
    turn.save(update_fields=["on", "duty_id"])


def _stand_on_roster(act: Act, turn: Turn, shift: Shift, volunteer: Volunteer) -> None:
    """A turn at the duty desk of somebody with an account stands on the desk's roster, the one that alerts and dispatch ask."""
    user = User.objects.filter(pk=volunteer.user_id, is_active=True).first() if volunteer.user_id else None
    if user is not None and shift.work == rules.Work.DESK.code:
        turn.duty_id = below.set_duty(below.as_keeper_of(volunteer, act), user, shift.starts, shift.ends)


def _leave_roster(act: Act, turn: Turn, volunteer: Volunteer) -> None:
    if turn.duty_id:
        below.end_duty(below.as_keeper_of(volunteer, act), turn.duty_id)
        turn.duty_id = None
