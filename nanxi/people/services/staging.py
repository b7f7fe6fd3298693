"""What the jobs of the intake write: rows staged with what they would become, rows taken in as records, the end of each step."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count

from nanxi.foundation import acts, vault
from nanxi.foundation.act import Act, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.people.intake.tables import Reading, Row
from nanxi.people.list_sealing import (
    content_of_text,
    file_name_of,
    file_of,
    lines_of_row,
    seal_layout,
    seal_row,
    staged_text,
)
from nanxi.people.models import ListBatch, SenderColumns, SourceRecord, StagedRow
from nanxi.people.services.batches import ask_commit, labels_key
from nanxi.people.services.records import NewRecord, add_records

REJECTED, NEW = StagedRow.Outcome.REJECTED.value, StagedRow.Outcome.NEW.value
SOURCE = "people.batch"


@dataclass(frozen=True)
class ReadingTask:
    """What the reading job needs to know of a batch, unsealed."""

    file_name: str
    content: bytes
    area: str
    day: date
    keys: Mapping[tuple[str, ...], Sequence[str]]
    straight_in: bool


class _Remembered(dict[tuple[str, ...], Sequence[str]]):
    """Columns as this sender's headings were corrected before: labels → keys, looked up by digest."""

    def __init__(self, sender: str) -> None:
        kept = SenderColumns.objects.filter(sender_key=vault.index("list_sender", sender))
        self._by_digest = {bytes(row.labels_key): row.keys for row in kept}

    def __bool__(self) -> bool:
        return bool(self._by_digest)

    def __contains__(self, labels: object) -> bool:
        return labels_key(labels) in self._by_digest  # type: ignore[arg-type]

    def __getitem__(self, labels: tuple[str, ...]) -> Sequence[str]:
        return self._by_digest[labels_key(labels)]


def reading_task(batch_id: UUID) -> ReadingTask | None:
    """None when the batch was withdrawn meanwhile or is read already."""
    batch = ListBatch.everything.get(pk=batch_id)
    if batch.state != ListBatch.State.READING or batch.file is None:
        return None
    day = batch.list_day or county_day(batch.received_at)
    return ReadingTask(file_name_of(batch), file_of(batch), batch.area_code, day, _Remembered(batch.sender), batch.straight_in)


@service
def begin(act: Act, batch_id: UUID) -> None:
    """Forget the rows of an earlier reading that was killed or read other columns."""
    batch = _locked(batch_id)
    gone = StagedRow.everything.filter(batch=batch, record_id=None).delete()[0]
    act.log("people.batch.reading", area=batch.area_code, subject=(SOURCE, batch.id), forgotten=gone)


@service
def keep_rows(act: Act, batch_id: UUID, part: Sequence[tuple[int, Row]], outcomes: Sequence[str]) -> None:
    """Keep rows with what each would become. `outcomes`: one for each row that is not rejected, or none at all."""
    batch = _locked(batch_id)
    foreseen = iter(outcomes)
    columns: tuple[list[Any], ...] = ([], [], [], [], [], [], [], [])
    for sheet, row in part:
        key = uuid7()
        text, digest = lines_of_row(row)
        outcome = REJECTED if row.rejected else next(foreseen, NEW)
        values = (
            key, row.area_code or batch.area_code, sheet, row.number, outcome, digest, seal_row(batch.id, key, text),
            row.elsewhere,
        )  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    acts.require_service(StagedRow)
    with connection.cursor() as cursor:
        # One array a column: a tenth of the time that a value list of the same rows takes to parse.
        cursor.execute(
            "INSERT INTO people_stagedrow (batch_id, id, area_code, sheet, number, outcome, digest, sealed, elsewhere)"
            " SELECT %s::uuid, l.* FROM unnest(%s::uuid[], %s::text[], %s::smallint[], %s::int[], %s::text[], %s::bytea[],"
            " %s::bytea[], %s::text[]) AS l",
            [batch.id, *columns],
        )
    act.log("people.batch.rows_read", area=batch.area_code, subject=(SOURCE, batch.id), count=len(part))


@service
def finish_staging(act: Act, batch_id: UUID, reading: Reading) -> ListBatch:
    """The preview is whole: counts, headings, and for a list without preview the next step."""
    batch = _locked(batch_id)
    batch.layout, batch.staged_at, batch.list_day = seal_layout(batch, reading), act.now, reading.day
    batch.counts = _counts(batch)
    batch.save()
    act.log("people.batch.staged", area=batch.area_code, subject=(SOURCE, batch.id), **batch.counts)
    return ask_commit(act, batch) if batch.straight_in else batch


@service
def refuse_batch(act: Act, batch_id: UUID, code: str) -> ListBatch:
    """The file cannot be read; nothing of it is kept but the reason."""
    batch = _locked(batch_id)
    StagedRow.everything.filter(batch=batch, record_id=None).delete()
    batch.refused, batch.file = code, None
    batch.save()
    act.log("people.batch.refused", area=batch.area_code, subject=(SOURCE, batch.id), why=code)
    return batch


