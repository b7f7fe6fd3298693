"""Short ways to hand lists in and let their jobs run, for the tests of the intake."""

from __future__ import annotations

from typing import Any

from nanxi.foundation import scope
from nanxi.foundation.jobs import Job, Run
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import list_jobs, services
from nanxi.people.intake.tests.workbooks import workbook
from nanxi.people.models import ListBatch, StagedRow
from nanxi.people.tests.county import OUBEI, County, id_of

HEADINGS = ["姓名", "身份证号", "联系电话", "现住址"]
JOBS = {
    "people.stage_batch": list_jobs.stage_batch, "people.commit_batch": list_jobs.commit_batch,
    "people.withdraw_batch": list_jobs.withdraw_batch,
}  # fmt: skip
LIN = ["林小红", id_of("19850505", 2), "13800000002", "Oubei Bridge village 3"]
WANG = ["王芳", id_of("19900606", 3), "13800000003", ""]
LOST = ["赵六", 990324199001011236.0, "13800000004", ""]


def a_list(*rows: list[Any]) -> bytes:
    return workbook([["附件1 排查表"], HEADINGS, *rows], merges=[(0, 0, 0, 3)])


def hand_in(
    county: County, content: bytes, *, who: str = "lin", area: str = OUBEI, name: str = "list.xlsx", **more: Any
) -> ListBatch:
    with county.as_officer(who) as act:
        return services.stage_file(act, area=area, file_name=name, content=content, sender="岩头镇", **more)


def work(county: County, batch: ListBatch, who: str = "lin") -> ListBatch:
    """Let the batch's job run, and every job that follows from it."""
    batch = again(batch)
    while True:
        row = batch.job
        assert row is not None
        run(JOBS[row.name], Run(row, county.actor(who)), batch)
        batch = again(batch)
        if batch.job_id == row.id:
            return batch


def run(job: Job, one: Run, batch: ListBatch) -> None:
    job.work(one, batch=str(batch.id))
    with scope.enter(EVERYWHERE):
        from nanxi.foundation import acts

        with acts.writing():
            one.row.state = "done"
            one.row.save()


def again(batch: ListBatch) -> ListBatch:
    with scope.enter(EVERYWHERE):
        return ListBatch.everything.select_related("job").get(pk=batch.pk)


def staged(county: County, *rows: list[Any], **more: Any) -> ListBatch:
    return work(county, hand_in(county, a_list(*rows), **more), more.get("who", "lin"))


def taken_in(county: County, *rows: list[Any], who: str = "lin", **more: Any) -> ListBatch:
    batch = staged(county, *rows, who=who, **more)
    with county.as_officer(who) as act:
        batch = services.commit_batch(act, batch)
    return work(county, batch, who)


def rows_of(batch: ListBatch) -> list[StagedRow]:
    with scope.enter(EVERYWHERE):
        return list(StagedRow.everything.filter(batch=batch).order_by("sheet", "number"))
