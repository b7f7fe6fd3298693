"""What the desk does when rooms below move: a committed list and an identity conflict become tasks, facts follow their record.

A visit shows in its alert. Each handler asks first whether it has been done, so that a replay changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext_noop

from nanxi.desk import below
from nanxi.desk.models import Alert, AlertStep, Directive, Task
from nanxi.desk.rules import TaskKind
from nanxi.desk.services.alerts import step_of
from nanxi.desk.services.dispatch import take_list
from nanxi.desk.services.generated import open_generated
from nanxi.desk.services.prechecks import look_again
from nanxi.desk.services.tasks import close_task
from nanxi.foundation.act import Act
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry

CONFLICT = gettext_noop("One ID number with another name")
#: An identity conflict holds up matching of its person, nothing else.
CONFLICT_WITHIN = timedelta(days=1)


@follower("desk.dispatch", kinds=("people.batch.committed", "people.batch.withdrawn", "desk.directive.triaged"))
def dispatch_list(act: Act, entry: LedgerEntry) -> None:
    """When a directive is triaged and its list committed, its rows become tasks by town; whichever comes last starts it.

    A corrected list takes the place of the old one: new rows become tasks, gone rows end theirs. A withdrawn one ends all.
    """
    if entry.kind == "desk.directive.triaged":
        found = Directive.everything.filter(pk=entry.subject_id)
    else:
        old = entry.facts.get("supersedes")
        found = Directive.everything.filter(batch_id__in=[entry.subject_id, *([UUID(old)] if old else [])])
    for directive in found.filter(triaged_at__isnull=False, withdrawn_at=None, answered_at=None):
        batch_id = directive.batch_id if entry.kind == "desk.directive.triaged" else entry.subject_id
        if batch_id is None:
            continue
        rows = [] if entry.kind == "people.batch.withdrawn" else below.rows_of_batch(batch_id)
        if rows or entry.kind == "people.batch.withdrawn":
            take_list(act, directive, batch_id, rows)


@follower("desk.prechecks", kinds=("desk.batch.lookup_asked",))
def look_up_list(act: Act, entry: LedgerEntry) -> None:
    """An officer asks what is known by now; looked up by the house, so that posts of other towns count too."""
    for directive in Directive.everything.filter(pk=entry.subject_id, withdrawn_at=None, answered_at=None):
        look_again(act, directive)


@follower("desk.conflicts", kinds=("people.conflict.found",))
def open_conflict(act: Act, entry: LedgerEntry) -> None:
    """Two records with one ID number and different names: somebody has to look. One task for each pair."""
    record = entry.facts.get("record")
    if not record or not entry.area_code or entry.subject_id is None:
        return
    if Task.everything.filter(kind=TaskKind.CONFLICT.code, subject_id=entry.subject_id).exists():
        return
    open_generated(
        act,
        rule="desk.conflict",
        kind=TaskKind.CONFLICT.code,
        area=entry.area_code,
        title=CONFLICT,
        subject=(entry.subject_kind, entry.subject_id),
        record_id=UUID(record),
        person_id=entry.person_id,
        due=entry.at + CONFLICT_WITHIN,  # pyright: ignore[reportOperatorIssue]
        facts={"other": entry.facts.get("other")},
    )


@follower("desk.decided", kinds=("people.pair.decided",))
def close_conflict(act: Act, entry: LedgerEntry) -> None:
    """Somebody decided about the pair in the review pile: its task has its result."""
    for task in Task.everything.filter(kind=TaskKind.CONFLICT.code, subject_id=entry.subject_id, ended_at=None):
        close_task(act, task, result="same" if entry.facts.get("same") else "not_same")


@follower("desk.links", kinds=("people.link.changed", "people.record.linked"))
def follow_record(act: Act, entry: LedgerEntry) -> None:
    """Tasks and alerts rest on records; when a record's person changes they move with it."""
    record = entry.facts.get("record")
    if not record:
        return
    told = entry.facts.get("after", entry.person_id)
    after = UUID(str(told)) if told else None
    Task.everything.filter(record_id=UUID(record)).exclude(person_id=after).update(person_id=after)
    Alert.everything.filter(record_id=UUID(record)).exclude(person_id=after).update(person_id=after)


@follower("desk.visits", kinds=("desk.task.closed",))
def show_visit(act: Act, entry: LedgerEntry) -> None:
    """What somebody found at the door stands in the alert that sent him."""
    if entry.facts.get("of_kind") != "desk.alert" or not entry.facts.get("of"):
        return
    alert = Alert.everything.filter(pk=UUID(entry.facts["of"])).first()  # pyright: ignore[reportIndexIssue]
    event = f"task:{entry.subject_id}"
    if alert is None or AlertStep.everything.filter(event=event).exists():
        return
    step_of(act, alert, "visited", {"task": str(entry.subject_id), "result": entry.facts.get("result", "")}, event=event)
    if alert.is_open:
        alert.last_step_at = max(alert.last_step_at, entry.at)
        alert.save(update_fields=["last_step_at"])
    act.log("desk.alert.visited", area=alert.area_code, subject=("desk.alert", alert.id), result=entry.facts.get("result", ""))
