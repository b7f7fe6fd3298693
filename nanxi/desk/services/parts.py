"""Parts of a directive: split by area and unit, acknowledged, reported back, returned, reminded, escalated, withdrawn with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.desk import dispatching, queries, rules
from nanxi.desk.models import Directive, Part, PartCell, PartStep, Task
from nanxi.desk.sealing import seal_words
from nanxi.desk.services.tasks import close_task, open_task
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.models import Unit, UnitArea
from nanxi.foundation.rights import Right

REPORT = gettext_noop("Report back on a directive")
LATE = gettext_noop("A unit has not reported back on a directive")
WITHDRAWN = gettext_noop("A directive your unit was working on was withdrawn")
#: Columns one unit may add; more is a list of its own.
MOST_COLUMNS = 6
#: A notice is read within the next day.
NOTICE_WITHIN = NOTICE_ENDS = dispatching.REMIND_BEFORE * 12


@dataclass(frozen=True)
class Given:
    """One unit's part as the desk words it. columns: what the unit fills in for each row of the list."""

    unit: Unit
    text: str
    columns: tuple[str, ...] = ()


@service
def split_directive(act: Act, directive: Directive, *, given: Sequence[Given], deadline: datetime) -> list[Part]:
    """Give parts of a directive to units; each gets a task to report back, held by whoever is on duty with the fewest tasks.

    Raises Refused when the directive is closed or untriaged, a unit has its part already or serves no area, or the deadline is
    later than the directive's own.
    """
    act.need(Right.TRIAGE_DIRECTIVES)
    found = Directive.objects.select_for_update().filter(pk=directive.pk).first()
    if found is None or rules.stage_of(queries.course_of(found)).ended:
        raise Refused(_("This directive is already closed."))
    if found.triaged_at is None:
        raise Refused(_("Triage the directive first."))
    if deadline > found.deadline:
        raise Refused(_("A part cannot be due later than the directive itself."))
    if not given:
        raise Refused(_("Choose at least one unit."))
    return [_give(act, found, one, deadline) for one in given]


def _give(act: Act, directive: Directive, given: Given, deadline: datetime) -> Part:
    unit = given.unit
    if Part.everything.filter(directive=directive, unit_id=unit.id).exists():
        raise Refused(_("%(unit)s has its part of this directive already.") % {"unit": unit.name})
    area = UnitArea.objects.filter(unit=unit).order_by("area_id").values_list("area_id", flat=True).first()
    if area is None:
        raise Refused(_("%(unit)s serves no area; add one under Units first.") % {"unit": unit.name})
    if not given.text.strip():
        raise Refused(_("Say what %(unit)s has to do.") % {"unit": unit.name})
    if len(given.columns) > MOST_COLUMNS:
        raise Refused(_("A unit adds at most %(most)d columns.") % {"most": MOST_COLUMNS})
    assert act.actor.user_id is not None
    part = Part(
        area_code=area, directive=directive, unit_id=unit.id, number=directive.number, sender=directive.sender,
        columns=list(given.columns), deadline=deadline, given_at=act.now, given_by=act.actor.user_id, batch_id=directive.batch_id,
    )  # fmt: skip
    vault.make_keys([part.id])
    part.text = vault.seal("desk_part", "text", part.id, given.text.strip())
    part.save()
    _step(act, part, "given")
    _ask(act, part)
    return part


def _ask(act: Act, part: Part) -> Task:
    """The task to report back, held by the likeliest officer of the unit."""
    officer = queries.likely_officer(part.unit_id, act.now)
    return open_task(
        act,
        kind=rules.TaskKind.REPORT.code,
        area=part.area_code,
        title=REPORT,
        subject=("desk.part", part.id),
        unit_id=part.unit_id,
        assignee_id=officer.id if officer else None,
        due=part.deadline,
        priority=part.directive.priority,
        directive_id=part.directive_id,  # type: ignore[attr-defined]
        facts={"number": part.number, "sender": part.sender},
    )


def _step(act: Act, part: Part, kind: str, note: str = "") -> PartStep:
    step = PartStep(area_code=part.area_code, part=part, at=act.now, kind=kind, by_id=act.actor.user_id)
    step.note = seal_words("desk_partstep", "note", note, record_id=part.id, row_id=step.id)
    step.save()
    act.log(
        f"desk.part.{kind}", area=part.area_code, subject=("desk.directive", part.directive_id), part=part.id,  # type: ignore[attr-defined]
        unit=part.unit_id,
    )  # fmt: skip
    return step


def _advance(act: Act, part: Part, kind: str, note: str = "") -> Part:
    found = Part.objects.select_for_update().filter(pk=part.pk).first()
    if found is None:
        raise Refused(_("This part lies outside the area you answer for."))
    if problem := dispatching.why_not_step(queries.part_line(found).state, kind):
        raise Refused(_(problem))
    _step(act, found, kind, note)
    return found


