"""The desk's reads: work lists in scope, courses and coverage, who is on duty, and what a task, alert or directive opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from nanxi.desk import rules
from nanxi.desk.models import Alert, AlertPlace, AlertStep, Directive, DutySlot, HandoverNote, Task
from nanxi.desk.sealing import words
from nanxi.foundation import areas, vault
from nanxi.foundation.act import Actor
from nanxi.foundation.clock import county_day
from nanxi.foundation.grants import Opening
from nanxi.foundation.models import Unit, UnitArea, User
from nanxi.foundation.reach import Reach, stem_of
from nanxi.foundation.rights import Right, Role

#: Who can be sent, the likeliest first among equally near ones.
FIELD_ROLES = [Role.GRID_WORKER.code, Role.TOWN_DUTY.code, Role.LIAISON.code]


@dataclass(frozen=True)
class ListRow:
    """A committed row of a directive's list."""

    record_id: UUID
    person_id: UUID | None
    area_code: str


@dataclass(frozen=True)
class Coverage:
    """Checks of one town: how many there are, how many are done, how many found the person here."""

    code: str
    name: str
    total: int
    done: int
    found: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True)
class VisitedPlace:
    """A place visited while outside, as cases turns it into a sighting."""

    record_id: UUID
    place: str
    t0: datetime
    t1: datetime
    area_code: str


def course_of(directive: Directive) -> rules.Course:
    counts = Task.everything.filter(directive=directive).aggregate(
        open=Count("id", filter=Q(ended_at=None)), done=Count("id", filter=Q(ended_at__isnull=False))
    )
    return rules.Course(
        triaged=directive.triaged_at is not None,
        tasks_open=counts["open"],
        tasks_done=counts["done"],
        answered=directive.answered_at is not None,
        withdrawn=directive.withdrawn_at is not None,
        has_list=directive.batch_id is not None,
    )


def courses_of(directives: Iterable[Directive]) -> dict[UUID, rules.Course]:
    """Courses of a page of directives in one query."""
    rows = list(directives)
    counts = {
        row["directive_id"]: row
        for row in Task.everything.filter(directive__in=rows)
        .values("directive_id")
        .annotate(open=Count("id", filter=Q(ended_at=None)), done=Count("id", filter=Q(ended_at__isnull=False)))
    }
    none = {"open": 0, "done": 0}
    return {
        d.id: rules.Course(
            d.triaged_at is not None,
            counts.get(d.id, none)["open"],
            counts.get(d.id, none)["done"],
            d.answered_at is not None,
            d.withdrawn_at is not None,
            d.batch_id is not None,
        )
        for d in rows
    }


def coverage_of(directive: Directive) -> list[Coverage]:
    """Checks by town, in the scope of the reader."""
    totals: dict[str, list[int]] = {}
    rows = (
        Task.objects.filter(directive=directive)
        .values("area_code")
        .annotate(
            total=Count("id"), done=Count("id", filter=Q(ended_at__isnull=False)), found=Count("id", filter=Q(result="found"))
        )
    )
    for row in rows:
        town = totals.setdefault(areas.town_of(row["area_code"]), [0, 0, 0])
        for place, name in enumerate(("total", "done", "found")):
            town[place] += row[name]
    names = areas.names_of(totals)
    return [Coverage(code, names.get(code, code), *found) for code, found in sorted(totals.items())]


def distinct_persons(directive: Directive) -> int:
    """Distinct persons among the checks; rows not linked to anybody count one each."""
    counts = Task.objects.filter(directive=directive).aggregate(
        persons=Count("person_id", distinct=True), unlinked=Count("id", filter=Q(person_id=None))
    )
    return counts["persons"] + counts["unlinked"]


@dataclass(frozen=True)
class AnswerRow:
    """One row of the sender's list with what was found: the cells as they came, then result, day and remark."""

    cells: list[str]
    result: str
    day: str
    remark: str


@dataclass(frozen=True)
class AnswerSheet:
    """The answer to a directive in the sender's columns."""

    header: list[str]
    rows: list[AnswerRow]


