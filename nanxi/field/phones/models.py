"""What phones handed in: each visit once under the phone's own key, and the photos that belong to it."""

from __future__ import annotations

from django.db import models

from nanxi.field.phones.rules import Standing
from nanxi.foundation.kept import ScopedModel


class HandedIn(ScopedModel):
    """One visit as a phone handed it in. What did not close its task keeps everything it said, sealed, as evidence."""

    by_id = models.UUIDField()
    #: The phone's own key of the visit: handed in twice it is this row.
    key = models.UUIDField()
    device_id = models.UUIDField(null=True)
    task_id = models.UUIDField(db_index=True)
    record_id = models.UUIDField(null=True, db_index=True)
    person_id = models.UUIDField(null=True)
    standing = models.CharField(max_length=8)
    outcome = models.CharField(max_length=16, blank=True)
    #: When it took place by the phone's clock, and by the county's: later by clock_off_s seconds.
    said_at = models.DateTimeField()
    at = models.DateTimeField()
    clock_off_s = models.IntegerField(default=0)
    received_at = models.DateTimeField()
    visit_id = models.UUIDField(null=True)
    #: JSON of result, note, answers, position and places under the person's record or, without one, under the row's own key.
    sealed = models.BinaryField(null=True)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["by_id", "key"], name="handed_in_once")]
        indexes = [models.Index(fields=["standing", "-received_at"], name="handed_in_flagged")]

    @property
    def state(self) -> Standing:
        return Standing.of(self.standing)


class Photo(ScopedModel):
    """One photo of a visit, without what the camera wrote into it."""

    by_id = models.UUIDField()
    key = models.UUIDField()
    handed_in = models.ForeignKey(HandedIn, models.PROTECT, related_name="photos")
    received_at = models.DateTimeField()
    #: base64 of the JPEG under the key of its visit's record (or row).
    sealed = models.BinaryField()

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["by_id", "key"], name="photo_once")]
