"""What the person tells and asks while an order runs: health, needs, check-ins. Words and figures are sealed under the record.

Imported by models.py, which is where Django looks.
"""

from __future__ import annotations

from django.db import models

from nanxi.foundation.kept import ScopedModel


class OrderGround(ScopedModel):
    """One piece of evidence that a decision of an order named: finds the orders that fall with it."""

    order = models.ForeignKey("orders.IsolationOrder", models.PROTECT, related_name="grounds")
    evidence_id = models.UUIDField(db_index=True)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["order", "evidence_id"], name="ground_once")]


class HealthReport(ScopedModel):
    """One report of a day: by the person, by an officer on the phone, or the fact that none came ("missed")."""

    order = models.ForeignKey("orders.IsolationOrder", models.PROTECT, related_name="health")
    #: The county's civil day.
    day = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=60)
    outcome = models.CharField(max_length=10)
    #: JSON: temperature in °C and symptoms; None for a missed day.
    sealed = models.BinaryField(null=True)
    task_id = models.UUIDField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["order", "day"], name="health_of_day")]
        constraints = [
            models.UniqueConstraint(fields=["order", "day"], name="health_missed_once", condition=models.Q(outcome="missed"))
        ]


class HeldSilence(ScopedModel):
    """A silence that waits a few minutes before anybody is told: a dead source makes many silent at once."""

    order = models.ForeignKey("orders.IsolationOrder", models.PROTECT, related_name="silences")
    event_key = models.CharField(max_length=60)
    said_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    #: "raised" (its own alert), "heard" (heard again before), "outage" (told once for all).
    how = models.CharField(max_length=8, blank=True)
    #: The town or county whose outage tells it, while that lasts.
    told_to = models.CharField(max_length=15, blank=True)

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["said_at"], name="silence_held", condition=models.Q(settled_at=None)),
            models.Index(fields=["told_to"], name="silence_outage", condition=models.Q(how="outage")),
        ]
        constraints = [models.UniqueConstraint(fields=["order", "event_key"], name="silence_once")]


class Need(ScopedModel):
    """Something the person asked for: food, medicine, care. The task that brings it closes it."""

    order = models.ForeignKey("orders.IsolationOrder", models.PROTECT, related_name="needs")
    kind = models.CharField(max_length=10)
    words_sealed = models.BinaryField(null=True)
    asked_at = models.DateTimeField()
    by = models.CharField(max_length=60)
    done_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=16, blank=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["order", "asked_at"], name="need_of_order")]


class AskedCheckin(ScopedModel):
    """A check-in asked for at a time the person did not know before; answered from home in time, or missed."""

    order = models.ForeignKey("orders.IsolationOrder", models.PROTECT, related_name="checkins")
    day = models.DateField()
    turn = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True)
    #: Metres beyond the fence as the phone told it, less its accuracy; None when it told no position.
    beyond_m = models.FloatField(null=True)
    missed_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["order", "asked_at"], name="checkin_of_order")]
        constraints = [models.UniqueConstraint(fields=["order", "day", "turn"], name="checkin_once")]
