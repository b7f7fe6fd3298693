"""How tasks end with a result, one or a phone's whole batch of them: sealed, told to the ledger, and kept as evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nanxi.desk import rules
from nanxi.desk.models import Task
from nanxi.desk.sealing import seal_words
from nanxi.desk.services import evidence
from nanxi.foundation.act import Act


@dataclass(frozen=True)
class Closing:
    """One task, locked and open, and how it ends. at: when that was found out; later told, it is still true of then."""

    task: Task
    result: str
    at: datetime
    note: str = ""
    answers: dict[str, Any] | None = None


def end_tasks(act: Act, closings: Sequence[Closing]) -> None:
    """End tasks that are locked, open, in turn and may have these results. Runs inside a service."""
    for one in closings:
        _fill(act, one)
    fields = ["result", "ended_at", "ended_by", "note", "answers"]
    if len(closings) == 1:
        closings[0].task.save(update_fields=fields)
    else:
        Task.everything.bulk_update([one.task for one in closings], fields)
    act.log_many("desk.task.closed", [_entry(one.task) for one in closings])
    evidence.found_on_the_spot(act, [one for one in closings if one.result in rules.SAYS])


def _fill(act: Act, one: Closing) -> None:
    task = one.task
    task.result, task.ended_at, task.ended_by = one.result, act.now, act.actor.user_id
    task.note = seal_words("desk_task", "note", one.note, record_id=task.record_id, row_id=task.id)
    if one.answers:
        sealed = json.dumps(one.answers, ensure_ascii=False)
        task.answers = seal_words("desk_task", "answers", sealed, record_id=task.record_id, row_id=task.id)


def _entry(task: Task) -> dict[str, Any]:
    return {
        "area": task.area_code, "subject": ("desk.task", task.id), "person": task.person_id, "task_kind": task.kind,
        "result": task.result, "directive": task.directive_id, "of_kind": task.subject_kind, "of": task.subject_id,
    }  # fmt: skip
