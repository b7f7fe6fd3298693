"""Who says whether a task is open and whose it is: the room that keeps tasks registers its answer here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Actor, Refused

#: check(actor, task_id, now) → the area of the task when it is open and the actor's own, else None.
Check = Callable[[Actor, UUID, datetime], str | None]
#: chosen(act, task_id, record_id, person_id): the officer found the person of the task.
Chosen = Callable[[Act, UUID, UUID, UUID], None]


@dataclass
class _Room:
    check: Check | None = None
    chosen: Chosen | None = None


_room = _Room()


def register(check: Check, chosen: Chosen | None = None) -> None:
    """Declare how a task is checked and, if the room wants to know, whom to tell which person it turned out to be."""
    _room.check, _room.chosen = check, chosen


def area_of_open_task(act: Act, task_id: UUID) -> str:
    """The area of the caller's own open task. Raises Refused for every other task."""
    area = _room.check(act.actor, task_id, act.now) if _room.check else None
    if area is None:
        raise Refused(_("The register is asked only inside an open task of your own. Open the task, or claim it first."))
    return area


def can_choose() -> bool:
    return _room.chosen is not None


def tell_chosen(act: Act, task_id: UUID, record_id: UUID, person_id: UUID) -> None:
    if _room.chosen is None:
        raise Refused(_("No task of this kind takes a person."))
    _room.chosen(act, task_id, record_id, person_id)
