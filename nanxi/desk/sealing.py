"""Free text of the desk: sealed under the person's record where there is one, else under a key of the row itself."""

from __future__ import annotations

from uuid import UUID

from nanxi.foundation import vault
from nanxi.foundation.models import RecordKey


def seal_words(table: str, column: str, text: str, *, record_id: UUID | None, row_id: UUID) -> bytes | None:
    """The text sealed, or None when it is blank. Call inside a service."""
    if not text.strip():
        return None
    if record_id is None and not RecordKey.objects.filter(record_id=row_id).exists():
        vault.make_keys([row_id])
    return vault.seal(table, column, record_id or row_id, text.strip())


def words(table: str, column: str, sealed: bytes | None, *, record_id: UUID | None, row_id: UUID) -> str:
    """The text back; empty when there was none or its record was purged."""
    if sealed is None:
        return ""
    try:
        return vault.unseal(table, column, record_id or row_id, bytes(sealed))
    except vault.Sealed:
        return ""
