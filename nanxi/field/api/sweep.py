"""Household sweeps for programs of officers: rounds, coverage, households to go on with, visits, and guarded entrances."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from nanxi.desk import queries as desk
from nanxi.field.sweep import below, planning, queries, rules, visits
from nanxi.field.sweep.models import Household, SweepRound
from nanxi.foundation import areas
from nanxi.foundation.act import Act
from nanxi.foundation.models import Area
from nanxi.foundation.programs import AreaCode, Key, Line, Token, answers, as_officer, there, writing
from nanxi.foundation.rights import Right

router = Router(auth=Token(), tags=["household sweep"])
State = Literal["refused", "given_up", "free", "found"]
Whole = Annotated[str, Field(pattern=r"^(\d{12}(\d{3})?)?$")]


class RoundIn(Schema):
    """form: the questions asked at the door, `code@version`. goal: percent of households to be reached."""

    area: AreaCode
    title: Line
    form: Line
    opens: date
    closes: date
    goal: Annotated[int, Field(ge=1, le=100)] = 100


class RoundOut(Schema):
    id: UUID
    area: str
    title: str
    form: str
    opens: date
    closes: date
    goal: int
    #: When its households stood; None while it is being planned.
    planned: datetime | None
    #: People of the area whom no list puts at a full address: no household holds them.
    without_home: int


class ClosesIn(Schema):
    closes: date


class GiveIn(Schema):
    area: AreaCode
    username: Line
    only: Literal["free", "open"] = "free"


class GivenOut(Schema):
    households: int


class CountsOut(Schema):
    """all: known and found, without those that do not exist. percent: of all, visited or moved away; cut, never rounded up."""

    known: int
    found: int
    visited: int
    absent: int
    given_up: int
    refused: int
    moved: int
    no_such: int
    unassigned: int
    all: int
    open: int
    percent: float | None


class PlaceOut(CountsOut):
    area: str
    name: str


class CoverageOut(Schema):
    whole: CountsOut
    places: list[PlaceOut]


class HouseholdOut(Schema):
    id: UUID
    round: UUID
    area: str
    place: str
    #: The adult it is listed under, masked.
    person: str
    persons: int
    minors: int
    result: str
    result_at: datetime | None
    again_from: datetime | None
    given_up: bool


class AnswersIn(Schema):
    """Answers by the names of the questions of the round's form."""

    answers: dict[str, Any]


class HouseholdVisitOut(Schema):
    """counted: false when another worker had settled the household before; it is kept and counts nothing."""

    id: UUID
    household: UUID
    at: datetime
    outcome: str
    counted: bool


class FoundIn(Schema):
    """A home no list knew."""

    round: UUID
    area: AreaCode
    address: Line
    name: Line = ""
    phone: Line = ""
    persons: Annotated[int, Field(ge=1, le=200)]


class ControlIn(Schema):
    area: AreaCode
    entrances: Annotated[int, Field(ge=1, le=500)]
    kept: Annotated[int, Field(ge=0, le=500)]


class ControlOut(Schema):
    """state: kept, partly, stale or unknown; a report holds for a day."""

    area: str
    name: str
    sort: str
    state: str
    entrances: int | None
    kept: int | None
    at: datetime | None


class RateOut(Schema):
    sort: str
    kept: int
    all: int
    percent: float | None


class ControlsOut(Schema):
    rates: list[RateOut]
    areas: list[ControlOut]


@router.get("/rounds", response=answers(list[RoundOut]), url_name="rounds")
def rounds(request: HttpRequest) -> Any:
    """Rounds that touch the officer's area, newest first."""
    with as_officer(request, Right.ASSIGN_TASKS) as act:
        return [_round(row) for row in queries.rounds_of(act.actor)]


@router.post("/rounds", response=answers(RoundOut, 201), url_name="rounds")
def round_new(request: HttpRequest, sent: RoundIn, key: Key) -> Any:
    """A round over an area; a job puts its households together."""
    with writing(request, key, Right.ASSIGN_TASKS) as act:
        if sent.form not in dict(below.form_choices()) or not Area.objects.filter(pk=sent.area).exists():
            raise Http404
        row = planning.plan_round(
            act, area=sent.area, title=sent.title, form=sent.form, opens=sent.opens, closes=sent.closes, goal=sent.goal
        )
        return 201, _round(row)


@router.post("/rounds/{uuid:round_id}/prolong", response=answers(RoundOut), url_name="round-prolong")
def round_prolong(request: HttpRequest, round_id: UUID, sent: ClosesIn, key: Key) -> Any:
    with writing(request, key, Right.ASSIGN_TASKS) as act:
        return _round(visits.prolong_round(act, _found(act, round_id), sent.closes))


@router.post("/rounds/{uuid:round_id}/give", response=answers(GivenOut), url_name="round-give")
def round_give(request: HttpRequest, round_id: UUID, sent: GiveIn, key: Key) -> Any:
    """Give households of an area to a worker. Sent again under its key it gives nothing more, and says 0."""
    with writing(request, key, Right.ASSIGN_TASKS) as act:
        row = _found(act, round_id)
        area = there(queries.area_of_round(row, act.actor, sent.area))
        staff = {str(user.username): user for user in desk.field_staff(area.code)}
        worker = there(staff.get(sent.username))
        return {"households": visits.give_households(act, row, area=area.code, to=worker, only=sent.only) or 0}