def answer_sheet(directive: Directive, sheet: Any) -> AnswerSheet:
    """Join the list as its sender wrote it with the checks of its rows. A row without a check says so by an empty result."""
    tasks = {
        task.record_id: task for task in Task.everything.filter(directive=directive).exclude(record_id=None).order_by("opened_at")
    }
    vault.load_keys(record for record, task in tasks.items() if record and task.note)
    rows = []
    for row in sheet.rows:
        task = tasks.get(row.record_id)
        done = task is not None and task.ended_at is not None
        rows.append(
            AnswerRow(
                list(row.cells),
                _(task.result_label) if done and task.result_label else "",
                county_day(task.ended_at).isoformat() if done and task.ended_at else "",
                note_of(task) if task else "",
            )
        )
    return AnswerSheet(list(sheet.header), rows)


def text_of(directive: Directive) -> str:
    return words("desk_directive", "text", directive.text, record_id=directive.id, row_id=directive.id)


def answer_of(directive: Directive) -> tuple[str, str]:
    """What was answered in words, and why it went out with open tasks."""
    both = ("answer", directive.answer), ("answered_without", directive.answered_without)
    told = [words("desk_directive", column, sealed, record_id=directive.id, row_id=directive.id) for column, sealed in both]
    return told[0], told[1]


def note_of(task: Task) -> str:
    return words("desk_task", "note", task.note, record_id=task.record_id, row_id=task.id)


def told_of(task: Task) -> str:
    return words("desk_task", "told", task.told, record_id=task.record_id, row_id=task.id)


def said_in(step: AlertStep, alert: Alert) -> str:
    return words("desk_alertstep", "note", step.note, record_id=alert.record_id, row_id=alert.id)


def open_tasks(actor: Actor) -> QuerySet[Task]:
    """Open tasks of the actor's unit, or of the whole scope for those who assign; soonest due first."""
    rows = Task.objects.filter(ended_at=None).order_by("due", "id")
    return rows if actor.may(Right.ASSIGN_TASKS) else rows.filter(Q(unit_id=actor.unit_id) | Q(assignee_id=actor.user_id))


def tasks_of_worker(user_id: UUID, unit_id: UUID | None) -> QuerySet[Task]:
    """Open tasks somebody holds, and those of the unit that nobody holds yet; soonest due first."""
    free = Q(assignee_id=None, unit_id=unit_id) if unit_id else Q(pk__in=[])
    return Task.objects.filter(Q(assignee_id=user_id) | free, ended_at=None).order_by("due", "id")


def tasks_about(kind: str, object_id: UUID) -> list[Task]:
    """Open tasks in scope about an object of another room."""
    return list(Task.objects.filter(subject_kind=kind, subject_id=object_id, ended_at=None))


def task_by_id(task_id: UUID) -> Task | None:
    return Task.objects.filter(pk=task_id).first()


def may_work(actor: Actor, task: Task) -> bool:
    """Whether an officer may carry out this task: its holder, its unit while nobody holds it, or whoever assigns in its area."""
    if task.assignee_id == actor.user_id or actor.may(Right.ASSIGN_TASKS):
        return True
    return task.assignee_id is None and task.unit_id == actor.unit_id


def open_alerts() -> QuerySet[Alert]:
    """Open alerts of the scope: unacknowledged first, then the oldest."""
    return Alert.objects.filter(closed_at=None).order_by(F("acknowledged_at").asc(nulls_first=True), "raised_at", "id")


def open_directives() -> QuerySet[Directive]:
    """Directives of the scope that wait for their answer, soonest deadline first."""
    return Directive.objects.filter(answered_at=None, withdrawn_at=None).order_by("deadline", "id")


def raised_alerts(kind: str) -> list[tuple[UUID | None, datetime]]:
    """Person and time of every alert of a kind that was ever raised in scope, oldest first."""
    return list(Alert.objects.filter(kind=kind).order_by("raised_at", "id").values_list("person_id", "raised_at"))


