"""What became of every row of every list, for the score of a rehearsal alone: a sender's file name is sealed for a reason."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from nanxi.people.list_sealing import file_name_of
from nanxi.people.models import IdentityLink, ListBatch, ReviewPair, SourceRecord, StagedRow


@dataclass(frozen=True)
class FileRow:
    """A row as the desk knows it. sheet: its place in the file; rule: what tied it to its person, "" = not decided yet;
    by_officer: somebody decided; bits: what the rule's link rests on; review: a pair with it waits for somebody to decide;
    outcome: what the preview said."""

    sheet: int
    row: int
    outcome: str
    person: UUID | None = None
    rule: str = ""
    by_officer: bool = False
    bits: float | None = None
    review: bool = False


def rows_of_files() -> dict[str, list[FileRow]]:
    """File name → its rows, of every list taken in and not replaced, in scope."""
    found: dict[str, list[FileRow]] = {}
    taken_in = ListBatch.objects.filter(committed_at__isnull=False, withdrawn_at=None, superseded_at=None)
    for batch in taken_in.defer("file", "layout").order_by("id"):
        found.setdefault(file_name_of(batch), []).extend(_rows(batch))
    return found


def _rows(batch: ListBatch) -> list[FileRow]:
    staged = list(
        StagedRow.objects.filter(batch=batch).order_by("sheet", "number").values_list("sheet", "number", "outcome", "record_id")
    )
    records = [record for *_, record in staged if record]
    persons = dict(SourceRecord.everything.filter(pk__in=records).values_list("id", "person_id"))
    links = _links(records)
    waiting = _waiting(records)
    return [
        FileRow(sheet, number, outcome, persons.get(record), *links.get(record, ("", False, None)), record in waiting)
        for sheet, number, outcome, record in staged
    ]


def _links(records: Collection[UUID]) -> dict[UUID | None, tuple[str, bool, float | None]]:
    """Record → rule of the decision that holds, whether an officer took it, and the bits that speak for it."""
    links = IdentityLink.objects.filter(record__in=records).order_by("at", "id")
    rows = links.values_list("record_id", "rule", "by_id", "score")
    return {record: (rule, by is not None, bits) for record, rule, by, bits in rows}


def _waiting(records: Collection[UUID]) -> set[UUID | None]:
    """Records in pairs that nobody decided."""
    known = set(records)
    pairs = ReviewPair.objects.filter(Q(one__in=records) | Q(other__in=records), decided_at=None)
    return {record for pair in pairs.values_list("one_id", "other_id") for record in pair if record in known}
