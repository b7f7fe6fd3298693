"""Alerts with their steps, calls and places; append-only but for where an alert stands."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.desk import rules
from nanxi.foundation.kept import ScopedModel


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
    #: Somebody asked to be left in peace until then, with a reason; afterwards it rings again.
    snoozed_until = models.DateTimeField(null=True)
    assignee_id = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    disposition = models.CharField(max_length=12, blank=True)
    measure = models.CharField(max_length=14, blank=True)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["key"], name="alert_open_once", condition=models.Q(closed_at=None))]
        indexes = [
            models.Index(fields=["area_code", "raised_at"], name="alert_open", condition=models.Q(closed_at=None)),
            models.Index(fields=["subject_id"], name="alert_subject"),
            models.Index(fields=["closed_at"], name="alert_closed"),
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
