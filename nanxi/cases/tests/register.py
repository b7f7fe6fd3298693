"""A small register for the tests of this room: the same ID number is the same person; without one nobody is linked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from nanxi.foundation import acts, vault
from nanxi.foundation.act import Act
from nanxi.foundation.identifiers import uuid7


@dataclass(frozen=True)
class Identity:
    name: str = ""
    id_no: str = ""
    phone: str = ""


@dataclass
class Register:
    """What people's services and queries answer, kept in memory."""

    persons: dict[str, UUID] = field(default_factory=dict)
    links: dict[UUID, UUID] = field(default_factory=dict)
    claims: dict[tuple[str, str], UUID] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    homes: dict[UUID, set[str]] = field(default_factory=dict)
    marks: dict[str, UUID] = field(default_factory=dict)
    Identity = Identity

    def record_claim(self, act: Act, *, area: str, source_kind: str, source_ref: str, identity: Identity) -> UUID:
        source = (source_kind, source_ref)
        if source in self.claims:
            return self.claims[source]
        record = self.claims[source] = uuid7()
        with acts.set_up():
            vault.make_keys([record])
        self.names[record] = identity.name
        if identity.id_no:
            self.links[record] = self.persons.setdefault(identity.id_no, uuid7())
        for mark in (identity.id_no, identity.phone):
            if mark:
                self.marks.setdefault(mark, record)
        return record

    def persons_of(self, record_ids: Iterable[UUID]) -> dict[UUID, UUID]:
        return {record: self.links[record] for record in record_ids if record in self.links}

    def homes_of(self, record_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
        return {record: self.homes.get(record, set()) for record in record_ids}

    def records_of_persons(self, person_ids: set[UUID]) -> dict[UUID, set[UUID]]:
        return {one: {record for record, person in self.links.items() if person == one} for one in person_ids}

    def known(self, asked: Sequence[tuple[str, str]]) -> list[UUID | None]:
        return [self.marks.get(id_no) or self.marks.get(phone) for id_no, phone in asked]

    def labels_of_records(self, record_ids: Iterable[UUID]) -> dict[UUID, str]:
        return {record: self.names[record][:1] + "**" for record in record_ids if record in self.names}
