"""What follows the ledger: rows move with their records when people are linked, a fallen case takes its contacts back,
and places visited during an alert become sightings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from nanxi.cases.archive import mapping
from nanxi.cases.models import Case, CloseContact, FollowUp, IndirectContact, Isolated, LabResult
from nanxi.cases.rules import why_not_time
from nanxi.cases.services import following
from nanxi.cases.services.cases import retract_contacts
from nanxi.cases.services.sightings import Seen, keep_sightings
from nanxi.foundation.act import Act
from nanxi.foundation.clock import county_day
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry

#: Ledger kinds of orders, which stand above: since when somebody is kept at home, and what he reports from there.
SERVED, RELEASED, REPORTED = "orders.order.served", "orders.order.released", "orders.health.reported"
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
    """Contacts in areas that the discarding officer does not see fall with the case too; nobody has to look at them any more."""
    retract_contacts(act, entry.subject_id)
    gone = list(CloseContact.everything.filter(case_id=entry.subject_id).values_list("pk", flat=True))
    following.stop_follow_up(act, gone, why="case_discarded")


@follower("cases.followed", kinds=("desk.task.closed",))
def follow_task(act: Act, entry: LedgerEntry) -> None:
    """What the day's task found is the day's follow-up."""
    outcome = following.RESULTS.get(str(entry.facts.get("result")))
    if entry.facts.get("of_kind") != "cases.contact" or entry.facts.get("task_kind") != "follow_up" or outcome is None:
        return
    contact = CloseContact.everything.filter(pk=UUID(str(entry.facts["of"]))).first()
    if contact is not None:
        following.keep_told(act, contact, day=county_day(entry.at), outcome=outcome, by=_officer(entry.actor))


@follower("cases.reported", kinds=(REPORTED,))
def follow_report(act: Act, entry: LedgerEntry) -> None:
    """Who reports under an order has been heard today; nobody has to ask him a second time."""
    outcome = FollowUp.Outcome.WELL if entry.facts.get("outcome") == "well" else FollowUp.Outcome.SYMPTOMS
    for contact in _of_person(entry.person_id):
        following.keep_told(act, contact, day=county_day(entry.at), outcome=outcome, by=None)


@follower("cases.unfollowed", kinds=("cases.contact.rejected", "cases.contact.needs_interview", "cases.case.confirmed"))
def follow_end(act: Act, entry: LedgerEntry) -> None:
    """A contact that is none any more, or has become a case, is not looked at as a contact."""
    if entry.kind == "cases.case.confirmed":
        gone = [contact.pk for contact in _of_person(entry.person_id)]
    else:
        gone = [entry.subject_id] if entry.subject_id else []
    if gone:
        following.stop_follow_up(act, gone, why=entry.kind.rsplit(".", 1)[-1])


def _officer(handle: str) -> UUID | None:
    """The officer behind the actor of an entry; None for the house's own processes."""
    return UUID(handle.removeprefix("user:")) if handle.startswith("user:") else None


def _of_person(person_id: UUID | None) -> list[CloseContact]:
    return list(CloseContact.everything.filter(person_id=person_id, retracted_at=None)) if person_id else []


@follower("cases.isolated", kinds=(SERVED, RELEASED))
def follow_isolation(act: Act, entry: LedgerEntry) -> None:
    """Isolation ends the time in which a contact could pass it on (second step of a trace)."""
    if entry.subject_id is None or entry.person_id is None:
        return
    row = Isolated.everything.filter(order_id=entry.subject_id).first()
    if entry.kind == SERVED and row is None:
        Isolated(area_code=entry.area_code, order_id=entry.subject_id, person_id=entry.person_id, since=entry.at).save()
    elif entry.kind == RELEASED and row is not None and row.until is None:
        row.until = entry.at
        row.save(update_fields=["until"])
    else:
        return
    act.log("cases.isolation.noted", area=entry.area_code, subject=("orders.order", entry.subject_id), person=entry.person_id)


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
