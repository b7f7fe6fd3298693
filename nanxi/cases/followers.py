"""What follows the ledger: rows move with their records when people are linked, and a fallen case takes its contacts back."""

from __future__ import annotations

from uuid import UUID

from nanxi.cases.models import Case, CloseContact, LabResult
from nanxi.cases.services.cases import retract_contacts
from nanxi.foundation.act import Act
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry


@follower("cases.links", kinds=("people.record.linked", "people.link.changed"))
def follow_links(act: Act, entry: LedgerEntry) -> None:
    """Facts follow records: the person behind a record changed, so its rows now speak of the other person."""
    record = entry.facts.get("record")
    person = entry.facts.get("after") or entry.facts.get("person")
    if not record:
        return
    moved = {
        model._meta.model_name: model.everything.filter(record_id=UUID(record)).exclude(person_id=person).update(person_id=person)
        if person
        else model.everything.filter(record_id=UUID(record)).update(person_id=None)
        for model in (Case, LabResult, CloseContact)
    }
    if any(moved.values()):
        act.log("cases.rows.moved", person=UUID(person) if person else None, record=record, count=sum(moved.values()))


@follower("cases.retraction", kinds=("cases.case.discarded",))
def follow_discard(act: Act, entry: LedgerEntry) -> None:
    """Contacts in areas that the discarding officer does not see fall with the case too."""
    retract_contacts(act, entry.subject_id)
