"""Reads around one person whose page is open: household, relations, residences, who speaks for a minor, lists of concern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from nanxi.foundation.clock import county_day
from nanxi.people.models import ListBatch, RecordIndex, Relation, SourceRecord, TemporaryResidence
from nanxi.people.models.circle import Ending
from nanxi.people.rules import concern, household, minors, spans
from nanxi.people.rules.household import Member
from nanxi.people.rules.traits import Key, strips_of

#: Addresses of one person that are looked at: today's and a few earlier ones.
MOST_ADDRESSES = 5


@dataclass(frozen=True)
class Household:
    """Persons at one address, whoever asked first; `answers`: the adult for all; `minors`: those under age."""

    persons: list[UUID]
    answers: UUID | None
    minors: frozenset[UUID]
    #: Registered elsewhere and living here for a time.
    temporary: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Concern:
    """One list that names the person: its sender, the day it speaks of, and the last day it holds."""

    batch_id: UUID
    sender: str
    day: date
    until: date
    source_ref: str

    def holds(self, today: date) -> bool:
        return concern.holds(self.day, today)


def household_of(person_id: UUID, now: datetime) -> Household | None:
    """Who lives with the person, in scope; None for nobody or for too many (a dormitory)."""
    own = SourceRecord.everything.filter(person_id=person_id, withdrawn_at=None).values_list("id", flat=True)
    keys = RecordIndex.everything.filter(record_id__in=list(own), kind=int(Key.HOME)).values_list("value", flat=True)
    there = RecordIndex.objects.filter(kind=int(Key.HOME), value__in=list(dict.fromkeys(keys))[:MOST_ADDRESSES])
    records = list(there.values_list("record_id", flat=True)[: 20 * household.MOST])
    rows = SourceRecord.objects.filter(pk__in=records, person_id__isnull=False, withdrawn_at=None)
    members = _members(rows.values_list("person_id", "traits"))
    if not household.is_household(members):
        return None
    today = county_day(now)
    persons = sorted((member.person for member in members), key=lambda one: (one != person_id, one))
    young = frozenset(member.person for member in members if member.is_minor(today.year))
    answers = household.who_answers(members, today.year, guardians_of(young, today))
    return Household(persons, answers, young, temporary_among(persons, today))


@dataclass(frozen=True)
class Tie:
    """One relation seen from a person: `other` is `kind` to the person, or the person is `kind` to `other` (`turned`)."""

    row: Relation
    kind: Relation.Kind
    turned: bool
    #: None: still being matched.
    other: UUID | None
    other_record: UUID
    holds: bool


@dataclass(frozen=True)
class Residence:
    """One temporary residence of a person; `overdue`: its last day has passed and nobody ended it."""

    row: TemporaryResidence
    holds: bool
    overdue: bool


def ties_of(person_id: UUID, today: date) -> list[Tie]:
    """Every relation of the person in scope or under a grant, those that hold first, then the newest.

    The other person may lie outside the scope: the relation is told all the same, only without a label.
    """
    own = set(SourceRecord.everything.filter(person_id=person_id).values_list("id", flat=True))
    rows = list(Relation.everything.filter(Q(record_id__in=own) | Q(other_id__in=own)).order_by("-told_at", "-id"))
    others = {row.other_id if row.record_id in own else row.record_id for row in rows}
    persons = dict(SourceRecord.everything.filter(pk__in=others).values_list("id", "person_id"))
    found = [_tie(row, row.record_id not in own, persons, today) for row in rows]
    return sorted(found, key=lambda tie: not tie.holds)


def _tie(row: Relation, turned: bool, persons: Mapping[UUID, UUID | None], today: date) -> Tie:
    other = row.record_id if turned else row.other_id
    return Tie(row, Relation.Kind(row.kind), turned, persons.get(other), other, _holds(row, today))


def _holds(row: Relation | TemporaryResidence, today: date) -> bool:
    return spans.holds(row.since, row.until, today, error=row.ending == Ending.ERROR)


def holding(person_id: UUID, today: date) -> list[Tie]:
    """Relations that hold today in which somebody else is something to the person."""
    return [tie for tie in ties_of(person_id, today) if tie.holds and not tie.turned]


def residences_of(person_id: UUID, today: date) -> list[Residence]:
    """Temporary residences of the person, the newest first. One whose last day has passed holds until somebody ends it."""
    rows = TemporaryResidence.everything.filter(record__person_id=person_id).select_related("record").order_by("-told_at", "-id")
    return [Residence(row, row.ended_at is None, _overdue(row, today)) for row in rows]


def _overdue(row: TemporaryResidence, today: date) -> bool:
    return row.ended_at is None and row.until is not None and row.until < today


def temporary_among(persons: Iterable[UUID], today: date) -> frozenset[UUID]:
    """Who of these persons lives here for a time, registered elsewhere."""
    rows = TemporaryResidence.objects.filter(record__person_id__in=list(persons), ended_at=None)
    return frozenset(rows.filter(since__lte=today).values_list("record__person_id", flat=True))


def guardians_of(young: Iterable[UUID], today: date) -> frozenset[UUID]:
    """Guardians and parents of these minors, by relations that hold."""
    wanted = [Relation.Kind.GUARDIAN, Relation.Kind.PARENT]
    rows = Relation.objects.filter(record__person_id__in=list(young), other__person_id__isnull=False, kind__in=wanted)
    return frozenset(row.other.person_id for row in rows.select_related("other") if _holds(row, today))


def speaker_of(person_id: UUID, now: datetime) -> tuple[UUID, str] | None:
    """The adult who speaks for a minor: guardian, parent, other kin, else whoever answers for the home. None: nobody known."""
    today = county_day(now)
    kin = [tie for tie in holding(person_id, today) if tie.other]
    rows = SourceRecord.everything.filter(person_id__in=[tie.other for tie in kin], withdrawn_at=None)
    known = {member.person: member for member in _members(rows.values_list("person_id", "traits"))}
    adults = [
        minors.Adult(other, tie.kind.value, of_age=not known[other].is_minor(today.year), phone=bool(known[other].phones))
        for tie in kin
        if (other := tie.other) in known and other
    ]
    home = household_of(person_id, now)
    return minors.speaker(adults, home.answers if home else None)


def _members(rows) -> list[Member]:  # type: ignore[no-untyped-def]
    found: dict[UUID, Member] = {}
    for person, traits in rows:
        if not traits:
            continue
        strip = strips_of(bytes(traits))[0]
        known = found.get(person, Member(person))
        phones = frozenset(int(phone) for phone in strip["phones"] if phone)
        found[person] = Member(person, known.year or int(strip["year"]), known.phones | phones)
    return list(found.values())


def concerns_of(person_id: UUID) -> list[Concern]:
    """Lists that came with a directive, were not withdrawn or replaced, and name the person; newest first."""
    batches = SourceRecord.everything.filter(person_id=person_id, withdrawn_at=None).exclude(batch_id=None)
    rows = ListBatch.everything.filter(pk__in=batches.values("batch_id"), withdrawn_at=None, superseded_at=None)
    found = []
    for row in rows.exclude(source_ref="").order_by("-received_at").only("id", "sender", "list_day", "received_at", "source_ref"):
        day = row.list_day or county_day(row.received_at)
        found.append(Concern(row.id, row.sender, day, concern.until(day), row.source_ref))
    return found


__all__ = [
    "Concern", "Household", "Residence", "Tie", "concerns_of", "guardians_of", "holding", "household_of", "residences_of",
    "speaker_of", "temporary_among", "ties_of",
]  # fmt: skip