@service
def begin_commit(act: Act, batch_id: UUID) -> tuple[int, int]:
    """Rows that a corrected file left as they were keep their records. Returns rows done and all that are to be taken in."""
    batch = _locked(batch_id)
    kept = _adopt(batch) if batch.supersedes_id else 0
    wanted = StagedRow.everything.filter(batch=batch).exclude(outcome=REJECTED)
    done, total = wanted.exclude(record_id=None).count(), wanted.count()
    act.log("people.batch.commit_begun", area=batch.area_code, subject=(SOURCE, batch.id), done=done, rows=total, kept=kept)
    return done, total


def _adopt(batch: ListBatch) -> int:
    before: dict[bytes, list[UUID]] = defaultdict(list)
    taken = set(StagedRow.everything.filter(batch=batch).exclude(record_id=None).values_list("record_id", flat=True))
    old = StagedRow.everything.filter(batch_id=batch.supersedes_id).exclude(record_id=None).order_by("-sheet", "-number")
    for digest, record_id in old.values_list("digest", "record_id"):
        if record_id not in taken:
            before[bytes(digest)].append(record_id)
    same = [row for row in _waiting(batch) if before[bytes(row.digest)]]
    for row in same:
        text = staged_text(row)
        row.record_id = before[bytes(row.digest)].pop()
        row.sealed = seal_row(row.record_id, row.id, text)
    StagedRow.everything.bulk_update(same, ["record_id", "sealed"], batch_size=1000)
    return len(same)


@service
def take_rows(act: Act, batch_id: UUID, most: int) -> int:
    """The next rows become records: sealed anew under keys of their own. Returns how many."""
    batch = _locked(batch_id)
    rows = list(_waiting(batch)[:most])
    year = batch.list_day.year if batch.list_day else None
    vault.load_keys([batch.id])
    records: list[NewRecord] = []
    for row in rows:
        text = staged_text(row)
        ref = f"{batch.id}:{row.sheet}:{row.number}"
        identity = content_of_text(text).identity
        records.append(NewRecord(row.area_code, SOURCE, ref, identity, raw=text, batch_id=batch.id, list_year=year))
    if records:
        add_records(act, records)
        _point(rows, records)
    act.log("people.batch.rows_taken_in", area=batch.area_code, subject=(SOURCE, batch.id), count=len(rows))
    return len(rows)


def _waiting(batch: ListBatch):
    return StagedRow.everything.filter(batch=batch, record_id=None).exclude(outcome=REJECTED).order_by("sheet", "number")


def _point(rows: Sequence[StagedRow], records: Sequence[NewRecord]) -> None:
    """Each staged row names its record and gives its content up to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_stagedrow AS s SET record_id = m.record, sealed = NULL"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS m(id, record) WHERE s.id = m.id",
            [[row.id for row in rows], [record.record_id for record in records]],
        )


def unmatched(batch_id: UUID) -> list[UUID]:
    """Records of a batch that matching has not looked at yet."""
    return list(SourceRecord.everything.filter(batch_id=batch_id, matched_at=None).order_by("id").values_list("id", flat=True))


@service
def finish_commit(act: Act, batch_id: UUID) -> ListBatch:
    """The list is in: the file is dropped, its rows lie with their records; a list that it corrects is replaced."""
    batch = _locked(batch_id)
    _tell_what_became(batch)
    batch.counts = _counts(batch)
    batch.committed_at, batch.file = batch.committed_at or act.now, None
    batch.save()
    if batch.supersedes_id:
        ListBatch.everything.filter(pk=batch.supersedes_id, superseded_at=None).update(superseded_at=act.now, file=None)
    act.log(
        "people.batch.committed", area=batch.area_code, subject=(SOURCE, batch.id), supersedes=batch.supersedes_id, **batch.counts
    )  # fmt: skip
    return batch


def _tell_what_became(batch: ListBatch) -> None:
    """Outcomes as matching made them, not as they were foreseen: other lists came in meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_stagedrow AS s SET outcome = CASE"
            " WHEN EXISTS (SELECT 1 FROM people_reviewpair AS p WHERE (p.one_id = s.record_id OR p.other_id = s.record_id)"
            "   AND p.decided_at IS NULL AND NOT p.blind AND p.kind = 'conflict') THEN 'conflict'"
            " WHEN EXISTS (SELECT 1 FROM people_reviewpair AS p WHERE (p.one_id = s.record_id OR p.other_id = s.record_id)"
            "   AND p.decided_at IS NULL AND NOT p.blind) THEN 'review'"
            " WHEN EXISTS (SELECT 1 FROM people_identitylink AS l WHERE l.record_id = s.record_id AND l.rule <> 'first')"
            "   THEN 'linked'"
            " ELSE 'new' END WHERE s.batch_id = %s AND s.record_id IS NOT NULL",
            [batch.id],
        )


def _counts(batch: ListBatch) -> dict[str, int]:
    rows = StagedRow.everything.filter(batch=batch).values_list("outcome").annotate(rows=Count("id")).order_by()
    return dict(Counter(dict(rows)))


def _locked(batch_id: UUID) -> ListBatch:
    return ListBatch.everything.select_for_update().get(pk=batch_id)
