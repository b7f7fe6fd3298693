"""Which task, alert or directive opens which person to whom: the checks that grants and the register ask."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from nanxi.desk.models import Alert, Directive, Task
from nanxi.desk.queries.tasks import may_work
from nanxi.foundation.act import Actor
from nanxi.foundation.grants import Opening, Purpose
from nanxi.foundation.rights import Right
from nanxi.people.panels import Opener

#: What a kind of task looks at its person for; every other kind verifies a list.
PURPOSES = {
    "visit": Purpose.ALERT,
    "call": Purpose.ALERT,
    "lead": Purpose.LEAD,
    "conflict": Purpose.CORRECTION,
    "serve": Purpose.ISOLATION,
    "health": Purpose.ISOLATION,
    "contest": Purpose.ISOLATION,
    "need": Purpose.ISOLATION,
    "home": Purpose.ISOLATION,
    "follow_up": Purpose.TRACING,
}


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


def opened_for(actor: Actor, person_id: UUID, now: datetime) -> list[Opener]:
    """The open tasks and alerts by which this officer may open the person's page."""
    # By the person, not by records in scope: the row of a list may lie with the county while its check lies with the town.
    tasks = Task.objects.filter(person_id=person_id, ended_at=None).order_by("due") if actor.may(Right.DO_TASKS) else []
    found = [
        Opener(_(task.title), ("desk.task", task.id), purpose_of(task).value) for task in tasks if may_work(actor, task)
    ]
    if actor.may(Right.HANDLE_ALERTS):
        alerts = Alert.objects.filter(person_id=person_id, closed_at=None).order_by("raised_at")
        found += [Opener(_(alert.title), ("desk.alert", alert.id), Purpose.ALERT.value) for alert in alerts]
    return found


def purpose_of(task: Task) -> Purpose:
    """What a task looks at its person for; a call about a household is no call about an alert."""
    if task.subject_kind == "field.household":
        return Purpose.VERIFICATION
    return PURPOSES.get(task.kind, Purpose.VERIFICATION)
