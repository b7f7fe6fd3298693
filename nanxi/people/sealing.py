"""Where the vault meets this room: the sealed columns of a source record, and its traits as kept."""

from __future__ import annotations

from uuid import UUID

from nanxi.foundation import vault
from nanxi.people.identity import Identity
from nanxi.people.models import SourceRecord
from nanxi.people.rules.traits import Traits

TABLE = "people_sourcerecord"


def seal_identity(record_id: UUID, identity: Identity) -> bytes:
    return vault.seal(TABLE, "identity", record_id, identity.sealed_text())


def seal_raw(record_id: UUID, raw: str) -> bytes | None:
    return vault.seal(TABLE, "raw", record_id, raw) if raw else None


def identity_of(record: SourceRecord) -> Identity:
    """The identifiers. Raises vault.Sealed when the record was purged."""
    return Identity.of_text(vault.unseal(TABLE, "identity", record.id, record.sealed))


def raw_of(record: SourceRecord) -> str:
    return vault.unseal(TABLE, "raw", record.id, record.raw) if record.raw else ""


def traits_kept(record: SourceRecord) -> Traits:
    """What matching sees: digests and coarse facts, without opening the record."""
    return Traits(
        record=record.id, area=record.area_code, id_key=bytes(record.id_index) if record.id_index else None,
        name=record.name_key, sound=record.sound_key, phones=frozenset(record.phone_keys),
        name_phones=frozenset(record.name_phone_keys), birth=record.birth_key, year=record.birth_year, sex=record.sex,
        address=record.address_key, row=record.row_key, person=record.person_id, pinned=record.pinned,
        matched=record.matched_at is not None,
    )  # fmt: skip
