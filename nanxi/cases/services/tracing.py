"""Running a trace for a confirmed case, within its bounds; names appear only when few or approved (S7, S10, S11, S12)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from nanxi.cases import jobs, rules
from nanxi.cases.models import Adoption, Case, Comparison, LabResult, TraceRun
from nanxi.engines.trace import protocol
from nanxi.engines.trace.query import HUB
from nanxi.foundation import areas
from nanxi.foundation import jobs as queue
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import COUNTY, county_day
from nanxi.foundation.models import UnitArea
from nanxi.foundation.rights import Right

#: Cases of one comparison, the newest first: four editions of each are asked.
MOST_COMPARED = 50


def infectious_period(case: Case, edition: protocol.Edition) -> tuple[datetime, datetime]:
    """From the latest interview's onset and isolation, else from the sampling that confirmed the case."""
    talk = case.interviews.order_by("at", "id").last()
    sampled = LabResult.objects.filter(evidence__case=case).order_by("sampled_at").values_list("sampled_at", flat=True).first()
    onset, isolated = (talk.onset, talk.isolated_at) if talk else (None, None)
    return rules.infectious_period(onset, sampled or case.reported_at, isolated, edition.look_back_days, edition.infectious_days)


def edition_for(case: Case) -> protocol.Edition:
    """The edition in use on the day the case was reported."""
    return edition_on(county_day(case.reported_at))


def edition_on(day: date) -> protocol.Edition:
    """What two persons decided for a day; without a decision the edition that its own date chooses."""
    adopted = [row.as_rule() for row in Adoption.objects.filter(adopted=True, since__lte=day)]
    return protocol.edition_of(rules.edition_in_use(adopted, day, protocol.edition_at(day).id))


def chosen_edition(case: Case, name: str) -> protocol.Edition:
    """The edition an officer chose, the one in force when he chose none. Raises Refused for one that is not known."""
    try:
        return protocol.edition_of(name) if name else edition_for(case)
    except KeyError:
        raise Refused(_("This edition of the definition is not known. Choose one of the list.")) from None


@service
def run_trace(
    act: Act, case: Case, *, start: datetime | None = None, end: datetime | None = None, edition: str = "",
    cap: int | None = HUB, close_only: bool = False,
) -> TraceRun:  # fmt: skip
    """Ask for a trace over the infectious period, or a given window. Raises Refused past the bounds; the job does the rest.

    cap: a visit with more others becomes a venue notice and makes nobody a contact; None = everybody counts.
    """
    act.need(Right.TRACE_CONTACTS)
    by = act.actor.user_id
    with connection.cursor() as cursor:
        # Two cases at once must not both find the day's last trace free.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"cases.trace|{by}"])
    case = Case.objects.select_for_update().get(pk=case.pk)
    if problem := rules.why_not_trace(case.as_rules(), by) or rules.why_not_more_traces(_asked_today(act)):
        raise Refused(_(problem))
    assert by is not None
    chosen = chosen_edition(case, edition)
    period = infectious_period(case, chosen)
    start, end = start or period[0], end or min(period[1], act.now)
    if problem := rules.why_not_window(start, end, period, act.now):
        raise Refused(_(problem))
    run = TraceRun(
        area_code=case.area_code, case=case, asked_by=by, asked_at=act.now, window_start=start, window_end=min(end, act.now),
        edition=chosen.id, slack_s=chosen.slack_s, cap=cap, close_only=close_only, before=_last_run(case),
    )  # fmt: skip
    run.save()
    _start(act, run)
    act.log(
        "cases.trace.asked",
        area=case.area_code,
        subject=("cases.trace", run.id),
        person=case.person_id,
        case=case.id,
        edition=chosen.id,
    )
    return run


def _asked_today(act: Act) -> int:
    midnight = datetime.combine(county_day(act.now), datetime.min.time(), COUNTY)
    return TraceRun.everything.filter(asked_by=act.actor.user_id, asked_at__gte=midnight).count()


def _last_run(case: Case) -> TraceRun | None:
    return case.runs.exclude(finished_at=None).order_by("asked_at", "id").last()


@service
def trace_again(act: Act, run: TraceRun) -> TraceRun:
    """The same question once more, because data came late. Raises Refused as a first trace does."""
    return run_trace(
        act, run.case, start=run.window_start, end=run.window_end, edition=run.edition, cap=run.cap, close_only=run.close_only
    )


