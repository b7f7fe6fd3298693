"""The jobs that work on a list: reading it, taking it in, taking it out. Each may be stopped, killed and started again.

They run on the `system` queue, because what a row would become is known only by looking at the whole county.
"""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.foundation import statements
from nanxi.foundation.jobs import Failed, Run, job
from nanxi.foundation.models import Area
from nanxi.people import asking
from nanxi.people.identity import Identity
from nanxi.people.intake.books import open_book
from nanxi.people.intake.places import Gazetteer, former_towns
from nanxi.people.intake.problems import Unreadable
from nanxi.people.intake.tables import Reading, Row, read_tables

#: Rows per transaction: about a second of work.
CHUNK = 1000
#: From so many rows the planner is told at once what the register holds now; what autovacuum notices takes it a minute.
LONG = 5000
READING, MATCHING = gettext_noop("Reading the file"), gettext_noop("Rows are taken in and matched")
FORESEEING = gettext_noop("Looking up what each row would become")


@job("people.stage_batch", queue="system")
def stage_batch(run: Run, *, batch: str) -> None:
    """Read the file, clean every cell, look up what each row would become, and keep it all for the preview."""
    from nanxi.people import matching
    from nanxi.people.services import staging

    run.progress(0, 0, _(READING))
    with run.chunk():
        task = staging.reading_task(UUID(batch))
        places = _places(run)
    if task is None:
        return
    with asking.helper(b"" if task.straight_in else task.content) as maker:
        try:
            reading = _read(task, places)
        except Unreadable as problem:
            with run.chunk() as act:
                staging.refuse_batch(act, UUID(batch), problem.code)
            raise Failed(_(problem.sentence)) from None
        rows = [(number, row) for number, table in enumerate(reading.tables) for row in table.rows]
        with run.chunk() as act:
            staging.begin(act, UUID(batch))
        parts = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
        asked = [[] if task.straight_in else _sound(part, task.area) for part in parts]
        for number, (part, digests) in enumerate(zip(parts, asking.one_ahead(maker, asked), strict=True)):
            run.progress(number * CHUNK, len(rows), _(FORESEEING))
            foreseen = matching.foresee(digests)
            with run.chunk() as act:
                staging.keep_rows(act, UUID(batch), part, [outcome.kind for outcome in foreseen])
    with run.chunk() as act:
        staging.finish_staging(act, UUID(batch), reading)
    run.progress(len(rows), len(rows))


def _sound(part: list[tuple[int, Row]], area: str) -> list[tuple[str, Identity]]:
    """The rows that may be taken in, each with its area."""
    return [(row.area_code or area, row.identity) for _number, row in part if not row.rejected]


def _read(task: object, places: Gazetteer) -> Reading:
    from nanxi.people.services.staging import ReadingTask

    assert isinstance(task, ReadingTask)
    return read_tables(open_book(task.file_name, task.content), day=task.day, places=places, keys=task.keys)


def _places(run: Run) -> Gazetteer:
    """Names of towns and villages inside the reach of whoever handed the list in."""
    wanted = run.actor.reach.where("code")
    rows = Area.objects.filter(wanted, kind__in=[Area.Kind.TOWN, Area.Kind.VILLAGE])
    return Gazetteer(rows.values_list("code", "name"), former_towns())


@job("people.commit_batch", queue="system")
def commit_batch(run: Run, *, batch: str) -> None:
    """Rows become records, records find their persons, chunk by chunk; what was done before a kill is not done again."""
    from nanxi.people import matching
    from nanxi.people.services import staging

    with run.chunk() as act:
        done, total = staging.begin_commit(act, UUID(batch))
    while True:
        run.progress(done, total, _(MATCHING))
        with run.chunk() as act:
            taken = staging.take_rows(act, UUID(batch), CHUNK)
            waiting = staging.unmatched(UUID(batch))
        matching.match_records(waiting)
        done += taken
        if not taken:
            break
    with run.chunk() as act:
        staging.finish_commit(act, UUID(batch))
    _take_out(run, UUID(batch), replaced=True)
    if total >= LONG:
        with run.chunk():
            statements.ask("SELECT people_analyze()", [])
    run.progress(total, total)


@job("people.withdraw_batch", queue="system")
def withdraw_batch(run: Run, *, batch: str) -> None:
    """The records of a withdrawn list leave, chunk by chunk."""
    _take_out(run, UUID(batch), replaced=False)


def _take_out(run: Run, batch_id: UUID, *, replaced: bool) -> None:
    """Records of a withdrawn list, or of the list that this one replaced."""
    from nanxi.people.services import leaving

    while True:
        with run.chunk() as act:
            gone = leaving.take_out(act, leaving.leaving_records(batch_id, replaced=replaced, most=CHUNK))
        if not gone:
            return
