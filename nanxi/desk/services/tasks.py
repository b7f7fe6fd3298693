"""Tasks: opened by rule or by hand, held by one person, closed once with a result."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.desk import rules
from nanxi.desk.models import Task
from nanxi.desk.queries import forms, serving
from nanxi.desk.sealing import seal_words, words
from nanxi.desk.services.closing import Closing, end_tasks
from nanxi.foundation import areas
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.models import UnitArea, User
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import Right


@service
def open_task(
    act: Act,
    *,
    kind: str,
    area: str,
    title: str,
    subject: tuple[str, UUID] | None = None,
    record_id: UUID | None = None,
    person_id: UUID | None = None,
    unit_id: UUID | None = None,
    assignee_id: UUID | None = None,
    due: datetime,
    priority: int = 2,
    directive_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
    told: str = "",
    form: str | None = None,
    waits_for: UUID | None = None,
    rule: str = "",
    stops_at: datetime | None = None,
) -> Task:
    """A new task for the unit that serves the area. `told` is free text, sealed. Raises Refused naming an area nobody serves.

    form: `code@version`; without it the newest form of the kind, if there is one. waits_for: the task to be closed before it.
    """
    rules.TaskKind.of(kind)
    facts = dict(facts or {})
    if unit_id is None:
        served = served_by(kind, area)
        unit_id = served.unit_id
        if served.nobody_at:
            facts["nobody_at"] = str(served.nobody_at)
    task = Task(
        kind=kind,
        area_code=area,
        title=title[:120],
        subject_kind=subject[0] if subject else "",
        subject_id=subject[1] if subject else None,
        record_id=record_id,
        person_id=person_id,
        unit_id=unit_id,
        assignee_id=assignee_id,
        due=due,
        priority=priority,
        directive_id=directive_id,
        facts=facts,
        opened_at=act.now,
        form=forms.current_for(kind) if form is None else form,
        waits_for_id=waits_for,
        rule=rule,
        stops_at=stops_at,
    )
    task.told = seal_words("desk_task", "told", told, record_id=record_id, row_id=task.id)
    task.save()
    act.log(
        "desk.task.opened",
        area=area,
        subject=("desk.task", task.id),
        person=person_id,
        task_kind=kind,
        directive=directive_id,
        unit=task.unit_id,
    )
    return task


@service
def open_tasks(act: Act, tasks: Iterable[Task]) -> int:
    """Many tasks of one list in a few statements (dispatch); each still has its ledger entry."""
    rows = list(tasks)
    for kind in {task.kind for task in rows}:
        ref = forms.current_for(kind)
        for task in rows:
            if task.kind == kind and not task.form:
                task.form = ref
    Task.everything.bulk_create(rows, batch_size=1000)
    return act.log_many(
        "desk.task.opened",
        (
            {
                "area": t.area_code,
                "subject": ("desk.task", t.id),
                "person": t.person_id,
                "task_kind": t.kind,
                "directive": t.directive_id,
                "unit": t.unit_id,
            }
            for t in rows
        ),
    )


def serving_unit(kind: str, area: str) -> UUID | None:
    """The unit that answers for this kind of task in this area; where nobody works in the nearest one, the next above."""
    return served_by(kind, area).unit_id


def served_by(kind: str, area: str) -> serving.Served:
    """The same, with the unit in which nobody works."""
    found = serving.Jurisdiction([area]).serving(kind, area)
    if found is None:
        raise Refused(_("No unit serves area %(area)s: add a town or headquarters unit for it under Units.") % {"area": area})
    return found


@service
def claim_task(act: Act, task: Task) -> Task:
    """Take a task of one's own unit."""
    act.need(Right.DO_TASKS)
    task = _locked(task)
    if not task.is_open:
        raise Refused(_("This task is already closed."))
    if task.assignee_id and task.assignee_id != act.actor.user_id:
        raise Refused(_("A colleague holds this task already."))
    task.assignee_id = act.actor.user_id
    task.save(update_fields=["assignee_id"])
    act.log("desk.task.claimed", area=task.area_code, subject=("desk.task", task.id))
    return task


