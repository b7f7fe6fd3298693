"""Checked lists: all with their figures, coverage of one by town and place, looked up again, handed over to other counties."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import StringConstraints

from nanxi.desk import queries, services
from nanxi.desk.api import found
from nanxi.desk.api.found import answers
from nanxi.desk.queries import batches
from nanxi.foundation.programs import Key, Line, Token, TownCode, as_officer, writing
from nanxi.foundation.rights import Right

router = Router(auth=Token(), tags=["lists"])
CountyCode = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
PAGE = 100


class CountsOut(Schema):
    checks: int
    answered: int
    here: int
    left: int
    not_found: int
    wrong: int
    refused: int
    ended: int
    open: int
    late: int


class CoverageOut(CountsOut):
    code: str
    name: str


class ElsewhereOut(Schema):
    county: str
    name: str
    rows: int
    handed_over: datetime | None


class ListOut(Schema):
    """Checks and distinct persons are counted apart. elsewhere: rows that belong to other counties."""

    checks: int
    persons: int
    towns: list[CoverageOut]
    elsewhere: list[ElsewhereOut]


class ListLineOut(Schema):
    directive: UUID
    number: str
    sender: str
    received: datetime
    counts: CountsOut | None


class ListsOut(Schema):
    """lists, checks and persons of the whole area; never to be added up."""

    lists: int
    checks: int
    persons: int
    items: list[ListLineOut]
    #: Send it as `after` for the next page; empty at the end.
    after: str


class CountyIn(Schema):
    county: CountyCode


class RowsOut(Schema):
    header: list[str]
    rows: list[list[str]]


@router.get("/lists", response=answers(ListsOut), url_name="lists")
def lists(request: HttpRequest, after: Line = "") -> Any:
    """Every list, newest first, 100 a page."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES) as act:
        rows, more = batches.lists_after(after, PAGE)
        tallies = batches.tallies_of(rows, act.now)
        figures = batches.figures()
        items = [
            {
                "directive": row.id, "number": row.number, "sender": row.sender, "received": row.received_at,
                "counts": _counts(tallies[row.id]) if row.id in tallies else None,
            }
            for row in rows
        ]  # fmt: skip
        return {**vars(figures), "items": items, "after": more}


@router.get("/directives/{uuid:directive_id}/checks", response=answers(ListOut), url_name="checks")
def checks(request: HttpRequest, directive_id: UUID, town: TownCode = "") -> Any:
    """Coverage of a list by town, or with `town` by village and grid."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES) as act:
        row = found.directive(directive_id)
        tallies = batches.by_place(row, act.now, town) if town else batches.by_town(row, act.now)
        return {
            "checks": sum(one.checks for one in tallies), "persons": queries.distinct_persons(row),
            "towns": [{**_counts(one), "code": one.code, "name": one.name} for one in tallies],
            "elsewhere": [vars(one) for one in batches.elsewhere_of(row)],
        }  # fmt: skip


@router.post("/lists/{uuid:directive_id}/look-up", response=answers(None, 204), url_name="list-look-up")
def look_up(request: HttpRequest, directive_id: UUID, key: Key) -> Any:
    """Ask the house again what it knows of the people on the list; the figures follow."""
    with writing(request, key, Right.TRIAGE_DIRECTIVES) as act:
        services.ask_again(act, found.checked_list(directive_id))
        return 204, None


@router.post("/lists/{uuid:directive_id}/hand-over", response=answers(RowsOut), url_name="list-hand-over")
def hand_over(request: HttpRequest, directive_id: UUID, sent: CountyIn) -> Any:
    """The rows of one other county in the sender's columns; each time they leave the house is recorded."""
    with as_officer(request, Right.TRIAGE_DIRECTIVES) as act:
        header, rows = services.hand_over(act, found.checked_list(directive_id), county=sent.county)
        return {"header": header, "rows": rows}


def _counts(one: batches.Tally) -> dict[str, Any]:
    return {name: getattr(one, name) for name in CountsOut.model_fields}
