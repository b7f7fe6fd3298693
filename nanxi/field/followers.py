"""Facts follow records: when a record's person changes, its visits speak of the other person."""

from __future__ import annotations

from uuid import UUID

from nanxi.field.models import HandedIn, Visit
from nanxi.foundation.act import Act
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry


@follower("field.links", kinds=("people.record.linked", "people.link.changed"))
def follow_links(act: Act, entry: LedgerEntry) -> None:
    """Keep `person_id` of visits in step with the identity links; passages keep the record only."""
    record, person = entry.facts.get("record"), entry.facts.get("after") or entry.facts.get("person")
    if record:
        for kind in (Visit, HandedIn):
            kind.everything.filter(record_id=UUID(str(record))).update(person_id=UUID(str(person)) if person else None)
