"""Entering laboratory results, one by one or from a file of the laboratory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.cases import persons
from nanxi.cases.models import LabResult
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right
from nanxi.foundation.words import mark as N_


@dataclass(frozen=True)
class Sample:
    """One line of a laboratory: whose sample, taken when, what came out."""

    accession: str
    laboratory: str
    sampled_at: datetime
    result: str
    name: str
    id_no: str = ""
    phone: str = ""


def why_not(sample: Sample, now: datetime) -> str:
    """Why a line cannot be entered; empty when it can."""
    if not sample.accession.strip():
        return N_("The accession number is missing. Copy it from the laboratory's report.")
    if sample.result not in LabResult.Result.values:
        return N_("The result must be positive, negative or unclear.")
    if sample.sampled_at > now:
        return N_("The sampling time lies in the future. Correct it.")
    if sample.name.strip() or sample.id_no.strip():
        return ""
    return N_("The person is missing. Give the name, and the ID number if known.")


@service
def record_lab_result(act: Act, *, area: str, sample: Sample, record_id: UUID | None = None) -> LabResult:
    """Keep one result. Raises Refused for a missing or used accession number, or a time to come."""
    act.need(Right.ENTER_RESULTS)
    if problem := why_not(sample, act.now):
        raise Refused(_(problem))
    if act.actor.user_id is None:
        raise Refused(_("A laboratory result is entered by a named officer. Sign in first."))
    accession = sample.accession.strip()
    if LabResult.everything.filter(accession=accession).exists():
        raise Refused(_("This accession number is entered already. Look at the existing result before entering another."))
    record = record_id or persons.claim(
        act,
        area=area,
        source_kind="cases.lab_result",
        source_ref=accession,
        name=sample.name,
        id_no=sample.id_no,
        phone=sample.phone,
    )
    row = LabResult(
        area_code=area, accession=accession, record_id=record, person_id=persons.person_of(record),
        laboratory=sample.laboratory.strip(), sampled_at=sample.sampled_at, result=sample.result, reporter_id=act.actor.user_id,
        reported_at=act.now,
    )  # fmt: skip
    row.save()
    act.log("cases.lab_result.recorded", area=area, subject=("cases.lab_result", row.id), person=row.person_id, result=row.result)
    return row


@service
def record_lab_results(act: Act, *, area: str, lines: Sequence[tuple[int, Sample]]) -> None:
    """Keep all lines of a laboratory's file or none. `lines`: row number and sample. Raises Refused naming the row."""
    for number, sample in lines:
        try:
            record_lab_result(act, area=area, sample=sample)
        except Refused as problem:
            raise Refused(_("Row %(n)d: %(problem)s") % {"n": number, "problem": problem}) from None
