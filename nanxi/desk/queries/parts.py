"""Reads of parts: where each stands, who of a unit is likeliest to get it, what its unit wrote about each row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from nanxi.desk import dispatching
from nanxi.desk.models import Directive, Part, PartCell, PartStep, Task
from nanxi.desk.queries.serving import candidates_of
from nanxi.desk.sealing import words
from nanxi.foundation import vault
from nanxi.foundation.act import Actor
from nanxi.foundation.grants import Opening
from nanxi.foundation.models import Unit, User
from nanxi.foundation.rights import Right


@dataclass(frozen=True)
class PartLine:
    """One part with its unit's name, its state and its steps, oldest first."""

    part: Part
    unit: str
    state: str
    steps: list[PartStep]

    @property
    def label(self) -> str:
        return _(dispatching.STATES[self.state])

    @property
    def tone(self) -> str:
        return dispatching.TONES[self.state]

    @property
    def is_open(self) -> bool:
        return self.state not in {"reported", "withdrawn"}


def part_lines(parts: Iterable[Part]) -> list[PartLine]:
    """Parts with their steps and units in two queries."""
    rows = list(parts)
    steps: dict[UUID, list[PartStep]] = {}
    for step in PartStep.objects.filter(part__in=rows).order_by("at", "id"):
        steps.setdefault(step.part_id, []).append(step)  # type: ignore[attr-defined]
    units = dict(Unit.objects.filter(pk__in=[row.unit_id for row in rows]).values_list("id", "name"))
    return [
        PartLine(
            row, units.get(row.unit_id, ""), dispatching.state_of([s.kind for s in steps.get(row.id, [])]), steps.get(row.id, [])
        )
        for row in rows
    ]


def parts_of(directive: Directive) -> list[PartLine]:
    return part_lines(Part.objects.filter(directive=directive).order_by("given_at", "id"))


def part_line(part: Part) -> PartLine:
    return part_lines([part])[0]


def text_of_part(part: Part) -> str:
    return words("desk_part", "text", part.text, record_id=part.id, row_id=part.id)


def note_of_step(step: PartStep) -> str:
    return words("desk_partstep", "note", step.note, record_id=step.part_id, row_id=step.id)  # type: ignore[attr-defined]


def likely_officer(unit_id: UUID, at: datetime) -> User | None:
    """Who of a unit gets the next thing, by duty and load (dispatching.likeliest). None where nobody of it does tasks."""
    officers = candidates_of([unit_id], at).get(unit_id, {})
    chosen = dispatching.likeliest(candidate for _user, candidate in officers.values())
    return User.objects.filter(pk=officers[chosen.name][0]).first() if chosen else None


def cells_of(part: Part, record_ids: Iterable[UUID] | None = None) -> dict[UUID, dict[int, str]]:
    """Row → column → what the unit wrote last."""
    rows = PartCell.objects.filter(part=part).order_by("at", "id")
    if record_ids is not None:
        rows = rows.filter(record_id__in=list(record_ids))
    cells = list(rows)
    vault.load_keys(cell.record_id for cell in cells)
    found: dict[UUID, dict[int, str]] = {}
    for cell in cells:
        text = words("desk_partcell", "value", cell.value, record_id=cell.record_id, row_id=cell.id)
        found.setdefault(cell.record_id, {})[cell.column] = text
    return found


def rows_of_part(part: Part) -> list[Task]:
    """The checks of the directive's list that lie in the reader's area, for a part with columns."""
    return list(Task.objects.filter(directive_id=part.directive_id).exclude(record_id=None).order_by("opened_at", "id"))  # type: ignore[attr-defined]


def part_opens(actor: Actor, part_id: UUID, person_id: UUID, now: datetime) -> Opening:
    """A part with columns of its own opens the persons of the list to its unit, while it is open."""
    part = Part.objects.filter(pk=part_id).first()
    if part is None:
        return Opening(False, _("This part lies outside the area you answer for."))
    if not part_line(part).is_open:
        return Opening(False, _("This part is closed, and with it the reading of its list."))
    if part.unit_id != actor.unit_id or not part.columns or not actor.may(Right.DO_TASKS):
        return Opening(False, _("This part belongs to another unit."))
    listed = Task.objects.filter(directive_id=part.directive_id, person_id=person_id).exists()  # type: ignore[attr-defined]
    return Opening(listed, _("This person is not on the directive's list."), part.area_code)


def open_parts() -> list[Part]:
    """Parts that the clock may have to remind of: their report task is open."""
    waiting = Task.everything.filter(subject_kind="desk.part", kind="report", ended_at=None).values("subject_id")
    return list(
        Part.everything.filter(pk__in=waiting).prefetch_related(Prefetch("steps", PartStep.everything.order_by("at", "id")))
    )
