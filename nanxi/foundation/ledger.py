"""One ledger for audit and events: written unnumbered in the act's transaction, numbered and linked by the relay.

Each entry carries a MAC over its content; the relay's link hashes the previous link, the number and the MAC, so a changed,
removed, added or reordered entry is found by `verify` (trust notes S22, S23).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Union
from uuid import UUID

from django.conf import settings

from nanxi.foundation import statements
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.keyring import Keyring

if TYPE_CHECKING:
    from nanxi.foundation.act import Act

# A union with forward references: `|` cannot join a class and a text while the module runs.
Fact = Union[str, int, bool, None, UUID, datetime, list["Fact"], dict[str, "Fact"]]  # noqa: UP007

#: A fact longer than this is free text, and free text about people does not belong here.
LONGEST_FACT = 200
COLUMNS = (
    "id",
    "kind",
    "at",
    "actor",
    "unit_id",
    "area_code",
    "subject_kind",
    "subject_id",
    "person_id",
    "grant_id",
    "purpose",
    "facts",
    "mac",
)
_INTO = f"INSERT INTO foundation_ledgerentry ({', '.join(COLUMNS)})"
_INSERT = f"{_INTO} VALUES ({', '.join(f'${place}' for place in range(1, len(COLUMNS) + 1))})"
_TYPES = ("uuid", "text", "timestamptz", "text", "uuid", "text", "text", "uuid", "uuid", "uuid", "text", "jsonb", "bytea")
#: One array a column, so that any number of entries is the same statement and is prepared once.
_INSERT_MANY = f"{_INTO} SELECT * FROM unnest({', '.join(f'${at}::{kind}[]' for at, kind in enumerate(_TYPES, start=1))})"
#: Entries per statement: what is written out as text at a time.
MOST = 2000
GENESIS = b"\x00" * 32


class NotAFact(ValueError):
    """A ledger fact that is neither an id, a code, a count nor a short fixed word."""


#: Made once: `json.dumps` with options of its own builds an encoder for each call.
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_stored = json.JSONEncoder(ensure_ascii=False).encode


@lru_cache(maxsize=1)
def _keyed() -> hmac.HMAC:
    return hmac.new(Keyring(settings.NANXI_KEYS).secret("ledger"), digestmod="sha256")


def mac_of(row: dict[str, Any]) -> bytes:
    """HMAC-SHA256 over the entry's canonical JSON (sorted keys, no blanks, times in UTC microseconds)."""
    text = _canonical({name: _plain(row[name]) for name in COLUMNS if name != "mac"})
    # A copy and not `hmac.digest`, which lets go of the interpreter's lock for a few hundred bytes.
    mac = _keyed().copy()
    mac.update(text.encode())
    return mac.digest()


def link_of(previous: bytes, seq: int, mac: bytes) -> bytes:
    return hashlib.sha256(previous + seq.to_bytes(8, "big") + mac).digest()


def write(act: Act, kind: str, **row: Any) -> UUID:
    """Insert one entry in the running transaction; returns its id."""
    return write_many(act, kind, [row])[0]


def write_many(act: Act, kind: str, rows: Iterable[dict[str, Any]]) -> list[UUID]:
    """Insert entries of one kind."""
    ready = [entry_of(act, kind, **row) for row in rows]
    for start in range(0, len(ready), MOST):
        part = ready[start : start + MOST]
        statements.run(*statement_for(part))
    return [entry["id"] for entry in ready]


def statement_for(entries: list[dict[str, Any]]) -> tuple[str, list[Any]]:
    """The one statement that inserts these entries, and its values."""
    if len(entries) == 1:
        return _INSERT, _values(entries[0])
    return _INSERT_MANY, [list(column) for column in zip(*map(_values, entries), strict=True)]


def entry_of(
    act: Act,
    kind: str,
    *,
    area: str = "",
    subject: tuple[str, UUID] | None = None,
    person: UUID | None = None,
    grant: UUID | None = None,
    purpose: str = "",
    facts: dict[str, Fact] | None = None,
    **more: Fact,
) -> dict[str, Any]:
    """One entry with its id, time and MAC, as it will stand in the ledger."""
    entry: dict[str, Any] = {
        "id": uuid7(), "kind": kind, "at": act.now, "actor": act.actor.handle, "unit_id": act.actor.unit_id, "area_code": area,
        "subject_kind": subject[0] if subject else "", "subject_id": subject[1] if subject else None, "person_id": person,
        "grant_id": grant, "purpose": purpose,
        "facts": {name: _plain(value) for name, value in {**(facts or {}), **more}.items()},
    }  # fmt: skip
    entry["mac"] = mac_of(entry)
    return entry


def _values(entry: dict[str, Any]) -> list[Any]:
    return [_stored(entry[name]) if name == "facts" else entry[name] for name in COLUMNS]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > LONGEST_FACT:
            raise NotAFact(
                "A ledger fact is an id, a code, a count or a short fixed word; this text is longer than 200 characters."
            )
        return value
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return int(value.timestamp() * 1_000_000)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    raise NotAFact(f"A ledger fact cannot be a {type(value).__name__}.")


@dataclass(frozen=True)
class Finding:
    """One thing `verify` found: the entry's number (or None) and a sentence."""

    seq: int | None
    sentence: str


def verify(rows: Iterable[dict[str, Any]], anchors: dict[int, bytes], now: datetime, patience_s: int = 10) -> Iterator[Finding]:
    """Check entries in order of their number (unnumbered last) against MACs, links and witnessed anchors. Pure.

    rows: dicts with COLUMNS plus seq and link. anchors: number → link as an outside witness holds it.
    """
    previous, expected = GENESIS, 1
    for row in rows:
        seq, mac = row["seq"], bytes(row["mac"])
        if not hmac.compare_digest(mac_of(row), mac):
            yield Finding(seq, "The content does not match its MAC: it was changed after it was written.")
        if seq is None:
            if (now - row["at"]).total_seconds() > patience_s:
                yield Finding(
                    None, f"Entry {row['id']} has waited more than {patience_s} s for its number; is the relay running?"
                )
            continue
        if seq != expected:
            yield Finding(expected, f"Number {expected} is missing; the next entry is {seq}.")
        if bytes(row["link"]) != link_of(previous, seq, mac):
            yield Finding(seq, "The link does not follow from the entry before: something was removed, added or reordered.")
        if seq in anchors and anchors[seq] != bytes(row["link"]):
            yield Finding(seq, "The witness holds another link for this number: the ledger was rewritten.")
        previous, expected = bytes(row["link"]), seq + 1
    for seq in sorted(anchors):
        if seq >= expected:
            yield Finding(seq, f"The witness saw number {seq}, but the ledger ends at {expected - 1}: entries were cut off.")


def rows_in_order() -> Iterator[dict[str, Any]]:
    """All entries, numbered first; needs a role that sees every row."""
    from nanxi.foundation.models import LedgerEntry

    names = (*COLUMNS, "seq", "link")
    yield from LedgerEntry.objects.order_by("seq").values(*names).iterator(chunk_size=5000)
