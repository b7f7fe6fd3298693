"""Directives: received, triaged, put off, joined, withdrawn, answered; attachment, course and the answer row by row."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import StringConstraints

from nanxi.desk import queries, rules, services, shown
from nanxi.desk.api import found
from nanxi.desk.api.found import answers
from nanxi.desk.forms import MOST_BYTES
from nanxi.desk.models import Directive
from nanxi.foundation.act import Refused
from nanxi.foundation.programs import AreaCode, Key, Line, Token, Words, as_officer, writing
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import in_county

router = Router(auth=Token(), tags=["directives"])
Number = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
Sender = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
State = Literal["open", "overdue", "snoozed", "incidents", "untriaged", "answered"]


class DirectiveIn(Schema):
    kind: Literal["order", "request", "report"] = "order"
    number: Number
    sender: Sender
    deadline: datetime
    text: Words
    area: AreaCode
    priority: Literal[1, 2, 3] = 2
    #: A list as CSV text with one row of headings; read like any list that is handed in.
    list_csv: str = ""
    #: Any other attachment, base64, with its name; kept sealed. A workbook by its name becomes a list.
    file_name: Line = ""
    file_base64: str = ""


class TriageIn(Schema):
    priority: Literal[1, 2, 3]
    deadline: datetime


class AnswerIn(Schema):
    text: Words = ""
    without_reason: Words = ""


class UntilIn(Schema):
    until: datetime


class JoinIn(Schema):
    into: UUID


class DirectiveOut(Schema):
    id: UUID
    number: str
    sender: str
    kind: str
    stage: str
    received: datetime
    deadline: datetime
    priority: int
    checks: int
    done: int
    list: UUID | None
    snoozed_until: datetime | None
    joined_to: UUID | None


class MomentOut(Schema):
    at: datetime
    deed: str
    who: str


class IncidentOut(Schema):
    at: datetime
    place: str
    outcome: str
    unit_sent: UUID | None
    staff_hurt: int
    case: UUID | None


class WholeOut(DirectiveOut):
    """One directive with its words. likely_same: earlier open tellings of what is likely the same incident."""

    text: str
    answer: str
    answered_without: str
    has_attachment: bool
    incident: IncidentOut | None
    likely_same: list[UUID]
    joined: list[UUID]
    course: list[MomentOut]


class ReplyOut(Schema):
    """What would be answered now, and why it cannot be yet ("" when it can)."""

    text: str
    problem: str


class FileOut(Schema):
    name: str
    content_base64: str


class ReasonIn(Schema):
    reason: Literal["answer", "again", "check"]


class AnswerRowOut(Schema):
    cells: list[str]
    result: str
    detail: str
    stands: str
    day: str
    place: str
    remark: str


class SheetOut(Schema):
    """The answer in the sender's own columns, with what became of each row."""

    header: list[str]
    rows: list[AnswerRowOut]


@router.get("/directives", response=answers(list[DirectiveOut]), url_name="directives")
def directives(request: HttpRequest, state: State = "open") -> Any:
    """Directives, reports and incidents, soonest deadline first, at most 200; those put off stand under "snoozed"."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES) as act:
        return told(list(queries.directives_in(state, act.now)[:200]))


@router.post("/directives", response=answers(DirectiveOut, 201), url_name="directives")
def directive_new(request: HttpRequest, sent: DirectiveIn, key: Key) -> Any:
    with writing(request, key, Right.TRIAGE_DIRECTIVES) as act:
        if not act.actor.reach.covers(sent.area):
            raise Http404
        name, file = _file(sent)
        row = services.receive_directive(
            act, kind=sent.kind, number=sent.number, sender=sent.sender, deadline=in_county(sent.deadline), text=sent.text,
            area=sent.area, file_name=name, file=file, priority=sent.priority,
        )  # fmt: skip
        return 201, told([row])[0]


def _file(sent: DirectiveIn) -> tuple[str, bytes | None]:
    if sent.list_csv:
        return "list.csv", sent.list_csv.encode("utf-8", "replace")
    if not sent.file_base64:
        return "", None
    if len(sent.file_base64) > MOST_BYTES * 4 // 3 + 4:
        raise Refused(_("This file is larger than 10 MB. Split the list, or send the text without it."))
    try:
        return sent.file_name or "attachment", base64.b64decode(sent.file_base64, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(_("The attachment is no base64 text; encode the file anew and send it again.")) from None


@router.get("/directives/{uuid:directive_id}", response=answers(WholeOut), url_name="directive")
def directive(request: HttpRequest, directive_id: UUID) -> Any:
    with as_officer(request, Right.TRIAGE_DIRECTIVES):
        return _whole(found.directive(directive_id))


@router.post("/directives/{uuid:directive_id}/triage", response=answers(DirectiveOut), url_name="directive-triage")
def directive_triage(request: HttpRequest, directive_id: UUID, sent: TriageIn, key: Key) -> Any:
    with writing(request, key, Right.TRIAGE_DIRECTIVES) as act:
        row = found.directive(directive_id)
        return told([services.triage_directive(act, row, priority=sent.priority, deadline=in_county(sent.deadline))])[0]


@router.post("/directives/{uuid:directive_id}/snooze", response=answers(DirectiveOut), url_name="directive-snooze")
def directive_snooze(request: HttpRequest, directive_id: UUID, sent: UntilIn, key: Key) -> Any:
    """Put it off: at most a day, never past its deadline."""
    with writing(request, key, Right.TRIAGE_DIRECTIVES) as act:
        return told([services.snooze_directive(act, found.directive(directive_id), until=in_county(sent.until))])[0]


@router.post("/directives/{uuid:directive_id}/join", response=answers(DirectiveOut), url_name="directive-join")
def directive_join(request: HttpRequest, directive_id: UUID, sent: JoinIn, key: Key) -> Any:
    """Two tellings of one thing: this one is answered with the first; both stay."""
    with writing(request, key, Right.TRIAGE_DIRECTIVES) as act:
        row, first = found.directive(directive_id), found.directive(sent.into)
        return told([services.join_directive(act, row, into=first)])[0]


@router.post("/directives/{uuid:directive_id}/withdraw", response=answers(DirectiveOut), url_name="directive-withdraw")
def directive_withdraw(request: HttpRequest, directive_id: UUID, key: Key) -> Any:
    """The sender took it back: its open tasks and parts end, units that had begun are told."""
    with writing(request, key, Right.TRIAGE_DIRECTIVES) as act:
        return told([services.withdraw_directive(act, found.directive(directive_id))])[0]


@router.get("/directives/{uuid:directive_id}/reply", response=answers(ReplyOut), url_name="directive-reply")
def directive_reply(request: HttpRequest, directive_id: UUID) -> Any:
    """The reply as it is made from tasks and parts now."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES):
        row = found.directive(directive_id)
        problem = rules.why_not_answer(queries.course_of(row), "")
        return {"text": queries.reply_of(row), "problem": _(problem) if problem else ""}