@router.get("/rounds/{uuid:round_id}/coverage", response=answers(CoverageOut), url_name="round-coverage")
def round_coverage(request: HttpRequest, round_id: UUID, area: Whole = "") -> Any:
    """How far a round is, one level below an area; without one the round's own, or the officer's part of it."""
    with as_officer(request, Right.ASSIGN_TASKS) as act:
        row = _found(act, round_id)
        place = there(queries.area_of_round(row, act.actor, area))
        parts = queries.tallies(row, place.code)
        names = areas.names_of(parts)
        places = [{**_counts(one), "area": code, "name": names.get(code, code)} for code, one in sorted(parts.items())]
        return {"whole": _counts(queries.total(parts.values())), "places": places}


@router.get("/rounds/{uuid:round_id}/households", response=answers(list[HouseholdOut]), url_name="round-households")
def round_households(request: HttpRequest, round_id: UUID, state: State, area: Whole = "") -> Any:
    """Households the town goes on with, the first 50: refused, given up, without a worker, or found later."""
    with as_officer(request, Right.ASSIGN_TASKS) as act:
        row = _found(act, round_id)
        place = there(queries.area_of_round(row, act.actor, area))
        return [_door(door) for door in queries.listed(row, place.code, state)]


@router.get("/households", response=answers(list[HouseholdOut]), url_name="households")
def households(request: HttpRequest) -> Any:
    """The officer's own households that are due at this time of the day."""
    with as_officer(request, Right.DO_TASKS) as act:
        return [_door(door) for door in queries.doors_of(act.actor, act.now)[0]]


@router.post("/households", response=answers(HouseholdOut, 201), url_name="households")
def household_found(request: HttpRequest, sent: FoundIn, key: Key) -> Any:
    """A home that no list knew joins the round with its finder."""
    with writing(request, key, Right.DO_TASKS) as act:
        row = visits.find_household(
            act, _found(act, sent.round), area=sent.area, address=sent.address, name=sent.name, phone=sent.phone,
            persons=sent.persons,
        )  # fmt: skip
        return 201, _door(queries.door_of(row))


@router.post("/households/{uuid:household_id}/visits", response=answers(HouseholdVisitOut, 201), url_name="household-visits")
def household_visit(request: HttpRequest, household_id: UUID, sent: AnswersIn, key: Key) -> Any:
    """What was found behind the door, as the round's form asks."""
    with writing(request, key, Right.DO_TASKS) as act:
        row: Household = there(queries.household_by_id(household_id))
        if not queries.is_own(act.actor, row):
            raise Http404
        visit = visits.record_household(act, row, sent.answers)
        return 201, {
            "id": visit.id, "household": row.id, "at": visit.at, "outcome": visit.outcome, "counted": visit.counted,
        }  # fmt: skip


@router.get("/control", response=answers(ControlsOut), url_name="control")
def control(request: HttpRequest) -> Any:
    """Villages, communities and compounds with the state of their entrances, those that never reported among them."""
    with as_officer(request, Right.DO_TASKS) as act:
        lines = queries.control_lines(act.actor.reach, act.now)
        rates = [
            {"sort": one.sort, "kept": one.kept, "all": one.all, "percent": one.percent} for one in queries.control_rates(lines)
        ]
        return {"rates": rates, "areas": [_control(line) for line in lines]}


@router.post("/control", response=answers(ControlOut, 201), url_name="control")
def control_report(request: HttpRequest, sent: ControlIn, key: Key) -> Any:
    """How many entrances of an area are guarded or closed, as seen now."""
    with writing(request, key, Right.DO_TASKS) as act:
        area = there(Area.objects.filter(pk=sent.area).first())
        row = visits.report_control(act, area, entrances=sent.entrances, kept=sent.kept)
        return 201, _control(queries.control_line(area, row, act.now))


def _found(act: Act, round_id: UUID) -> SweepRound:
    return there(queries.round_by_id(act.actor, round_id))


def _round(row: SweepRound) -> dict[str, Any]:
    return {
        "id": row.id, "area": row.area_code, "title": row.title, "form": row.form, "opens": row.opens, "closes": row.closes,
        "goal": row.goal, "planned": row.planned_at, "without_home": row.without_home,
    }  # fmt: skip


def _counts(one: rules.Tally) -> dict[str, Any]:
    return {name: getattr(one, name) for name in CountsOut.model_fields}


def _door(door: queries.Door) -> dict[str, Any]:
    row = door.house
    return {
        "id": row.id, "round": row.round_id, "area": row.area_code, "place": door.place, "person": str(door.label or ""),
        "persons": row.persons, "minors": row.minors, "result": row.result, "result_at": row.result_at,
        "again_from": row.again_from, "given_up": door.given_up,
    }  # fmt: skip


def _control(line: queries.ControlLine) -> dict[str, Any]:
    told = line.report
    return {
        "area": line.area.code, "name": line.area.name, "sort": line.sort, "state": line.state.code,
        "entrances": told.entrances if told else None, "kept": told.kept if told else None, "at": told.at if told else None,
    }  # fmt: skip