def sounding(actor: Actor, at: datetime) -> int:
    """Unacknowledged alerts that sound at this officer's desk now."""
    slots = on_duty(actor.unit_id, at) if actor.unit_id else []
    part = next((slot.part for slot in slots if slot.user_id == actor.user_id), "")
    role = actor.role.code if actor.role else ""
    own, other = (rules.heard_from(role, own_unit=own, part=part, rostered=bool(slots)) for own in (True, False))
    mine = Q(unit_id=actor.unit_id) & Q(level__in=_from(own))
    theirs = (~Q(unit_id=actor.unit_id) | Q(unit_id=None)) & Q(level__in=_from(other))
    return Alert.objects.filter(mine | theirs, closed_at=None, acknowledged_at=None).count()


def _from(level: rules.Level) -> list[str]:
    return [one.name for one in rules.Level if one.after >= level.after]


def on_duty(unit_id: UUID, at: datetime) -> list[DutySlot]:
    """Who is on duty for a unit at a time, the duty officer before the deputy."""
    rows = DutySlot.objects.filter(unit_id=unit_id, starts__lte=at, ends__gt=at)
    return _ranked(rows)


def _ranked(slots: Iterable[DutySlot]) -> list[DutySlot]:
    return sorted(slots, key=lambda slot: (slot.part != DutySlot.Part.DUTY, slot.starts))


def unread_notes(actor: Actor, at: datetime) -> list[HandoverNote]:
    """Handover notes of one's unit in the last two days that one has not read."""
    rows = HandoverNote.objects.filter(unit_id=actor.unit_id).exclude(reads__user_id=actor.user_id)
    return [note for note in rows.order_by("-at")[:20] if (at - note.at).days < 2]


def read_notes(actor: Actor) -> list[HandoverNote]:
    """The last notes of one's unit that one has read."""
    return list(HandoverNote.objects.filter(unit_id=actor.unit_id, reads__user_id=actor.user_id).order_by("-at")[:10])


def writers_of(actor: Actor) -> dict[UUID, str]:
    """Names of the officers of one's unit, for notes and roster."""
    return dict(User.objects.filter(unit_id=actor.unit_id).values_list("id", "display_name"))


@dataclass(frozen=True)
class UnitDuty:
    """Who is on duty now for one unit."""

    unit: str
    phone: str
    officers: list[tuple[str, str, datetime]]


def duty_now(actor: Actor, at: datetime) -> list[UnitDuty]:
    """The units of one's area that have a roster, each with the duty officer before the deputy."""
    codes = (
        UnitArea.objects.filter(unit__kind__in=[Unit.Kind.HEADQUARTERS, Unit.Kind.TOWN])
        .select_related("unit")
        .order_by("area_id")
    )
    found = {
        link.unit_id: link.unit for link in codes if actor.reach.covers(link.area_id) or link.unit.kind == Unit.Kind.HEADQUARTERS
    }
    slots: dict[UUID, list[DutySlot]] = {}
    for slot in DutySlot.objects.filter(unit_id__in=found, starts__lte=at, ends__gt=at):
        slots.setdefault(slot.unit_id, []).append(slot)
    names = names_of_users(slot.user_id for rows in slots.values() for slot in rows)
    return [
        UnitDuty(
            unit.name,
            unit.phone,
            [(names.get(one.user_id, ""), one.get_part_display(), one.ends) for one in _ranked(slots.get(unit_id, []))],
        )
        for unit_id, unit in found.items()
    ]


def roster_ahead(actor: Actor, at: datetime) -> list[DutySlot]:
    """One's own unit's shifts from now on."""
    return list(DutySlot.objects.filter(unit_id=actor.unit_id, ends__gt=at).order_by("starts", "part")[:20])


def text_of_note(note: HandoverNote) -> str:
    return vault.unseal("desk_handovernote", "text", note.id, bytes(note.text))


def places_of_alert(alert_id: UUID) -> list[VisitedPlace]:
    """Places visited during an alert, opened for cases, which keeps them as sightings."""
    found = []
    for row in AlertPlace.everything.filter(alert_id=alert_id).select_related("alert"):
        record = row.alert.record_id
        if record is not None:
            name = vault.unseal("desk_alertplace", "place", record, bytes(row.place))
            found.append(VisitedPlace(record, name, row.t0, row.t1, row.area_code))
    return found


