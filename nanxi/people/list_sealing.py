"""Where the vault meets the intake: the sealed file, layout and rows of a list."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from nanxi.foundation import vault
from nanxi.people.identity import Identity
from nanxi.people.intake.cells import Cell, as_line, dump, load
from nanxi.people.intake.problems import Remark
from nanxi.people.intake.tables import Reading, Row
from nanxi.people.models import ListBatch, SourceRecord, StagedRow
from nanxi.people.sealing import raw_of

BATCH, STAGED = "people_listbatch", "people_stagedrow"


@dataclass(frozen=True)
class Layout:
    """One sheet as it was read: its name, heading row (from 1), labels and columns, rows left out."""

    sheet: str
    heading: int
    labels: tuple[str, ...]
    keys: tuple[str, ...]
    left_out: dict[str, int]


@dataclass(frozen=True)
class Layouts:
    sheets: tuple[Layout, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    day: str = ""
    from_1904: bool = False


@dataclass(frozen=True)
class Content:
    """What a staged row holds."""

    cells: tuple[Cell, ...]
    identity: Identity
    facts: dict[str, str]
    remarks: tuple[Remark, ...]


def seal_file(batch: ListBatch, name: str, content: bytes) -> None:
    batch.file_name = vault.seal(BATCH, "file_name", batch.id, name[:200])
    batch.file = vault.seal(BATCH, "file", batch.id, base64.b64encode(content).decode())


def file_name_of(batch: ListBatch) -> str:
    return vault.unseal(BATCH, "file_name", batch.id, bytes(batch.file_name))


def file_of(batch: ListBatch) -> bytes:
    assert batch.file is not None
    return base64.b64decode(vault.unseal(BATCH, "file", batch.id, bytes(batch.file)))


def seal_layout(batch: ListBatch, reading: Reading) -> bytes:
    sheets = [
        [table.sheet, table.heading.row + table.heading.height, table.heading.labels, table.heading.keys, dict(table.left_out)]
        for table in reading.tables
    ]
    unread = list(reading.unread.items())
    told = {"sheets": sheets, "unread": unread, "day": reading.day.isoformat(), "from_1904": reading.from_1904}
    return vault.seal(BATCH, "layout", batch.id, json.dumps(told, ensure_ascii=False))


def layout_of(batch: ListBatch) -> Layouts:
    if batch.layout is None:
        return Layouts()
    told = json.loads(vault.unseal(BATCH, "layout", batch.id, bytes(batch.layout)))
    sheets = tuple(Layout(name, row, tuple(labels), tuple(keys), left) for name, row, labels, keys, left in told["sheets"])
    unread = tuple((name, why) for name, why in told["unread"])
    return Layouts(sheets, unread, told["day"], told.get("from_1904", False))


def lines_of_row(row: Row) -> tuple[str, bytes]:
    """What is sealed of a row, before and after it became a record; and the digest of what it says about the person."""
    identity, facts = row.identity.sealed_text(), facts_of(row)
    text = as_line(
        {
            "cells": dump(row.cells), "identity": identity, "facts": facts,
            "remarks": [[remark.column, remark.code] for remark in row.remarks],
        }
    )  # fmt: skip
    said = as_line([identity, sorted(facts.items()), row.area_code, row.rejected])
    return text, vault.index("staged_row", said)


def facts_of(row: Row) -> dict[str, str]:
    return {**row.facts, **({"household": row.household} if row.household else {})}


def seal_row(key_id: UUID, row_id: UUID, text: str) -> bytes:
    return vault.seal(STAGED, f"row|{row_id}", key_id, text)


def staged_text(row: StagedRow) -> str:
    """Under the batch's key; a row that took over an older record lies under that record's key."""
    assert row.sealed is not None
    return vault.unseal(STAGED, f"row|{row.id}", row.record_id or row.batch_id, bytes(row.sealed))


def content_of_text(text: str) -> Content:
    told = json.loads(text)
    remarks = tuple(Remark(column, code) for column, code in told["remarks"])
    return Content(load(told["cells"]), Identity.of_text(told["identity"]), told["facts"], remarks)


def contents_of(rows: Sequence[StagedRow]) -> list[Content | None]:
    """What the rows hold, from the batch or from the record each became; None for one that was purged."""
    records = {row.record_id for row in rows if row.sealed is None and row.record_id}
    kept = {record.id: record for record in SourceRecord.everything.filter(pk__in=records).only("id", "raw")} if records else {}
    vault.load_keys({row.record_id or row.batch_id for row in rows})
    return [_content(row, kept) for row in rows]


def _content(row: StagedRow, kept: dict[UUID, SourceRecord]) -> Content | None:
    record = kept.get(row.record_id) if row.record_id else None
    try:
        if row.sealed is not None:
            return content_of_text(staged_text(row))
        return content_of_text(raw_of(record)) if record else None
    except vault.Sealed:
        return None

