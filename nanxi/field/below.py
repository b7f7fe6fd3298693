"""What field asks of people, desk, cases and orders, in one place. Imported on use, so that the rules stay light."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from nanxi.foundation.act import Act


def record_for_index(index: bytes) -> UUID | None:
    from nanxi.people import queries

    return queries.record_for_index(index)


def person_of(record_id: UUID) -> UUID | None:
    from nanxi.people import queries

    return queries.persons_of([record_id]).get(record_id)


def labels(person_ids: Iterable[UUID | None]) -> dict[UUID, Any]:
    from nanxi.people import queries

    return queries.masked_labels([person for person in person_ids if person])


def open_record(act: Act, record_id: UUID, via: tuple[str, UUID], purpose: Any, person_id: UUID | None) -> Any:
    """Grant and audit, then the unsealed identifiers."""
    from nanxi.people import services

    return services.open_record(act, record_id=record_id, via=via, purpose=purpose, person_id=person_id)


def live_order(person_id: UUID, at: datetime) -> Any | None:
    """The order that binds this person now, or None. Statuses are derived; nobody sets them."""
    from nanxi.orders import queries

    status = queries.status_of(person_id, at)
    return next((order for order in queries.orders_of_person(person_id) if order.number in status.orders), None)


def home_of(person_id: UUID, at: datetime) -> tuple[float, float] | None:
    """lon, lat (WGS-84) where the person stays by a live order; only after a grant."""
    from nanxi.orders import queries

    order = live_order(person_id, at)
    home = queries.home_of(order) if order is not None else None
    return (home["lon"], home["lat"]) if home else None


def keep_vehicle(act: Act, plate: str, *, place: str, at: datetime, area: str, key: str, record_id: UUID | None) -> None:
    """The vehicle was at the post, and who is known to have sat in it. A plate that was misread is left in the passage only."""
    from nanxi.cases import services

    if not services.is_plate(plate):
        return
    services.keep_vehicle_seen(act, plate=plate, place=place, t0=at, source="checkpoint", area=area, key=f"{key}:vehicle")
    if record_id is not None:
        services.keep_rides(act, [services.Aboard(record_id, plate, at, area, key)])


def raise_alert(act: Act, **alert: Any) -> Any:
    from nanxi.desk import services

    return services.raise_alert(act, **alert)


def keep_sightings(act: Act, rows: Sequence[dict[str, Any]]) -> int:
    """Sightings inside the running service; a known key changes nothing."""
    from nanxi.cases.services.sightings import Seen, keep_sightings

    return keep_sightings(act, [Seen(**row) for row in rows]) if rows else 0


def open_generated(act: Act, **task: Any) -> Any:
    """The task that a rule makes, while its switch is on."""
    from nanxi.desk import services

    return services.open_generated(act, **task)


def stop_generated(act: Act, *, rule: str, subject_id: UUID) -> int:
    from nanxi.desk import services

    return services.stop_generated(act, rule=rule, subject_ids=[subject_id])


def record_claim(act: Act, *, area: str, source_kind: str, source_ref: str, identity: Any) -> UUID:
    from nanxi.people import services

    return services.record_claim(act, area=area, source_kind=source_kind, source_ref=source_ref, identity=identity)


def labels_of_records(record_ids: Iterable[UUID]) -> dict[UUID, Any]:
    from nanxi.people import queries

    return queries.labels_of_records(list(record_ids))


def has_arrivals(batch_id: UUID) -> bool:
    from nanxi.people import queries

    return queries.has_arrivals(batch_id)


def arrivals_of_batch(batch_id: UUID, start: int, most: int) -> tuple[list[Any], bool]:
    """Rows of a list that say when somebody comes, and whether the list goes on behind them."""
    from nanxi.people import queries

    rows = queries.arrivals_of_batch(batch_id, start, most)
    return rows, queries.has_more(batch_id, start + most)


def origin_code(text: str) -> str:
    """Six digits of the prefecture or province that a place names, "" when it cannot be told."""
    from nanxi.people import queries

    return queries.origin_code(text) if text.strip() else ""


def identity(**told: str) -> Any:
    from nanxi.people.identity import Identity

    return Identity(**told)


def may_work(act: Act, task: Any) -> bool:
    """Whether the officer may carry out this task."""
    from nanxi.desk import queries

    return queries.may_work(act.actor, task)


def name_of_origin(code: str) -> str:
    from nanxi.people import queries

    return queries.name_of_county(code) if code else ""


def tasks_of(user_id: UUID, unit_id: UUID | None) -> list[Any]:
    """Open tasks this worker holds, soonest due first."""
    from nanxi.desk import queries

    return list(queries.tasks_of_worker(user_id, unit_id))


def task_by_id(task_id: UUID) -> Any | None:
    from nanxi.desk import queries

    return queries.task_by_id(task_id)


def results_of(task: Any) -> tuple[str, ...]:
    """The results that a task of this kind may have."""
    from nanxi.desk.rules import TaskKind

    return TaskKind.of(task.kind).results


def result_labels(task: Any) -> list[tuple[str, str]]:
    """The same with the desk's words for them."""
    from nanxi.desk.rules import RESULTS

    return [(code, RESULTS[code]) for code in results_of(task)]


