"""Tasks: the work list, one task with what speaks for it, taken, given, opened, closed by result or by its form."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from nanxi.desk import below, queries, rules, services, shown
from nanxi.desk.api import found
from nanxi.desk.api.found import answers
from nanxi.desk.models import Finding, Task
from nanxi.foundation.act import Refused
from nanxi.foundation.models import User
from nanxi.foundation.programs import Key, Line, Token, TownCode, Words, as_officer, writing
from nanxi.foundation.rights import Right

router = Router(auth=Token(), tags=["tasks"])


class TaskOut(Schema):
    id: UUID
    kind: str
    title: str
    #: Masked, as in a work list.
    person: str
    area: str
    unit: UUID | None
    held_by: str
    due: datetime
    priority: int
    overdue: bool
    open: bool
    result: str
    results: list[str]
    #: The form it is closed with, `code@version`; "" for result and remark alone.
    form: str
    directive: UUID | None


class TasksOut(Schema):
    items: list[TaskOut]
    #: Send it as `after` for the next page; empty at the end.
    after: str


class IdentityOut(Schema):
    name: str
    phone: str
    address: str


class CloseIn(Schema):
    result: Line
    note: Words = ""


class FilledIn(Schema):
    """Answers by the names of the form's questions."""

    answers: dict[str, Any]


class AssignIn(Schema):
    username: Line


class FindingOut(Schema):
    """What one source says. way: online or offline. Both stay when they differ; `stands` says which counts."""

    id: UUID
    way: str
    says: str
    how: str
    at: datetime
    stands: bool


class EvidenceOut(Schema):
    findings: list[FindingOut]
    undecided: bool


class DecideIn(Schema):
    stands: UUID
    reason: Words


@router.get("/tasks", response=answers(TasksOut), url_name="tasks")
def tasks(
    request: HttpRequest, kind: Line = "", due: Literal["", "overdue", "today", "later"] = "",
    holder: Literal["", "mine", "nobody", "unit"] = "", town: TownCode = "", after: Line = "",
) -> Any:  # fmt: skip
    """Open tasks of the officer's unit or area, soonest due first, 50 a page."""
    with as_officer(request, Right.DO_TASKS) as act:
        chosen = queries.Chosen(kind=kind, due=due, holder=holder, town=town)
        page = queries.page_of(chosen.rows(act.actor, act.now), after)
        return {"items": told(page.tasks, act.now), "after": page.after}


@router.get("/tasks/{uuid:task_id}", response=answers(TaskOut), url_name="task")
def task(request: HttpRequest, task_id: UUID) -> Any:
    with as_officer(request, Right.DO_TASKS) as act:
        return told([found.task(task_id)], act.now)[0]


@router.post("/tasks/{uuid:task_id}/open", response=answers(IdentityOut), url_name="task-open")
def task_open(request: HttpRequest, task_id: UUID) -> Any:
    """Whom the task is about, unmasked: granted by the task, budgeted, recorded; the person can see it."""
    with as_officer(request, Right.DO_TASKS) as act:
        row = found.task(task_id)
        if row.record_id is None:
            raise Http404
        identity = below.open_record(
            act, record_id=row.record_id, person_id=row.person_id, via=("desk.task", row.id), purpose=queries.purpose_of(row)
        )  # fmt: skip
        seen = shown.opened(identity)
        return {"name": seen.name, "phone": seen.phone, "address": seen.address}


@router.post("/tasks/{uuid:task_id}/claim", response=answers(TaskOut), url_name="task-claim")
def task_claim(request: HttpRequest, task_id: UUID, key: Key) -> Any:
    with writing(request, key, Right.DO_TASKS) as act:
        return told([services.claim_task(act, found.task_to_work(act, task_id))], act.now)[0]


@router.post("/tasks/{uuid:task_id}/assign", response=answers(TaskOut), url_name="task-assign")
def task_assign(request: HttpRequest, task_id: UUID, sent: AssignIn, key: Key) -> Any:
    with writing(request, key, Right.ASSIGN_TASKS) as act:
        row = found.task(task_id)
        user = found.there(User.objects.filter(username=sent.username, is_active=True).first())
        return told([services.assign_task(act, row, user=user)], act.now)[0]


@router.post("/tasks/{uuid:task_id}/close", response=answers(TaskOut), url_name="task-close")
def task_close(request: HttpRequest, task_id: UUID, sent: CloseIn, key: Key) -> Any:
    """Close a task with one of its `results`; the form's other questions stay unanswered."""
    with writing(request, key, Right.DO_TASKS) as act:
        row = found.task_to_work(act, task_id)
        return told([services.close_task(act, row, result=sent.result, note=sent.note)], act.now)[0]


@router.post("/tasks/{uuid:task_id}/answers", response=answers(TaskOut), url_name="task-answers")
def task_answers(request: HttpRequest, task_id: UUID, sent: FilledIn, key: Key) -> Any:
    """Close a task with its form filled in: every answer is held against the form's conditions."""
    with writing(request, key, Right.DO_TASKS) as act:
        row = found.task_to_work(act, task_id)
        return told([services.hand_in(act, row, sent.answers)], act.now)[0]


@router.get("/tasks/{uuid:task_id}/evidence", response=answers(EvidenceOut), url_name="task-evidence")
def task_evidence(request: HttpRequest, task_id: UUID) -> Any:
    """What was known online and what was found on the spot, and which of two that differ stands."""
    with as_officer(request, Right.DO_TASKS):
        return _evidence(found.task(task_id))


@router.post("/tasks/{uuid:task_id}/decide", response=answers(EvidenceOut), url_name="task-decide")
def task_decide(request: HttpRequest, task_id: UUID, sent: DecideIn, key: Key) -> Any:
    """Say which of two findings stands. Both stay; the source of the other is told."""
    with writing(request, key, Right.ASSIGN_TASKS) as act:
        row = found.task(task_id)
        stands = Finding.objects.filter(task=row, pk=sent.stands).first()
        if stands is None:
            raise Refused(_("Choose which finding stands."))
        services.decide_between(act, row, stands=stands, reason=sent.reason)
        return _evidence(row)


def told(rows: list[Task], now: datetime) -> list[dict[str, Any]]:
    """Tasks as programs read them."""
    return [
        {
            "id": line.task.id, "kind": line.task.kind, "title": line.title, "person": str(line.label or ""),
            "area": line.task.area_code, "unit": line.task.unit_id, "held_by": line.holder, "due": line.task.due,
            "priority": line.task.priority, "overdue": line.overdue, "open": line.task.is_open, "result": line.task.result,
            "results": list(rules.TaskKind.of(line.task.kind).results), "form": line.task.form,
            "directive": line.task.directive_id,
        }
        for line in shown.task_lines(rows, now)
    ]  # fmt: skip


def _evidence(row: Task) -> dict[str, Any]:
    evidence = queries.evidence_of(row)
    stands = evidence.ruling.stands_id if evidence.ruling else None  # type: ignore[attr-defined]
    findings = [
        {"id": one.id, "way": one.way, "says": one.says, "how": one.how, "at": one.at, "stands": one.id == stands}
        for one in evidence.findings
    ]
    return {"findings": findings, "undecided": evidence.undecided}
