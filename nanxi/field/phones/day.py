"""What a phone takes along: today's own tasks, masked as on the page, and the forms they are closed with. Never the register."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nanxi.field import below
from nanxi.field import rules as visit_rules
from nanxi.field.models import HandedIn
from nanxi.field.phones.doors import VISIT
from nanxi.field.sweep import queries as sweep
from nanxi.field.sweep.queries import Door
from nanxi.foundation import accounts, areas
from nanxi.foundation.act import Actor
from nanxi.foundation.clock import county_day, day_bounds
from nanxi.foundation.models import User
from nanxi.foundation.reach import stem_of

#: Without contact the phone forgets its tasks after so many days, and after so many what was never handed in.
KEEP_TASKS_DAYS, KEEP_VISITS_DAYS = 3, 14


@dataclass(frozen=True)
class Errand:
    """One task as page and phone show it."""

    task: Any
    label: Any
    place: str
    late: bool


def errands_of(user: User, now: datetime) -> tuple[list[Errand], int]:
    """The worker's tasks of today, overdue first, and how many are due later."""
    tasks = below.tasks_of(user.pk, user.unit_id)
    day_end = day_bounds(county_day(now))[1]
    today = [task for task in tasks if visit_rules.for_today(due=task.due, priority=task.priority, day_end=day_end)]
    labels = below.labels(task.person_id for task in today)
    places = areas.names_of(task.area_code for task in today)
    rows = [
        Errand(task, labels.get(task.person_id) or elsewhere(task.person_id), places.get(task.area_code, ""), task.due < now)
        for task in today
    ]
    return rows, len(tasks) - len(today)


def elsewhere(person_id: UUID | None) -> str | None:
    """Somebody is known, but the record lies outside the worker's area: it opens inside the task all the same."""
    return _("name kept by another area") if person_id else None


@dataclass(frozen=True)
class Pack:
    """The day as JSON, and the digest by which a phone asks whether anything changed."""

    body: dict[str, Any]
    etag: str


def pack_of(user: User, now: datetime, have: Collection[str] = ()) -> Pack:
    """The worker's day. have: digests of tasks and `code@version` of forms the phone holds; those come without their content."""
    rows, later = errands_of(user, now)
    actor = accounts.actor_of(user)
    tasks = [_told(row) for row in rows] + [_door(one) for one in sweep.doors_of(actor, now)[0]]
    sweeps = _sweeps(actor, now)
    refs = sorted({str(one["form"]) for one in (*tasks, *sweeps) if one["form"]})
    forms = {ref: _form(ref) for ref in refs}
    whole = {"worker": str(user.pk), "language": get_language(), "later": later, "forms": refs, "tasks": tasks, "sweeps": sweeps}
    etag = _digest(whole)
    body = {
        **whole,
        "forms": {ref: None if ref in have else form for ref, form in forms.items()},
        "tasks": [{"id": task["id"], "v": task["v"]} if task["v"] in have else task for task in tasks],
        "keep_tasks_days": KEEP_TASKS_DAYS,
        "keep_visits_days": KEEP_VISITS_DAYS,
    }
    return Pack(body, etag)


def _told(row: Errand) -> dict[str, Any]:
    task = row.task
    told: dict[str, Any] = {
        "id": str(task.id),
        "title": _(task.title),
        "kind": _(below.kind_label(task)),
        "who": str(row.label) if row.label is not None else "",
        "place": row.place,
        "due": task.due.isoformat(),
        "urgent": task.priority == 1,
        "form": task.form if below.form_of(task) is not None else "",
    }
    if not told["form"]:
        told["results"] = [[code, _(text), code in visit_rules.NEEDS_WORDS] for code, text in below.result_labels(task)]
    return {**told, "v": _digest(told)}


def _door(door: Door) -> dict[str, Any]:
    """A household of a sweep that is due now, as an errand of the day."""
    house = door.house
    told: dict[str, Any] = {
        "id": str(house.pk), "title": house.round.title, "kind": _(VISIT), "who": str(door.label) if door.label else "",
        "place": door.place, "due": day_bounds(house.round.closes)[1].isoformat(), "urgent": bool(house.again_from),
        "form": house.round.form, "door": True, "persons": house.persons,
    }  # fmt: skip
    return {**told, "v": _digest(told)}


def _sweeps(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Rounds in which the worker may come upon a household that nobody knew."""
    running = sweep.open_rounds(actor, now)
    places = sweep.places_of(actor.reach) if running else []
    return [
        {
            "id": str(row.pk), "title": row.title, "form": row.form,
            "areas": [place for place in places if place[0].startswith(stem_of(row.area_code))],
        }
        for row in running
    ]  # fmt: skip


def _form(ref: str) -> dict[str, Any]:
    form = below.form_at(ref)
    assert form is not None
    return {**form.as_json(int(ref.partition("@")[2])), "remark": form.remark}


def _digest(told: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def flagged(limit: int) -> list[HandedIn]:
    """What phones handed in that did not close its task, newest first, in the scope of the reader."""
    return list(HandedIn.objects.exclude(standing="taken").order_by("-received_at", "-id")[:limit])


def handed_in(row_id: UUID) -> HandedIn | None:
    return HandedIn.objects.filter(pk=row_id).first()
