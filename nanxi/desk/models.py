"""What the desk keeps: directives, tasks, alerts with calls and places, rosters and handover notes.

Free text about a person is sealed: a task's and an alert's under the person's source record, a directive's and a handover
note's under a key of their own. State is read from what happened, never stored as a word somebody could set.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.desk import rules
from nanxi.foundation.kept import KeptModel, ScopedModel


class Directive(ScopedModel):
    """An order from above, a request of another county, or a report from below; it ends with an answer."""

    class Kind(models.TextChoices):
        ORDER = "order", _("order from above")
        REQUEST = "request", _("request of another county or department")
        REPORT = "report", _("report from a branch")
        INCIDENT = "incident", _("incident")

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ORDER)
    number = models.CharField(max_length=60)
    sender = models.CharField(max_length=80)
    received_at = models.DateTimeField()
    deadline = models.DateTimeField()
    priority = models.PositiveSmallIntegerField(default=2)
    unit_id = models.UUIDField(null=True)
    text = models.BinaryField()
    #: An attachment that is no list; a list goes to the register's intake, which keeps it.
    file_name = models.BinaryField(null=True)
    file = models.BinaryField(null=True)
    batch_id = models.UUIDField(null=True)
    triaged_at = models.DateTimeField(null=True)
    triaged_by = models.UUIDField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    answer = models.BinaryField(null=True)
    #: Why the answer went out although tasks were open.
    answered_without = models.BinaryField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["area_code", "answered_at", "deadline"], name="directive_list")]
        constraints = [models.UniqueConstraint(fields=["area_code", "sender", "number"], name="directive_once")]

    def overdue(self, now: datetime) -> bool:
        return self.answered_at is None and self.withdrawn_at is None and self.deadline < now


class Task(ScopedModel):
    """One thing one unit has to do, mostly about one person."""

    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=120)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True)
    record_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)
    assignee_id = models.UUIDField(null=True)
    directive = models.ForeignKey(Directive, models.PROTECT, null=True, related_name="tasks")
    due = models.DateTimeField()
    priority = models.PositiveSmallIntegerField(default=2)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    #: What somebody told when the task was opened (a phoned-in lead).
    told = models.BinaryField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)
    result = models.CharField(max_length=16, blank=True)
    note = models.BinaryField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["area_code", "due"], name="task_open", condition=models.Q(ended_at=None)),
            models.Index(fields=["due"], name="task_due", condition=models.Q(ended_at=None)),
            models.Index(fields=["assignee_id", "due"], name="task_mine", condition=models.Q(ended_at=None)),
            models.Index(fields=["unit_id", "due"], name="task_unit", condition=models.Q(ended_at=None)),
            models.Index(fields=["record_id"], name="task_record"),
            models.Index(fields=["subject_id"], name="task_subject"),
        ]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def kind_label(self) -> str:
        return rules.TaskKind.of(self.kind).label

    @property
    def result_label(self) -> str:
        return rules.RESULTS.get(self.result, "")

    def overdue(self, now: datetime) -> bool:
        return self.is_open and self.due < now


class Alert(ScopedModel):
    """Something somebody must answer now. One open alert per key; later events append."""

    class Severity(models.TextChoices):
        LOW = "low", _("low")
        MEDIUM = "medium", _("medium")
        HIGH = "high", _("high")
        CRITICAL = "critical", _("critical")

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity)
    title = models.CharField(max_length=120)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    record_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)
    facts = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    #: Start of the present climb: the raising, or the last time it rang again.
    rings_since = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.UUIDField(null=True)
    level = models.CharField(max_length=12, default=rules.Level.DUTY.name)
    last_step_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    disposition = models.CharField(max_length=12, blank=True)
    measure = models.CharField(max_length=14, blank=True)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["key"], name="alert_open_once", condition=models.Q(closed_at=None))]
        indexes = [
            models.Index(fields=["area_code", "raised_at"], name="alert_open", condition=models.Q(closed_at=None)),
            models.Index(fields=["subject_id"], name="alert_subject"),
        ]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def level_label(self) -> str:
        return rules.Level[self.level].label


class AlertStep(ScopedModel):
    """One step in an alert's course: an event, an acknowledgement, a call, a visit sent, an escalation."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16)
    by = models.UUIDField(null=True)
    facts = models.JSONField(default=dict)
    note = models.BinaryField(null=True)
    #: The event that made this step, as its teller names it; told again it changes nothing.
    event = models.CharField(max_length=160, blank=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["alert", "at"], name="alert_course")]
        constraints = [models.UniqueConstraint(fields=["event"], name="alert_event_once", condition=~models.Q(event=""))]


class AlertPlace(ScopedModel):
    """A place the person says or is known to have been at while outside; becomes a sighting (cases follows)."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="places")
    place = models.BinaryField()
    t0 = models.DateTimeField()
    t1 = models.DateTimeField()


class DutySlot(KeptModel):
    """One officer's turn for one unit, as duty officer or deputy."""

    class Part(models.TextChoices):
        DUTY = "duty", _("duty officer")
        DEPUTY = "deputy", _("deputy")

    unit_id = models.UUIDField()
    user_id = models.UUIDField()
    part = models.CharField(max_length=6, choices=Part)
    starts = models.DateTimeField()
    ends = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["unit_id", "ends"], name="duty_now")]


class HandoverNote(ScopedModel):
    """What one shift tells the next; the desk asks for its reading before it opens."""

    unit_id = models.UUIDField()
    written_by = models.UUIDField()
    at = models.DateTimeField()
    text = models.BinaryField()

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["unit_id", "at"], name="note_of_unit")]


class NoteRead(ScopedModel):
    """Who has read which handover note, by name."""

    note = models.ForeignKey(HandoverNote, models.CASCADE, related_name="reads")
    user_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["note", "user_id"], name="note_read_once")]
