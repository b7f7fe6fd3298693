"""JSON for bound terminals of posts, venues and vehicles: the device's token is the proof, errors are RFC 9457.

A room makes its interface with `new_api`, says by `Bearer(right)` who may use it, and lists its addresses with `addresses`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer, SessionAuth

from nanxi.foundation import accounts, charter, gate
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import COUNTY
from nanxi.foundation.models import Unit, User
from nanxi.foundation.reach import NOWHERE, Reach
from nanxi.foundation.rights import Right, public


class Problem(Schema):
    """RFC 9457: what went wrong and what to do, for a machine and a person."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Bearer(HttpBearer):
    """The token that a bound phone or terminal keeps."""

    def __init__(self, right: Right) -> None:
        super().__init__()
        self.right = right

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        device = accounts.device_by_token(token)
        return _may(device.user, self.right) if device and device.wrong_pins < accounts.WRONG_PINS else None


class Session(SessionAuth):
    """The terminal's own page, signed in on its phone."""

    def __init__(self, right: Right) -> None:
        super().__init__()
        self.right = right

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        if not request.user.is_authenticated or gate.second_factor_missing(request):
            return None
        return _may(request.user, self.right)  # type: ignore[arg-type]


def _may(user: User, right: Right) -> User | None:
    return user if right in user.role.rights else None


def county_reach() -> Reach:
    """The whole county: whoever passes or checks in may live in any of its towns."""
    county = charter.county()
    return Reach.over([county.area_id]) if county else NOWHERE


def own_prefecture() -> str:
    """Six digits of the prefecture that the county lies in; "" before it is founded."""
    county = charter.county()
    return f"{county.area_id[:4]}00" if county else ""


def area_of(unit: Unit) -> str:
    """The area a unit stands in: the first it serves."""
    return unit.areas.order_by("code").values_list("code", flat=True).first() or ""


def in_county(at: datetime) -> datetime:
    """A time without an offset is the county's."""
    return at if at.tzinfo else at.replace(tzinfo=COUNTY)


def new_api(title: str, namespace: str) -> NinjaAPI:
    """An interface whose every refusal is one sentence in the shape of RFC 9457."""
    api = NinjaAPI(title=title, version="v1", urls_namespace=namespace, docs_url=None, openapi_url=None)
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(AuthenticationError, not_bound)
    api.add_exception_handler(HttpError, _not_read)
    api.add_exception_handler(ValidationError, _unreadable)
    return api


def addresses(api: NinjaAPI, prefix: str) -> list[Any]:
    """The URL patterns of an interface, each declared public: the device's token or the terminal's session is the proof."""
    patterns = [pattern for pattern in api.urls[0] if pattern.name != "api-root"]
    for pattern in patterns:
        pattern.callback = public("a bound device; its token is the proof")(pattern.callback)

    @public("the description of the interface; it holds no data")
    def description(request: HttpRequest) -> JsonResponse:
        return JsonResponse(described(api, prefix))

    return [*patterns, path("openapi.json", description, name="openapi")]


def described(api: NinjaAPI, prefix: str) -> dict[str, Any]:
    """The description (OpenAPI) with whole paths; refusals are said to be what they are, `application/problem+json`."""
    told = json.loads(json.dumps(api.get_openapi_schema(path_prefix=prefix), default=str))
    for operations in told["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and "application/json" in answer.get("content", {}):
                    answer["content"] = {"application/problem+json": answer["content"]["application/json"]}
    return told


def problem(status: int, title: str, detail: str, *, kind: str = "about:blank") -> HttpResponse:
    """RFC 9457. kind: the problem's own name where a program has to tell it from others."""
    body = {"type": kind, "title": title, "status": status, "detail": detail}
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json")


def _refused(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(409, "Refused", str(error))


def not_bound(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(401, "Unauthorized", _("This device is not bound or was revoked. Ask the town to bind it again."))


def _not_read(request: HttpRequest, error: Exception) -> HttpResponse:
    assert isinstance(error, HttpError)
    return problem(
        error.status_code, "Not read", _("The body is no JSON object; send the fields as the description of this interface says.")
    )


def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    # Only the place of each fault: its value may be somebody's data.
    assert isinstance(error, ValidationError)
    faults = ", ".join(".".join(str(part) for part in fault["loc"][1:]) for fault in error.errors)
    return problem(422, "Unprocessable content", _("These fields cannot be read: %(fields)s") % {"fields": faults})
