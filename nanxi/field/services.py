"""The only writes of this room: a passage at a post, a visit for a task."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.field import below, rules
from nanxi.field.models import Passage, Visit
from nanxi.field.visits import Place, sealed_note, sealed_position, sighting_of
from nanxi.foundation import areas, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.models import Unit
from nanxi.foundation.rights import Right

SEEN = gettext_noop("Under a live order, seen at a checkpoint")
PASSAGES = Passage._meta.db_table


@dataclass(frozen=True)
class Passer:
    """Who passed, as the post read it."""

    id_no: str = ""
    name: str = ""
    phone: str = ""
    plate: str = ""
    temperature_c: float | None = None
    #: Where from, in words ("湖北武汉"), when the post asked.
    origin: str = ""


@service
def record_passage(act: Act, *, post: Unit, area: str, at: datetime, way: str, passer: Passer) -> Passage:
    """Keep one passage; it becomes a sighting when the register knows the person, and an alert when a live order binds them.

    Works in the county's scope, because a passer-by may live in any town; the post learns no more than stop or go.
    Raises Refused with what to read again.
    """
    act.need(Right.RECORD_PASSAGES)
    id_no = rules.tidy_id(passer.id_no)
    problem = rules.why_not_passage(
        id_no=id_no, name=passer.name, phone=passer.phone, at=at, temperature_c=passer.temperature_c, now=act.now
    )
    if problem:
        raise Refused(_(problem))
    record_id = below.record_for_index(vault.index("id_no", id_no)) if id_no else None
    row = Passage(
        area_code=area, post_id=post.id, at=at, day=county_day(at), recorded_at=act.now, way=way, record_id=record_id,
        fever=rules.is_fever(passer.temperature_c), origin=below.origin_code(passer.origin),
    )  # fmt: skip
    body = json.dumps({**asdict(passer), "id_no": id_no}, ensure_ascii=False)
    row.sealed = vault.day_seal(row.day, PASSAGES, "passer", body.encode())
    row.hit = _stop(act, post, row, record_id) if record_id else False
    row.save()
    act.log(
        "field.passage.recorded", area=area, subject=("field.passage", row.id), post=post.id, way=way, hit=row.hit,
        fever=row.fever, known=record_id is not None, origin=row.origin,
    )  # fmt: skip
    if record_id:
        below.keep_sightings(act, [_sighting(row, record_id, post.name)])
    if passer.plate.strip():
        below.keep_vehicle(act, passer.plate, place=post.name, at=row.at, area=area, key=f"passage:{row.id}", record_id=record_id)
    return row


def _sighting(row: Passage, record_id: UUID, place: str) -> dict[str, Any]:
    return {
        "record_id": record_id, "place": place, "t0": row.at, "area": row.area_code, "source": "checkpoint",
        "key": f"passage:{row.id}",
    }  # fmt: skip


def _stop(act: Act, post: Unit, row: Passage, record_id: UUID) -> bool:
    """Whether a live order binds the person; then the town that keeps the order is alerted at once."""
    person_id = below.person_of(record_id)
    order = below.live_order(person_id, row.at) if person_id else None
    if order is None:
        return False
    below.raise_alert(
        act, key=f"field.passage:{order.id}:{row.day}", kind="field.passage", severity="critical",
        area=areas.town_of(order.area_code), subject=("orders.order", order.id), person_id=person_id, record_id=record_id,
        title=SEEN, facts={"post": str(post.id), "number": order.number, "way": row.way},
    )  # fmt: skip
    return True


@service
def record_visit(
    act: Act,
    *,
    task: Any,
    outcome: str,
    note: str = "",
    answers: dict[str, Any] | None = None,
    position: tuple[float, float, int] | None = None,
    places: Sequence[Place] = (),
) -> Visit:
    """Keep what a visit found and close its task; places that were named become sightings.

    answers: of the task's form, checked. position: lon, lat (WGS-84), accuracy in metres.
    Raises Refused when the outcome is unknown or needs words.
    """
    act.need(Right.DO_TASKS)
    if task.ended_at is not None:
        raise Refused(_("This task is closed already; ask your desk to open a new one."))
    problem = rules.why_not_visit(outcome=outcome, allowed=below.results_of(task), note=note)
    for place in places:
        problem = problem or rules.why_not_stay(start=place.start, end=place.end, now=act.now)
    if problem:
        raise Refused(_(problem))
    assert act.actor.user_id is not None
    visit = Visit(
        area_code=task.area_code, task_id=task.id, by_id=act.actor.user_id, at=act.now, day=county_day(act.now),
        record_id=task.record_id, person_id=task.person_id, outcome=outcome, places=len(places),
    )  # fmt: skip
    visit.note_sealed, visit.position_sealed = sealed_note(visit, note.strip()), sealed_position(visit, position)
    visit.save()
    if visit.record_id and places:
        below.keep_sightings(act, [sighting_of(visit, number, place) for number, place in enumerate(places)])
    act.log(
        "field.visit.recorded", area=visit.area_code, subject=("desk.task", task.id), person=visit.person_id, outcome=outcome,
        places=len(places), located=position is not None,
    )  # fmt: skip
    below.close_task(act, task, result=outcome, note=note.strip(), answers=answers)
    return visit
