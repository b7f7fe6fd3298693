"""Reads of tasks: work lists in scope, who may work on one, who may be given one."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from nanxi.desk.models import Task
from nanxi.desk.sealing import words
from nanxi.foundation import areas
from nanxi.foundation.act import Actor
from nanxi.foundation.models import Area, UnitArea, User
from nanxi.foundation.reach import Reach, stem_of
from nanxi.foundation.rights import Right, Role

#: Who can be sent, the likeliest first among equally near ones.
FIELD_ROLES = [Role.GRID_WORKER.code, Role.TOWN_DUTY.code, Role.LIAISON.code]


def open_tasks(actor: Actor) -> QuerySet[Task]:
    """Open tasks of the actor's unit, or of the whole scope for those who assign; soonest due first."""
    rows = Task.objects.filter(ended_at=None).order_by("due", "id")
    if town := town_of(actor.reach):
        # Says the same as the scope, in the form by which the index of a town finds it.
        rows = rows.filter(town=town)
    return rows if actor.may(Right.ASSIGN_TASKS) else rows.filter(Q(unit_id=actor.unit_id) | Q(assignee_id=actor.user_id))


def town_of(reach: Reach) -> str:
    """The nine digits of the one town that a reach is; "" for any other reach."""
    low = reach.ranges[0][0] if len(reach.ranges) == 1 else ""
    return low if len(low) == 9 else ""


def tasks_of_worker(user_id: UUID, unit_id: UUID | None) -> QuerySet[Task]:
    """Open tasks somebody holds, and those of the unit that nobody holds yet, soonest due first; none that waits for another."""
    free = Q(assignee_id=None, unit_id=unit_id) if unit_id else Q(pk__in=[])
    its_turn = Q(waits_for=None) | Q(waits_for__ended_at__isnull=False)
    return Task.objects.filter(Q(assignee_id=user_id) | free, its_turn, ended_at=None).order_by("due", "id")


def out_of_turn(tasks: Collection[Task]) -> set[UUID]:
    """Those of the tasks that wait for another one which is still open."""
    waits = {task.waits_for_id for task in tasks if task.waits_for_id}
    still = set(Task.everything.filter(pk__in=waits, ended_at=None).values_list("pk", flat=True)) if waits else set()
    return {task.pk for task in tasks if task.waits_for_id in still}


def tasks_about(kind: str, object_id: UUID) -> list[Task]:
    """Open tasks in scope about an object of another room."""
    return list(Task.objects.filter(subject_kind=kind, subject_id=object_id, ended_at=None))


def tasks_since(kind: str, object_id: UUID, since: datetime) -> list[Task]:
    """Tasks in scope about an object of another room that are open, or were opened since a time."""
    recent = Q(ended_at=None) | Q(opened_at__gte=since)
    return list(Task.objects.filter(recent, subject_kind=kind, subject_id=object_id))


def task_by_id(task_id: UUID) -> Task | None:
    return Task.objects.filter(pk=task_id).first()


def loads_of(user_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many open tasks in scope each of these officers holds."""
    rows = Task.objects.filter(assignee_id__in=list(user_ids), ended_at=None).values_list("assignee_id")
    return dict(rows.annotate(n=Count("id")))


def open_count(area: str, kind: str, until: datetime) -> int:
    """How many open tasks in scope an area has that are due before a time; of one kind, or of all with ""."""
    rows = Task.objects.filter(Reach.over([area]).where("area_code"), ended_at=None, due__lt=until)
    return (rows.filter(kind=kind) if kind else rows).count()


def may_work(actor: Actor, task: Task) -> bool:
    """Whether an officer may carry out this task: its holder, its unit while nobody holds it, or whoever assigns in its area."""
    if task.assignee_id == actor.user_id or actor.may(Right.ASSIGN_TASKS):
        return True
    return task.assignee_id is None and task.unit_id == actor.unit_id


def note_of(task: Task) -> str:
    return words("desk_task", "note", task.note, record_id=task.record_id, row_id=task.id)


def answers_of(task: Task) -> dict[str, Any]:
    """What the form of a task was filled in with; only for a reader who opened the record."""
    told = words("desk_task", "answers", task.answers, record_id=task.record_id, row_id=task.id)
    return json.loads(told) if told else {}


def told_of(task: Task) -> str:
    return words("desk_task", "told", task.told, record_id=task.record_id, row_id=task.id)


def field_staff(area: str) -> list[User]:
    """Grid workers, then town staff and liaison of an area's town, the nearest to the area first.

    Of a whole county only the towns: they know their grid workers.
    """
    town = areas.town_of(area)
    above = [code for code in (area, area[:12], town) if len(code) == 12]
    links = UnitArea.objects.filter(Reach.over([town]).where("area_id") | Q(area_id__in=above))
    nearest: dict[UUID, int] = {}
    for unit_id, code in links.values_list("unit_id", "area_id"):
        stem = stem_of(code)
        nearest[unit_id] = max(nearest.get(unit_id, 0), len(stem) + (20 if area.startswith(stem) else 0))
    roles = FIELD_ROLES[1:] if areas.kind_of(town) == Area.Kind.COUNTY else FIELD_ROLES
    rows = User.objects.filter(is_active=True, role_code__in=roles, unit_id__in=nearest).select_related("unit")
    return sorted(rows, key=lambda user: (FIELD_ROLES.index(user.role_code), -nearest[user.unit_id], user.username))


def assignable(actor: Actor) -> list[User]:
    """Who may be given tasks of one's area; headquarters gives them to the towns, which give them to their grid workers."""
    inside = UnitArea.objects.filter(actor.reach.where("area_id")).values("unit_id")
    roles = FIELD_ROLES[1:] if actor.role is Role.HQ_DESK else FIELD_ROLES
    rows = User.objects.filter(is_active=True, role_code__in=roles, unit_id__in=inside).select_related("unit")
    return sorted(rows, key=lambda user: (FIELD_ROLES.index(user.role_code), user.unit.name, user.username))
