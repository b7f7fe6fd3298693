"""Acts on many tasks, chosen by the filter of the list, undone as one; and kept filters with their counters."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from ninja import Router, Schema

from nanxi.desk import queries, services
from nanxi.desk.api import found
from nanxi.desk.api.found import answers
from nanxi.desk.models import BulkAct, SavedFilter
from nanxi.foundation.models import User
from nanxi.foundation.programs import Key, Line, Token, TownCode, as_officer, writing
from nanxi.foundation.reach import home_of
from nanxi.foundation.rights import Right

router = Router(auth=Token(), tags=["many tasks"])


class ChosenTasks(Schema):
    """What is chosen of the open tasks; empty is all."""

    kind: Line = ""
    due: Literal["", "overdue", "today", "later"] = ""
    holder: Literal["", "mine", "nobody", "unit"] = ""
    town: TownCode = ""


class BulkIn(ChosenTasks):
    """deed "give" needs `to`, "close" a `reason`."""

    deed: Literal["give", "close"]
    to: Line = ""
    reason: Literal["", "moot", "double", "elsewhere", "misplaced"] = ""


class BulkOut(Schema):
    id: UUID
    deed: str
    chosen: dict[str, str]
    reason: str
    asked: datetime
    done: int
    skipped: int
    ended: datetime | None
    undo_asked: datetime | None
    undone: int


class FilterIn(ChosenTasks):
    name: Line
    for_unit: bool = False


class FilterOut(Schema):
    id: UUID
    name: str
    chosen: dict[str, str]
    #: How many open tasks it shows now; more than 999 is "999+".
    open: str
    own: bool


@router.post("/bulk-acts", response=answers(BulkOut, 201), url_name="bulk-new")
def bulk_new(request: HttpRequest, sent: BulkIn, key: Key) -> Any:
    """Give or close all open tasks of a filter, as a job; ask for it again to see how far it is."""
    with writing(request, key, Right.ASSIGN_TASKS) as act:
        officers = {user.username: user for user in queries.assignable(act.actor)} if sent.to else {}
        user: User | None = found.there(officers.get(sent.to)) if sent.to else None
        row = services.ask_bulk(
            act, _chosen(sent), deed=sent.deed, area=home_of(act.actor.reach), user=user, reason=sent.reason
        )
        return 201, _bulk(row)


@router.get("/bulk-acts/{uuid:bulk_id}", response=answers(BulkOut), url_name="bulk")
def bulk(request: HttpRequest, bulk_id: UUID) -> Any:
    with as_officer(request, Right.ASSIGN_TASKS):
        return _bulk(found.there(BulkAct.objects.filter(pk=bulk_id).first()))


@router.post("/bulk-acts/{uuid:bulk_id}/undo", response=answers(BulkOut), url_name="bulk-undo")
def bulk_undo(request: HttpRequest, bulk_id: UUID, key: Key) -> Any:
    """Put the tasks back as they were; what somebody has worked on since stays."""
    with writing(request, key, Right.ASSIGN_TASKS) as act:
        return _bulk(services.ask_undo(act, found.there(BulkAct.objects.filter(pk=bulk_id).first())))


@router.get("/filters", response=answers(list[FilterOut]), url_name="filters")
def filters(request: HttpRequest) -> Any:
    """Filters the officer kept, and those kept for the unit, each with its counter."""
    with as_officer(request, Right.DO_TASKS) as act:
        counted = queries.counters_of(queries.filters_of(act.actor), act.actor, act.now)
        return [_filter(row, number, act.actor.user_id) for row, number in counted]


@router.post("/filters", response=answers(FilterOut, 201), url_name="filters")
def filter_keep(request: HttpRequest, sent: FilterIn, key: Key) -> Any:
    with writing(request, key, Right.DO_TASKS) as act:
        row = services.keep_filter(act, _chosen(sent), name=sent.name, for_unit=sent.for_unit)
        number = queries.counters_of([row], act.actor, act.now)[0][1]
        return 201, _filter(row, number, act.actor.user_id)


@router.delete("/filters/{uuid:filter_id}", response=answers(None, 204), url_name="filter-drop")
def filter_drop(request: HttpRequest, filter_id: UUID) -> Any:
    """Drop a filter; one that is gone already is gone."""
    with as_officer(request, Right.DO_TASKS) as act:
        mine = Q(user_id=act.actor.user_id) | Q(unit_id=act.actor.unit_id, unit_id__isnull=False)
        row = SavedFilter.objects.filter(mine, pk=filter_id).first()
        services.drop_filter(act, found.there(row))
        return 204, None


def _chosen(sent: ChosenTasks) -> queries.Chosen:
    return queries.Chosen(kind=sent.kind, due=sent.due, holder=sent.holder, town=sent.town)


def _bulk(row: BulkAct) -> dict[str, Any]:
    return {
        "id": row.id, "deed": row.deed, "chosen": row.chosen, "reason": row.reason, "asked": row.asked_at, "done": row.done,
        "skipped": row.skipped, "ended": row.ended_at, "undo_asked": row.undo_asked_at, "undone": row.undone,
    }  # fmt: skip


def _filter(row: SavedFilter, number: str, user_id: UUID | None) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "chosen": row.chosen, "open": number, "own": row.user_id == user_id}
