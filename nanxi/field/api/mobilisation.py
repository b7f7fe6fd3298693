"""Mobilisation for programs of officers: teams, volunteers (masked), shifts and call-up, who is on, what patrols did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from nanxi.desk.services import area_of_unit
from nanxi.field.mobilisation import queries, services
from nanxi.field.mobilisation.models import Shift, Team, Volunteer
from nanxi.foundation.act import Act
from nanxi.foundation.clock import county_day, day_bounds
from nanxi.foundation.models import User
from nanxi.foundation.programs import AreaCode, Key, Line, Token, answers, as_officer, there, writing
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import in_county

router = Router(auth=Token(), tags=["mobilisation"])
Skill = Literal["medical", "driving", "dialect", "computer", "counsel"]


class TeamIn(Schema):
    name: Line


class TeamOut(Schema):
    id: UUID
    name: str


class VolunteerIn(Schema):
    """Nobody is listed without consent. username: an officer of the unit who takes turns as well."""

    team: UUID
    name: Line
    phone: Line = ""
    skills: Annotated[list[Skill], Field(max_length=10)] = []
    consent: bool
    username: Line = ""


class VolunteerOut(Schema):
    id: UUID
    team: UUID
    #: Masked.
    name: str
    skills: list[str]
    officer: bool
    consent: datetime
    ended: datetime | None


class ContactOut(Schema):
    name: str
    phone: str


class ShiftIn(Schema):
    """seats: empty = sized by the tasks that are open and due before its end."""

    area: AreaCode
    work: Literal["patrol", "post", "sweep", "delivery", "desk"]
    starts: datetime
    ends: datetime
    team: UUID | None = None
    skill: Skill | Literal[""] = ""
    seats: Annotated[int, Field(ge=1, le=500)] | None = None


class ShiftOut(Schema):
    id: UUID
    area: str
    team: UUID | None
    work: str
    skill: str
    starts: datetime
    ends: datetime
    seats: int
    #: How many pieces of work were open when it was sized.
    sized_by: int | None
    called: datetime | None
    cancelled: datetime | None


class ShiftLineOut(ShiftOut):
    taken: int
    asked: int
    waiting: int
    begun: int


class NowOut(Schema):
    name: str
    work: str
    until: datetime
    begun: bool


class PatrolsOut(Schema):
    """Of today, in the officer's area."""

    rounds: int
    gatherings: int
    people: int
    premises: int


@router.get("/teams", response=answers(list[TeamOut]), url_name="teams")
def teams(request: HttpRequest) -> Any:
    with as_officer(request, Right.KEEP_ROSTER) as act:
        return [_team(row) for row in queries.teams_of(act.actor)]


@router.post("/teams", response=answers(TeamOut, 201), url_name="teams")
def team_new(request: HttpRequest, sent: TeamIn, key: Key) -> Any:
    with writing(request, key, Right.KEEP_ROSTER) as act:
        return 201, _team(services.found_team(act, area=area_of_unit(act), name=sent.name))


@router.get("/volunteers", response=answers(list[VolunteerOut]), url_name="volunteers")
def volunteers(request: HttpRequest) -> Any:
    """Willing members of the unit's teams, names masked, at most 200."""
    with as_officer(request, Right.KEEP_ROSTER) as act:
        return _volunteers(queries.volunteers_of(act.actor))


@router.post("/volunteers", response=answers(VolunteerOut, 201), url_name="volunteers")
def volunteer_new(request: HttpRequest, sent: VolunteerIn, key: Key) -> Any:
    with writing(request, key, Right.KEEP_ROSTER) as act:
        team = there(next((row for row in queries.teams_of(act.actor) if row.pk == sent.team), None))
        mine = User.objects.filter(username=sent.username, unit_id=act.actor.unit_id, is_active=True)
        row = services.enlist(
            act, team, name=sent.name, phone=sent.phone, skills=sent.skills, consent=sent.consent,
            user=there(mine.first()) if sent.username else None,
        )  # fmt: skip
        return 201, _volunteers([row])[0]


@router.post("/volunteers/{uuid:volunteer_id}/open", response=answers(ContactOut), url_name="volunteer-open")
def volunteer_open(request: HttpRequest, volunteer_id: UUID) -> Any:
    """Name and phone; recorded."""
    with as_officer(request, Right.KEEP_ROSTER) as act:
        row = services.open_contact(act, _volunteer(act, volunteer_id))
        name, phone = queries.contact_of(row)
        return {"name": name, "phone": phone}


