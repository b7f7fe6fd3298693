"""Takes in what a phone kept while it was away: a batch of visits, each once, each kept whatever became of its task.

A batch is one transaction of few statements, because five hundred phones hand in their day in the same hour.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.field import below
from nanxi.field import rules as visit_rules
from nanxi.field.models import HandedIn, Photo, Visit
from nanxi.field.phones import photos, rules
from nanxi.field.phones.rules import Errand, Standing
from nanxi.field.visits import Place, sealed_note, sealed_position, sighting_of
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.models import RecordKey
from nanxi.foundation.rights import Right

LATE = gettext_noop("A visit came in that could not close its task")
#: The rule by which the town is told (desk's generators), how soon it looks, and when nobody needs to any more.
RULE, WITHIN, ENDS = "field.late", timedelta(days=2), timedelta(days=14)
HANDED_IN, PHOTO = HandedIn._meta.db_table, Photo._meta.db_table


@dataclass(frozen=True)
class FoundHome:
    """A home that no list knew, as a worker came upon it."""

    area: str
    address: str
    name: str
    phone: str
    persons: int


@dataclass(frozen=True)
class Told:
    """One visit as the phone tells it. said_at: by its own clock; noted_s: how far that was off, as it knew then."""

    key: UUID
    task_id: UUID
    said_at: datetime
    noted_s: int | None = None
    result: str = ""
    note: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    position: tuple[float, float, int] | None = None
    #: A visit to a household of a sweep; task_id is the household, or the round in which it was found.
    door: bool = False
    found: FoundHome | None = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Handing:
    """How a batch came in: whose phone, how far its clock is off now, and the worker's own area."""

    area: str
    measured_s: int
    device_id: UUID | None = None


@dataclass
class _Weighed:
    """One visit held against its task."""

    told: Told
    row: HandedIn
    task: Any = None
    result: str = ""
    note: str = ""
    answers: dict[str, Any] = field(default_factory=dict)


@service
def take_in(act: Act, batch: Sequence[Told], handing: Handing) -> None:
    """Keep a batch and close the tasks it can close. Visits whose task is not in scope are left for `keep_unseen`."""
    _take(act, batch, handing, unseen=False)


@service
def keep_unseen(act: Act, batch: Sequence[Told], handing: Handing) -> None:
    """Keep visits whose task lies elsewhere by now or is gone. Runs in the county's scope, where no task is the worker's own."""
    _take(act, batch, handing, unseen=True)


def _take(act: Act, batch: Sequence[Told], handing: Handing, *, unseen: bool) -> None:
    act.need(Right.DO_TASKS)
    one_at_a_time(act)
    known = known_keys(act, batch)
    tasks = below.lock_tasks({one.task_id for one in batch})
    fresh = [one for one in {one.key: one for one in batch}.values() if one.key not in known and (unseen or one.task_id in tasks)]
    vault.load_keys([task.record_id for task in tasks.values() if task.record_id])
    weighed = _Scale(act, handing, tasks).weigh(fresh)
    _keep(act, weighed)
    act.log(
        "field.phone.handed_in", area=handing.area, device=handing.device_id, count=len(weighed), again=len(known),
        off_s=handing.measured_s,
    )  # fmt: skip


def known_keys(act: Act, batch: Iterable[Told]) -> dict[UUID, HandedIn]:
    """What came in before under the same keys, as far as the scope shows it."""
    rows = HandedIn.objects.filter(by_id=act.actor.user_id, key__in=[one.key for one in batch])
    return {row.key: row for row in rows}


def one_at_a_time(act: Act) -> None:
    """A repeat may arrive while the first request still runs: the batches of one worker wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 73))", [act.actor.handle])


def row_of(act: Act, told: Told, handing: Handing, *, area: str) -> HandedIn:
    """The row of one visit, its time put right by the county's clock."""
    moment = rules.moment(told.said_at, noted_s=told.noted_s, measured_s=handing.measured_s, now=act.now)
    return HandedIn(
        area_code=area, by_id=act.actor.user_id, key=told.key, device_id=handing.device_id, task_id=told.task_id,
        said_at=told.said_at, at=moment.at, clock_off_s=moment.off_s, received_at=act.now,
    )  # fmt: skip


class _Scale:
    """Holds visits against their tasks in the order they came: a second one finds its task closed by the first."""

    def __init__(self, act: Act, handing: Handing, tasks: dict[UUID, Any]) -> None:
        self.act, self.handing, self.tasks = act, handing, tasks
        self.late = below.out_of_turn(tasks.values())
        self.ended: dict[UUID, str] = {}

    def weigh(self, batch: Iterable[Told]) -> list[_Weighed]:
        return [self._one(told) for told in batch]

    def _one(self, told: Told) -> _Weighed:
        task = self.tasks.get(told.task_id)
        now, handing = self.act.now, self.handing
        row = row_of(self.act, told, handing, area=task.area_code if task else handing.area)
        row.record_id, row.person_id = (task.record_id, task.person_id) if task else (None, None)
        one = _Weighed(told, row, task, told.result, told.note)
        fits = task is not None and _read(self.act, one)
        state = rules.standing(self._errand(task), result=one.result, fits=fits, age=now - row.at)
        row.standing, row.outcome = state.code, one.result[:16]
        if state is Standing.TAKEN:
            self.ended[told.task_id] = one.result
        return one

    def _errand(self, task: Any) -> Errand | None:
        if task is None:
            return None
        actor = self.act.actor
        mine = task.assignee_id == actor.user_id or (task.assignee_id is None and task.unit_id == actor.unit_id)
        open_still = task.ended_at is None and task.id not in self.ended
        return Errand(open_still, mine, task.id not in self.late, self.ended.get(task.id, task.result))


