"""One act on many tasks: give them to an officer or close them with a reason, as a job, with a report, undone as one.

What is chosen is the filter of the list. Each task is taken once, whatever happens to the job: the items of the act say which
are done. Undoing leaves alone what somebody has worked on since.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.desk import rules
from nanxi.desk.models import BulkAct, BulkItem, SavedFilter, Task
from nanxi.desk.queries.worklist import Chosen
from nanxi.foundation import areas, jobs
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.models import UnitArea, User
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import Right

CHUNK = 500
TITLES = {
    BulkAct.Deed.GIVE.value: gettext_noop("Give many tasks to an officer"),
    BulkAct.Deed.CLOSE.value: gettext_noop("Close many tasks with a reason"),
}
UNDO = gettext_noop("Undo an act on many tasks")


@service
def ask_bulk(act: Act, chosen: Chosen, *, deed: str, area: str, user: User | None = None, reason: str = "") -> BulkAct:
    """Ask for an act on all open tasks of a filter. Raises Refused when nothing is chosen, too much, or who or why is missing."""
    act.need(Right.ASSIGN_TASKS)
    if deed == BulkAct.Deed.GIVE and user is None:
        raise Refused(_("Choose an officer of your area."))
    if deed == BulkAct.Deed.CLOSE and reason not in rules.BULK_REASONS:
        raise Refused(_("Choose why these tasks are closed."))
    many = chosen.rows(act.actor, act.now).order_by()[: rules.MOST_IN_BULK + 1].count()
    if not many:
        raise Refused(_("The filter shows no open task; choose another one."))
    if many > rules.MOST_IN_BULK:
        raise Refused(_("The filter shows more than %(most)d tasks; narrow it.") % {"most": rules.MOST_IN_BULK})
    assert act.actor.user_id is not None
    bulk = BulkAct(
        area_code=area, deed=deed, chosen=chosen.as_json(), reason=reason, to_user_id=user.id if user else None,
        asked_by=act.actor.user_id, asked_at=act.now,
    )  # fmt: skip
    job = jobs.defer(act, carry_out, area=area, title=TITLES[deed], bulk=str(bulk.id))
    bulk.job_id = job.id
    bulk.save()
    act.log(
        "desk.bulk.asked", area=area, subject=("desk.bulk", bulk.id), deed=deed, reason=reason, to=bulk.to_user_id, chosen=many,
        filter=chosen.as_json(),
    )  # fmt: skip
    return bulk


@service
def ask_undo(act: Act, bulk: BulkAct) -> BulkAct:
    """Ask that an act on many tasks is undone; once."""
    act.need(Right.ASSIGN_TASKS)
    bulk = BulkAct.objects.select_for_update().get(pk=bulk.pk)
    if bulk.ended_at is None:
        raise Refused(_("This act is still running; stop it or wait for its end."))
    if bulk.undo_asked_at is not None:
        raise Refused(_("This act was undone already."))
    bulk.undo_asked_at = act.now
    jobs.defer(act, undo, area=bulk.area_code, title=UNDO, bulk=str(bulk.id))
    bulk.save(update_fields=["undo_asked_at"])
    act.log("desk.bulk.undo_asked", area=bulk.area_code, subject=("desk.bulk", bulk.id))
    return bulk


@jobs.job("desk.bulk")
def carry_out(run: jobs.Run, bulk: str) -> None:
    """The act itself, in chunks."""
    done = 0
    while True:
        with run.chunk() as act:
            row = BulkAct.objects.get(pk=UUID(bulk))
            took = _chunk(act, row) if row.ended_at is None else 0
        if not took:
            break
        done += took
        run.progress(done, done + CHUNK)


@jobs.job("desk.bulk_undo")
def undo(run: jobs.Run, bulk: str) -> None:
    """Back to what it was, in chunks."""
    done = 0
    while True:
        with run.chunk() as act:
            took = _undo_chunk(act, BulkAct.objects.get(pk=UUID(bulk)))
        if not took:
            break
        done += took
        run.progress(done, done + CHUNK)


@service
def _chunk(act: Act, bulk: BulkAct) -> int:
    """Take the next tasks; the chunk that finds none ends the act. Returns how many it took."""
    bulk = BulkAct.objects.select_for_update().get(pk=bulk.pk)
    taken = BulkItem.everything.filter(bulk=bulk).values("task_id")
    chosen = Chosen.of(bulk.chosen).rows(act.actor, bulk.asked_at)
    # Opened after the act was asked for: nobody saw it in the list.
    rows = chosen.filter(opened_at__lte=bulk.asked_at).exclude(pk__in=taken).order_by("id")
    tasks = list(rows.select_for_update(of=("self",))[:CHUNK])
    if not tasks:
        bulk.ended_at = act.now
        bulk.save(update_fields=["ended_at"])
        act.log("desk.bulk.ended", area=bulk.area_code, subject=("desk.bulk", bulk.id), done=bulk.done, skipped=bulk.skipped)
        return 0
    before = {task.pk: _state(task) for task in tasks}
    moved = _give(act, bulk, tasks) if bulk.deed == BulkAct.Deed.GIVE else _close(act, bulk, tasks)
    BulkItem.everything.bulk_create(
        [
            BulkItem(area_code=task.area_code, bulk=bulk, task=task, before=before[task.pk] if task.pk in moved else None)
            for task in tasks
        ]
    )
    bulk.done += len(moved)
    bulk.skipped += len(tasks) - len(moved)
    bulk.save(update_fields=["done", "skipped"])
    return len(tasks)


def _state(task: Task) -> dict[str, Any]:
    return {"assignee": str(task.assignee_id or ""), "unit": str(task.unit_id or ""), "area": task.area_code}


def _give(act: Act, bulk: BulkAct, tasks: list[Task]) -> set[UUID]:
    """Give the tasks of the officer's town; those of another town are skipped."""
    user = User.objects.filter(pk=bulk.to_user_id, is_active=True).first()
    if user is None:
        return set()
    codes = list(UnitArea.objects.filter(unit_id=user.unit_id).values_list("area_id", flat=True).order_by("area_id"))
    reach = Reach.over(codes)
    moved = []
    for task in tasks:
        inside = [code for code in codes if Reach.over([areas.town_of(task.area_code)]).covers(code)]
        if not reach.covers(task.area_code) and not inside:
            continue
        if not reach.covers(task.area_code):
            task.area_code = inside[0]
        task.assignee_id, task.unit_id = user.id, user.unit_id
        moved.append(task)
    Task.everything.bulk_update(moved, ["assignee_id", "unit_id", "area_code"])
    entries = [{"area": task.area_code, "subject": ("desk.task", task.id), "to": user.id, "bulk": bulk.id} for task in moved]
    act.log_many("desk.task.assigned", entries)
    return {task.pk for task in moved}