def field_staff(area: str) -> list[User]:
    """Grid workers, town staff and liaison of an area's town, the nearest to the area first."""
    town = Reach.over([areas.town_of(area)])
    nearest: dict[UUID, int] = {}
    for unit_id, code in UnitArea.objects.values_list("unit_id", "area_id"):
        if town.covers(code) or Reach.over([code]).covers(area):
            near = Reach.over([code]).covers(area)
            nearest[unit_id] = max(nearest.get(unit_id, 0), len(stem_of(code)) + (20 if near else 0))
    rows = User.objects.filter(is_active=True, role_code__in=FIELD_ROLES, unit_id__in=nearest).select_related("unit")
    return sorted(rows, key=lambda user: (-nearest[user.unit_id], FIELD_ROLES.index(user.role_code), user.username))


def assignable(actor: Actor) -> list[User]:
    """Who may be given tasks of one's area; headquarters gives them to the towns, which give them to their grid workers."""
    reach = Reach.over(UnitArea.objects.filter(unit_id=actor.unit_id).values_list("area_id", flat=True))
    inside = {unit_id for unit_id, code in UnitArea.objects.values_list("unit_id", "area_id") if reach.covers(code)}
    roles = [code for code in FIELD_ROLES if not (actor.role is Role.HQ_DESK and code == Role.GRID_WORKER.code)]
    rows = User.objects.filter(is_active=True, role_code__in=roles, unit_id__in=inside).select_related("unit")
    return sorted(rows, key=lambda user: (FIELD_ROLES.index(user.role_code), user.unit.name, user.username))


def names_of_users(user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    wanted = {one for one in user_ids if one}
    return dict(User.objects.filter(pk__in=wanted).values_list("id", "display_name")) if wanted else {}


def task_opens(actor: Actor, task_id: UUID, person_id: UUID, now: datetime) -> Opening:
    """A task opens its person to its holder, or to the desk of its unit, while it is open."""
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        return Opening(False, _("This task lies outside the area you answer for."))
    if not task.is_open:
        return Opening(False, _("This task is closed, and with it the record."))
    if not (actor.may(Right.DO_TASKS) and may_work(actor, task)):
        return Opening(False, _("This task is held by somebody else."))
    return Opening(person_id in (task.person_id, task.record_id), _("This task is about somebody else."), task.area_code)


def alert_opens(actor: Actor, alert_id: UUID, person_id: UUID, now: datetime) -> Opening:
    """An open alert opens its person to those who answer alerts in its area."""
    alert = Alert.objects.filter(pk=alert_id).first()
    if alert is None or not actor.may(Right.HANDLE_ALERTS):
        return Opening(False, _("This alert lies outside the area you answer for."))
    if not alert.is_open:
        return Opening(False, _("This alert is closed, and with it the record."))
    return Opening(person_id in (alert.person_id, alert.record_id), _("This alert is about somebody else."), alert.area_code)


def directive_opens(actor: Actor, directive_id: UUID, person_id: UUID, now: datetime) -> Opening:
    """A directive opens the persons of its own list to the desk that answers it, until it is withdrawn."""
    directive = Directive.objects.filter(pk=directive_id).first()
    if directive is None or not actor.may(Right.TRIAGE_DIRECTIVES):
        return Opening(False, _("This directive lies outside the area you answer for."))
    if directive.withdrawn_at:
        return Opening(False, _("This directive was withdrawn, and with it the reading of its list."))
    whose = Q(person_id=person_id) | Q(record_id=person_id)
    listed = Task.everything.filter(whose, directive=directive).exists()
    return Opening(listed, _("This person is not on the directive's list."), directive.area_code)


def area_of_open_task(actor: Actor, task_id: UUID, now: datetime) -> str | None:
    """The area of a task inside which the register may be asked; None when it is closed, foreign, or held by somebody else."""
    task = Task.objects.filter(pk=task_id, ended_at=None).first()
    return task.area_code if task is not None and may_work(actor, task) else None
