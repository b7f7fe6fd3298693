"""Parts of a directive given to units, each with its own columns; and what branches report: short reports and incidents."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.desk.models.directives import Directive
from nanxi.foundation.kept import ScopedModel


class Part(ScopedModel):
    """What one unit has to do for a directive; lies in the unit's area. Where it stands follows from its steps."""

    directive = models.ForeignKey(Directive, models.PROTECT, related_name="parts")
    unit_id = models.UUIDField()
    #: What is asked, under a key of the part: the directive itself may lie outside the unit's area.
    text = models.BinaryField()
    number = models.CharField(max_length=60)
    sender = models.CharField(max_length=80)
    #: Columns of its own that the unit fills in for each row of the list.
    columns = models.JSONField(default=list)
    deadline = models.DateTimeField()
    given_at = models.DateTimeField()
    given_by = models.UUIDField()
    batch_id = models.UUIDField(null=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["directive"], name="part_of_directive")]
        constraints = [models.UniqueConstraint(fields=["directive", "unit_id"], name="part_once")]


class PartStep(ScopedModel):
    """One step of a part: given, acknowledged, reported, returned, reminded, escalated, withdrawn. Only ever added."""

    part = models.ForeignKey(Part, models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12)
    by_id = models.UUIDField(null=True)
    note = models.BinaryField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["part", "at"], name="part_course")]


class PartCell(ScopedModel):
    """What a unit wrote in one of its columns about one row of the list; the newest counts, under the row's own key."""

    part = models.ForeignKey(Part, models.CASCADE, related_name="cells")
    record_id = models.UUIDField()
    column = models.PositiveSmallIntegerField()
    value = models.BinaryField()
    at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["part", "record_id"], name="part_cells")]


class Incident(ScopedModel):
    """涉疫警情: what a branch reports happened, beside the directive of kind incident that carries it through the queue."""

    class Outcome(models.TextChoices):
        SETTLED = "settled", _("settled on the spot")
        HANDED_OVER = "handed_over", _("handed over")
        GOING_ON = "going_on", _("still going on")

    directive = models.OneToOneField(Directive, models.CASCADE, related_name="incident")
    at = models.DateTimeField()
    place = models.BinaryField()
    #: Keyed digest of the place as written, to find the same incident told twice.
    place_index = models.BinaryField(max_length=16)
    unit_sent_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome)
    staff_hurt = models.PositiveSmallIntegerField(default=0)
    case_id = models.UUIDField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["area_code", "at"], name="incident_at")]
