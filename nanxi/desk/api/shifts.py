"""The roster of one's unit, who is on duty now, and the notes that the next shift must read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from nanxi.desk import queries, services
from nanxi.desk.api import found
from nanxi.desk.api.found import answers
from nanxi.desk.models import DutySlot, HandoverNote
from nanxi.foundation.models import User
from nanxi.foundation.programs import Key, Line, Token, Told, as_officer, writing
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import in_county

router = Router(auth=Token(), tags=["shifts"])
DESK = (Right.HANDLE_ALERTS, Right.KEEP_ROSTER)


class OnDutyOut(Schema):
    officer: str
    part: str
    until: datetime


class UnitDutyOut(Schema):
    unit: str
    phone: str
    officers: list[OnDutyOut]


class SlotIn(Schema):
    username: Line
    part: Literal["duty", "deputy"] = "duty"
    starts: datetime
    ends: datetime


class SlotOut(Schema):
    id: UUID
    officer: str
    part: str
    starts: datetime
    ends: datetime


class NoteIn(Schema):
    text: Told


class NoteOut(Schema):
    id: UUID
    by: str
    at: datetime
    read: bool
    text: str


@router.get("/duty", response=answers(list[UnitDutyOut]), url_name="duty")
def duty(request: HttpRequest) -> Any:
    """Who is on duty now in the units of the officer's area, and at headquarters."""
    with as_officer(request, *DESK) as act:
        return [
            {"unit": one.unit, "phone": one.phone, "officers": [_on_duty(*officer) for officer in one.officers]}
            for one in queries.duty_now(act.actor, act.now)
        ]


@router.get("/roster", response=answers(list[SlotOut]), url_name="roster")
def roster(request: HttpRequest) -> Any:
    """The shifts of one's own unit from now on."""
    with as_officer(request, *DESK) as act:
        return _slots(queries.roster_ahead(act.actor, act.now))


@router.post("/roster", response=answers(SlotOut, 201), url_name="roster")
def roster_set(request: HttpRequest, sent: SlotIn, key: Key) -> Any:
    """Put an officer of one's own unit on the roster; refused when it breaks a rule of fatigue."""
    with writing(request, key, Right.KEEP_ROSTER) as act:
        mine = User.objects.filter(username=sent.username, unit_id=act.actor.unit_id, is_active=True)
        slot = services.set_duty(
            act, user=found.there(mine.first()), part=sent.part, starts=in_county(sent.starts), ends=in_county(sent.ends)
        )
        return 201, _slots([slot])[0]


@router.post("/roster/{uuid:slot_id}/off", response=answers(SlotOut), url_name="roster-off")
def roster_off(request: HttpRequest, slot_id: UUID, key: Key) -> Any:
    with writing(request, key, Right.KEEP_ROSTER) as act:
        slot = DutySlot.objects.filter(pk=slot_id, unit_id=act.actor.unit_id).first()
        return _slots([services.end_duty(act, found.there(slot))])[0]


@router.get("/notes", response=answers(list[NoteOut]), url_name="notes")
def notes(request: HttpRequest) -> Any:
    """Handover notes of one's unit: those one must still read, then the last ones read."""
    with as_officer(request, *DESK) as act:
        unread = queries.unread_notes(act.actor, act.now)
        return _notes([*unread, *queries.read_notes(act.actor)], {note.id for note in unread})


@router.post("/notes", response=answers(NoteOut, 201), url_name="notes")
def note_leave(request: HttpRequest, sent: NoteIn, key: Key) -> Any:
    with writing(request, key, *DESK) as act:
        return 201, _notes([services.write_note(act, area=services.area_of_unit(act), text=sent.text)], set())[0]


@router.post("/notes/{uuid:note_id}/read", response=answers(NoteOut), url_name="note-read")
def note_read(request: HttpRequest, note_id: UUID, key: Key) -> Any:
    """Say by name that one has read it."""
    with writing(request, key, *DESK) as act:
        note = HandoverNote.objects.filter(pk=note_id, unit_id=act.actor.unit_id).first()
        return _notes([services.read_note(act, found.there(note))], set())[0]


def _on_duty(name: str, part: Any, until: datetime) -> dict[str, Any]:
    return {"officer": name, "part": str(part), "until": until}


def _slots(rows: list[DutySlot]) -> list[dict[str, Any]]:
    names = queries.names_of_users(row.user_id for row in rows)
    return [
        {"id": row.id, "officer": names.get(row.user_id, ""), "part": row.part, "starts": row.starts, "ends": row.ends}
        for row in rows
    ]


def _notes(rows: list[HandoverNote], unread: set[Any]) -> list[dict[str, Any]]:
    names = queries.names_of_users(row.written_by for row in rows)
    return [
        {
            "id": row.id, "by": names.get(row.written_by, ""), "at": row.at, "read": row.id not in unread,
            "text": queries.text_of_note(row),
        }
        for row in rows
    ]  # fmt: skip
