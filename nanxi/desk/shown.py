"""Rows as pages show them: masked labels, words, tones, moments. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.desk import below, knowing, links, outbox, queries, rules, wording
from nanxi.desk.models import Alert, Directive, Finding, Task
from nanxi.foundation import areas
from nanxi.foundation.act import Actor
from nanxi.foundation.models import LedgerEntry
from nanxi.web.parts import Moment


@dataclass(frozen=True)
class DirectiveLine:
    """One line of the directive list."""

    directive: Directive
    stage: str
    tone: str
    priority: Any
    priority_tone: str
    done: int
    total: int
    overdue: bool


def directive_lines(directives: Sequence[Directive], now: datetime) -> list[DirectiveLine]:
    courses = queries.courses_of(directives)
    lines = []
    for directive in directives:
        course = courses[directive.id]
        stage = rules.stage_of(course)
        words, tone = wording.PRIORITIES.get(directive.priority, wording.PRIORITIES[2])
        total = course.tasks_open + course.tasks_done
        late = directive.overdue(now)
        lines.append(
            DirectiveLine(directive, _(stage.value), wording.STAGE_TONES[stage], words, tone, course.tasks_done, total, late)
        )
    return lines


def labels_of(rows: Sequence[Task] | Sequence[Alert]) -> dict[UUID, Any]:
    """Row → masked label of its person, or of its record while matching has linked it to nobody."""
    persons = below.masked_labels(row.person_id for row in rows)
    records = below.labels_of_records(row.record_id for row in rows if row.person_id is None and row.record_id)
    return {row.id: persons.get(row.person_id) or records.get(row.record_id) or _elsewhere(row) for row in rows}  # pyright: ignore[reportReturnType]


def _elsewhere(row: Task | Alert) -> str | None:
    """Somebody is known, but the record lies outside one's own area: it opens inside the task all the same."""
    return _("name kept by another area") if row.person_id or row.record_id else None


@dataclass(frozen=True)
class TaskLine:
    """One line of a work list: what, about whom (masked), where, until when, by whom."""

    task: Task
    title: str
    kind: str
    label: Any
    place: str
    holder: str
    overdue: bool
    result: str


def task_lines(tasks: Sequence[Task], now: datetime) -> list[TaskLine]:
    labels = labels_of(tasks)
    places = areas.names_of(task.area_code for task in tasks)
    holders = queries.names_of_users(task.assignee_id for task in tasks)
    return [
        TaskLine(
            task,
            _(task.title),
            _(task.kind_label),
            labels.get(task.id),
            places.get(task.area_code, task.area_code),
            holders.get(task.assignee_id, ""),
            task.overdue(now),
            _(task.result_label) if task.result_label else "",
        )
        for task in tasks
    ]


@dataclass(frozen=True)
class FindingLine:
    """One finding in words: what it says, how it is known, and whether it stands."""

    finding: Finding
    way: Any
    says: str
    how: str
    source: Any
    stands: bool


def finding_lines(evidence: queries.Evidence) -> list[FindingLine]:
    labels = {one.code: one.label for one in rules.Says}
    stands = evidence.ruling.stands_id if evidence.ruling else None  # type: ignore[attr-defined]
    return [
        FindingLine(
            one, one.get_way_display(), _(labels[one.says]), _(rules.KNOWN[one.how]), knowing.label_of(one.source_kind),
            one.id == stands,
        )
        for one in evidence.findings
    ]


@dataclass(frozen=True)
class AlertLine:
    """One alert as a duty officer reads it."""

    alert: Alert
    title: str
    why: list[str]
    label: Any
    place: str
    severity: Any
    tone: str
    level: str
    closed_as: str
    holder: str = ""

    @property
    def town(self) -> str:
        return areas.town_of(self.alert.area_code)


@dataclass(frozen=True)
class TownLines:
    """The open alerts of one town, and how many of them wait for an answer."""

    place: str
    lines: list[AlertLine]

    @property
    def waiting(self) -> int:
        return sum(1 for line in self.lines if line.alert.acknowledged_at is None)


def by_town(lines: Sequence[AlertLine]) -> list[TownLines]:
    """Lines grouped by town; the town with the most unanswered alerts first, lines in their order."""
    grouped: dict[str, list[AlertLine]] = {}
    for line in lines:
        grouped.setdefault(line.town, []).append(line)
    names = areas.names_of(grouped)
    towns = [TownLines(names.get(code, code), rows) for code, rows in grouped.items()]
    return sorted(towns, key=lambda town: (-town.waiting, -len(town.lines), town.place))


@dataclass(frozen=True)
class Told:
    """One message about an alert: to whom, by which channel, what became of it."""

    name: str
    channel: Any
    state: Any
    tone: str
    at: datetime


def told_about(alert: Alert) -> list[Told]:
    rows = outbox.states_of(alert)
    names = queries.names_of_users(row.user_id for row in rows)
    return [Told(names.get(row.user_id, ""), wording.CHANNELS.get(row.channel, row.channel), *_told_state(row)) for row in rows]


