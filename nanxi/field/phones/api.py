"""JSON for phones under `/field/api/v1/phone/`: the day down, visits and photos up. Errors as RFC 9457.

Proof: the session of the phone's page, or the bound device's token as bearer. A phone that was revoked is told so (410) and wipes
what it keeps. `day` knows ETags and sends only what the phone does not have; answers are gzipped.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from pydantic import StringConstraints

from nanxi.field.models import HandedIn
from nanxi.field.phones import day, doors, intake, rules
from nanxi.field.visits import Place
from nanxi.foundation import accounts, scope, terminals
from nanxi.foundation.act import Act
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import User
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import Problem, area_of, county_reach, in_county, problem

router = Router(auth=[terminals.Bearer(Right.DO_TASKS), terminals.Session(Right.DO_TASKS)], tags=["phone"])
#: The problem by which a phone knows that it has to wipe what it keeps.
REVOKED = "urn:nanxi:phone-revoked"
SMALL = 400
BINARY = {"type": "string", "format": "binary"}
OUT = {401: Problem, 409: Problem, 410: Problem, 422: Problem}


class Errand(Schema):
    """A task as the phone shows it; only `id` and `v` when the phone holds it already. `door`: a household of a sweep."""

    id: UUID
    v: str
    title: str = ""
    kind: str = ""
    who: str = ""
    place: str = ""
    due: datetime | None = None
    urgent: bool = False
    form: str = ""
    results: list[tuple[str, str, bool]] = []
    door: bool = False
    persons: int = 0


class SweepOut(Schema):
    """A round that runs today: by which form it asks, and the areas in which the worker may come upon a household."""

    id: UUID
    title: str
    form: str
    areas: list[tuple[str, str]]


class Day(Schema):
    """The worker's day. `forms`: by `code@version`, null when the phone holds it."""

    worker: UUID
    language: str
    later: int
    forms: dict[str, Any]
    tasks: list[Errand]
    sweeps: list[SweepOut]
    keep_tasks_days: int
    keep_visits_days: int


class PlaceIn(Schema):
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    start: datetime
    end: datetime | None = None


class FoundIn(Schema):
    """A home that no list knew."""

    area: Annotated[str, StringConstraints(min_length=12, max_length=15)]
    address: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    name: Annotated[str, StringConstraints(max_length=40)] = ""
    phone: Annotated[str, StringConstraints(max_length=20)] = ""
    persons: Annotated[int, Field(ge=1, le=200)] = 1


class VisitIn(Schema):
    """One visit. `key`: the phone's own, sent again with each try; `at`: by the phone's clock; `off`: seconds by which that was
    behind the county's clock, as known from the last contact before the visit. `door`: `task` is a household of a sweep, or with
    `found` the round in which a household was found."""

    key: UUID
    task: UUID
    at: datetime
    off: Annotated[int, Field(ge=-40_000_000, le=40_000_000)] | None = None
    result: Annotated[str, StringConstraints(max_length=16)] = ""
    note: Annotated[str, StringConstraints(max_length=500)] = ""
    answers: dict[str, str | list[str] | int | float | None] = {}
    position: tuple[float, float, int] | None = None
    places: Annotated[list[PlaceIn], Field(max_length=3)] = []
    door: bool = False
    found: FoundIn | None = None


class VisitsIn(Schema):
    """`clock`: the phone's clock as it sends."""

    clock: datetime
    visits: Annotated[list[VisitIn], Field(min_length=1, max_length=rules.MOST_VISITS)]


class VisitOut(Schema):
    """What became of one visit: acknowledged means kept for good. `text` is for the worker; `flag` asks to show it until read."""

    key: UUID
    standing: str
    flag: bool
    text: str


class VisitsOut(Schema):
    visits: list[VisitOut]


class PhotoOut(Schema):
    key: UUID


@router.get("/day", response={200: Day, **OUT}, url_name="phone-day")
def the_day(request: HttpRequest, have: Annotated[str, StringConstraints(max_length=6000)] = "") -> HttpResponse:
    """The day's own tasks and their forms. `have`: digests and form names the phone holds, with commas; `If-None-Match`: 304."""
    user: User = request.auth  # type: ignore[attr-defined]
    get_token(request)  # a phone that was signed in for long still gets the cookie that its posts need
    with scope.enter(accounts.actor_of(user).reach, user_id=user.id, at=WALL.now()):
        pack = day.pack_of(user, WALL.now(), frozenset(have.split(",")))
    etag = f'"{pack.etag}"'
    same = request.headers.get("If-None-Match") == etag
    answer = HttpResponse(status=304) if same else _json(request, pack.body)
    answer["ETag"], answer["X-Nanxi-Now"] = etag, WALL.now().isoformat()
    return answer