def _own(act: Act, part: Part) -> None:
    act.need(Right.DO_TASKS)
    if act.actor.unit_id != part.unit_id:
        raise Refused(_("This part belongs to another unit."))


@service
def acknowledge_part(act: Act, part: Part) -> Part:
    """The unit has read it and works on it."""
    _own(act, part)
    return _advance(act, part, "acknowledged")


@service
def report_part(act: Act, part: Part, *, text: str, nothing: bool = False) -> Part:
    """The unit reports back; its task closes. Raises Refused without words, or while cells of its columns are empty."""
    _own(act, part)
    if not text.strip() and not nothing:
        raise Refused(_("Say in words what was done and found, or that there is nothing to report."))
    if part.columns and not nothing and (empty := empty_cells(part)):
        raise Refused(_("%(n)d rows lack an entry in your columns; fill them in first.") % {"n": empty})
    found = _advance(act, part, "reported", text)
    task = Task.objects.filter(subject_kind="desk.part", subject_id=part.id, ended_at=None).first()
    if task is not None:
        close_task(act, task, result="nothing" if nothing else "reported")
    return found


def empty_cells(part: Part) -> int:
    """Rows of the list in whose columns something is missing."""
    written = queries.cells_of(part)
    wanted = set(range(len(part.columns)))
    return sum(
        1
        for row in queries.rows_of_part(part)
        if {n for n, text in written.get(row.record_id, {}).items() if text} < wanted  # type: ignore[arg-type]
    )


@service
def return_part(act: Act, part: Part, *, reason: str) -> Part:
    """The desk gives a report back for correction, saying why; the unit gets a new task."""
    act.need(Right.TRIAGE_DIRECTIVES)
    if not reason.strip():
        raise Refused(_("Say what is missing or wrong in the report."))
    found = _advance(act, part, "returned", reason)
    _ask(act, found)
    return found


@service
def fill_cells(act: Act, part: Part, cells: Mapping[tuple[UUID, int], str]) -> int:
    """Keep what the unit wrote about rows of the list in its own columns; unchanged cells are left alone."""
    _own(act, part)
    if not queries.part_line(part).is_open:
        raise Refused(_("This part is closed, and with it the reading of its list."))
    rows = {row.record_id for row in queries.rows_of_part(part)}
    before = queries.cells_of(part)
    kept = []
    for (record_id, column), text in cells.items():
        if record_id not in rows or not 0 <= column < len(part.columns):
            raise Refused(_("This row or column is none of the part's."))
        if before.get(record_id, {}).get(column, "") != text.strip():
            cell = PartCell(area_code=part.area_code, part=part, record_id=record_id, column=column, at=act.now)
            cell.value = vault.seal("desk_partcell", "value", record_id, text.strip()[:200])
            kept.append(cell)
    PartCell.everything.bulk_create(kept)
    act.log(
        "desk.part.filled", area=part.area_code, subject=("desk.directive", part.directive_id), part=part.id, cells=len(kept)  # type: ignore[attr-defined]
    )  # fmt: skip
    return len(kept)


def withdraw_parts(act: Act, directive: Directive) -> int:
    """End the open parts of a withdrawn directive; units that had begun are told. Runs inside the withdrawal."""
    from nanxi.desk.services.generated import open_generated

    ended = 0
    for line in queries.part_lines(Part.everything.filter(directive=directive)):
        if not line.is_open:
            continue
        _step(act, line.part, "withdrawn")
        ended += 1
        if line.state != "given":
            open_generated(
                act, rule="desk.withdrawn", subject=("desk.part", line.part.id), stops_at=act.now + NOTICE_ENDS,
                kind=rules.TaskKind.NOTICE.code, area=line.part.area_code, title=WITHDRAWN, unit_id=line.part.unit_id,
                due=act.now + NOTICE_WITHIN, facts={"number": line.part.number},
            )  # fmt: skip
    return ended


def remind_and_escalate(act: Act) -> int:
    """What the clock asks of open parts: one reminder before the deadline, an alert after it. Returns how many moved."""
    moved = 0
    for part in queries.open_parts():
        kinds = [step.kind for step in part.steps.all()]  # type: ignore[attr-defined]
        # A returned part begins anew: what was told before its return does not count.
        since = kinds[max((n for n, kind in enumerate(kinds) if kind == "returned"), default=0) :]
        told = {"reminded": "reminded" in since, "escalated": "escalated" in since}
        step = dispatching.due_step(dispatching.state_of(kinds), part.deadline, now=act.now, **told)
        if step:
            _move(act, part, step)
            moved += 1
    return moved


@service
def _move(act: Act, part: Part, step: str) -> PartStep:
    from nanxi.desk.services.alerts import raise_alert

    if step == "escalated":
        raise_alert(
            act, key=f"desk.part:{part.id}", kind="desk.part", severity="medium", area=part.area_code,
            subject=("desk.part", part.id), title=LATE, facts={"number": part.number},
            event=f"desk.part:{part.id}:{part.deadline}",
        )  # fmt: skip
    return _step(act, part, step)