def _read(act: Act, one: _Weighed) -> bool:
    """Hold the answers against the form; whether everything fits."""
    told, task = one.told, one.task
    if below.form_of(task) is not None:
        found = below.found_in(act, task, told.answers, one.row.at)
        one.result, one.note, one.answers = found.result, found.note, found.answers
        if found.faults:
            return False
    stays = (visit_rules.why_not_stay(start=place.start, end=place.end, now=act.now) for place in told.places)
    return not (visit_rules.why_not_visit(outcome=one.result, allowed=below.results_of(task), note=one.note) or any(stays))


def _keep(act: Act, weighed: list[_Weighed]) -> None:
    taken = [one for one in weighed if one.row.state is Standing.TAKEN]
    visits = [_visit_of(one) for one in taken]
    Visit.everything.bulk_create(visits)
    for one in weighed:
        if one.row.visit_id is None:
            one.row.sealed = sealed_whole(one.row, one.told)
    HandedIn.everything.bulk_create([one.row for one in weighed])
    if taken:
        below.end_tasks(act, [(one.task, one.result, one.row.at, one.note, one.answers) for one in taken])
        act.log_many("field.visit.recorded", [_entry(one) for one in taken])
        below.keep_sightings(act, [seen for one, visit in zip(taken, visits, strict=True) for seen in _sightings(one, visit)])
    for one in weighed:
        if one.row.state is not Standing.TAKEN:
            flag(act, one.row)


def _visit_of(one: _Weighed) -> Visit:
    row, told = one.row, one.told
    visit = Visit(
        area_code=row.area_code, task_id=row.task_id, by_id=row.by_id, at=row.at, day=county_day(row.received_at),
        record_id=row.record_id, person_id=row.person_id, outcome=one.result, places=len(told.places),
    )  # fmt: skip
    visit.note_sealed, visit.position_sealed = sealed_note(visit, one.note.strip()), sealed_position(visit, told.position)
    row.visit_id = visit.id
    return visit


def _sightings(one: _Weighed, visit: Visit) -> list[dict[str, Any]]:
    return [sighting_of(visit, number, place) for number, place in enumerate(one.told.places)] if visit.record_id else []


def _entry(one: _Weighed) -> dict[str, Any]:
    row = one.row
    return {
        "area": row.area_code, "subject": ("desk.task", row.task_id), "person": row.person_id, "outcome": row.outcome,
        "places": len(one.told.places), "located": one.told.position is not None, "handed_in": row.id, "off_s": row.clock_off_s,
    }  # fmt: skip


def _all_told(told: Told) -> str:
    places = [[place.name, place.start.isoformat(), place.end.isoformat() if place.end else ""] for place in told.places]
    body = {
        "result": told.result, "note": told.note, "answers": told.answers, "position": told.position, "places": places,
        "found": asdict(told.found) if told.found else None,
    }  # fmt: skip
    return json.dumps(body, ensure_ascii=False)


def sealed_whole(row: HandedIn, told: Told) -> bytes:
    """Everything that was told, under the record's key or, where that is gone, the row's own."""
    text = _all_told(told)
    if row.record_id is not None:
        try:
            return vault.seal(HANDED_IN, "sealed", row.record_id, text)
        except vault.Sealed:
            # The record was purged meanwhile; what came late is kept under a key of its own until somebody looked at it.
            row.record_id = None
    vault.make_keys([row.id])
    return vault.seal(HANDED_IN, "sealed", row.id, text)


def flag(act: Act, row: HandedIn) -> None:
    """Say in the ledger what was kept as evidence only, and tell the town where somebody has to look at it."""
    act.log(
        "field.visit.kept", area=row.area_code, subject=("desk.task", row.task_id), person=row.person_id, standing=row.standing,
        handed_in=row.id,
    )  # fmt: skip
    if row.state.tells:
        # Where no unit serves an area there is nobody to tell; the visit stays all the same.
        with suppress(Refused):
            below.tell_town(
                act, rule=RULE, subject=("field.handed_in", row.id), area=row.area_code, title=LATE, due=act.now + WITHIN,
                stops_at=act.now + ENDS, record_id=row.record_id, person_id=row.person_id, facts={"standing": row.standing},
            )  # fmt: skip


@service
def keep_photo(act: Act, *, visit_key: UUID, key: UUID, data: bytes) -> Photo:
    """Keep one photo of a visit that was handed in; a repeat changes nothing. Runs in the county's scope. Raises Refused."""
    act.need(Right.DO_TASKS)
    one_at_a_time(act)
    row = HandedIn.objects.filter(by_id=act.actor.user_id, key=visit_key).first()
    if row is None:
        raise Refused(_("Hand in the visit before its photos."))
    there = Photo.objects.filter(by_id=act.actor.user_id, key=key).first()
    if there is not None:
        act.log("field.photo.repeated", area=row.area_code, subject=("field.handed_in", row.id))
        return there
    if Photo.objects.filter(handed_in=row).count() >= rules.MOST_PHOTOS:
        raise Refused(_("A visit has at most three photos."))
    try:
        data = photos.bare(data)
    except photos.NoPhoto as problem:
        raise Refused(_(str(problem))) from None
    photo = Photo(area_code=row.area_code, by_id=row.by_id, key=key, handed_in=row, received_at=act.now)
    record_id = row.record_id or row.id
    if row.record_id is None and not RecordKey.objects.filter(record_id=row.id).exists():
        vault.make_keys([row.id])
    photo.sealed = vault.seal(PHOTO, "sealed", record_id, base64.b64encode(data).decode())
    photo.save()
    act.log("field.photo.kept", area=row.area_code, subject=("field.handed_in", row.id), person=row.person_id, size=len(data))
    return photo
