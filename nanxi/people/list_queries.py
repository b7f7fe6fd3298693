"""Reads of lists: own batches, one batch, its rows as rooms above want them, its rows as the preview shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import QuerySet

from nanxi.foundation.areas import inside
from nanxi.people.list_sealing import contents_of, layout_of
from nanxi.people.models import ListBatch, SourceRecord, StagedRow


@dataclass(frozen=True)
class BatchRow:
    """A row of a list that was taken in, with the person it is, and where that person is to be found."""

    record_id: UUID
    person_id: UUID | None
    area_code: str
    #: Six digits of another county; "" where the person is known to live in ours.
    elsewhere: str = ""


def batches() -> QuerySet[ListBatch]:
    """Lists of one's own area, newest first."""
    return ListBatch.objects.select_related("job").defer("file", "layout").order_by("-received_at", "-id")


def batch_by_id(batch_id: UUID) -> ListBatch | None:
    rows = ListBatch.objects.select_related("job", "supersedes").filter(pk=batch_id)
    return rows.first()  # pyright: ignore[reportReturnType]


def batch_of_ref(source_ref: str) -> ListBatch | None:
    """The newest list that came with this reference ("directive:<id>") and was not withdrawn."""
    rows = batches().filter(source_ref=source_ref, withdrawn_at=None) if source_ref else ListBatch.objects.none()
    return rows.first()  # pyright: ignore[reportReturnType]


def rows_of_batch(batch_id: UUID) -> list[BatchRow]:
    """The records of a list in the file's order, in scope. Empty before it is taken in and after it was withdrawn."""
    return _rows(StagedRow.objects.filter(batch_id=batch_id))


def rows_elsewhere(batch_id: UUID) -> list[BatchRow]:
    """The rows that belong to another county, where the register knows no home of the person in ours."""
    return [row for row in _rows(StagedRow.objects.filter(batch_id=batch_id).exclude(elsewhere="")) if row.elsewhere]


@dataclass(frozen=True)
class ListedArrival:
    """A row that says on which day its person comes. way: train, flight, coach, car, ship or "". origin: six digits or ""."""

    record_id: UUID
    person_id: UUID | None
    area_code: str
    day: str
    way: str
    origin: str
    route: str


def has_arrivals(batch_id: UUID) -> bool:
    """Whether a list has a column with the day of arrival."""
    batch = ListBatch.objects.filter(pk=batch_id).first()
    return batch is not None and any("arrival" in layout.keys for layout in layout_of(batch).sheets)


def arrivals_of_batch(batch_id: UUID, start: int = 0, most: int = 1000) -> list[ListedArrival]:
    """The next rows of a list that say when somebody comes to the county; rows of other counties do not."""
    staged = list(_taken_in(batch_id)[start : start + most])
    places = {row.record_id: row for row in _rows(StagedRow.objects.filter(pk__in=[row.pk for row in staged]))}
    found = []
    for row, content in zip(staged, contents_of(staged), strict=True):
        placed = places.get(row.record_id) if row.record_id else None
        if content is None or placed is None or placed.elsewhere or "arrival" not in content.facts:
            continue
        facts = content.facts
        found.append(
            ListedArrival(
                placed.record_id, placed.person_id, placed.area_code, facts["arrival"], facts.get("trip_kind", ""),
                facts.get("origin", ""), facts.get("trip", ""),
            )
        )  # fmt: skip
    return found


def has_more(batch_id: UUID, start: int) -> bool:
    """Whether a list has rows behind so many."""
    return _taken_in(batch_id)[start : start + 1].exists()


def _taken_in(batch_id: UUID) -> QuerySet[StagedRow]:
    return StagedRow.objects.filter(batch_id=batch_id).exclude(record_id=None).order_by("sheet", "number")


def _rows(rows_of_list: QuerySet[StagedRow]) -> list[BatchRow]:
    staged = rows_of_list.exclude(record_id=None).order_by("sheet", "number")
    told = dict(staged.values_list("record_id", "elsewhere"))
    wanted = list(told)
    kept = SourceRecord.everything.filter(pk__in=wanted, withdrawn_at=None).values_list("id", "person_id", "area_code")
    rows = {record: BatchRow(record, person, area, told[record] or "") for record, person, area in kept}
    homes = _homes(row.person_id for row in rows.values() if row.person_id)
    found = {record: _placed(row, homes.get(row.person_id, ())) for record, row in rows.items()}
    return [found[record] for record in wanted if record in found]


def _placed(row: BatchRow, homes: Iterable[str]) -> BatchRow:
    area = _nearer(row.area_code, homes)
    return replace(row, area_code=area, elsewhere="" if area != row.area_code else row.elsewhere)


def _homes(persons: Iterable[UUID]) -> dict[UUID | None, list[str]]:
    """The areas that a person's records name, the best record first."""
    kept = SourceRecord.everything.filter(person_id__in=set(persons), withdrawn_at=None).order_by("person_id", "rank", "id")
    homes: dict[UUID | None, list[str]] = {}
    for person, area in kept.values_list("person_id", "area_code"):
        homes.setdefault(person, []).append(area)
    return homes


def _nearer(area: str, homes: Iterable[str]) -> str:
    """Where a row is to be checked: its own area, or the person's home inside it when the row names nothing nearer."""
    low, high = inside(area)
    return next((home for home in homes if home != area and low <= home <= high), area)


def staged_rows(batch: ListBatch, outcome: str) -> QuerySet[StagedRow]:
    """Rows of one outcome in the file's order, of the whole list: whoever handed it in sees where each row went."""
    return StagedRow.everything.filter(batch=batch, outcome=outcome).order_by("sheet", "number")
