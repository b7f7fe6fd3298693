"""The tracing jobs: late sightings are put away first, then the day parts are asked; each may be run again at any time.

They work in the house's scope, because a contact may live in any town; each contact is then its own town's row, and whoever asked
sees those of his own scope.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from nanxi.foundation import scope
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.jobs import Failed, Run, job

STEPS = 4


@job("cases.trace")
def trace(run: Run, *, run_id: str) -> None:
    """Find and keep the contacts of one run."""
    from nanxi.cases import archive, asking
    from nanxi.cases.archive import mapping
    from nanxi.cases.models import TraceRun
    from nanxi.cases.services import answers

    reach = house("cases").reach
    run.progress(0, STEPS, _("putting late sightings away"))
    with scope.enter(reach):
        archive.catch_up(WALL.now())
        archive.fold()
    run.progress(1, STEPS, _("looking for meetings"))
    with scope.enter(reach):
        wanted = TraceRun.everything.select_related("case", "before").get(pk=run_id)
        with mapping.opened(wanted.id):
            found = asking.answer(asking.question_of(wanted))
    if found.lost:
        # A part that was changed on the disk: the rows are whole, so the parts are made once more from them.
        with scope.enter(reach):
            archive.rebuild()
    with scope.enter(reach):
        with mapping.opened(wanted.id):
            found = asking.answer(asking.question_of(wanted)) if found.lost else found
            wanted.candidates = found.candidates(close_only=wanted.close_only)
            second = asking.second(found.parts) if found.parts else None
        named = found.shown(close_only=wanted.close_only) if wanted.shows_names and found.parts else []
        met = asking.meetings(found.parts, named) if found.parts else {}
        along = asking.along(found.parts) if found.parts and named else {}
    run.progress(3, STEPS, _("keeping what was found"))
    try:
        with scope.enter(reach, user_id=run.actor.user_id, at=WALL.now()), mapping.opened(run_id):
            answers.keep_answer(Act(actor=run.actor), wanted, found, met, along, second)
    except Refused as problem:
        raise Failed(str(problem)) from None
    run.progress(STEPS, STEPS)


@job("cases.compare")
def compare(run: Run, *, comparison_id: str) -> None:
    """What each edition would make of one case, or of all recent ones, as counts."""
    from nanxi.cases import archive, asking
    from nanxi.cases.archive import mapping
    from nanxi.cases.models import Comparison
    from nanxi.cases.services import answers, tracing
    from nanxi.engines.trace import protocol

    reach = house("cases").reach
    editions = protocol.editions()
    run.progress(0, len(editions) + 1, _("putting late sightings away"))
    with scope.enter(reach):
        archive.catch_up(WALL.now())
        archive.fold()
        row = Comparison.everything.select_related("case").get(pk=comparison_id)
        cases = [row.case] if row.case is not None else tracing.compared_cases(row)
    rows: list[dict[str, object]] = []
    for number, edition in enumerate(editions, start=1):
        run.progress(number, len(editions) + 1, edition.title)
        each: list[asking.Counted] = []
        for case in cases:
            with scope.enter(reach), mapping.opened(row.id):
                each.append(asking.counted(case, edition, WALL.now()))
        rows.append(asking.together(edition, each))
    with scope.enter(reach):
        answers.keep_comparison(Act(actor=run.actor), row, rows)
    run.progress(len(editions) + 1, len(editions) + 1)
