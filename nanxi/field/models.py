"""Visits and passages. Who passed is sealed under the day's key; what a visitor writes is sealed under the person's record."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.field.arrivals.models import *  # noqa: F403
from nanxi.field.mobilisation.models import *  # noqa: F403
from nanxi.field.phones.models import HandedIn, Photo
from nanxi.field.rules import Direction
from nanxi.field.sweep.models import *  # noqa: F403
from nanxi.foundation.kept import ScopedModel

__all__ = ["HandedIn", "Passage", "Photo", "Visit"]


class Passage(ScopedModel):
    """One person at one post at one time. `record_id` is set when the register knew the ID number."""

    class Way(models.TextChoices):
        IN = Direction.IN.value, _("inbound")
        OUT = Direction.OUT.value, _("outbound")

    post_id = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    day = models.DateField()
    recorded_at = models.DateTimeField()
    way = models.CharField(max_length=3, choices=Way)
    record_id = models.UUIDField(null=True)
    fever = models.BooleanField(default=False)
    #: A live order binds the person: stop, keep apart, call the town.
    hit = models.BooleanField(default=False)
    #: Six digits of the province or prefecture the person says they come from, when the post asked.
    origin = models.CharField(max_length=6, blank=True, default="")
    #: JSON of ID number, name, phone, plate, temperature under the day's key.
    sealed = models.BinaryField()

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["post_id", "-at"], name="passage_post_at"),
            models.Index(fields=["record_id", "at"], name="passage_record", condition=models.Q(record_id__isnull=False)),
        ]


class Visit(ScopedModel):
    """One visit for one task: what was found, where the worker stood, whom it concerned."""

    task_id = models.UUIDField(db_index=True)
    by_id = models.UUIDField()
    at = models.DateTimeField()
    day = models.DateField()
    record_id = models.UUIDField(null=True, db_index=True)
    person_id = models.UUIDField(null=True)
    #: One of the results that desk allows for the task's kind.
    outcome = models.CharField(max_length=16)
    places = models.PositiveSmallIntegerField(default=0)
    #: The worker's words, under the person's record key (or the day's key when no person is named).
    note_sealed = models.BinaryField(null=True)
    #: JSON lon, lat (WGS-84), accuracy_m under the day's key.
    position_sealed = models.BinaryField(null=True)

    class Meta(ScopedModel.Meta):
        ordering = ("-at", "-id")