@dataclass(frozen=True)
class Found:
    """What the form of a task was filled in with: its result and remark, the other answers, and what does not fit."""

    result: str
    note: str
    answers: dict[str, Any]
    told: dict[str, Any]
    faults: dict[str, Any]


def found_by_form(act: Act, task: Any, sent: Any) -> Found | None:
    """Answers sent by a page, held against the task's form; None for a task without one."""
    from nanxi.desk import asking, queries

    form = queries.form_at(task.form)
    return None if form is None else found_in(act, task, asking.told_in(form, sent))


def found_in(act: Act, task: Any, told: dict[str, Any], at: datetime | None = None) -> Found:
    """Answers by question, held against the task's form as of the day they were given."""
    from nanxi.desk import queries, services

    form = queries.form_at(task.form)
    assert form is not None
    filled = services.check_answers(act, task, told, at=at)
    rest = {name: value for name, value in filled.answers.items() if name not in {form.result, form.remark}}
    result, note = (str(filled.answers.get(name) or "") for name in (form.result, form.remark))
    return Found(result, note, rest, told, filled.faults)


def form_of(task: Any) -> Any | None:
    """The definition of a task's form; None for a task that is closed by result and remark alone."""
    return form_at(task.form)


def form_at(ref: str) -> Any | None:
    from nanxi.desk import queries

    return queries.form_at(ref)


def kind_label(task: Any) -> str:
    from nanxi.desk.rules import TaskKind

    return TaskKind.of(task.kind).label


def asked_of(act: Act, task: Any, told: Any = None, faults: Any = None) -> Any:
    """The questions of a task's form as a page shows them; None for a task without one."""
    from nanxi.desk import asking

    return asking.questionnaire(act, task, told, faults)


def close_task(act: Act, task: Any, *, result: str, note: str, answers: dict[str, Any] | None = None) -> Any:
    from nanxi.desk import services

    return services.close_task(act, task, result=result, note=note, answers=answers)


def lock_tasks(task_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """The tasks in scope among these, locked until the transaction ends."""
    from nanxi.desk import services

    return services.lock_tasks(task_ids)


def out_of_turn(tasks: Collection[Any]) -> set[UUID]:
    from nanxi.desk import queries

    return queries.out_of_turn(tasks)


def end_tasks(act: Act, closings: Sequence[tuple[Any, str, datetime, str, dict[str, Any]]]) -> None:
    """End locked tasks in turn: task, result, when it was found out, note, answers."""
    from nanxi.desk import services

    services.end_tasks(act, [services.Closing(*one) for one in closings])


def tell_town(act: Act, *, rule: str, subject: tuple[str, UUID], area: str, title: str, due: datetime, stops_at: datetime,
              record_id: UUID | None, person_id: UUID | None, facts: dict[str, Any]) -> Any:  # fmt: skip
    """A notice for the town of an area; None while the county has switched the rule off."""
    from nanxi.desk import services

    return services.open_generated(
        act, rule=rule, subject=subject, stops_at=stops_at, kind="notice", area=area, title=title, due=due, record_id=record_id,
        person_id=person_id, facts=facts,
    )  # fmt: skip


def notice_about(kind: str, object_id: UUID) -> Any | None:
    """The open notice about an object of this room."""
    from nanxi.desk import queries

    return next(iter(queries.tasks_about(kind, object_id)), None)


def openers_of(actor: Any, person_id: UUID, at: datetime) -> list[Any]:
    """The open tasks and alerts by which an officer may open a person."""
    from nanxi.desk import queries

    return queries.opened_for(actor, person_id, at)


def names_of_users(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    from nanxi.desk import queries

    return queries.names_of_users(user_ids)


def shown_answers(ref: str, told: dict[str, Any]) -> list[tuple[str, str]]:
    """Question and answer in words by the form, the result and the remark among them."""
    from nanxi.desk import asking

    form = form_at(ref)
    return asking.shown_answers(form, told, whole=True) if form is not None else []


def result_word(code: str) -> str:
    from django.utils.translation import gettext

    from nanxi.desk.rules import RESULTS

    return gettext(RESULTS[code]) if code in RESULTS else code