def _told_state(row: Any) -> tuple[Any, str, datetime]:
    if row.sent_at:
        return _("sent"), "ok", row.sent_at
    if row.gave_up_at:
        return _("could not be delivered"), "danger", row.gave_up_at
    return _("waits, %(n)d tries") % {"n": row.attempts}, "wait", row.queued_at


def alert_lines(alerts: Sequence[Alert]) -> list[AlertLine]:
    labels = labels_of(alerts)
    holders = queries.names_of_users(alert.assignee_id for alert in alerts)
    places = areas.names_of(alert.area_code for alert in alerts)
    return [
        AlertLine(
            alert,
            _(alert.title),
            wording.why(alert),
            labels.get(alert.id),
            places.get(alert.area_code, alert.area_code),
            alert.get_severity_display(),
            wording.SEVERITY_TONES[alert.severity],
            _(alert.level_label),
            wording.step_text("closed", {"disposition": alert.disposition, "measure": alert.measure}) if alert.closed_at else "",
            holders.get(alert.assignee_id, ""),
        )
        for alert in alerts
    ]


def course_of_alert(alert: Alert, *, with_words: bool = False) -> list[Moment]:
    """The steps of an alert, newest first. What people said is added only for a reader who opened the record.

    A call stands where it was made, although it was written down later.
    """
    steps = list(alert.steps.order_by("-at", "-id"))
    who = queries.names_of_users(step.by for step in steps)
    moments: list[tuple[datetime, Moment]] = []
    for step in steps:
        title, tone = wording.STEPS.get(step.kind, (step.kind, "quiet"))
        text = wording.step_text(step.kind, step.facts)
        if with_words and (said := queries.said_in(step, alert)):
            text = f"{text} · {said}" if text else said
        link = links.address_of("desk.task", UUID(step.facts["task"])) if step.facts.get("task") else ""
        called = _called_at(step.facts)
        moment = Moment(called or step.at, title, text, who.get(step.by, ""), tone, link)
        # A call is told to the minute: it was made before that minute ended, and no later than it was written down.
        moments.append((min(step.at, called + MINUTE) if called else step.at, moment))
    return [moment for _at, moment in sorted(moments, key=lambda pair: pair[0], reverse=True)]


#: A time typed as 10:05 may be any second of that minute.
MINUTE = timedelta(seconds=59, microseconds=999_999)


def _called_at(facts: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(facts["called_at"]) if facts.get("called_at") else None


def course_of_part(line: queries.PartLine) -> list[Moment]:
    """The steps of a part, newest first, with what was said."""
    who = queries.names_of_users(step.by_id for step in line.steps)
    moments = []
    for step in reversed(line.steps):
        title, tone = wording.PART_STEPS[step.kind]
        moments.append(Moment(step.at, title, queries.note_of_step(step), who.get(step.by_id, ""), tone))  # type: ignore[arg-type]
    return moments


def deeds_of(subject_id: UUID) -> list[Moment]:
    """What the ledger tells of a directive or a task, newest first."""
    rows = [
        row for row in LedgerEntry.objects.filter(subject_id=subject_id).order_by("-at", "-id")[:50] if row.kind in wording.DEEDS
    ]
    officers = {row.id: UUID(row.actor[5:]) for row in rows if row.actor.startswith("user:")}
    who = queries.names_of_users(officers.values())
    return [
        Moment(row.at, wording.DEEDS[row.kind][0], "", who.get(officers.get(row.id), ""), wording.DEEDS[row.kind][1])  # type: ignore[arg-type]
        for row in rows
    ]


@dataclass(frozen=True)
class OnDuty:
    """One officer on duty, and how to reach him."""

    name: str
    part: Any
    tone: str
    phone: str
    until: datetime


def on_duty_now(unit_id: UUID | None, now: datetime) -> list[OnDuty]:
    from nanxi.foundation.models import User

    slots = queries.on_duty(unit_id, now) if unit_id else []
    if not slots:
        return []
    users = {user.id: user for user in User.objects.filter(pk__in=[slot.user_id for slot in slots])}
    return [
        OnDuty(users[slot.user_id].display_name, *wording.PARTS[slot.part], users[slot.user_id].phone, slot.ends)
        for slot in slots
        if slot.user_id in users
    ]


@dataclass(frozen=True)
class Opened:
    """A person opened under a grant, as far as the work needs: name, phone, address, and the address for the phone's map."""

    name: str
    phone: str
    address: str

    @property
    def geo(self) -> str:
        return f"geo:0,0?q={quote(self.address)}" if self.address else ""


def opened(identity: Any) -> Opened:
    told = (str(getattr(identity, name, "") or "") for name in ("name", "phone", "address"))
    return Opened(*told)


def may(actor: Actor, task: Task) -> bool:
    return task.is_open and queries.may_work(actor, task)
