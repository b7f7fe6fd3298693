"""Rosters and handover notes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import KeptModel, ScopedModel


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
