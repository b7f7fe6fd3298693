"""Posts and their terminals: a passage with the bound device's token as bearer, or on the terminal's own page.

The `Idempotency-Key` header (or `key` in the body) makes a repeat return the first answer. The answer says stop or go, never who.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from nanxi.field import services
from nanxi.foundation import accounts, programs, scope, terminals
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import User
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import Problem, area_of, county_reach, in_county

router = Router(tags=["passages"])


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


@router.post(
    "/passages",
    auth=[terminals.Bearer(Right.RECORD_PASSAGES), terminals.Session(Right.RECORD_PASSAGES)],
    response={201: PassageOut, 401: Problem, 409: Problem, 422: Problem},
    url_name="passages",
)
def passages(request: HttpRequest, passage: PassageIn, key: programs.Key) -> tuple[int, PassageOut]:
    user: User = request.auth  # type: ignore[attr-defined]
    act = Act(actor=accounts.actor_of(user), key=(key or passage.key)[:80])
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
