"""Saying who stands to whom and who lives here for a time. It needs the person's page open, and ends without deletion.

The caller holds a live grant on the person: what is said about somebody is said by whoever had a stated reason to look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.foundation import grants, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import AccessGrant
from nanxi.foundation.rights import Right
from nanxi.people import circle_queries
from nanxi.people.identity import Identity
from nanxi.people.intake.cells import folded
from nanxi.people.intake.elsewhere import county_of_text
from nanxi.people.intake.origins import origin_of
from nanxi.people.models import RecordIndex, Relation, SourceRecord, TemporaryResidence
from nanxi.people.models.circle import Ending
from nanxi.people.rules import minors, spans
from nanxi.people.rules.traits import Key
from nanxi.people.rules.who import Rule
from nanxi.people.sealing import identity_of
from nanxi.people.services.links import Move, move_records
from nanxi.people.services.records import record_claim

#: Only somebody of age can be this to another.
GROWN = {Relation.Kind.GUARDIAN, Relation.Kind.CARER, Relation.Kind.EMPLOYER, Relation.Kind.FOREMAN, Relation.Kind.LANDLORD}


@dataclass(frozen=True)
class Said:
    """From when until when, what it rests on and who said so: codes of models.circle."""

    evidence: str
    said_by: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Whom:
    """The other person: a record that is known (one of the household), or what somebody calls him or her."""

    record_id: UUID | None = None
    identity: Identity | None = None


@service
def record_relation(act: Act, *, person_id: UUID, kind: str, whom: Whom, said: Said) -> Relation:
    """`whom` is `kind` to the person. Raises Refused for oneself, days that cannot be, a minor as guardian, or what is known."""
    grant = _opened(act, person_id)
    kind = Relation.Kind(kind)
    _check_days(act, said)
    record = _own_record(person_id)
    other = _whom(act, whom, record.area_code)
    if other.id == record.id or other.person_id == person_id:
        raise Refused(_("Nobody stands in a relation to oneself. Choose or name the other person."))
    if kind in GROWN and _is_minor(act, other):
        raise Refused(_("The other person is under age and cannot be this. Name the adult."))
    _lock(record.id.bytes)
    if any(one.kind == kind and one.other == other.person_id for one in circle_queries.holding(person_id, county_day(act.now))):
        raise Refused(_("This relation is known already. End it first if it has changed."))
    made = Relation(
        area_code=record.area_code, record_id=record.id, other_id=other.id, kind=kind, since=said.since, until=said.until,
        evidence=said.evidence, said_by=said.said_by, told_at=act.now, told_by=act.actor.user_id,
    )  # fmt: skip
    made.save()
    act.log("people.relation.recorded", **_told(made, person_id, grant), relation=kind.value)
    return made


@service
def end_relation(act: Act, relation: Relation, *, person_id: UUID, ending: str, last: date | None = None) -> Relation:
    """The relation is over since the day after `last` (today when not said), or was noted in error. It stays on the page."""
    grant = _opened(act, person_id)
    row = Relation.objects.select_for_update().get(pk=relation.pk)
    if person_id not in (row.record.person_id, row.other.person_id):
        raise Refused(_("This relation is of another person. Open that person's page."))
    _end(act, row, ending, last)
    act.log("people.relation.ended", **_told(row, person_id, grant), relation=row.kind, ending=row.ending)
    return row


@service
def register_residence(
    act: Act, *, person_id: UUID, kind: str, area: str, address: str, registered_at: str, said: Said, host: Whom | None = None
) -> TemporaryResidence:
    """Somebody registered elsewhere lives here from a day on; a record of its own puts the person into the household there.

    Raises Refused when the place of registration cannot be told or is this county, or another residence still holds.
    """
    grant = _opened(act, person_id)
    kind = TemporaryResidence.Kind(kind)
    _check_days(act, said)
    code = registered(registered_at, area)
    own = _own_record(person_id)
    _lock(person_id.bytes)
    if any(one.holds for one in circle_queries.residences_of(person_id, county_day(act.now))):
        raise Refused(_("This person is registered here for a time already. End that residence first."))
    identity = replace(_who(person_id), address=address)
    record = record_claim(act, area=area, source_kind="people.residence", source_ref=str(uuid7()), identity=identity)
    # An officer who has the person before him says who it is; no rule has to find out.
    move_records(act, [Move(record, area, None, person_id, Rule.OFFICER)])
    SourceRecord.everything.filter(pk=record).update(pinned=True)
    made = TemporaryResidence(
        area_code=area, record_id=record, kind=kind, registered_at=code, since=said.since or county_day(act.now),
        until=said.until, evidence=said.evidence, said_by=said.said_by, told_at=act.now, told_by=act.actor.user_id,
        host_id=_whom(act, host, own.area_code).id if host else None,
    )  # fmt: skip
    made.save()
    act.log("people.residence.registered", **_told(made, person_id, grant), lives=kind.value)
    return made


@service
def end_residence(
    act: Act, residence: TemporaryResidence, *, person_id: UUID, ending: str, last: date | None = None
) -> TemporaryResidence:
    """The person left: nobody counts him or her to the household there any more."""
    grant = _opened(act, person_id)
    row = TemporaryResidence.objects.select_for_update().get(pk=residence.pk)
    if row.record.person_id != person_id:
        raise Refused(_("This residence is of another person. Open that person's page."))
    _end(act, row, ending, last)
    RecordIndex.everything.filter(record_id=row.record_id, kind=int(Key.HOME)).delete()
    act.log("people.residence.ended", **_told(row, person_id, grant), lives=row.kind, ending=row.ending)
    return row


def _opened(act: Act, person_id: UUID) -> AccessGrant:
    act.need(Right.HAND_IN_LISTS)
    grant = grants.holding(act, person_id)
    if grant is None:
        raise Refused(_("Open this person's page through a task, case, alert or order first."))
    return grant


def _check_days(act: Act, said: Said) -> None:
    match spans.fault(said.since, said.until, county_day(act.now)):
        case "begins later":
            raise Refused(_("The first day lies ahead. Note it on the day it begins."))
        case "ends before":
            raise Refused(_("The last day lies before the first. Correct one of the two."))


def _own_record(person_id: UUID) -> SourceRecord:
    record = SourceRecord.objects.filter(person_id=person_id, withdrawn_at=None).order_by("rank", "id").first()
    if record is None:
        raise Refused(_("No record of this person lies in your area. The town that lists the person notes it."))
    return record


def _whom(act: Act, whom: Whom, area: str) -> SourceRecord:
    record_id = whom.record_id
    if record_id is None:
        named = whom.identity or Identity()
        record_id = record_claim(act, area=area, source_kind="people.relation", source_ref=str(uuid7()), identity=named)
    record = SourceRecord.objects.filter(pk=record_id, withdrawn_at=None).first()
    if record is None:
        raise Refused(_("This record is not in your area, or it was purged."))
    return record


def _is_minor(act: Act, record: SourceRecord) -> bool:
    """By the exact birth date that the record itself says; unknown counts as of age."""
    birth = identity_of(record).birth
    return birth is not None and minors.stage(birth, county_day(act.now)) is not None


def _who(person_id: UUID) -> Identity:
    """Name, number and phone by which the residence's record is known to be this person's."""
    rows = list(SourceRecord.everything.filter(person_id=person_id, withdrawn_at=None).order_by("rank", "id")[:20])
    vault.load_keys(row.id for row in rows)
    found = Identity()
    for row in rows:
        found = found.completed(identity_of(row))
    return Identity(
        name=found.name, id_no=found.id_no, phone=found.phone, passport=found.passport, sex=found.sex, birth_date=found.birth_date
    )


def registered(text: str, area: str) -> str:
    """Six digits of the county, prefecture or province of registration, outside this county."""
    code = county_of_text(text, frozenset()) or origin_of(folded(text))
    if not code:
        raise Refused(_("This place is not known. Write the province and the city or county in full, as on the card."))
    if code == area[:6]:
        raise Refused(_("Whoever is registered in this county is no temporary resident. Note the new address as a record."))
    return code


def _end(act: Act, row: Relation | TemporaryResidence, ending: str, last: date | None) -> None:
    if row.ended_at is not None:
        raise Refused(_("A colleague has ended this already."))
    today = county_day(act.now)
    last = last or today
    if last > today or (row.since and last < row.since):
        raise Refused(_("The last day lies ahead or before the first. Correct it."))
    row.ending, row.ended_at, row.ended_by = Ending(ending), act.now, act.actor.user_id
    row.until = row.until if row.ending == Ending.ERROR else last
    row.save(update_fields=["ending", "ended_at", "ended_by", "until"])


def _lock(key: bytes) -> None:
    with connection.cursor() as cursor:
        # Two clicks at once must not both find it unknown.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 64))", [key.hex()])


def _told(row: Relation | TemporaryResidence, person: UUID, grant: AccessGrant) -> dict[str, Any]:
    """What every entry about a statement says: whom and through which grant, what it rests on, never whom it names."""
    subject = ("people.relation" if isinstance(row, Relation) else "people.residence", row.id)
    return {
        "area": row.area_code, "subject": subject, "person": person, "grant": grant.id, "record": row.record_id,
        "evidence": row.evidence, "said_by": row.said_by,
    }  # fmt: skip
