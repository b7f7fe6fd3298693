"""How long positions are kept, and what stops their end. Imported by models.py, which is where Django looks."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import KeptModel


class PositionKeeping(KeptModel):
    """How many days after the end of the last order that has positions on a day the day is dropped; the newest row counts."""

    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=60)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(days__lte=21), name="keeping_is_short")]


class PositionHold(KeptModel):
    """Days of positions that are not dropped although they are due: asked by one officer, opened by another, ending by itself."""

    class Reason(models.TextChoices):
        CONTEST = "contest", _("a contest against an order of these days")
        COURT = "court", _("an order of a court")
        OVERSIGHT = "oversight", _("an examination by oversight")
        INCIDENT = "incident", _("a fault of ours that is being examined")

    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=12, choices=Reason)
    until = models.DateTimeField()
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()
    opened_by = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=60, blank=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="hold_has_days"),
            # The rule of two stands in the database too: nobody opens what he asked for.
            models.CheckConstraint(
                condition=models.Q(opened_at=None) | (~models.Q(opened_by=models.F("asked_by")) & ~models.Q(opened_by="")),
                name="hold_by_two",
            ),
        ]
