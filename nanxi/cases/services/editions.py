"""Adopting an edition of the contact definition: proposed after a comparison, decided by a second person (S12)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from nanxi.cases import rules
from nanxi.cases.models import Adoption, Comparison
from nanxi.engines.trace import protocol
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right


@service
def propose_edition(act: Act, comparison: Comparison, edition: str, *, since: date) -> Adoption:
    """Propose an edition for cases reported from a day on. Raises Refused without a fresh comparison over all cases."""
    act.need(Right.TRACE_CONTACTS)
    by = act.actor.user_id
    if by is None or edition not in {one.id for one in protocol.editions()}:
        raise Refused(_("This edition of the definition is not known. Choose one of the list."))
    compared = comparison.finished_at if comparison.case_id is None else None
    if problem := rules.why_not_propose(since, county_day(act.now), compared, act.now):
        raise Refused(_(problem))
    if Adoption.objects.filter(decided_at=None).exists():
        raise Refused(_("Another proposal still waits for its second person. Have it decided on first."))
    row = Adoption(edition=edition, since=since, comparison=comparison, proposed_by=by, proposed_at=act.now)
    row.save()
    act.log(
        "cases.edition.proposed", area=comparison.area_code, subject=("cases.edition", row.id), edition=edition, since=f"{since}"
    )
    return row


@service
def decide_edition(act: Act, row: Adoption, *, adopt: bool) -> Adoption:
    """A second person adopts a proposed edition, or sends it back. Raises Refused for the proposer himself."""
    act.need(Right.APPROVE_WIDE_TRACE)
    row = Adoption.objects.select_for_update(of=("self",)).select_related("comparison").get(pk=row.pk)
    if problem := rules.why_not_adopt(row.proposed_by, act.actor.user_id, row.decided_at is not None):
        raise Refused(_(problem))
    row.decided_by, row.decided_at, row.adopted = act.actor.user_id, act.now, adopt
    # Decided later than planned, it holds from the day of the decision: no case reported before is judged anew.
    row.since = max(row.since, county_day(act.now))
    row.save(update_fields=["decided_by", "decided_at", "adopted", "since"])
    kind = "cases.edition.adopted" if adopt else "cases.edition.declined"
    act.log(
        kind, area=row.comparison.area_code, subject=("cases.edition", row.id), edition=row.edition, since=f"{row.since}",
    )  # fmt: skip
    return row
