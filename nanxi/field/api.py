"""JSON for posts and their terminals, and for programs of officers; errors as RFC 9457.

Posts: `POST /field/api/v1/passages` with the device's token as bearer. Officers' programs: arrivals and visits, with a token
made under Program tokens.

The `Idempotency-Key` header (or `key` in the body) makes a repeat return the first answer. The answer says stop or go, never who.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Header, Schema
from ninja.errors import AuthenticationError

from nanxi.field import below, services
from nanxi.field.arrivals import queries as arrival_queries
from nanxi.field.arrivals import services as arrival_services
from nanxi.field.phones import api as phones
from nanxi.foundation import accounts, programs, scope, terminals
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import User
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import Problem, area_of, county_reach, in_county

__all__ = ["addresses", "advice", "api", "area_of", "county_reach"]

#: Where these addresses begin; the description names whole paths.
PREFIX = "/field/api/v1/"

api = terminals.new_api("Nanxi field", "api")
api.add_router("/phone", phones.router)


@api.exception_handler(AuthenticationError)
def not_admitted(request: HttpRequest, error: Exception) -> HttpResponse:
    """A revoked phone is told so; everybody else is asked to sign in or to bind the device."""
    match = request.resolver_match
    of_phones = match is not None and str(match.url_name).startswith("phone-")
    return (phones.not_admitted(request) if of_phones else None) or terminals.not_bound(request, error)

programs.answer_for_officers(api)


class PassageIn(Schema):
    """One passage as the post read it. `at`: ISO 8601 with offset; without one the county's time is meant."""

    at: datetime
    way: Literal["in", "out"] = "in"
    id_no: str = ""
    name: str = ""
    phone: str = ""
    plate: str = ""
    temperature_c: float | None = None
    origin: str = ""
    key: str = ""


class PassageOut(Schema):
    id: UUID
    stop: bool
    fever: bool
    text: str


def advice(*, stop: bool, fever: bool) -> str:
    """What the post does now, in words."""
    if stop:
        return _("Stop: an isolation order binds this person. Keep apart, call the town duty officer; the town is alerted.")
    if fever:
        return _("Fever: keep apart and call the fever clinic.")
    return _("Recorded. Let pass.")


@api.post(
    "/passages",
    auth=[terminals.Bearer(Right.RECORD_PASSAGES), terminals.Session(Right.RECORD_PASSAGES)],
    response={201: PassageOut, 401: Problem, 409: Problem, 422: Problem},
    url_name="passages",
)
def passages(request: HttpRequest, passage: PassageIn, idempotency_key: str = Header("")) -> tuple[int, PassageOut]:  # pyright: ignore
    user: User = request.auth  # type: ignore[attr-defined]
    act = Act(actor=accounts.actor_of(user), key=(idempotency_key or passage.key)[:80])
    if not act.key:
        raise Refused(_("Send an Idempotency-Key header, so that a repeat after a lost connection is not counted twice."))
    with scope.enter(county_reach(), user_id=user.id, at=WALL.now()):
        row = services.record_passage(
            act, post=user.unit, area=area_of(user.unit), at=in_county(passage.at), way=passage.way, passer=_passer(passage)
        )
    return 201, PassageOut(id=row.id, stop=row.hit, fever=row.fever, text=advice(stop=row.hit, fever=row.fever))


def _passer(passage: PassageIn) -> services.Passer:
    return services.Passer(
        id_no=passage.id_no[:40], name=passage.name[:40], phone=passage.phone[:40], plate=passage.plate[:20],
        temperature_c=passage.temperature_c, origin=passage.origin[:40],
    )  # fmt: skip


class ArrivalIn(Schema):
    """Somebody who declares that they will come. origin: in words; route: train, flight, seat or plate."""

    name: programs.Line
    id_no: programs.Line = ""
    phone: programs.Line = ""
    day: date
    area: programs.AreaCode
    way: Literal["train", "flight", "coach", "car", "ship", "other"] = "other"
    origin: programs.Line = ""
    route: programs.Line = ""


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


class ToldIn(Schema):
    kind: Literal["declared", "called_off"]


class VisitIn(Schema):
    """What a visit found. result: one of the task's `results`."""

    task: UUID
    result: programs.Line
    note: programs.Words = ""


class VisitOut(Schema):
    id: UUID
    task: UUID
    result: str


officer = programs.Token()
TOLD: Any = {200: ArrivalOut, **programs.PROBLEMS}


@api.get("/arrivals", auth=officer, response={200: list[ArrivalOut], **programs.PROBLEMS}, url_name="arrivals")
def arrivals(
    request: HttpRequest, state: Literal["overdue", "today", "expected", "arrived", "unannounced"] = "overdue",
    town: programs.TownCode = "",
) -> Any:  # fmt: skip
    """Expected arrivals of the officer's area by where they stand, at most 200."""
    with programs.as_officer(request, Right.DO_TASKS) as act:
        return _arrivals(list(arrival_queries.listed(state, act.now, town)[:200]), act)


@api.post("/arrivals", auth=officer, response={201: ArrivalOut, **programs.PROBLEMS}, url_name="arrival-new")
def arrival_new(request: HttpRequest, told: ArrivalIn, idempotency_key: str = Header("")) -> Any:  # pyright: ignore
    with programs.as_officer(request, Right.DO_TASKS, key=programs.needs_key(idempotency_key)) as act:
        row = arrival_services.announce(
            act, area=told.area, identity=below.identity(name=told.name, id_no=told.id_no, phone=told.phone), day=told.day,
            way=told.way, origin=below.origin_code(told.origin), route=" ".join((told.origin, told.route)).strip(),
        )  # fmt: skip
        return 201, _arrivals([row], act)[0]


@api.post("/arrivals/{uuid:arrival_id}/told", auth=officer, response=TOLD, url_name="arrival-told")
def arrival_told(request: HttpRequest, arrival_id: UUID, told: ToldIn, idempotency_key: str = Header("")) -> Any:  # pyright: ignore
    with programs.as_officer(request, Right.DO_TASKS, key=programs.needs_key(idempotency_key)) as act:
        row = arrival_queries.arrival_by_id(arrival_id)
        if row is None:
            raise Http404
        return _arrivals([arrival_services.told_by_officer(act, row, kind=told.kind)], act)[0]


@api.post("/visits", auth=officer, response={201: VisitOut, **programs.PROBLEMS}, url_name="visits")
def visits(request: HttpRequest, told: VisitIn, idempotency_key: str = Header("")) -> Any:  # pyright: ignore
    """Record a visit of a task that the officer may work on; closes the task."""
    with programs.as_officer(request, Right.DO_TASKS, key=programs.needs_key(idempotency_key)) as act:
        row = below.task_by_id(told.task)
        if row is None or not below.may_work(act, row):
            raise Http404
        visit = services.record_visit(act, task=row, outcome=told.result, note=told.note[:500])
        return 201, {"id": visit.id, "task": row.id, "result": visit.outcome}


def _arrivals(rows: list[Any], act: Act) -> list[dict[str, Any]]:
    return [
        {
            "id": line.arrival.id, "person": str(line.label or ""), "area": line.arrival.area_code, "day": line.arrival.day,
            "origin": line.arrival.origin, "way": line.arrival.way, "stands": line.arrival.stand(act.now).code,
            "arrived": line.arrival.arrived_at,
        }
        for line in arrival_queries.lines_of(rows, act.now)
    ]  # fmt: skip


def addresses() -> list[Any]:
    return terminals.addresses(api, PREFIX)
