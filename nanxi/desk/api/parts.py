"""Parts of a directive: given to units, acknowledged, filled in, reported back, returned."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from nanxi.desk import queries, services, shown
from nanxi.desk.api import found
from nanxi.desk.api.found import answers
from nanxi.foundation.programs import Key, Line, Token, Words, as_officer, writing
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import in_county

router = Router(auth=Token(), tags=["parts"])
Column = Annotated[str, StringConstraints(min_length=1, max_length=30, pattern=r"^[^\x00-\x1f\x7f]*$")]
#: Rows of a list in one answer.
ROWS = 500


class GivenIn(Schema):
    """One unit's part, with the columns of its own that it fills in for each row of the list."""

    unit: UUID
    text: Words
    columns: list[Column] = []


class SplitIn(Schema):
    given: Annotated[list[GivenIn], Field(max_length=60)]
    deadline: datetime


class PartOut(Schema):
    id: UUID
    directive: UUID
    number: str
    sender: str
    unit: UUID
    unit_name: str
    state: str
    deadline: datetime
    columns: list[str]
    given: datetime


class StepOut(Schema):
    at: datetime
    kind: str
    note: str


class PartRowOut(Schema):
    """A row of the list as the unit sees it: masked, with what it wrote."""

    record: UUID
    person: str
    cells: list[str]


class PartWholeOut(PartOut):
    text: str
    steps: list[StepOut]
    rows: list[PartRowOut]


class PartReportIn(Schema):
    text: Words = ""
    nothing: bool = False


class ReturnIn(Schema):
    reason: Words


class CellIn(Schema):
    record: UUID
    #: From 0, in the order of `columns`.
    column: Annotated[int, Field(ge=0, le=20)]
    text: Line


class CellsIn(Schema):
    cells: Annotated[list[CellIn], Field(max_length=2000)]


@router.get("/directives/{uuid:directive_id}/parts", response=answers(list[PartOut]), url_name="parts")
def parts(request: HttpRequest, directive_id: UUID) -> Any:
    with as_officer(request, Right.TRIAGE_DIRECTIVES):
        return [_part(line) for line in queries.parts_of(found.directive(directive_id))]


@router.post("/directives/{uuid:directive_id}/parts", response=answers(list[PartOut], 201), url_name="parts")
def split(request: HttpRequest, directive_id: UUID, sent: SplitIn, key: Key) -> Any:
    """Give parts to units; each gets a task to report back. All of them or none."""
    with writing(request, key, Right.TRIAGE_DIRECTIVES) as act:
        row = found.directive(directive_id)
        given = [services.Given(found.unit(one.unit), one.text, tuple(one.columns)) for one in sent.given]
        services.split_directive(act, row, given=given, deadline=in_county(sent.deadline))
        return 201, [_part(line) for line in queries.parts_of(row)]


@router.get("/parts/{uuid:part_id}", response=answers(PartWholeOut), url_name="part")
def part(request: HttpRequest, part_id: UUID) -> Any:
    """One part with its steps; for its own unit the rows of the list and what stands in its columns, the first 500."""
    with as_officer(request, Right.DO_TASKS, Right.TRIAGE_DIRECTIVES) as act:
        line = queries.part_line(found.part(part_id))
        own = act.actor.unit_id == line.part.unit_id and line.part.columns
        return {
            **_part(line), "text": queries.text_of_part(line.part),
            "steps": [{"at": one.at, "kind": one.kind, "note": queries.note_of_step(one)} for one in line.steps],
            "rows": _rows(line, act.now) if own else [],
        }  # fmt: skip


@router.post("/parts/{uuid:part_id}/acknowledge", response=answers(PartOut), url_name="part-acknowledge")
def part_acknowledge(request: HttpRequest, part_id: UUID, key: Key) -> Any:
    with writing(request, key, Right.DO_TASKS) as act:
        return _part(queries.part_line(services.acknowledge_part(act, found.part(part_id))))


@router.post("/parts/{uuid:part_id}/cells", response=answers(PartOut), url_name="part-fill")
def part_fill(request: HttpRequest, part_id: UUID, sent: CellsIn, key: Key) -> Any:
    """Write into the unit's own columns; cells that are not sent stay as they are."""
    with writing(request, key, Right.DO_TASKS) as act:
        row = found.part(part_id)
        services.fill_cells(act, row, {(one.record, one.column): one.text for one in sent.cells})
        return _part(queries.part_line(row))


@router.post("/parts/{uuid:part_id}/report", response=answers(PartOut), url_name="part-report")
def part_report(request: HttpRequest, part_id: UUID, sent: PartReportIn, key: Key) -> Any:
    with writing(request, key, Right.DO_TASKS) as act:
        row = services.report_part(act, found.part(part_id), text=sent.text, nothing=sent.nothing)
        return _part(queries.part_line(row))


@router.post("/parts/{uuid:part_id}/return", response=answers(PartOut), url_name="part-return")
def part_return(request: HttpRequest, part_id: UUID, sent: ReturnIn, key: Key) -> Any:
    """Give a report back for correction; the unit gets a new task."""
    with writing(request, key, Right.TRIAGE_DIRECTIVES) as act:
        return _part(queries.part_line(services.return_part(act, found.part(part_id), reason=sent.reason)))


def _part(line: queries.PartLine) -> dict[str, Any]:
    row = line.part
    return {
        "id": row.id, "directive": row.directive_id, "number": row.number, "sender": row.sender, "unit": row.unit_id,  # type: ignore[attr-defined]
        "unit_name": line.unit, "state": line.state, "deadline": row.deadline, "columns": row.columns, "given": row.given_at,
    }  # fmt: skip


def _rows(line: queries.PartLine, now: datetime) -> list[dict[str, Any]]:
    rows = [task for task in queries.rows_of_part(line.part)[:ROWS] if task.record_id]
    cells = queries.cells_of(line.part, [task.record_id for task in rows if task.record_id])
    labels = shown.labels_of(rows)
    return [
        {
            "record": task.record_id, "person": str(labels.get(task.id) or ""),
            "cells": [cells.get(task.record_id, {}).get(n, "") for n in range(len(line.part.columns))],  # type: ignore[arg-type]
        }
        for task in rows
    ]  # fmt: skip
