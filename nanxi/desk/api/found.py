"""The objects an operation is about, in the officer's scope: what lies outside it does not exist (404)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from nanxi.desk import queries
from nanxi.desk.models import Directive, Part, Task
from nanxi.foundation.act import Act
from nanxi.foundation.models import Unit
from nanxi.foundation.programs import answers, there

__all__ = ["answers", "checked_list", "directive", "part", "task", "task_to_work", "there", "unit"]


def task(task_id: UUID) -> Task:
    return there(queries.task_by_id(task_id))


def task_to_work(act: Act, task_id: UUID) -> Task:
    """A task that the officer may work on; one held by somebody else is not there."""
    row = task(task_id)
    if not queries.may_work(act.actor, row):
        raise Http404
    return row


def directive(directive_id: UUID) -> Directive:
    return there(Directive.objects.filter(pk=directive_id).first())


def checked_list(directive_id: UUID) -> Directive:
    """A directive that came with a list."""
    return there(Directive.objects.filter(pk=directive_id, batch_id__isnull=False).first())


def part(part_id: UUID) -> Part:
    return there(Part.objects.filter(pk=part_id).first())


def unit(unit_id: UUID) -> Unit:
    return there(Unit.objects.filter(pk=unit_id).first())
