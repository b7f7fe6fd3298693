"""A list as its sender wrote it: for the answer that goes back, and for the workbook of what has to be corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from nanxi.people.intake.problems import Remark, Weight
from nanxi.people.intake.tables import shown
from nanxi.people.list_sealing import Content, Layout, contents_of, layout_of
from nanxi.people.models import ListBatch, StagedRow

#: Rows unsealed at a time; keys of a chunk fit the vault's cache.
CHUNK = 2000


@dataclass(frozen=True)
class SheetRow:
    """One row of the sender; `record_id` is None for a row that was not taken in."""

    record_id: UUID | None
    cells: list[str]


@dataclass(frozen=True)
class Sheet:
    """All rows under one header; columns of further sheets stand to the right unless they have the same heading."""

    header: list[str]
    rows: list[SheetRow]


@dataclass(frozen=True)
class ErrorRow:
    """A row with its number in the sender's file; remarks by place of the column, -1 for the row itself."""

    number: int
    cells: list[str]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class ErrorPage:
    """One sheet of the workbook of corrections."""

    name: str
    labels: tuple[str, ...]
    rows: list[ErrorRow]


@dataclass(frozen=True)
class ErrorSheet:
    pages: list[ErrorPage]
    #: Rows with at least one reason.
    faulty: int
    #: Day numbers that stand as they came must be counted as they came.
    from_1904: bool = False


def sheet_of(batch: ListBatch) -> Sheet:
    """All rows of a list in the file's order."""
    layouts = layout_of(batch).sheets
    header: list[str] = []
    places = [_places(layout, header) for layout in layouts]
    rows = []
    for row, content in _opened(batch):
        cells = [""] * len(header)
        for at, text in enumerate(shown(content.cells) if content else []):
            if at < len(places[row.sheet]):
                cells[places[row.sheet][at]] = text
        rows.append(SheetRow(row.record_id, cells))
    return Sheet(header, rows)


def _places(layout: Layout, header: list[str]) -> list[int]:
    """Where each column of a sheet goes in the common header, which grows by what is new."""
    taken: list[int] = []
    for label in layout.labels:
        free = [at for at, known in enumerate(header) if known == label and at not in taken]
        if not free:
            header.append(label)
            free = [len(header) - 1]
        taken.append(free[0])
    return taken


def error_sheet(batch: ListBatch) -> ErrorSheet:
    """Every row of the list, so that the corrected file is a whole list; those with reasons carry them."""
    layouts = layout_of(batch)
    pages = [ErrorPage(layout.sheet, layout.labels, []) for layout in layouts.sheets]
    faulty = 0
    for row, content in _opened(batch):
        if content is None:
            continue
        remarks = tuple(remark for remark in content.remarks if remark.weight is not Weight.CHANGED)
        faulty += bool(remarks)
        pages[row.sheet].rows.append(ErrorRow(row.number, shown(content.cells), remarks))
    return ErrorSheet(pages, faulty, layouts.from_1904)


def _opened(batch: ListBatch) -> Iterator[tuple[StagedRow, Content | None]]:
    rows = list(batch.staged.order_by("sheet", "number"))
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        yield from zip(part, contents_of(part), strict=True)