def _close(act: Act, bulk: BulkAct, tasks: list[Task]) -> set[UUID]:
    ids = [task.pk for task in tasks]
    Task.everything.filter(pk__in=ids).update(ended_at=bulk.asked_at, ended_by=act.actor.user_id, ended_for=bulk.reason)
    act.log_many(
        "desk.task.ended",
        [
            {
                "area": task.area_code, "subject": ("desk.task", task.id), "reason": bulk.reason, "bulk": bulk.id,
                "directive": task.directive_id, "task_kind": task.kind,
            }
            for task in tasks
        ],
    )  # fmt: skip
    return set(ids)


@service
def _undo_chunk(act: Act, bulk: BulkAct) -> int:
    """Put the next tasks back as they were, where nothing has happened to them since. Returns how many it looked at."""
    items = list(
        BulkItem.objects.select_for_update(of=("self", "task"))
        .filter(bulk=bulk, undone=False, before__isnull=False)
        .select_related("task")
        .order_by("id")[:CHUNK]
    )
    if not items:
        act.log("desk.bulk.undone", area=bulk.area_code, subject=("desk.bulk", bulk.id), undone=bulk.undone)
        return 0
    back = [item.task for item in items if _untouched(bulk, item.task)]
    was = {item.task_id: item.before for item in items}
    for task in back:
        before: dict[str, str] = was[task.pk]  # type: ignore[assignment]
        task.assignee_id = UUID(before["assignee"]) if before["assignee"] else None
        task.unit_id = UUID(before["unit"]) if before["unit"] else None
        task.area_code = before["area"]
        task.ended_at, task.ended_by, task.ended_for = None, None, ""
    Task.everything.bulk_update(back, ["assignee_id", "unit_id", "area_code", "ended_at", "ended_by", "ended_for"])
    BulkItem.everything.filter(pk__in=[item.pk for item in items]).update(undone=True)
    bulk.undone += len(back)
    bulk.save(update_fields=["undone"])
    entries = [{"area": task.area_code, "subject": ("desk.task", task.id), "bulk": bulk.id} for task in back]
    act.log_many("desk.task.put_back", entries)
    if not back:
        act.log("desk.bulk.nothing_put_back", area=bulk.area_code, subject=("desk.bulk", bulk.id), looked_at=len(items))
    return len(items)


def _untouched(bulk: BulkAct, task: Task) -> bool:
    if bulk.deed == BulkAct.Deed.CLOSE:
        return task.ended_at == bulk.asked_at and task.ended_for == bulk.reason
    return task.is_open and task.assignee_id == bulk.to_user_id


@service
def keep_filter(act: Act, chosen: Chosen, *, name: str, for_unit: bool) -> SavedFilter:
    """Keep a filter by name, for oneself or for one's unit; the same name again replaces it."""
    assert act.actor.user_id is not None
    if not name.strip():
        raise Refused(_("Give the filter a name."))
    row = SavedFilter.objects.filter(user_id=act.actor.user_id, name=name.strip()[:30]).first()
    row = row or SavedFilter(user_id=act.actor.user_id, name=name.strip()[:30])
    row.unit_id = act.actor.unit_id if for_unit else None
    row.chosen, row.kept_at = chosen.as_json(), act.now
    row.save()
    act.log("desk.filter.kept", subject=("desk.filter", row.id), shared=for_unit, filter=chosen.as_json())
    return row


@service
def drop_filter(act: Act, row: SavedFilter) -> SavedFilter:
    """Drop a filter one kept oneself."""
    if row.user_id != act.actor.user_id:
        raise Refused(_("A colleague kept this filter; only they can drop it."))
    act.log("desk.filter.dropped", subject=("desk.filter", row.id))
    SavedFilter.objects.filter(pk=row.pk).delete()
    return row