@router.post("/volunteers/{uuid:volunteer_id}/end", response=answers(VolunteerOut), url_name="volunteer-end")
def volunteer_end(request: HttpRequest, volunteer_id: UUID, key: Key) -> Any:
    """Consent ends: turns to come are free again, the key of name and phone is destroyed."""
    with writing(request, key, Right.KEEP_ROSTER) as act:
        return _volunteers([services.end_consent(act, _volunteer(act, volunteer_id))])[0]


@router.get("/shifts", response=answers(list[ShiftLineOut]), url_name="shifts")
def shifts(request: HttpRequest) -> Any:
    """The unit's shifts that are not over, the next first, with how far they are filled."""
    with as_officer(request, Right.KEEP_ROSTER) as act:
        return [
            {**_shift(one.shift), "taken": one.taken, "asked": one.asked, "waiting": one.waiting, "begun": one.begun}
            for one in queries.shifts_of(act.actor, act.now)
        ]


@router.post("/shifts", response=answers(ShiftOut, 201), url_name="shifts")
def shift_new(request: HttpRequest, sent: ShiftIn, key: Key) -> Any:
    with writing(request, key, Right.KEEP_ROSTER) as act:
        if not act.actor.reach.covers(sent.area):
            raise Http404
        team = there(next((row for row in queries.teams_of(act.actor) if row.pk == sent.team), None)) if sent.team else None
        row = services.plan_shift(
            act, area=sent.area, work=sent.work, starts=in_county(sent.starts), ends=in_county(sent.ends), team=team,
            skill=sent.skill, seats=sent.seats,
        )  # fmt: skip
        return 201, _shift(row)


@router.post("/shifts/{uuid:shift_id}/call", response=answers(ShiftOut), url_name="shift-call")
def shift_call(request: HttpRequest, shift_id: UUID, key: Key) -> Any:
    """Ask everybody of the unit or team who has the skill and may take it by the rules of fatigue."""
    with writing(request, key, Right.KEEP_ROSTER) as act:
        return _shift(services.call_up(act, there(queries.shift_in(act.actor, shift_id))))


@router.post("/shifts/{uuid:shift_id}/cancel", response=answers(ShiftOut), url_name="shift-cancel")
def shift_cancel(request: HttpRequest, shift_id: UUID, key: Key) -> Any:
    with writing(request, key, Right.KEEP_ROSTER) as act:
        return _shift(services.cancel_shift(act, there(queries.shift_in(act.actor, shift_id))))


@router.get("/on-now", response=answers(list[NowOut]), url_name="on-now")
def on_now(request: HttpRequest) -> Any:
    """Who of the unit is on a shift now, masked."""
    with as_officer(request, Right.KEEP_ROSTER) as act:
        return [
            {"name": name, "work": work.code, "until": until, "begun": begun}
            for name, work, until, begun in queries.on_duty_now(act.actor, act.now)
        ]


@router.get("/patrols", response=answers(PatrolsOut), url_name="patrols")
def patrols(request: HttpRequest) -> Any:
    """Gatherings dispersed and premises closed today."""
    with as_officer(request, Right.KEEP_ROSTER) as act:
        return queries.patrol_sums(act.actor, day_bounds(county_day(act.now))[0])


def _volunteer(act: Act, volunteer_id: UUID) -> Volunteer:
    return there(queries.volunteer_in(act.actor, volunteer_id))


def _team(row: Team) -> dict[str, Any]:
    return {"id": row.id, "name": row.name}


def _volunteers(rows: list[Volunteer]) -> list[dict[str, Any]]:
    labels = queries.labels_of(rows)
    return [
        {
            "id": row.id, "team": row.team_id, "name": labels.get(row.id, ""), "skills": row.skills,
            "officer": row.user_id is not None, "consent": row.consent_at, "ended": row.ended_at,
        }
        for row in rows
    ]  # fmt: skip


def _shift(row: Shift) -> dict[str, Any]:
    return {
        "id": row.id, "area": row.area_code, "team": row.team_id, "work": row.work, "skill": row.skill, "starts": row.starts,
        "ends": row.ends, "seats": row.seats, "sized_by": row.sized_by, "called": row.called_at, "cancelled": row.cancelled_at,
    }  # fmt: skip
