"""What mobilisation asks of the desk: how much work is open, and the one roster by which alerts and dispatch find people."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from nanxi.foundation.act import Act
from nanxi.foundation.models import User


def open_work(area: str, kind: str, until: datetime) -> int:
    """Open tasks of a kind in an area that are due before a time; "desk" means all kinds."""
    from nanxi.desk import queries

    return queries.open_count(area, "" if kind == "desk" else kind, until)


def duties_of(user_id: UUID, since: datetime) -> list[tuple[UUID, datetime, datetime]]:
    """Somebody's lines on the desk's roster that end after `since`: id, from, to."""
    from nanxi.desk import queries

    return queries.duties_of(user_id, since)


def set_duty(act: Act, user: User, starts: datetime, ends: datetime) -> UUID:
    """A turn at the duty desk stands on the desk's roster: alerts ring there, directives go there."""
    from nanxi.desk import services

    return services.set_duty(act, user=user, part="duty", starts=starts, ends=ends).id


def end_duty(act: Act, duty_id: UUID) -> None:
    """Taken off the desk's roster, when it is not over."""
    from nanxi.desk import queries, services

    slot = queries.duty_by_id(duty_id)
    if slot is not None and slot.ends > act.now:
        services.end_duty(act, slot)


def on_duty(unit_id: UUID, at: datetime) -> list[tuple[str, str, datetime]]:
    """Who stands on the desk's roster of a unit: name, part, until."""
    from nanxi.desk import queries

    slots = queries.on_duty(unit_id, at)
    names = queries.names_of_users(slot.user_id for slot in slots)
    return [(names.get(slot.user_id, ""), slot.get_part_display(), slot.ends) for slot in slots]


def masked(name: str) -> str:
    from nanxi.people.rules.names import mask_name

    return mask_name(name) or "*"


def as_keeper_of(volunteer: Any, act: Act) -> Act:
    """The same act in the name of the volunteer's unit, which keeps the roster."""
    from dataclasses import replace

    return Act(actor=replace(act.actor, unit_id=volunteer.unit_id), clock=act.clock)
