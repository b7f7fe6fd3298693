"""What the sweep keeps: rounds, their households, visits to them, and reports on entrances. Nobody is named here.

A household is the digest of an address and the record of an adult who is listed there; what was said at the door lies under that
record's key. The result on a household repeats its last counted visit, so that a county's coverage is one read of an index.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models

from nanxi.field.sweep import rules
from nanxi.foundation.kept import KeptModel, ScopedModel, area_field
from nanxi.foundation.models import JobRun


class SweepRound(KeptModel):
    """One round over one area: which households, from when to when, asked by which form, how many are to be reached.

    It names no person, and a worker of one village works in a round of the whole county: its row is open, its households are not.
    """

    #: The column says by its name that the row itself is not guarded by it.
    area_code = area_field(db_column="over_area")
    title = models.CharField(max_length=60)
    #: The desk's form, `code@version`.
    form = models.CharField(max_length=60)
    opens = models.DateField()
    closes = models.DateField()
    goal = models.SmallIntegerField()
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    planned_at = models.DateTimeField(null=True)
    #: People of the area whom no list puts at a full address: no household holds them.
    without_home = models.IntegerField(default=0)
    job = models.ForeignKey(JobRun, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-opens", "-id"], name="sweep_newest")]


class Household(ScopedModel):
    """One home in one round."""

    round = models.ForeignKey(SweepRound, models.PROTECT, related_name="households", db_index=False)
    #: Keyed digest of the address in its town; None for one that was found without a house number.
    home = models.BigIntegerField(null=True)
    record_id = models.UUIDField(null=True)
    persons = models.SmallIntegerField(default=0)
    minors = models.SmallIntegerField(default=0)
    #: When a worker came upon it; None for those known at planning.
    found_at = models.DateTimeField(null=True)
    unit_id = models.UUIDField(null=True)
    worker_id = models.UUIDField(null=True)
    #: Of the last visit that counted: a code of rules.Outcome.
    result = models.CharField(max_length=8, default="")
    result_at = models.DateTimeField(null=True)
    result_by = models.UUIDField(null=True)
    #: Parts of the day at which nobody was met (rules.PARTS), and from when on to come again.
    tried = models.CharField(max_length=3, default="")
    again_from = models.DateTimeField(null=True)

    round_id: UUID

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["round", "home"], name="household_once")]
        indexes = [
            models.Index(fields=["worker_id", "round", "result"], name="household_worker"),
            models.Index(fields=["round", "result", "area_code", "id"], name="household_by_result"),
            models.Index(
                fields=["round", "area_code", "id"], name="household_free",
                condition=models.Q(worker_id=None) & ~models.Q(result__in=sorted(rules.SETTLED)),
            ),
            models.Index(fields=["round", "area_code", "id"], name="household_found", condition=models.Q(found_at__isnull=False)),
            models.Index(
                fields=["round", "area_code", "result"], include=["found_at", "worker_id", "again_from"], name="household_counts"
            ),
        ]


class HouseholdVisit(ScopedModel):
    """One visit to a household. Only ever added; one that came second is kept and counts nothing."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="visits")
    at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    by_id = models.UUIDField()
    outcome = models.CharField(max_length=8)
    counted = models.BooleanField()
    #: The phone's own number for the submission: the same twice is one visit.
    submission = models.UUIDField(null=True, unique=True)
    living = models.SmallIntegerField(null=True)
    unwell = models.SmallIntegerField(null=True)
    arrived = models.SmallIntegerField(null=True)
    #: JSON of all answers, under the key of the household's record (the day's key when no record is known).
    answers = models.BinaryField(null=True)

    household_id: UUID

    class Meta(ScopedModel.Meta):
        ordering = ("-at", "-id")


class ControlReport(ScopedModel):
    """How many entrances an area has and how many are guarded or closed, as somebody saw it. Only ever added."""

    at = models.DateTimeField()
    by_id = models.UUIDField()
    entrances = models.SmallIntegerField()
    kept = models.SmallIntegerField()

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["area_code", "-at"], name="control_newest")]


__all__ = ["ControlReport", "Household", "HouseholdVisit", "SweepRound"]
