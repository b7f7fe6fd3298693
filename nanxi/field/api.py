"""JSON for posts and their terminals: `POST /field/api/v1/passages` with the device's token as bearer; errors as RFC 9457.

The `Idempotency-Key` header (or `key` in the body) makes a repeat return the first answer. The answer says stop or go, never who.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from ninja import Header, NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer, SessionAuth

from nanxi.field import services
from nanxi.foundation import accounts, charter, gate, scope
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.clock import COUNTY, WALL
from nanxi.foundation.models import Unit, User
from nanxi.foundation.reach import NOWHERE, Reach
from nanxi.foundation.rights import Right, public

#: Where these addresses begin; the description names whole paths.
PREFIX = "/field/api/v1/"

api = NinjaAPI(title="Nanxi field", version="v1", urls_namespace="api", docs_url=None, openapi_url=None)


class Problem(Schema):
    """RFC 9457: what went wrong and what to do, for a machine and a person."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class PassageIn(Schema):
    """One passage as the post read it. `at`: ISO 8601 with offset; without one the county's time is meant."""

    at: datetime
    way: Literal["in", "out"] = "in"
    id_no: str = ""
    name: str = ""
    phone: str = ""
    plate: str = ""
    temperature_c: float | None = None
    key: str = ""


class PassageOut(Schema):
    id: UUID
    stop: bool
    fever: bool
    text: str


class Bearer(HttpBearer):
    """The token that a bound phone or terminal keeps."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        device = accounts.device_by_token(token)
        return _at_post(device.user) if device and device.wrong_pins < accounts.WRONG_PINS else None


class Session(SessionAuth):
    """The post's own page, signed in on its phone."""

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        if not request.user.is_authenticated or gate.second_factor_missing(request):
            return None
        return _at_post(request.user)  # type: ignore[arg-type]


def _at_post(user: User) -> User | None:
    return user if Right.RECORD_PASSAGES in user.role.rights else None


def county_reach() -> Reach:
    """The whole county: whoever passes a post may live in any of its towns."""
    county = charter.county()
    return Reach.over([county.area_id]) if county else NOWHERE


def area_of(post: Unit) -> str:
    """The area a post stands in: the first it serves."""
    return post.areas.order_by("code").values_list("code", flat=True).first() or ""


def advice(*, stop: bool, fever: bool) -> str:
    """What the post does now, in words."""
    if stop:
        return _("Stop: an isolation order binds this person. Keep apart, call the town duty officer; the town is alerted.")
    if fever:
        return _("Fever: keep apart and call the fever clinic.")
    return _("Recorded. Let pass.")


@api.post(
    "/passages",
    auth=[Bearer(), Session()],
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
            act, post=user.unit, area=area_of(user.unit), at=_in_county(passage.at), way=passage.way, passer=_passer(passage)
        )
    return 201, PassageOut(id=row.id, stop=row.hit, fever=row.fever, text=advice(stop=row.hit, fever=row.fever))


def _passer(passage: PassageIn) -> services.Passer:
    return services.Passer(
        id_no=passage.id_no[:40], name=passage.name[:40], phone=passage.phone[:40], plate=passage.plate[:20],
        temperature_c=passage.temperature_c,
    )  # fmt: skip


def _in_county(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=COUNTY)


@public("the description of the interface; it holds no data")
def description(request: HttpRequest) -> JsonResponse:
    """OpenAPI 3.1 of these addresses."""
    return JsonResponse(api.get_openapi_schema(path_prefix=PREFIX))


def problem(status: int, title: str, detail: str) -> HttpResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json")


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return problem(409, "Refused", str(error))


@api.exception_handler(AuthenticationError)
def not_bound(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(401, "Unauthorized", _("This device is not bound or was revoked. Ask the town to bind it again."))


@api.exception_handler(HttpError)
def not_read(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(
        error.status_code, "Not read", _("The body is no JSON object; send the fields as the description of this interface says.")
    )


@api.exception_handler(ValidationError)
def unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    # Only the place of each fault: its value may be somebody's data.
    faults = ", ".join(".".join(str(part) for part in fault["loc"][1:]) for fault in error.errors)
    return problem(422, "Unprocessable content", _("These fields cannot be read: %(fields)s") % {"fields": faults})


def addresses() -> list[Any]:
    """The URL patterns of this interface, each declared public: the device's token or the post's session is the proof."""
    patterns = [pattern for pattern in api.urls[0] if pattern.name != "api-root"]
    for pattern in patterns:
        pattern.callback = public("a bound device; its token is the proof")(pattern.callback)
    return [*patterns, path("openapi.json", description, name="openapi")]
