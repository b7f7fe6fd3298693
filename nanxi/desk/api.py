"""JSON for programs of officers at the desk: directives, checked lists and tasks, with the officer's rights, scope and audit.

`/desk/api/v1/…` with `Authorization: Bearer <token>`; errors are RFC 9457, every write carries an `Idempotency-Key`. Lists are
masked like the pages; a person opens by `POST …/open` only, which is granted, budgeted and recorded like a click.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Header, Schema
from pydantic import StringConstraints

from nanxi.desk import below, queries, rules, services, shown
from nanxi.desk.models import Directive, Task
from nanxi.desk.queries import batches
from nanxi.foundation import programs, terminals
from nanxi.foundation.act import Act
from nanxi.foundation.models import User
from nanxi.foundation.programs import PROBLEMS, AreaCode, Line, TownCode, Words, as_officer, needs_key
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import in_county

#: Where these addresses begin; the description names whole paths.
PREFIX = "/desk/api/v1/"
api = programs.new_api("Nanxi desk", "desk-api")
token = programs.Token()


Number = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
Sender = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]


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


class AssignIn(Schema):
    username: Line


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


class TriageIn(Schema):
    priority: Literal[1, 2, 3]
    deadline: datetime


class AnswerIn(Schema):
    text: Words = ""
    without_reason: Words = ""


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


#: What an operation on one directive answers.
ONE: Any = {200: DirectiveOut, **PROBLEMS}


class CoverageOut(Schema):
    code: str
    name: str
    checks: int
    answered: int
    here: int
    left: int
    not_found: int
    wrong: int
    refused: int
    ended: int
    open: int
    late: int


class ListOut(Schema):
    """Checks and distinct persons are counted apart."""

    checks: int
    persons: int
    towns: list[CoverageOut]


@api.get("/tasks", auth=token, response={200: TasksOut, **PROBLEMS}, url_name="tasks")
def tasks(
    request: HttpRequest, kind: Line = "", due: Literal["", "overdue", "today", "later"] = "",
    holder: Literal["", "mine", "nobody", "unit"] = "", town: TownCode = "", after: Line = "",
) -> Any:  # fmt: skip
    """Open tasks of the officer's unit or area, soonest due first, 50 a page."""
    with as_officer(request, Right.DO_TASKS) as act:
        chosen = queries.Chosen(kind=kind, due=due, holder=holder, town=town)
        page = queries.page_of(chosen.rows(act.actor, act.now), after)
        return {"items": _tasks(page.tasks, act.now), "after": page.after}


@api.get("/tasks/{uuid:task_id}", auth=token, response={200: TaskOut, **PROBLEMS}, url_name="task")
def task(request: HttpRequest, task_id: UUID) -> Any:
    with as_officer(request, Right.DO_TASKS) as act:
        return _tasks([_task(task_id)], act.now)[0]


@api.post("/tasks/{uuid:task_id}/open", auth=token, response={200: IdentityOut, **PROBLEMS}, url_name="task-open")
def task_open(request: HttpRequest, task_id: UUID) -> Any:
    """Whom the task is about, unmasked: granted by the task, budgeted, recorded; the person can see it."""
    with as_officer(request, Right.DO_TASKS) as act:
        row = _task(task_id)
        if row.record_id is None:
            raise Http404
        identity = below.open_record(
            act, record_id=row.record_id, person_id=row.person_id, via=("desk.task", row.id), purpose=queries.purpose_of(row.kind)
        )  # fmt: skip
        told = shown.opened(identity)
        return {"name": told.name, "phone": told.phone, "address": told.address}


@api.post("/tasks/{uuid:task_id}/claim", auth=token, response={200: TaskOut, **PROBLEMS}, url_name="task-claim")
def task_claim(request: HttpRequest, task_id: UUID, idempotency_key: str = Header("")) -> Any:  # pyright: ignore
    with as_officer(request, Right.DO_TASKS, key=needs_key(idempotency_key)) as act:
        return _tasks([services.claim_task(act, _worked(act, task_id))], act.now)[0]


@api.post("/tasks/{uuid:task_id}/assign", auth=token, response={200: TaskOut, **PROBLEMS}, url_name="task-assign")
def task_assign(request: HttpRequest, task_id: UUID, told: AssignIn, idempotency_key: str = Header("")) -> Any:  # pyright: ignore
    with as_officer(request, Right.ASSIGN_TASKS, key=needs_key(idempotency_key)) as act:
        row = _task(task_id)
        user = User.objects.filter(username=told.username, is_active=True).first()
        if user is None:
            raise Http404
        return _tasks([services.assign_task(act, row, user=user)], act.now)[0]


@api.post("/tasks/{uuid:task_id}/close", auth=token, response={200: TaskOut, **PROBLEMS}, url_name="task-close")
def task_close(request: HttpRequest, task_id: UUID, told: CloseIn, idempotency_key: str = Header("")) -> Any:  # pyright: ignore
    """Close a task with one of its `results`; the form's other questions stay unanswered."""
    with as_officer(request, Right.DO_TASKS, key=needs_key(idempotency_key)) as act:
        row = _worked(act, task_id)
        return _tasks([services.close_task(act, row, result=told.result, note=told.note)], act.now)[0]


