"""The tracing job: reads in one transaction, keeps in the next, and may be run again at any time."""

from __future__ import annotations

from nanxi.foundation.act import Refused
from nanxi.foundation.jobs import Failed, Run, job


@job("cases.trace")
def trace(run: Run, *, run_id: str) -> None:
    """Find and keep the contacts of one run, in the scope of whoever asked."""
    from nanxi.cases.models import TraceRun
    from nanxi.cases.services import tracing

    run.progress(0, 2)
    with run.chunk():
        wanted = TraceRun.objects.select_related("case").get(pk=run_id)
        found, known, version = tracing.answer(wanted)
    run.progress(1, 2)
    try:
        with run.chunk() as act:
            tracing.keep_answer(act, wanted, found, known, version)
    except Refused as problem:
        raise Failed(str(problem)) from None
    run.progress(2, 2)
