"""Whether data that came late change the answer of a trace: the last run of each case is asked again, and its digest compared.

Nothing new is kept or named by this; an officer traces again and sees the difference.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from nanxi.cases import archive, asking
from nanxi.cases.archive import mapping
from nanxi.cases.models import TraceRun
from nanxi.cases.services import answers
from nanxi.cli import InputError
from nanxi.foundation.act import Act, house

#: Contacts are followed for two weeks; later the answer changes nobody's days any more.
WATCHED = timedelta(days=14)


def look(now: datetime) -> int:
    """Compare once, in the house's scope; returns how many runs became outdated."""
    runs = TraceRun.everything.filter(asked_at__gt=now - WATCHED, finished_at__isnull=False).select_related("case")
    last = {run.case_id: run for run in runs.order_by("asked_at", "id")}
    watched = [run for run in last.values() if run.outdated_at is None and run.case.status.proven]
    if not watched:
        return 0
    archive.fold()
    try:
        version = archive.store().version
    except InputError:
        return 0
    return sum(_changed(run) for run in watched if run.data_version != version)


def _changed(run: TraceRun) -> bool:
    with mapping.opened(run.id):
        found = asking.answer(asking.question_of(run))
    if found.digest == run.digest:
        return False
    answers.mark_outdated(Act(actor=house("cases")), run, found.counts)
    return True
