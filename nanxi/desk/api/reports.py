"""What branches tell upwards: short reports and incidents; they stand in the queue of directives until they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from nanxi.desk import services
from nanxi.desk.api import directives, found
from nanxi.desk.api.directives import DirectiveOut
from nanxi.desk.api.found import answers
from nanxi.foundation.act import Act
from nanxi.foundation.programs import AreaCode, Key, Token, Told, writing
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import in_county

router = Router(auth=Token(), tags=["reports and incidents"])
Place = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ReportIn(Schema):
    area: AreaCode
    text: Told
    urgent: bool = False


class IncidentIn(Schema):
    """涉疫警情. place: where exactly, kept sealed. case: the case it is about."""

    at: datetime
    area: AreaCode
    place: Place
    text: Told
    outcome: Literal["settled", "handed_over", "going_on"]
    unit_sent: UUID | None = None
    staff_hurt: Annotated[int, Field(ge=0, le=99)] = 0
    case: UUID | None = None


@router.post("/reports", response=answers(DirectiveOut, 201), url_name="report-new")
def report_new(request: HttpRequest, sent: ReportIn, key: Key) -> Any:
    with writing(request, key, Right.DO_TASKS) as act:
        _need(act, sent.area)
        return 201, directives.told([services.report_up(act, area=sent.area, text=sent.text, urgent=sent.urgent)])[0]


@router.post("/incidents", response=answers(DirectiveOut, 201), url_name="incident-new")
def incident_new(request: HttpRequest, sent: IncidentIn, key: Key) -> Any:
    with writing(request, key, Right.DO_TASKS) as act:
        _need(act, sent.area)
        happened = services.Happened(
            at=in_county(sent.at), place=sent.place, outcome=sent.outcome, staff_hurt=sent.staff_hurt, case_id=sent.case,
            unit_sent_id=found.unit(sent.unit_sent).id if sent.unit_sent else None,
        )  # fmt: skip
        return 201, directives.told([services.report_up(act, area=sent.area, text=sent.text, happened=happened)])[0]


def _need(act: Act, area: str) -> None:
    if not act.actor.reach.covers(area):
        raise Http404