@router.post("/visits", response={200: VisitsOut, **OUT}, url_name="phone-visits")
def visits(request: HttpRequest, sent: VisitsIn) -> HttpResponse:
    """Hand in up to ten visits. A key that came in before changes nothing and gets its first answer."""
    user: User = request.auth  # type: ignore[attr-defined]
    told = [_told(visit) for visit in sent.visits]
    measured_s = round((WALL.now() - in_county(sent.clock)).total_seconds())
    handing = intake.Handing(area_of(user.unit), measured_s, _device(request))
    rows: dict[UUID, HandedIn] = {}
    own = accounts.actor_of(user).reach
    steps = ((own, doors.take_in_doors, True), (own, intake.take_in, False), (county_reach(), intake.keep_unseen, False))
    for reach, take, door in steps:
        rest = [one for one in told if one.key not in rows and one.door is door]
        if rest:
            with _scoped(user, reach) as act:
                take(act, rest, handing)
                rows |= intake.known_keys(act, rest)
    answers = [_answer(key, rows[key].state) for key in dict.fromkeys(one.key for one in told)]
    return _json(request, {"visits": answers})


@router.post(
    "/photos/{key}", response={201: PhotoOut, 413: Problem, **OUT}, url_name="phone-photo",
    openapi_extra={"requestBody": {"required": True, "content": {"image/jpeg": {"schema": BINARY}}}},
)  # fmt: skip
def photo(request: HttpRequest, key: UUID, visit: UUID) -> HttpResponse | tuple[int, PhotoOut]:
    """Hand in one photo of a visit that was handed in (`visit`: its key): the JPEG as the body, at most 400 KB."""
    user: User = request.auth  # type: ignore[attr-defined]
    if int(request.headers.get("Content-Length") or 0) > rules.MOST_PHOTO:
        text = _("The photo is larger than 400 KB; take it in the page, which makes it smaller by itself.")
        return problem(413, "Content too large", text)
    with _scoped(user, county_reach()) as act:
        kept = intake.keep_photo(act, visit_key=visit, key=key, data=request.body)
    return 201, PhotoOut(key=kept.key)


@contextmanager
def _scoped(user: User, reach: Reach) -> Iterator[Act]:
    """One transaction in a scope; the worker acts."""
    with scope.enter(reach, user_id=user.id, at=WALL.now()):
        yield Act(actor=accounts.actor_of(user))


def _told(visit: VisitIn) -> intake.Told:
    places = tuple(
        Place(one.name, in_county(one.start), in_county(one.end) if one.end else None) for one in visit.places if one.name.strip()
    )
    return intake.Told(
        key=visit.key, task_id=visit.task, said_at=in_county(visit.at), noted_s=visit.off, result=visit.result, note=visit.note,
        answers=dict(visit.answers), position=visit.position, places=places,
        door=visit.door or visit.found is not None, found=intake.FoundHome(**visit.found.dict()) if visit.found else None,
    )  # fmt: skip


def _answer(key: UUID, state: rules.Standing) -> dict[str, Any]:
    return {"key": str(key), "standing": state.code, "flag": state is not rules.Standing.TAKEN, "text": _(state.label)}


def _device(request: HttpRequest) -> UUID | None:
    known = request.session.get("nanxi_device") if hasattr(request, "session") else None
    return UUID(known) if known else None


def _json(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """JSON, gzipped when it is worth it. No secret stands beside what the sender wrote, so the size gives none away."""
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    answer = HttpResponse(content_type="application/json")
    if len(data) > SMALL and "gzip" in request.headers.get("Accept-Encoding", ""):
        data, answer["Content-Encoding"] = gzip.compress(data, 6, mtime=0), "gzip"
    answer["Vary"], answer["Cache-Control"] = "Accept-Encoding, Cookie", "no-store"
    answer.content = data
    return answer


def not_admitted(request: HttpRequest) -> HttpResponse | None:
    """The answer for a phone whose binding was revoked; None for everybody else who is not signed in."""
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    tokens: Iterable[str] = (request.COOKIES.get("nanxi_device", ""), bearer)
    if any(accounts.was_revoked(token) for token in tokens):
        text = _("This phone was revoked. What it kept is wiped; ask your town to bind it again.")
        return problem(410, "Revoked", text, kind=REVOKED)
    return None