@service
def assign_task(act: Act, task: Task, *, user: User) -> Task:
    """Give a task to an officer of its town; the task moves to the part of the town that the officer's unit serves."""
    act.need(Right.ASSIGN_TASKS)
    return _assigned(act, _locked(task), user)


@service
def assign_tasks(act: Act, tasks: Iterable[Task], *, user: User) -> int:
    """Give many tasks to one officer: all or none."""
    act.need(Right.ASSIGN_TASKS)
    rows = [_locked(task) for task in tasks]
    if not rows:
        raise Refused(_("Choose the tasks first."))
    for task in rows:
        _assigned(act, task, user)
    return len(rows)


def _assigned(act: Act, task: Task, user: User) -> Task:
    if not task.is_open:
        raise Refused(_("This task is already closed."))
    task.area_code = place_for(user, task.area_code)
    task.assignee_id, task.unit_id = user.id, user.unit_id
    task.save(update_fields=["assignee_id", "unit_id", "area_code"])
    act.log("desk.task.assigned", area=task.area_code, subject=("desk.task", task.id), to=user.id)
    return task


def place_for(user: User, area: str) -> str:
    """The area under which an officer sees a task of `area`: the same, or the officer's own part of that town. Raises Refused."""
    codes = list(UnitArea.objects.filter(unit_id=user.unit_id).values_list("area_id", flat=True).order_by("area_id"))
    if Reach.over(codes).covers(area):
        return area
    town = Reach.over([areas.town_of(area)])
    inside = [code for code in codes if town.covers(code)]
    if not inside:
        raise Refused(_("This officer's unit does not answer for the task's area; choose somebody of that town."))
    return inside[0]


@service
def take_person(act: Act, task_id: UUID, record_id: UUID, person_id: UUID) -> Task:
    """The register found whom a lead is about: the task is theirs now, what was told goes under the record's key."""
    task = _locked(Task(pk=task_id))
    if not task.is_open:
        raise Refused(_("This task is already closed."))
    told = words("desk_task", "told", task.told, record_id=task.record_id, row_id=task.id)
    task.record_id, task.person_id = record_id, person_id
    task.told = seal_words("desk_task", "told", told, record_id=record_id, row_id=task.id)
    task.save(update_fields=["record_id", "person_id", "told"])
    act.log("desk.task.identified", area=task.area_code, subject=("desk.task", task.id), person=person_id)
    return task


@service
def read_told(act: Act, task: Task) -> Task:
    """Reading what somebody told, where no person is known yet, is kept as well."""
    act.need(Right.DO_TASKS)
    act.log("desk.task.told_read", area=task.area_code, subject=("desk.task", task.id))
    return task


@service
def close_task(act: Act, task: Task, *, result: str, note: str = "", answers: dict[str, Any] | None = None) -> Task:
    """Close a task once with a result of its kind; closing it again with the same result changes nothing.

    answers: what its form was filled in with, checked already (forms.check_answers). A verification's result is also evidence.
    """
    task = _locked(task)
    _its_turn(task)
    if result not in rules.TaskKind.of(task.kind).results:
        raise Refused(_("Choose one of the results for this kind of task."))
    if not task.is_open:
        if task.result == result:
            act.log("desk.task.repeated", area=task.area_code, subject=("desk.task", task.id))
            return task
        raise Refused(_("This task was closed with another result; ask your desk to open a new one."))
    end_tasks(act, [Closing(task, result, act.now, note, answers)])
    return task


def lock_tasks(task_ids: Iterable[UUID]) -> dict[UUID, Task]:
    """The tasks in scope among these, locked in one order until the transaction ends. Call inside a service."""
    rows = Task.objects.select_for_update().filter(pk__in=list(task_ids)).order_by("pk")
    return {row.pk: row for row in rows}


def _its_turn(task: Task) -> None:
    first = Task.everything.filter(pk=task.waits_for_id, ended_at=None).first() if task.waits_for_id and task.is_open else None
    if first is not None:
        raise Refused(_("This task waits for another one; close that first: %(title)s") % {"title": _(first.title)})


def _locked(task: Task) -> Task:
    found = Task.objects.select_for_update().filter(pk=task.pk).first()
    if found is None:
        raise Refused(_("This task lies outside the area you answer for."))
    return found
