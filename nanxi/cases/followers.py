"""What follows the ledger: rows move with their records when people are linked, a fallen case takes its contacts back,
and places visited during an alert become sightings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from nanxi.cases.archive import mapping
from nanxi.cases.models import Case, CloseContact, IndirectContact, LabResult
from nanxi.cases.rules import why_not_time
from nanxi.cases.services.cases import retract_contacts
from nanxi.cases.services.sightings import Seen, keep_sightings
from nanxi.foundation.act import Act
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry

PERSONAL = (Case, LabResult, CloseContact, IndirectContact)


@follower("cases.links", kinds=("people.record.linked", "people.link.changed"))
def follow_links(act: Act, entry: LedgerEntry) -> None:
    """Facts follow records: the person behind a record changed, so its rows now speak of the other person."""
    record = entry.facts.get("record")
    person = entry.facts.get("after") or entry.facts.get("person")
    if not record:
        return
    mapping.move(UUID(record), UUID(person) if person else None)
    if not _concerns(UUID(record)):
        return
    moved = sum(model.everything.filter(record_id=UUID(record)).update(person_id=person) for model in PERSONAL)
    act.log("cases.rows.moved", person=UUID(person) if person else None, record=record, count=moved)


def _concerns(record: UUID) -> bool:
    """Whether any row of ours speaks of this record; an import of a county links records by the ten thousand."""
    rows = [model.everything.filter(record_id=record).order_by().values("pk") for model in PERSONAL]
    return rows[0].union(*rows[1:], all=True).exists()


@follower("cases.retraction", kinds=("cases.case.discarded",))
def follow_discard(act: Act, entry: LedgerEntry) -> None:
    """Contacts in areas that the discarding officer does not see fall with the case too."""
    retract_contacts(act, entry.subject_id)


@follower("cases.visited", kinds=("desk.alert.closed",))
def follow_visited(act: Act, entry: LedgerEntry) -> None:
    """Places visited while away from isolation become sightings; read again they change nothing."""
    if entry.subject_id is None:
        return
    places = sorted(places_of_alert(entry.subject_id), key=lambda place: (place.t0, place.t1, place.place))
    seen = [
        Seen(place.record_id, place.place, place.t0, place.area_code, "alert", f"alert:{entry.subject_id}:{number}", place.t1)
        for number, place in enumerate(places)
        if not why_not_time(place.t0, place.t1, act.now)
    ]
    if seen:
        keep_sightings(act, seen)


def places_of_alert(alert_id: UUID) -> list[Any]:
    """The desk's door: what an officer wrote down when he closed the alert."""
    from nanxi.desk import queries

    return queries.places_of_alert(alert_id)
