"""JSON for venues and vehicles: `POST /cases/api/v1/stays` with the device's token as bearer; errors as RFC 9457.

Up to 500 lines at once; each carries its own `key`, so that a repeat after a lost connection counts nobody twice. A person is
known by the full ID number or phone through a keyed digest; the answer says kept or what cannot be read, never who, and never
whether the register knows the number.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Schema

from nanxi.cases.services import Stay, hand_in_stays
from nanxi.engines.trace.stays import NO_ROW
from nanxi.foundation import accounts, scope, terminals
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import User
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import Problem, area_of, county_reach, in_county

PREFIX = "/cases/api/v1/"
#: A bus-load many times over; a longer list is sent in pieces.
MOST = 500

api = terminals.new_api("Nanxi stays", "stays")


class TripIn(Schema):
    """A run of a vehicle: the stay lasts from boarding (`at`) to alighting (`until`)."""

    kind: Literal["plane", "train", "open_train", "coach", "open_coach", "car"] = "coach"
    number: str
    coach: str = ""
    row: int | None = None


class StayIn(Schema):
    """One person at one place or aboard one trip. Times: ISO 8601 with offset; without one the county's time is meant."""

    key: str
    at: datetime
    until: datetime | None = None
    id_no: str = ""
    phone: str = ""
    #: The terminal's own unit when empty.
    place: str = ""
    trip: TripIn | None = None
    plate: str = ""


class StaysIn(Schema):
    stays: list[StayIn]


class LineOut(Schema):
    key: str
    kept: bool
    text: str = ""


class StaysOut(Schema):
    kept: int
    lines: list[LineOut]


@api.post(
    "/stays",
    auth=[terminals.Bearer(Right.RECORD_STAYS), terminals.Session(Right.RECORD_STAYS)],
    response={200: StaysOut, 401: Problem, 409: Problem, 422: Problem},
    url_name="stays",
)
def stays(request: HttpRequest, sent: StaysIn) -> StaysOut:
    user: User = request.auth  # type: ignore[attr-defined]
    if not 0 < len(sent.stays) <= MOST:
        raise Refused(_("Send between 1 and %(most)d lines at once.") % {"most": MOST})
    if not all(line.key.strip() for line in sent.stays):
        raise Refused(_("Give every line a key of its own, so that a repeat after a lost connection is not counted twice."))
    with scope.enter(county_reach(), user_id=user.id, at=WALL.now()):
        outcomes = hand_in_stays(
            Act(actor=accounts.actor_of(user)), unit_id=user.unit.id, unit_name=user.unit.name, area=area_of(user.unit),
            source=_source(sent), stays=[_stay(line) for line in sent.stays],
        )  # fmt: skip
    lines = [LineOut(key=one.key, kept=one.kept, text=one.why) for one in outcomes]
    return StaysOut(kept=sum(one.kept for one in outcomes), lines=lines)


def _source(sent: StaysIn) -> str:
    return "trip" if any(line.trip for line in sent.stays) else "venue"


def _stay(line: StayIn) -> Stay:
    trip = line.trip
    facts: dict[str, Any] = {}
    if trip is not None:
        row = NO_ROW if trip.row is None else trip.row
        facts = {"vehicle": trip.kind, "number": trip.number[:40], "coach": trip.coach[:10], "row": row}
    return Stay(
        line.key, in_county(line.at), None if line.until is None else in_county(line.until), line.id_no[:40], line.phone[:40],
        line.place[:120], plate=line.plate[:20], **facts,
    )  # fmt: skip


def addresses() -> list[Any]:
    return terminals.addresses(api, PREFIX)
