"""What orders asks of the rooms below it, in one place: people, desk, cases. Imported on use, so that the rules stay light."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from nanxi.foundation.act import Act
from nanxi.orders.rules import home_among


def evidence_path(record_id: UUID, at: datetime) -> Any:
    """The strongest evidence by which this person may be restricted, or None (cases)."""
    from nanxi.cases import queries

    return queries.evidence_path(record_id, at)


def persons_of(record_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    from nanxi.people import queries

    return queries.persons_of(list(record_ids))


def homes_of(record_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Record → the areas in which the register knows its person to live."""
    from nanxi.people import queries

    return queries.homes_of(record_ids)


def masked_labels(person_ids: Iterable[UUID]) -> dict[UUID, Any]:
    from nanxi.people import queries

    return queries.masked_labels([person for person in person_ids if person])


def open_record(act: Act, record_id: UUID, via: tuple[str, UUID], purpose: Any, person_id: UUID | None) -> Any:
    from nanxi.people import services

    return services.open_record(act, record_id=record_id, via=via, purpose=purpose, person_id=person_id)


def raise_alert(act: Act, **alert: Any) -> Any:
    from nanxi.desk import services

    return services.raise_alert(act, **alert)


def ease_alert(act: Act, **told: Any) -> Any:
    from nanxi.desk import services

    return services.ease_alert(act, **told)


def alert_tallies(prefix: str, since: datetime) -> list[Any]:
    """Closed alerts by kind, device model and rule version, with how many were false (desk)."""
    from nanxi.desk import queries

    return queries.tallies(prefix, since)


def open_alert(key: str) -> Any:
    """The open alert of a key, or None."""
    from nanxi.desk import queries

    return queries.open_by_key(key)


def open_walks(town: str) -> list[Any]:
    """Open alerts of the synthetic walks of a town."""
    from nanxi.desk import queries

    return queries.open_walks(town)


def is_announced(alert: Any) -> bool:
    from nanxi.desk import queries

    return queries.announced(alert)


def end_walk(act: Act, alert: Any) -> Any:
    from nanxi.desk import services

    return services.end_walk(act, alert)


def closed_since(key: str, since: datetime) -> bool:
    """Whether an alert of this key was closed after a time."""
    from nanxi.desk import queries

    return queries.closed_since(key, since)


def open_task(act: Act, **task: Any) -> Any:
    from nanxi.desk import services

    return services.open_task(act, **task)


def masked_records(record_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Masked labels of records whose person is not known yet."""
    from nanxi.people import queries

    return queries.labels_of_records(list(record_ids))


@dataclass(frozen=True)
class Origin:
    """What an order is made from: a contact or a case, whose record it speaks about, and where the person lives."""

    kind: str
    id: UUID
    record_id: UUID
    person_id: UUID | None
    area_code: str
    accepted: bool


def origin_of(kind: str, object_id: UUID) -> Origin | None:
    """A contact or case in scope that an order can be made from."""
    from nanxi.cases import queries

    if kind == "cases.contact":
        contact = queries.contact_by_id(object_id)
        return _from_contacts([contact])[0] if contact else None
    case = queries.cases().filter(pk=object_id).first() if kind == "cases.case" else None
    if case is None:
        return None
    home = home_among(homes_of([case.record_id]).get(case.record_id, ()), case.area_code)
    return Origin(kind, case.pk, case.record_id, case.person_id, home, True)


def accepted_contacts(run_id: UUID) -> list[Origin] | None:
    """The accepted contacts of a tracing in scope; None when there is no such tracing."""
    from nanxi.cases import queries

    run = queries.run_by_id(run_id)
    if run is None:
        return None
    return [origin for origin in _from_contacts(queries.contacts_of_run(run)) if origin.accepted]


def contacts_beside(order: Any) -> list[Origin]:
    """Accepted contacts of the case from which an order was made that the register knows in the same place."""
    from nanxi.cases import queries

    case = None
    if order.origin_kind == "cases.contact" and (contact := queries.contact_by_id(order.origin_id)):
        case = contact.case
    elif order.origin_kind == "cases.case":
        case = queries.cases().filter(pk=order.origin_id).first()
    if case is None:
        return []
    others = [one for one in _from_contacts(queries.contacts_of(case)) if one.accepted and one.record_id != order.record_id]
    return [one for one in others if one.area_code == order.area_code]


def _from_contacts(contacts: Sequence[Any]) -> list[Origin]:
    """A contact named in an interview stands in the case's town; the person lives where the register says."""
    homes = homes_of(contact.record_id for contact in contacts)
    return [
        Origin(
            "cases.contact", contact.pk, contact.record_id, contact.person_id,
            home_among(homes.get(contact.record_id, ()), contact.area_code),
            contact.decision.value == "accepted" and contact.retracted_at is None,
        )
        for contact in contacts
    ]  # fmt: skip


def close_tasks(act: Act, kind: str, order_id: UUID, result: str) -> None:
    """Close the open tasks of a kind about an order: what they asked for is done."""
    from nanxi.desk import services

    for task in _tasks_about(order_id, kind):
        services.close_task(act, task, result=result)


def close_missed_calls(act: Act, order_id: UUID, result: str) -> None:
    """Close the calls that ask why no report came: it came."""
    from nanxi.desk import services

    for task in _tasks_about(order_id, "health"):
        if task.facts.get("outcome") == "missed":
            services.close_task(act, task, result=result)


def has_task(order_id: UUID, kind: str) -> bool:
    """Whether a task of a kind about an order is open."""
    return bool(_tasks_about(order_id, kind))


def asked_lately(order_id: UUID, cause: str, since: datetime) -> bool:
    """Whether a task about an order for this cause is open, or was opened since a time."""
    from nanxi.desk import queries

    return any(task.facts.get("cause") == cause for task in queries.tasks_since("orders.order", order_id, since))


def _tasks_about(order_id: UUID, kind: str) -> list[Any]:
    from nanxi.desk import queries

    return [task for task in queries.tasks_about("orders.order", order_id) if task.kind == kind]
