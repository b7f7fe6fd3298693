"""Deciding on contacts, one or many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.cases import persons, rules
from nanxi.cases.models import CloseContact, ContactDecision, Ride, Sighting, TraceRun
from nanxi.cases.rules import Decision
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right

#: A night's stay is told under the day it began.
A_DAY = timedelta(days=1)


@service
def decide_contact(act: Act, contact: CloseContact, decision: str) -> CloseContact:
    """Accept, reject or ask for an interview. Raises Refused for a retracted contact or a case that is not confirmed."""
    act.need(Right.TRACE_CONTACTS)
    return _decide(act, contact, decision)


@service
def decide_contacts(act: Act, run: TraceRun, contact_ids: Iterable[UUID] | None, decision: str) -> TraceRun:
    """One decision on the chosen contacts of a run (None: on all that are still to be decided), on all or on none.

    Raises Refused when none was chosen, or while the run's names wait for a second person.
    """
    act.need(Right.TRACE_CONTACTS)
    if not run.shows_names:
        raise Refused(_("The contacts of this trace are not named yet; a second person has to approve it first."))
    mine = CloseContact.objects.filter(pk__in=list(run.answer), retracted_at=None)
    rows = list(mine.prefetch_related("decisions").order_by("id"))
    if contact_ids is None:
        rows = [row for row in rows if row.decision is Decision.OPEN]
    else:
        chosen = set(contact_ids)
        rows = [row for row in rows if row.pk in chosen]
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
    """How many of the case's contacts this officer accepted on what he told himself; 0 for a contact that rests on more.

    His own word is an interview that names somebody, and every list and sighting he handed in about the days of the meeting.
    """
    if not _told_by([contact], by):
        return 0
    accepted = CloseContact.objects.filter(
        case=contact.case_id, retracted_at=None, decisions__decision=Decision.ACCEPTED.value, decisions__by_id=by
    )
    return len(_told_by(list(accepted.exclude(pk=contact.pk).distinct()), by))


def _told_by(contacts: Sequence[CloseContact], by: UUID) -> set[UUID]:
    """Which of a case's contacts stand on the word of this officer."""
    if not contacts:
        return set()
    asked = contacts[0].case.interviews.filter(by_id=by).exists()
    own = {contact.pk for contact in contacts if asked and contact.named and contact.run_id is None}
    records = persons.records_of_persons({contact.person_id for contact in contacts if contact.person_id})
    theirs = {contact.pk: {contact.record_id, *records.get(contact.person_id, ())} for contact in contacts}
    every = {record for some in theirs.values() for record in some}
    days: dict[UUID, list[date]] = {}
    for row in Sighting.everything.filter(by_id=by, record_id__in=every).values("record_id", "day"):
        days.setdefault(row["record_id"], []).append(row["day"])
    for row in Ride.everything.filter(by_id=by, record_id__in=every).values("record_id", "t0"):
        days.setdefault(row["record_id"], []).append(county_day(row["t0"]))
    for contact in contacts:
        first, last = county_day(contact.first) - A_DAY, county_day(contact.last) + A_DAY
        if any(first <= day <= last for record in theirs[contact.pk] for day in days.get(record, ())):
            own.add(contact.pk)
    return own
