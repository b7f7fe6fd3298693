"""A case on its way, as tests of this room need it: reported, confirmed, interviewed, somebody seen beside it, traced."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from nanxi.cases import jobs, persons, services
from nanxi.cases.models import Case, LabResult, TraceRun
from nanxi.cases.services import Named, Sample, Seen, Stretch, Talk
from nanxi.cases.tests.town import NANXI, NOW, OUBEI, Town
from nanxi.foundation import jobs as queue
from nanxi.foundation import scope

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def result(town: Town, who: str = "chen", **more: Any) -> LabResult:
    told = {
        "accession": "YJ-1",
        "laboratory": "Centre",
        "sampled_at": NOW - DAY,
        "result": "positive",
        "name": "Lin Jia",
        "id_no": "A1",
    }
    return services.record_lab_result(town.act(who), area=OUBEI, sample=Sample(**{**told, **more}))


def suspect(town: Town, name: str = "Lin Jia", id_no: str = "A1") -> Case:
    return services.report_suspect(town.act("bao"), area=OUBEI, name=name, id_no=id_no)


def confirmed(town: Town) -> Case:
    case = suspect(town)
    town.clock.forward(hours=1)
    return services.confirm_case(town.act("chen"), case, lab_result=result(town))


def interviewed(town: Town, *named: Named) -> Case:
    case = confirmed(town)
    talk = Talk(
        onset=date(2020, 1, 26),
        itinerary=[
            Stretch("G7381", NOW - 2 * DAY, NOW - 2 * DAY + HOUR * 2, vehicle="train", coach="3", row=3),
            Stretch("market", NOW - DAY, NOW - DAY + HOUR),
        ],
        named=named,
    )  # fmt: skip
    services.record_interview(town.act("ding"), case, talk)
    return case


def seen(town: Town, name: str, place: str, t0: datetime, t1: datetime, row: int = -1) -> None:
    act = town.act("ding")
    record = persons.claim(act, area=NANXI, source_kind="test", source_ref=f"{name}{t0}", name=name, id_no=name)
    services.record_sightings(act, [Seen(record, place, t0, NANXI, "scan", f"{name}:{t0}", t1, 1.0, row)])


def traced(town: Town, case: Case, **asked: Any) -> TraceRun:
    run = services.run_trace(town.act("ding"), case, **asked)
    work(town, run)
    run.refresh_from_db()
    return run


def work(town: Town, run: TraceRun) -> None:
    """Do the job as the worker does, after the asker's transaction."""
    token = scope._current.set(scope.NOWHERE)
    try:
        jobs.trace.work(queue.Run(TraceRun.everything.get(pk=run.pk).job, town.actor("ding")), run_id=str(run.id))
    finally:
        scope._current.reset(token)
        scope._tell(town.reach("ding"), town.user_id("ding"), NOW)
