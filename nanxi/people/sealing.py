"""Where the vault meets this room: the sealed columns of a source record, and its traits as kept."""

from __future__ import annotations

from uuid import UUID

from nanxi.foundation import vault
from nanxi.people.identity import Identity
from nanxi.people.models import SourceRecord

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
