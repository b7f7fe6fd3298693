"""A list becomes checks: by jurisdiction to the unit, by turn and load to the officer, in chunks that may be repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.desk import below, dispatching, queries, rules
from nanxi.desk.models import Directive, Task
from nanxi.desk.queries import serving
from nanxi.desk.services import prechecks
from nanxi.desk.services.tasks import open_tasks
from nanxi.foundation import jobs
from nanxi.foundation.act import Act, service

VERIFY = gettext_noop("Verify a person of a list")
DEALING = gettext_noop("Checks are given to towns and grids")
KIND = rules.TaskKind.VERIFICATION.code
#: Rows in one transaction: under two seconds, so that a stop or a kill loses little.
CHUNK = 2000


def take_list(act: Act, directive: Directive, batch_id: UUID, rows: Iterable[queries.ListRow]) -> int:
    """Bring the checks of a directive in line with its list; returns how many were opened and ended. Repeated it changes nothing.

    New rows become verification tasks of the unit that serves their area; open tasks of rows that are gone end without a
    result. Of a long list only the first rows are dealt at once; a job deals the rest.
    """
    opened, more = next_rows(act, directive, batch_id, list(rows))
    if more:
        jobs.defer(
            act, deal_rest, area=directive.area_code, title=_(DEALING), directive=str(directive.id), batch=str(batch_id)
        )  # fmt: skip
    return opened


def next_rows(act: Act, directive: Directive, batch_id: UUID, rows: Sequence[queries.ListRow]) -> tuple[int, int]:
    """Deal the next rows of a list that have no check yet. Returns checks opened and ended, and rows that still wait."""
    wanted = {row.record_id: row for row in rows if not row.elsewhere}
    have = dict(Task.everything.filter(directive=directive).exclude(record_id=None).values_list("record_id", "ended_at"))
    fresh = [row for record, row in wanted.items() if record not in have]
    gone = [record for record, ended in have.items() if record not in wanted and ended is None]
    if not fresh and not gone and directive.batch_id == batch_id:
        return 0, 0
    return _deal(act, directive, batch_id, fresh[:CHUNK], gone), max(0, len(fresh) - CHUNK)


@jobs.job("desk.deal_list")
def deal_rest(run: jobs.Run, directive: str, batch: str) -> None:
    """The rest of a long list, chunk by chunk; a list that was withdrawn or replaced meanwhile is left alone."""
    done, total = 0, 0
    with run.chunk():
        rows = below.rows_of_batch(UUID(batch))
    while True:
        with run.chunk() as act:
            row = Directive.objects.select_for_update().get(pk=UUID(directive))
            if row.withdrawn_at or row.answered_at or row.batch_id != UUID(batch):
                return
            opened, more = next_rows(act, row, UUID(batch), rows)
        done += opened
        total = max(total, done + more)
        run.progress(done, total)
        if not more:
            return


@service
def _deal(act: Act, directive: Directive, batch_id: UUID, fresh: list[queries.ListRow], gone: list[UUID]) -> int:
    Directive.everything.filter(pk=directive.pk).update(batch_id=batch_id)
    directive.batch_id = batch_id
    tasks = _dealt(act, directive, fresh)
    opened = open_tasks(act, tasks) if tasks else 0
    known = prechecks.look_up(act, tasks)
    ended = Task.everything.filter(directive=directive, record_id__in=gone, ended_at=None).update(
        ended_at=act.now, ended_for="gone"
    )
    nobody = Counter(task.facts["nobody_at"] for task in tasks if "nobody_at" in task.facts)
    act.log(
        "desk.directive.dispatched",
        area=directive.area_code,
        subject=("desk.directive", directive.id),
        tasks=opened,
        ended=ended,
        batch=batch_id,
        unstaffed=nobody.total(),
        known=known,
    )
    return opened + ended


def _dealt(act: Act, directive: Directive, fresh: list[queries.ListRow]) -> list[Task]:
    """A check for each row: unit by jurisdiction, officer by turn and load. What nobody serves stays with the list's own unit."""
    places = [row.area_code or directive.area_code for row in fresh]
    jurisdiction = serving.Jurisdiction(places)
    served = {area: jurisdiction.serving(KIND, area) or serving.Served(directive.unit_id, to_queue=True) for area in set(places)}
    officers = serving.candidates_of({one.unit_id for one in served.values() if one.unit_id}, act.now)
    dealers = {unit: dispatching.Dealer(candidate for _user, candidate in rows.values()) for unit, rows in officers.items()}
    tasks = []
    for row, area in zip(fresh, places, strict=True):
        one = served[area]
        dealer = None if one.to_queue or one.unit_id is None else dealers.get(one.unit_id)
        name = dealer.next() if dealer else ""
        facts = {"number": directive.number, "sender": directive.sender}
        if one.nobody_at:
            facts["nobody_at"] = str(one.nobody_at)
        tasks.append(
            Task(
                kind=KIND, area_code=area, title=VERIFY, subject_kind="desk.directive", subject_id=directive.id,
                record_id=row.record_id, person_id=row.person_id, unit_id=one.unit_id,
                directive=directive,
                assignee_id=officers[one.unit_id][name][0] if name and one.unit_id else None, due=directive.deadline,
                priority=directive.priority, facts=facts, opened_at=act.now,
            )
        )  # fmt: skip
    return tasks