@router.post("/directives/{uuid:directive_id}/answer", response=answers(DirectiveOut), url_name="directive-answer")
def directive_answer(request: HttpRequest, directive_id: UUID, sent: AnswerIn, key: Key) -> Any:
    """Close with an answer; while tasks are open it needs a reason. Without a text the answer is made from the tasks."""
    with writing(request, key, Right.TRIAGE_DIRECTIVES) as act:
        row = found.directive(directive_id)
        text = sent.text or queries.reply_of(row)
        return told([services.answer_directive(act, row, text=text, without_reason=sent.without_reason)])[0]


@router.post("/directives/{uuid:directive_id}/attachment", response=answers(FileOut), url_name="directive-attachment")
def directive_attachment(request: HttpRequest, directive_id: UUID) -> Any:
    """The attachment that came with it; each opening is recorded."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES) as act:
        name, content = services.open_attachment(act, found.directive(directive_id))
        return {"name": name, "content_base64": base64.b64encode(content).decode()}


@router.post("/directives/{uuid:directive_id}/answer-sheet", response=answers(SheetOut), url_name="directive-answer-sheet")
def directive_answer_sheet(request: HttpRequest, directive_id: UUID, sent: ReasonIn) -> Any:
    """The answer in the sender's columns, for one stated reason; each time it leaves the house is recorded."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES) as act:
        sheet = services.hand_out_answer(act, found.directive(directive_id), reason=sent.reason)
        return {"header": sheet.header, "rows": [vars(row) for row in sheet.rows]}


def told(rows: list[Directive]) -> list[dict[str, Any]]:
    """Directives as programs read them."""
    courses = queries.courses_of(rows)
    return [
        {
            "id": row.id, "number": row.number, "sender": row.sender, "kind": row.kind,
            "stage": rules.stage_of(courses[row.id]).name.lower(), "received": row.received_at, "deadline": row.deadline,
            "priority": row.priority, "checks": courses[row.id].tasks_open + courses[row.id].tasks_done,
            "done": courses[row.id].tasks_done, "list": row.batch_id, "snoozed_until": row.snoozed_until,
            "joined_to": row.joined_to_id,  # type: ignore[attr-defined]
        }
        for row in rows
    ]  # fmt: skip


def _whole(row: Directive) -> dict[str, Any]:
    answered, without = queries.answer_of(row)
    return {
        **told([row])[0], "text": queries.text_of(row), "answer": answered, "answered_without": without,
        "has_attachment": row.file is not None, "incident": _incident(row),
        "likely_same": [one.id for one in queries.likely_same(row)], "joined": [one.id for one in queries.joined_to(row)],
        "course": [{"at": one.at, "deed": str(one.title), "who": str(one.by)} for one in shown.deeds_of(row.id)],
    }  # fmt: skip


def _incident(row: Directive) -> dict[str, Any] | None:
    found_one = queries.incident_of(row)
    if found_one is None:
        return None
    incident, place = found_one
    return {
        "at": incident.at, "place": place, "outcome": incident.outcome, "unit_sent": incident.unit_sent_id,
        "staff_hurt": incident.staff_hurt, "case": incident.case_id,
    }  # fmt: skip
