"""The online pre-check: facts that the house holds already become findings beside the check. Nothing is decided by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.desk import below, knowing, rules
from nanxi.desk.models import Directive, Finding, Task
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right

KIND = rules.TaskKind.VERIFICATION.code
#: Checks looked up in one transaction.
CHUNK = 2000


def look_up(act: Act, tasks: Sequence[Task]) -> int:
    """Keep what is known about the persons of open checks, once each. Runs inside a service; returns how many are known of."""
    persons = {task.record_id: task.person_id for task in tasks if task.record_id and task.person_id}
    own = below.records_of_persons(set(persons.values())) if persons else {}
    records = {
        task.record_id: frozenset({task.record_id, *own.get(task.person_id, ())}) for task in tasks if task.record_id
    }  # pyright: ignore[reportArgumentType]
    if not records:
        return 0
    by_record = {task.record_id: task for task in tasks if task.record_id}
    rows = [
        _finding(act, by_record[known.record_id], source.kind, known)
        for source in knowing.all_sources()
        for known in source.look_up(records, persons, act.now - knowing.RECENT, act.now)
    ]
    Finding.everything.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len({row.task_id for row in rows})  # type: ignore[attr-defined]


def _finding(act: Act, task: Task, kind: str, known: knowing.Known) -> Finding:
    return Finding(
        area_code=task.area_code, task=task, way=Finding.Way.ONLINE, says=known.says, how=known.how, at=known.at,
        source_kind=kind, source_id=known.source_id, recorded_at=act.now,
    )  # fmt: skip


@service
def ask_again(act: Act, directive: Directive) -> Directive:
    """Ask for another look at what is known: posts and lists may have learnt more since. Done by the house in a moment."""
    act.need(Right.TRIAGE_DIRECTIVES)
    if not Task.objects.filter(directive=directive, kind=KIND, ended_at=None).exists():
        raise Refused(_("No check of this list is open any more; there is nothing to look up."))
    act.log("desk.batch.lookup_asked", area=directive.area_code, subject=("desk.directive", directive.id))
    return directive


@service
def look_again(act: Act, directive: Directive) -> int:
    """Look up all open checks of a directive once more."""
    known = 0
    tasks = list(Task.everything.filter(directive=directive, kind=KIND, ended_at=None).order_by("id"))
    for start in range(0, len(tasks), CHUNK):
        known += look_up(act, tasks[start : start + CHUNK])
    act.log(
        "desk.batch.looked_up", area=directive.area_code, subject=("desk.directive", directive.id), checks=len(tasks), known=known
    )
    return known


def other_lists(
    records: Mapping[UUID, frozenset[UUID]], persons: Mapping[UUID, UUID], since: datetime, now: datetime
) -> Iterable[knowing.Known]:
    """The newest check of the same person on another list: what it found, or only that it is under way."""
    asked: dict[UUID, list[UUID]] = {}
    for record, person in persons.items():
        asked.setdefault(person, []).append(record)
    rows = Task.everything.filter(person_id__in=asked, kind=KIND, opened_at__gte=since).exclude(record_id__in=list(records))
    newest: dict[UUID, Task] = {}
    for task in rows.order_by("opened_at", "id"):
        if task.is_open or task.result:
            newest[task.person_id] = task  # type: ignore[index]
    for person, task in newest.items():
        says = rules.SAYS[task.result].code if task.result in rules.SAYS else rules.Says.UNCLEAR.code
        for record in asked[person]:
            yield knowing.Known(record, says, "list", task.ended_at or task.opened_at, task.id)