@service
def approve_wide_trace(act: Act, run: TraceRun) -> TraceRun:
    """A second person lets the names of a wide trace be shown; the job then adds them."""
    act.need(Right.APPROVE_WIDE_TRACE)
    run = TraceRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not run.waits_for_approval:
        raise Refused(_("This trace does not wait for an approval."))
    if act.actor.user_id is None or act.actor.user_id == run.asked_by:
        raise Refused(_("You asked for this trace yourself. A second person has to approve it."))
    run.approved_by, run.approved_at = act.actor.user_id, act.now
    run.save(update_fields=["approved_by", "approved_at"])
    _start(act, run)
    act.log("cases.trace.approved", area=run.area_code, subject=("cases.trace", run.id), candidates=run.candidates or 0)
    return run


@service
def ask_for_indirect(act: Act, run: TraceRun, reason: str) -> TraceRun:
    """Name the contacts of the close contacts, for a stated reason. Raises Refused while names wait, or for too many."""
    act.need(Right.TRACE_CONTACTS)
    run = TraceRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not run.shows_names or run.indirect is None:
        raise Refused(_("The contacts themselves are not named yet. Wait for the trace, or for its approval."))
    if problem := rules.why_not_indirect(run.indirect, reason):
        raise Refused(_(problem))
    run.indirect_asked_by, run.indirect_reason = act.actor.user_id, reason
    run.save(update_fields=["indirect_asked_by", "indirect_reason"])
    _start(act, run)
    act.log(
        "cases.trace.indirect_asked", area=run.area_code, subject=("cases.trace", run.id), reason=reason, count=run.indirect
    )
    return run


@service
def compare_editions(act: Act, case: Case | None = None) -> Comparison:
    """Ask what each edition of the definition would make of a case, or of all recent ones (none given); counts only.

    Raises Refused as a trace does, and where the officer's unit serves no area.
    """
    act.need(Right.TRACE_CONTACTS)
    by = act.actor.user_id
    if by is None:
        raise Refused(_("Editions are compared by a named officer. Sign in first."))
    if case is not None:
        case = Case.objects.select_for_update().get(pk=case.pk)
        if problem := rules.why_not_trace(case.as_rules(), by):
            raise Refused(_(problem))
    area = case.area_code if case is not None else _own_area(act)
    row = Comparison(area_code=area, case=case, asked_by=by, asked_at=act.now)
    row.save()
    if case is not None:
        title = _("Comparison of editions for %(case)s") % {"case": case.reference}
    else:
        title = _("Comparison of editions")
    row.job = queue.defer(act, jobs.compare, area=row.area_code, title=title, comparison_id=str(row.id))
    row.save(update_fields=["job"])
    act.log("cases.comparison.asked", area=row.area_code, subject=("cases.comparison", row.id), case=case.id if case else None)
    return row


def _own_area(act: Act) -> str:
    """The widest area that the officer's unit answers for."""
    unit = act.actor.unit_id
    codes = UnitArea.objects.filter(unit_id=unit).order_by("area_id").values_list("area_id", flat=True) if unit else ()
    if not codes:
        raise Refused(_("Your unit answers for no area. Ask the operator to enter one under Units."))
    return min(codes, key=lambda code: (len(code.rstrip("0")), code))


def compared_cases(row: Comparison) -> list[Case]:
    """Recent proven cases of the comparison's area whom the asker did not confirm himself. In the house's scope."""
    inside = Q(area_code__gte=areas.inside(row.area_code)[0], area_code__lt=areas.inside(row.area_code)[1])
    recent = Case.everything.filter(inside, reported_at__gt=row.asked_at - rules.QUARANTINE).order_by("-reported_at", "id")
    every = recent.prefetch_related("evidence__lab_result")
    return [case for case in every if not rules.why_not_trace(case.as_rules(), row.asked_by)][:MOST_COMPARED]


def _start(act: Act, run: TraceRun) -> None:
    title = _("Trace of %(case)s") % {"case": run.case.reference}
    run.job = queue.defer(act, jobs.trace, area=run.area_code, title=title, run_id=str(run.id))
    run.save(update_fields=["job"])

