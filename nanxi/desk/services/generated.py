"""Tasks that rules make: only while the rule's switch is on, one open task about one thing, ended by their stop condition."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.desk import generators, queries
from nanxi.desk.models import RuleSwitch, Task
from nanxi.desk.services.tasks import open_task
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right

#: Tasks ended in one round of the clock.
MOST_A_ROUND = 500


def open_generated(
    act: Act, *, rule: str, subject: tuple[str, UUID], stops_at: datetime | None = None, **task: Any
) -> Task | None:
    """The task a rule makes, as `open_task` takes it, or the open one about the same thing; None while it is switched off."""
    if not generators.known(rule):
        raise ValueError(f"{rule} is no rule that makes tasks; register it in generators.py.")
    if not queries.rule_is_on(rule):
        return None
    there = Task.everything.filter(rule=rule, subject_id=subject[1], ended_at=None).first()
    return there or open_task(act, rule=rule, subject=subject, stops_at=stops_at, **task)


@service
def switch_rule(act: Act, rule: str, *, on: bool) -> RuleSwitch:
    """Turn a rule that makes tasks on or off. Its open tasks stay: each ends by its result or its stop condition."""
    act.need(Right.KEEP_FORMS)
    if not generators.known(rule):
        raise Refused(_("There is no such rule."))
    assert act.actor.user_id is not None
    row = RuleSwitch(rule=rule, on=on, at=act.now, by_id=act.actor.user_id)
    row.save()
    act.log("desk.rule.switched", subject=("desk.rule", row.id), rule=rule, on=on)
    return row


def stop_overrun(act: Act) -> int:
    """End the tasks whose time to stop has come; returns how many."""
    return _stop_due(act) if Task.objects.filter(stops_at__lte=act.now, ended_at=None).exists() else 0


def stop_generated(act: Act, *, rule: str, subject_ids: Collection[UUID]) -> int:
    """What a rule made these tasks for has gone: the open ones end; returns how many. Call inside a service."""
    rows = list(Task.everything.select_for_update().filter(rule=rule, subject_id__in=list(subject_ids), ended_at=None))
    _stop(act, rows)
    return len(rows)


@service
def _stop_due(act: Act) -> int:
    rows = list(Task.objects.select_for_update().filter(stops_at__lte=act.now, ended_at=None)[:MOST_A_ROUND])
    _stop(act, rows)
    return len(rows)


def _stop(act: Act, rows: list[Task]) -> None:
    if not rows:
        return
    Task.everything.filter(pk__in=[row.pk for row in rows]).update(ended_at=act.now, ended_for="stopped")
    act.log_many(
        "desk.task.stopped",
        [{"area": row.area_code, "subject": ("desk.task", row.id), "rule": row.rule, "task_kind": row.kind} for row in rows],
    )
