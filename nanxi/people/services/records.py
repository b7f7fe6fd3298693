"""Taking records in, sealed and findable, and opening one for a stated purpose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.foundation import acts, grants, scope, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.grants import Purpose
from nanxi.foundation.identifiers import uuid7
from nanxi.people.identity import Identity
from nanxi.people.models import SourceRecord
from nanxi.people.rules import ids
from nanxi.people.rules.traits import Key, Said, keys_of, said_by, strip_of
from nanxi.people.sealing import identity_of, seal_identity, seal_raw

#: A phone call or a home visit needs what other lists know too; more lists than this add nothing.
COMPLETED_FROM = 20


@dataclass(frozen=True)
class NewRecord:
    """One row to take in. `source_kind` + `source_ref` name the row for good: the same row again changes nothing."""

    area_code: str
    source_kind: str
    source_ref: str
    identity: Identity
    record_id: UUID = field(default_factory=uuid7)
    #: The row as it came, for the officer who must see what the list really said.
    raw: str = ""
    batch_id: UUID | None = None
    list_year: int | None = None


@service
def add_records(act: Act, rows: Sequence[NewRecord]) -> int:
    """Seal and keep rows of a list, at most a few thousand at a time; returns how many were new. Matching follows."""
    _need_scope(row.area_code for row in rows)
    fresh = _unknown(rows)
    _keep(act, fresh)
    act.log(
        "people.records.added", area=_common([row.area_code for row in rows]), count=len(fresh), known=len(rows) - len(fresh),
        source=rows[0].source_kind if rows else "", batch=rows[0].batch_id if rows else None,
    )  # fmt: skip
    return len(fresh)


@service
def record_claim(act: Act, *, area: str, source_kind: str, source_ref: str, identity: Identity) -> UUID:
    """A record for somebody that a form, an interview or a caller names; the same source again answers with the first record."""
    _need_scope([area])
    if identity.is_empty:
        raise Refused(_("Give at least a name, an ID number or a phone."))
    with connection.cursor() as cursor:
        # Two clicks at once must not both find the source unknown.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 61))", [f"{source_kind}|{source_ref}"])
    known = SourceRecord.everything.filter(source_kind=source_kind, source_ref=source_ref).values_list("id", flat=True).first()
    if known is None:
        row = NewRecord(area_code=area, source_kind=source_kind, source_ref=source_ref, identity=identity)
        _keep(act, [row])
        known = row.record_id
    act.log("people.record.claimed", area=area, subject=("people.record", known), source=source_kind)
    return known


@service
def open_record(act: Act, *, record_id: UUID, via: tuple[str, UUID], purpose: Purpose, person_id: UUID | None = None) -> Identity:
    """The identifiers of a record, its gaps filled from the person's other records. Needs what `via` opens.

    A record that matching has not looked at yet stands for its own person: the grant names the record's id. `person_id`: whom
    `via` names; with it the record may lie outside one's own area (a grid worker sent to the door of somebody the town listed),
    since the grant opens that person's rows and no others.
    """
    record = SourceRecord.everything.filter(pk=record_id).first()
    known = record.person_id or record.id if record is not None else person_id
    if known is None:
        raise Refused(_("This record is not in your area, or it was purged."))
    grants.open_person(act, known, via=via, purpose=purpose)
    record = record or SourceRecord.everything.filter(pk=record_id, person_id=known).first()
    if record is None:
        raise Refused(_("This record is not in your area, or it was purged."))
    found = identity_of(record)
    if record.person_id is None:
        return found
    rest = SourceRecord.everything.filter(person_id=record.person_id).exclude(pk=record.pk)
    others = list(rest.order_by("rank", "id")[:COMPLETED_FROM])
    vault.load_keys(other.id for other in others)
    for other in others:
        found = found.completed(identity_of(other))
    return found


def _need_scope(codes: Iterable[str]) -> None:
    reach = scope.current()
    if outside := next((code for code in set(codes) if not reach.covers(code)), None):
        raise Refused(_("Area %(area)s is outside your own area; ask headquarters to hand the list in.") % {"area": outside})


def _unknown(rows: Sequence[NewRecord]) -> list[NewRecord]:
    """Rows whose source is not kept yet, each source once."""
    by_kind: dict[str, list[str]] = {}
    for row in rows:
        by_kind.setdefault(row.source_kind, []).append(row.source_ref)
    known = {
        (kind, ref)
        for kind, refs in by_kind.items()
        for ref in SourceRecord.everything.filter(source_kind=kind, source_ref__in=refs).values_list("source_ref", flat=True)
    }
    fresh = {(row.source_kind, row.source_ref): row for row in reversed(rows)}
    return [row for key, row in reversed(fresh.items()) if key not in known]


def _keep(act: Act, rows: Sequence[NewRecord]) -> None:
    vault.make_keys(row.record_id for row in rows)
    keys: list[tuple[UUID, Key, int, str]] = []
    records: list[tuple[Any, ...]] = []
    for row in rows:
        said = said_by(row.identity, row.area_code)
        keys += [(row.record_id, kind, value, row.area_code) for kind, value in keys_of(said, vault.block)]
        records.append(_values(act, row, said))
    acts.require_service(SourceRecord)
    _insert("people_sourcerecord", COLUMNS, records)
    _insert("people_recordindex", KEY_COLUMNS, keys)


def _insert(table: str, columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
    """One statement with one array a column: a tenth of the time that a value list of the same rows takes to parse."""
    names, arrays = ", ".join(columns), ", ".join(f"%s::{kind}[]" for kind in columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) AS l({names})",
            [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns],
        )


KEY_COLUMNS = {"record_id": "uuid", "kind": "smallint", "value": "bigint", "area_code": "text"}
#: Columns of a new record and their types, in the order of `_values`.
COLUMNS = {
    "id": "uuid", "area_code": "text", "source_kind": "text", "source_ref": "text", "batch_id": "uuid", "list_year": "smallint",
    "added_at": "timestamptz", "sealed": "bytea", "raw": "bytea", "pinned": "boolean", "rank": "smallint", "id_index": "bytea",
    "traits": "bytea",
}  # fmt: skip


def _values(act: Act, row: NewRecord, said: Said) -> tuple[Any, ...]:
    sealed, raw = seal_identity(row.record_id, row.identity), seal_raw(row.record_id, row.raw)
    id_index = _id_index(row.identity)
    return (
        row.record_id, row.area_code, row.source_kind, row.source_ref, row.batch_id, row.list_year, act.now, sealed, raw, False,
        0 if id_index else 1, id_index, strip_of(said, vault.block),
    )  # fmt: skip


def _id_index(identity: Identity) -> bytes | None:
    """The digest by which an exact number is asked for: of a valid ID, else of a passport."""
    number = ids.normal_id(identity.id_no) or (f"P:{ids.tidy_id(identity.passport)}" if identity.passport else "")
    return vault.index("id_no", number) if number else None


def _common(codes: Sequence[str]) -> str:
    """The smallest area that holds all of them."""
    return smallest_area(codes) if codes else ""


def smallest_area(codes: Iterable[str]) -> str:
    """The village, town or county (12 digits) that holds all the areas; one area stays itself."""
    distinct = sorted(set(codes))
    if len(distinct) == 1:
        return distinct[0]
    for length in (12, 9, 6):
        stems = {code[:length] for code in distinct}
        if len(stems) == 1:
            return stems.pop().ljust(12, "0")
    return ""
