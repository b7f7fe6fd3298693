"""Expected arrivals and visits for programs of officers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from nanxi.field import below, services
from nanxi.field.arrivals import queries
from nanxi.field.arrivals import services as arrivals_services
from nanxi.field.arrivals.models import Arrival
from nanxi.foundation.act import Act
from nanxi.foundation.programs import AreaCode, Key, Line, Token, TownCode, Words, answers, as_officer, there, writing
from nanxi.foundation.rights import Right

router = Router(auth=Token(), tags=["arrivals and visits"])


class ArrivalIn(Schema):
    """Somebody who declares that they will come. origin: in words; route: train, flight, seat or plate."""

    name: Line
    id_no: Line = ""
    phone: Line = ""
    day: date
    area: AreaCode
    way: Literal["train", "flight", "coach", "car", "ship", "other"] = "other"
    origin: Line = ""
    route: Line = ""


class ArrivalOut(Schema):
    id: UUID
    #: Masked, as in a work list.
    person: str
    area: str
    day: date | None
    origin: str
    way: str
    stands: str
    arrived: datetime | None


class TownOut(Schema):
    code: str
    name: str
    overdue: int
    today: int
    expected: int
    arrived: int
    unannounced: int


class ToldIn(Schema):
    kind: Literal["declared", "called_off"]


class VisitIn(Schema):
    """What a visit found. result: one of the task's `results`."""

    task: UUID
    result: Line
    note: Words = ""


class VisitOut(Schema):
    id: UUID
    task: UUID
    result: str


@router.get("/arrivals", response=answers(list[ArrivalOut]), url_name="arrivals")
def arrivals(
    request: HttpRequest, state: Literal["overdue", "today", "expected", "arrived", "unannounced"] = "overdue",
    town: TownCode = "",
) -> Any:  # fmt: skip
    """Expected arrivals of the officer's area by where they stand, at most 200."""
    with as_officer(request, Right.DO_TASKS) as act:
        return _told(list(queries.listed(state, act.now, town)[:200]), act)


@router.get("/arrivals/towns", response=answers(list[TownOut]), url_name="arrival-towns")
def towns(request: HttpRequest) -> Any:
    """How many arrivals stand where, town by town; the town with most overdue first."""
    with as_officer(request, Right.DO_TASKS) as act:
        return [vars(one) for one in queries.by_town(act.now)]


@router.post("/arrivals", response=answers(ArrivalOut, 201), url_name="arrivals")
def arrival_new(request: HttpRequest, sent: ArrivalIn, key: Key) -> Any:
    with writing(request, key, Right.DO_TASKS) as act:
        row = arrivals_services.announce(
            act, area=sent.area, identity=below.identity(name=sent.name, id_no=sent.id_no, phone=sent.phone), day=sent.day,
            way=sent.way, origin=below.origin_code(sent.origin), route=" ".join((sent.origin, sent.route)).strip(),
        )  # fmt: skip
        return 201, _told([row], act)[0]


@router.post("/arrivals/{uuid:arrival_id}/told", response=answers(ArrivalOut), url_name="arrival-told")
def arrival_told(request: HttpRequest, arrival_id: UUID, sent: ToldIn, key: Key) -> Any:
    with writing(request, key, Right.DO_TASKS) as act:
        row = there(queries.arrival_by_id(arrival_id))
        return _told([arrivals_services.told_by_officer(act, row, kind=sent.kind)], act)[0]


@router.post("/visits", response=answers(VisitOut, 201), url_name="visits")
def visits(request: HttpRequest, sent: VisitIn, key: Key) -> Any:
    """Record a visit of a task that the officer may work on; closes the task."""
    with writing(request, key, Right.DO_TASKS) as act:
        row = below.task_by_id(sent.task)
        if row is None or not below.may_work(act, row):
            raise Http404
        visit = services.record_visit(act, task=row, outcome=sent.result, note=sent.note[:500])
        return 201, {"id": visit.id, "task": row.id, "result": visit.outcome}


def _told(rows: list[Arrival], act: Act) -> list[dict[str, Any]]:
    return [
        {
            "id": line.arrival.id, "person": str(line.label or ""), "area": line.arrival.area_code, "day": line.arrival.day,
            "origin": line.arrival.origin, "way": line.arrival.way, "stands": line.arrival.stand(act.now).code,
            "arrived": line.arrival.arrived_at,
        }
        for line in queries.lines_of(rows, act.now)
    ]  # fmt: skip
