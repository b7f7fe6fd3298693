"""Reads around one person whose page is open: the household, and the lists that make one a person of concern."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from nanxi.foundation.clock import county_day
from nanxi.people.models import ListBatch, RecordIndex, SourceRecord
from nanxi.people.rules import concern, household
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
    year = county_day(now).year
    persons = sorted((member.person for member in members), key=lambda one: (one != person_id, one))
    minors = frozenset(member.person for member in members if member.is_minor(year))
    return Household(persons, household.who_answers(members, year), minors)


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


__all__ = ["Concern", "Household", "concerns_of", "household_of"]
