"""Running a trace for a confirmed case, within its bounds; names appear only when few or approved (S7, S11, S12)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from nanxi.cases import jobs, rules, stays
from nanxi.cases.models import Case, CloseContact, Exposure, LabResult, TraceRun
from nanxi.cases.wording import Facts
from nanxi.engines.trace import brute, protocol
from nanxi.foundation import jobs as queue
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right


def infectious_period(case: Case, edition: protocol.Edition) -> tuple[datetime, datetime]:
    """From the latest interview's onset and isolation, else from the sampling that confirmed the case."""
    talk = case.interviews.order_by("at", "id").last()
    sampled = LabResult.objects.filter(evidence__case=case).order_by("sampled_at").values_list("sampled_at", flat=True).first()
    onset, isolated = (talk.onset, talk.isolated_at) if talk else (None, None)
    return rules.infectious_period(onset, sampled or case.reported_at, isolated, edition.look_back_days, edition.infectious_days)


def edition_for(case: Case) -> protocol.Edition:
    """The edition in force on the day the case was reported."""
    return protocol.edition_at(county_day(case.reported_at))


@service
def run_trace(act: Act, case: Case, *, start: datetime | None = None, end: datetime | None = None) -> TraceRun:
    """Ask for a trace over the infectious period, or a given window. Raises Refused past the bounds; the job does the rest."""
    act.need(Right.TRACE_CONTACTS)
    by = act.actor.user_id
    case = Case.objects.select_for_update().get(pk=case.pk)
    if problem := rules.why_not_trace(case.as_rules(), by):
        raise Refused(_(problem))
    assert by is not None
    edition = edition_for(case)
    period = infectious_period(case, edition)
    start, end = start or period[0], end or min(period[1], act.now)
    if problem := rules.why_not_window(start, end, period, act.now):
        raise Refused(_(problem))
    run = TraceRun(
        area_code=case.area_code, case=case, asked_by=by, asked_at=act.now, window_start=start, window_end=min(end, act.now),
        edition=edition.id, slack_s=edition.slack_s,
    )  # fmt: skip
    run.save()
    _start(act, run)
    act.log(
        "cases.trace.asked",
        area=case.area_code,
        subject=("cases.trace", run.id),
        person=case.person_id,
        case=case.id,
        edition=edition.id,
    )
    return run


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


def _start(act: Act, run: TraceRun) -> None:
    title = _("Trace of %(case)s") % {"case": run.case.reference}
    run.job = queue.defer(act, jobs.trace, area=run.area_code, title=title, run_id=str(run.id))
    run.save(update_fields=["job"])


def answer(run: TraceRun) -> tuple[list[brute.Contact], stays.Known, str]:
    """What the engine finds for a run in the current scope: contacts, the stays behind them, the data version."""
    rows = stays.in_window(run.window_start, run.window_end)
    known = stays.known(rows)
    entity = known.entity_of(run.case.record_id)
    if entity is None:
        return [], known, stays.data_version(rows)
    seed = brute.Seed(entity, int(run.window_start.timestamp()), int(run.window_end.timestamp()))
    found = brute.contacts(known.stays, [seed], protocol.edition_of(run.edition), run.slack_s)
    return found, known, stays.data_version(rows)


@service
def keep_answer(act: Act, run: TraceRun, found: list[brute.Contact], known: stays.Known, version: str) -> TraceRun:
    """Keep counts always, contacts only when few or approved. Run again it adds what is new and doubles nothing."""
    run = TraceRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not run.case.status.proven:
        raise Refused(_("The case fell while it was traced; nothing is kept."))
    run.counts = dict(Counter(contact.klass.value for contact in found))
    run.candidates = sum(1 for contact in found if contact.klass is not protocol.ContactClass.LEAD)
    run.data_version, run.finished_at = version, act.now
    run.save(update_fields=["counts", "candidates", "data_version", "finished_at"])
    shown = found if run.shows_names else []
    new = sum(_keep_contact(act, run, contact, known) for contact in shown)
    act.log(
        "cases.trace.finished", area=run.area_code, subject=("cases.trace", run.id), candidates=run.candidates, shown=len(shown),
        new=new, data=version,
    )  # fmt: skip
    return run


def _keep_contact(act: Act, run: TraceRun, found: brute.Contact, known: stays.Known) -> bool:
    """Keep one contact with its evidence; True when it is new to the case."""
    records = known.records[found.entity]
    mine = CloseContact.objects.filter(case=run.case)
    person = _person(found.entity, records)
    contact = (
        mine.filter(Q(record_id__in=records) | (Q(person_id=person) if person else Q(pk__in=[])))
        .order_by("found_at", "id")
        .first()
    )
    new = contact is None
    if contact is None:
        area = known.areas[records[0]]
        contact = CloseContact(area_code=area, case=run.case, record_id=records[0], person_id=person, found_at=act.now)
    contact.run = run
    contact.klass = "close" if contact.named else found.klass.value
    contact.visits, contact.places, contact.overlap_s, contact.longest_s = (
        found.visits,
        found.places,
        found.overlap_s,
        found.longest_s,
    )
    contact.first = datetime.fromtimestamp(found.first, UTC)
    contact.last = (
        max(datetime.fromtimestamp(found.last, UTC), contact.last) if contact.named else datetime.fromtimestamp(found.last, UTC)
    )
    contact.exposure, contact.companionship = found.exposure, found.companionship
    contact.save()
    _keep_evidence(act, run, contact, found)
    return new


def _keep_evidence(act: Act, run: TraceRun, contact: CloseContact, found: brute.Contact) -> None:
    contact.exposures.exclude(run=None).delete()
    rows: list[Exposure] = []
    for meeting in found.meetings:
        row = Exposure(area_code=contact.area_code, contact=contact, run=run, at=act.now)
        row.put(contact.record_id, facts=Facts.met(meeting).packed())
        rows.append(row)
    Exposure.objects.bulk_create(rows)


def _person(entity: str, records: list[UUID]) -> UUID | None:
    """The person an entity stands for; None when it is only a record."""
    return None if UUID(entity) in records else UUID(entity)
