"""What state a directive is in, and what its answer needs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nanxi.foundation.words import mark as _


@dataclass(frozen=True)
class Course:
    """What has happened to a directive so far."""

    triaged: bool
    tasks_open: int
    tasks_done: int
    answered: bool
    withdrawn: bool
    has_list: bool = False

    @property
    def list_waiting(self) -> bool:
        """A list came with it and has not become tasks yet."""
        return self.has_list and not self.tasks_open and not self.tasks_done


class Stage(Enum):
    """Where a directive stands; follows from its course, nobody sets it."""

    RECEIVED = _("received")
    TRIAGED = _("triaged")
    DISPATCHED = _("dispatched")
    READY = _("ready to answer")
    ANSWERED = _("answered")
    WITHDRAWN = _("withdrawn")

    @property
    def ended(self) -> bool:
        return self in {Stage.ANSWERED, Stage.WITHDRAWN}


def stage_of(course: Course) -> Stage:
    """Withdrawn beats answered beats open tasks beats done tasks beats triage."""
    if course.withdrawn:
        return Stage.WITHDRAWN
    if course.answered:
        return Stage.ANSWERED
    if course.tasks_open:
        return Stage.DISPATCHED
    if course.tasks_done:
        return Stage.READY
    return Stage.TRIAGED if course.triaged else Stage.RECEIVED


def why_not_answer(course: Course, forced_reason: str) -> str:
    """A directive is answered when its tasks are closed, or with a stated reason for the open ones."""
    if stage_of(course).ended:
        return _("This directive is already closed.")
    if not course.triaged:
        return _("Triage the directive first.")
    if course.list_waiting and not forced_reason.strip():
        return _("Its list has not become tasks yet: commit the list, or say why the answer goes out without it.")
    if course.tasks_open and not forced_reason.strip():
        return _("Some tasks are still open: close them, or say why the answer goes out without them.")
    return ""
