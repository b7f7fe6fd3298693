"""Reporting, confirming and discarding cases: each step is a row of evidence by a named person."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.cases import persons, rules
from nanxi.cases.models import Case, CaseEvidence, CloseContact, LabResult, TraceRun
from nanxi.cases.rules import EvidenceKind
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right


@service
def report_suspect(
    act: Act, *, area: str, name: str, id_no: str = "", phone: str = "", note: str = "", record_id: UUID | None = None
) -> Case:
    """A named clinician reports somebody as suspected. Raises Refused without a named clinician."""
    act.need(Right.REPORT_SUSPECT)
    if act.actor.user_id is None:
        raise Refused(_("A suspected case is reported by a named clinician. Sign in first."))
    case = Case(area_code=area, reported_at=act.now)
    case.record_id = record_id or persons.claim(
        act, area=area, source_kind="cases.case", source_ref=str(case.id), name=name, id_no=id_no, phone=phone
    )
    case.person_id = persons.person_of(case.record_id)
    if case.person_id and any(
        not other.status == rules.Status.DISCARDED for other in Case.objects.filter(person_id=case.person_id)
    ):
        raise Refused(_("This person has an open case already. Go on with that one."))
    case.save()
    _add(act, case, EvidenceKind.REPORT, note=note)
    _tell(act, case, "reported")
    return case


@service
def diagnose(act: Act, case: Case, *, note: str = "") -> Case:
    """A clinical diagnosis without laboratory proof makes a case probable."""
    act.need(Right.REPORT_SUSPECT)
    case = _held(case)
    if case.status is not rules.Status.SUSPECTED:
        raise Refused(_("Only a suspected case becomes a probable one."))
    _add(act, case, EvidenceKind.CLINICAL, note=note)
    _tell(act, case, "diagnosed")
    return case


@service
def confirm_case(act: Act, case: Case, *, lab_result: LabResult | None, symptoms: str = "present") -> Case:
    """A second person confirms with a positive result of this person. `symptoms`: "present" or "none" (asymptomatic infection).

    Raises Refused for the reporter himself, for a tracer, without an accession number, or with another person's result.
    """
    act.need(Right.CONFIRM_CASE)
    case = _held(case)
    tracers = list(TraceRun.objects.filter(case=case).values_list("asked_by", flat=True))
    result = lab_result.as_rule() if lab_result else None
    if problem := rules.why_not_confirm(case.as_rules(), result, act.actor.user_id, tracers):
        raise Refused(_(problem))
    assert lab_result is not None
    if lab_result.record_id != case.record_id and (case.person_id is None or lab_result.person_id != case.person_id):
        raise Refused(_("This laboratory result belongs to another person. Choose a result of the case's own person."))
    kind = EvidenceKind.CONFIRM_ASYMPTOMATIC if symptoms == "none" else EvidenceKind.CONFIRM
    _add(act, case, kind, lab_result=lab_result)
    _tell(act, case, "confirmed", status=case.status.value)
    return case


@service
def discard_case(act: Act, case: Case, *, note: str = "") -> Case:
    """A second person discards; contacts that rested on the case are retracted with it."""
    act.need(Right.CONFIRM_CASE)
    case = _held(case)
    if problem := rules.why_not_discard(case.as_rules(), act.actor.user_id):
        raise Refused(_(problem))
    _add(act, case, EvidenceKind.DISCARD, note=note)
    retracted = retract_contacts(act, case.id)
    _tell(act, case, "discarded", contacts=retracted)
    return case


def retract_contacts(act: Act, case_id: UUID) -> int:
    """Take back the contacts of a fallen case; returns how many. The caller is a service and writes the entry."""
    rows = list(CloseContact.objects.filter(case_id=case_id, retracted_at=None))
    CloseContact.objects.filter(pk__in=[row.pk for row in rows]).update(retracted_at=act.now, retracted_why="case_discarded")
    entries = [
        {
            "area": row.area_code,
            "subject": ("cases.contact", row.id),
            "person": row.person_id,
            "case": case_id,
            "why": "case_discarded",
        }
        for row in rows
    ]
    if entries:
        act.log_many("cases.contact.retracted", entries)
    return len(rows)


def _held(case: Case) -> Case:
    """The case, locked: two officers confirming at once see each other."""
    return Case.objects.select_for_update().get(pk=case.pk)


def _add(act: Act, case: Case, kind: EvidenceKind, *, lab_result: LabResult | None = None, note: str = "") -> None:
    by = act.actor.user_id
    if by is None:
        raise Refused(_("This step is taken by a named officer. Sign in first."))
    row = CaseEvidence(area_code=case.area_code, case=case, kind=kind.value, lab_result=lab_result, by_id=by, at=act.now)
    if note.strip():
        row.note = vault.seal("cases_caseevidence", f"note|{row.id}", case.record_id, note.strip())
    row.save()


def _tell(act: Act, case: Case, what: str, **facts: str | int) -> None:
    act.log(
        f"cases.case.{what}",
        area=case.area_code,
        subject=("cases.case", case.id),
        person=case.person_id,
        record=case.record_id,
        **facts,
    )
