"""Two officers at the same time: the same list, the same people in two lists, one list committed twice. Real threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from nanxi.foundation import scope, vault
from nanxi.foundation.act import Refused
from nanxi.foundation.jobs import Run
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import services
from nanxi.people.intake.tests.workbooks import workbook
from nanxi.people.models import ListBatch, Person, SourceRecord, StagedRow
from nanxi.people.tests.county import NANXI, OUBEI, County, id_of
from nanxi.people.tests.lists import HEADINGS, JOBS, again, hand_in, work
from nanxi.people.tests.test_worker import ROOT, at_once

PEOPLE = 12
ROWS = [[f"陈{chr(0x4E00 + n)}", id_of("19800101", n + 1), f"1390000{n:04d}", f"村{n}号"] for n in range(PEOPLE)]


@pytest.fixture
def house(fresh_db: str, django_db_blocker: Any) -> Any:
    """A county in a database of the test's own; commits are real."""
    vault.forget()
    with django_db_blocker.unblock():
        yield County()
    vault.forget()


def a_list(rows: list[list[str]], title: str) -> bytes:
    return workbook([[title], HEADINGS, *rows])


def commit(county: County, who: str, batch: ListBatch) -> None:
    with county.as_officer(who) as act:
        services.commit_batch(act, batch)


def counts() -> tuple[int, int]:
    with scope.enter(EVERYWHERE):
        return SourceRecord.everything.count(), Person.objects.count()


def test_the_same_people_in_two_lists_taken_in_at_once_are_one_person_each(house: County) -> None:
    lists = [
        (who, work(house, hand_in(house, a_list(rows, who), who=who, area=area), who))
        for who, area, rows in (("lin", OUBEI, ROWS), ("he", NANXI, list(reversed(ROWS))), ("ma", OUBEI, ROWS[3:]))
    ]
    for who, batch in lists:
        commit(house, who, batch)
    at_once(len(lists), lambda number: work(house, lists[number][1], lists[number][0]))
    assert counts() == (3 * PEOPLE - 3, PEOPLE)
    assert {again(batch).state for _who, batch in lists} == {ListBatch.State.COMMITTED}


def test_the_same_file_handed_in_by_two_officers_at_once_is_one_list(house: County) -> None:
    content = a_list(ROWS, "one")
    made = at_once(2, lambda number: hand_in(house, content, who=("lin", "ma")[number]).pk)
    assert len(set(made)) == 1
    with scope.enter(EVERYWHERE):
        assert ListBatch.everything.count() == 1


def test_one_list_committed_by_two_officers_at_once_is_taken_in_once(house: County) -> None:
    batch = work(house, hand_in(house, a_list(ROWS, "one")))
    said = at_once(2, lambda number: _or_refused(lambda: commit(house, ("lin", "ma")[number], batch)))
    assert sorted(map(str, said)) == ["None", "This list is not waiting to be taken in."]
    work(house, batch)
    assert counts() == (PEOPLE, PEOPLE)


def test_a_commit_whose_job_runs_twice_at_once_takes_no_row_twice(house: County) -> None:
    """A worker that was taken for dead goes on beside the one that was given its job."""
    batch = work(house, hand_in(house, a_list(ROWS, "one")))
    commit(house, "lin", batch)
    row = again(batch).job
    assert row is not None
    at_once(2, lambda _number: JOBS[row.name].work(Run(row, house.actor("lin")), batch=str(batch.id)))
    assert counts() == (PEOPLE, PEOPLE)
    with scope.enter(EVERYWHERE):
        assert not StagedRow.everything.filter(record_id=None).exists()
        assert not SourceRecord.everything.filter(matched_at=None).exists()
    assert again(batch).state == ListBatch.State.COMMITTED


#: What the worker does, a row at a time and slowly enough to be met in the middle.
SLOW_WORKER = """
import sys, time, uuid
import django
django.setup()
from nanxi.foundation import accounts, scope
from nanxi.foundation.jobs import Run
from nanxi.foundation.models import JobRun, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import list_jobs, matching
list_jobs.CHUNK = 1
real = matching.match_records
def slow(ids):
    time.sleep(0.1)
    return real(ids)
matching.match_records = slow
with scope.enter(EVERYWHERE):
    row = JobRun.everything.get(pk=uuid.UUID(sys.argv[1]))
    actor = accounts.actor_of(User.objects.get(username="lin"))
list_jobs.commit_batch.work(Run(row, actor), batch=sys.argv[2])
"""


def test_a_worker_killed_in_the_middle_of_a_commit_leaves_no_row_twice(house: County, fresh_db: str) -> None:
    """kill -9 of a real process between two rows; the job is started again and finishes the list."""
    batch = work(house, hand_in(house, a_list(ROWS, "one")))
    commit(house, "lin", batch)
    row = again(batch).job
    assert row is not None
    worker = subprocess.Popen(
        [sys.executable, "-c", SLOW_WORKER, str(row.id), str(batch.id)],
        env={**os.environ, "NANXI_DB_ROLE": "nanxi_system", "NANXI_DB_NAME": fresh_db, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )
    try:
        while counts()[0] < 3:
            assert worker.poll() is None, "the worker ended before anything was taken in"
            time.sleep(0.02)
    finally:
        worker.kill()
        worker.wait()
    assert worker.returncode == -signal.SIGKILL
    assert 3 <= counts()[0] < PEOPLE
    JOBS[row.name].work(Run(row, house.actor("lin")), batch=str(batch.id))
    assert counts() == (PEOPLE, PEOPLE)
    with scope.enter(EVERYWHERE):
        assert not StagedRow.everything.filter(record_id=None).exists()
        assert not SourceRecord.everything.filter(matched_at=None).exists()
    assert again(batch).state == ListBatch.State.COMMITTED


def _or_refused(deed: Callable[[], None]) -> str | None:
    try:
        with translation.override("en"):
            deed()
    except Refused as refused:
        return str(refused)
    return None