@api.get("/directives", auth=token, response={200: list[DirectiveOut], **PROBLEMS}, url_name="directives")
def directives(request: HttpRequest) -> Any:
    """Directives that wait for their answer, soonest deadline first, at most 200."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES):
        return _directives(list(queries.open_directives()[:200]))


@api.post("/directives", auth=token, response={201: DirectiveOut, **PROBLEMS}, url_name="directive-new")
def directive_new(request: HttpRequest, told: DirectiveIn, idempotency_key: str = Header("")) -> Any:  # pyright: ignore
    with as_officer(request, Right.TRIAGE_DIRECTIVES, key=needs_key(idempotency_key)) as act:
        if not act.actor.reach.covers(told.area):
            raise Http404
        file = told.list_csv.encode("utf-8", "replace") if told.list_csv else None
        row = services.receive_directive(
            act, kind=told.kind, number=told.number, sender=told.sender, deadline=in_county(told.deadline), text=told.text,
            area=told.area, file_name="list.csv" if file else "", file=file, priority=told.priority,
        )  # fmt: skip
        return 201, _directives([row])[0]


@api.get("/directives/{uuid:directive_id}", auth=token, response={200: DirectiveOut, **PROBLEMS}, url_name="directive")
def directive(request: HttpRequest, directive_id: UUID) -> Any:
    with as_officer(request, Right.TRIAGE_DIRECTIVES):
        return _directives([_directive(directive_id)])[0]


@api.post("/directives/{uuid:directive_id}/triage", auth=token, response=ONE, url_name="directive-triage")
def directive_triage(
    request: HttpRequest, directive_id: UUID, told: TriageIn, idempotency_key: str = Header("")  # pyright: ignore
) -> Any:
    with as_officer(request, Right.TRIAGE_DIRECTIVES, key=needs_key(idempotency_key)) as act:
        row = _directive(directive_id)
        done = services.triage_directive(act, row, priority=told.priority, deadline=in_county(told.deadline))
        return _directives([done])[0]


@api.post("/directives/{uuid:directive_id}/answer", auth=token, response=ONE, url_name="directive-answer")
def directive_answer(
    request: HttpRequest, directive_id: UUID, told: AnswerIn, idempotency_key: str = Header("")  # pyright: ignore
) -> Any:
    """Close with an answer; while tasks are open it needs a reason. Without a text the answer is made from the tasks."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES, key=needs_key(idempotency_key)) as act:
        row = _directive(directive_id)
        text = told.text or queries.reply_of(row)
        return _directives([services.answer_directive(act, row, text=text, without_reason=told.without_reason)])[0]


@api.get("/directives/{uuid:directive_id}/checks", auth=token, response={200: ListOut, **PROBLEMS}, url_name="checks")
def checks(request: HttpRequest, directive_id: UUID, town: TownCode = "") -> Any:
    """Coverage of a list by town, or with `town` by village and grid."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES) as act:
        row = _directive(directive_id)
        found = batches.by_place(row, act.now, town) if town else batches.by_town(row, act.now)
        return {
            "checks": sum(one.checks for one in found), "persons": queries.distinct_persons(row),
            "towns": [{**vars(one), "answered": one.answered} for one in found],
        }  # fmt: skip


def _task(task_id: UUID) -> Task:
    row = queries.task_by_id(task_id)
    if row is None:
        raise Http404
    return row


def _worked(act: Act, task_id: UUID) -> Task:
    """A task that the officer may work on; one held by somebody else is not there."""
    row = _task(task_id)
    if not queries.may_work(act.actor, row):
        raise Http404
    return row


def _directive(directive_id: UUID) -> Directive:
    row = Directive.objects.filter(pk=directive_id).first()
    if row is None:
        raise Http404
    return row


def _tasks(rows: list[Task], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": line.task.id, "kind": line.task.kind, "title": line.title, "person": str(line.label or ""),
            "area": line.task.area_code, "unit": line.task.unit_id, "held_by": line.holder, "due": line.task.due,
            "priority": line.task.priority, "overdue": line.overdue, "open": line.task.is_open, "result": line.task.result,
            "results": list(rules.TaskKind.of(line.task.kind).results), "directive": line.task.directive_id,
        }
        for line in shown.task_lines(rows, now)
    ]  # fmt: skip


def _directives(rows: list[Directive]) -> list[dict[str, Any]]:
    courses = queries.courses_of(rows)
    return [
        {
            "id": row.id, "number": row.number, "sender": row.sender, "kind": row.kind,
            "stage": rules.stage_of(courses[row.id]).name.lower(), "received": row.received_at, "deadline": row.deadline,
            "priority": row.priority, "checks": courses[row.id].tasks_open + courses[row.id].tasks_done,
            "done": courses[row.id].tasks_done, "list": row.batch_id,
        }
        for row in rows
    ]  # fmt: skip


def addresses() -> list[Any]:
    return terminals.addresses(api, PREFIX)
