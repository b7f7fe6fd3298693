"""Deciding on contacts, one or many, and following them up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.cases import rules
from nanxi.cases.models import CloseContact, ContactDecision, FollowUp, TraceRun
from nanxi.cases.rules import Decision
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right


@service
def decide_contact(act: Act, contact: CloseContact, decision: str) -> CloseContact:
    """Accept, reject or ask for an interview. Raises Refused for a retracted contact or a case that is not confirmed."""
    act.need(Right.TRACE_CONTACTS)
    return _decide(act, contact, decision)


@service
def decide_contacts(act: Act, run: TraceRun, contact_ids: Iterable[UUID], decision: str) -> TraceRun:
    """One decision on the chosen contacts of a run, on all or on none. Raises Refused when none was chosen."""
    act.need(Right.TRACE_CONTACTS)
    rows = list(CloseContact.objects.filter(run=run, pk__in=list(contact_ids), retracted_at=None).order_by("id"))
    if not rows:
        raise Refused(_("No contact is chosen. Mark the rows first."))
    for row in rows:
        _decide(act, row, decision)
    return run


def _decide(act: Act, contact: CloseContact, decision: str) -> CloseContact:
    if decision not in {d.value for d in Decision if d is not Decision.OPEN}:
        raise Refused(_("Choose to accept, to reject, or to ask for an interview."))
    if act.actor.user_id is None:
        raise Refused(_("A contact is decided on by a named officer. Sign in first."))
    contact = CloseContact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if contact.retracted_at is not None:
        raise Refused(_("This contact was taken back with its case; there is nothing to decide."))
    if decision == Decision.ACCEPTED.value and not contact.case.status.proven:
        raise Refused(_("The case is not confirmed. A contact is accepted only from a confirmed case."))
    if decision == Decision.ACCEPTED.value and (problem := rules.why_not_accept(_on_own_word(contact, act.actor.user_id))):
        raise Refused(_(problem))
    ContactDecision(area_code=contact.area_code, contact=contact, decision=decision, by_id=act.actor.user_id, at=act.now).save()
    facts = {"case": contact.case_id, "record": contact.record_id, "class": contact.klass}
    act.log(
        f"cases.contact.{decision}",
        area=contact.area_code,
        subject=("cases.contact", contact.id),
        person=contact.person_id,
        **facts,
    )
    return contact


def _on_own_word(contact: CloseContact, by: UUID) -> int:
    """Contacts of the case that this officer accepted on nothing but his own interview; 0 for a contact with more behind it."""
    if not contact.named or contact.run_id is not None or not contact.case.interviews.filter(by_id=by).exists():
        return 0
    named = CloseContact.objects.filter(case=contact.case_id, named=True, run=None, retracted_at=None).exclude(pk=contact.pk)
    return named.filter(decisions__decision=Decision.ACCEPTED.value, decisions__by_id=by).distinct().count()


@service
def record_follow_up(act: Act, contact: CloseContact, *, day: date, outcome: str, note: str = "") -> FollowUp:
    """One day's look at an accepted contact; the same day again replaces nothing and is refused."""
    act.need(Right.DO_TASKS)
    if outcome not in FollowUp.Outcome.values:
        raise Refused(_("Choose whether the person was reached and has symptoms."))
    if day > county_day(act.now) or act.actor.user_id is None:
        raise Refused(_("The day lies in the future. Record it when it has come."))
    if contact.decision is not Decision.ACCEPTED or contact.retracted_at is not None:
        raise Refused(_("Only an accepted contact is followed up."))
    if day > county_day(contact.last + rules.QUARANTINE):
        raise Refused(_("The follow-up of this contact has ended."))
    if contact.followups.filter(day=day).exists():
        raise Refused(_("This day is recorded already."))
    row = FollowUp(area_code=contact.area_code, contact=contact, day=day, outcome=outcome, by_id=act.actor.user_id, at=act.now)
    row.put(contact.record_id, note=note.strip())
    row.save()
    act.log(
        "cases.contact.followed",
        area=contact.area_code,
        subject=("cases.contact", contact.id),
        person=contact.person_id,
        outcome=outcome,
    )
    return row
