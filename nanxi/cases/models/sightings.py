"""Sightings as their sources told them, and the numbers under which the day parts know people and vehicles.

The rows are what was acknowledged; the day parts (`archive`) are made from them and can be made again at any time.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import Q

from nanxi.foundation import vault
from nanxi.foundation.kept import KeptModel, ScopedModel


class Sighting(ScopedModel):
    """Somebody was somewhere: place and times sealed under the key of their county day, so that the day can be purged."""

    record_id = models.UUIDField(db_index=True)
    day = models.DateField()
    source = models.CharField(max_length=20)
    key = models.CharField(max_length=80, unique=True)
    recorded_at = models.DateTimeField()
    #: The officer or terminal that told it: nobody restricts a crowd on his own word.
    by_id = models.UUIDField(null=True)
    sealed = models.BinaryField()
    #: Not in the day parts yet, or to be put there again because its record belongs to somebody else now.
    waits = models.BooleanField(default=True)

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["day"], name="sighting_day"),
            models.Index(fields=["recorded_at"], name="sighting_waits", condition=Q(waits=True)),
            models.Index(fields=["by_id", "day"], name="sighting_by"),
        ]


class Entity(KeptModel):
    """A record's number in the day parts: the person's, shared by all records of the person, or the vehicle's.

    `subject` is the person or, while nobody is known, the record itself. A number is used once: when a record changes hands all
    records of the number get a new one and their sightings are appended again; the old number then stands for nobody.
    """

    record_id = models.UUIDField(unique=True)
    subject = models.UUIDField(db_index=True)
    number = models.IntegerField(db_index=True)
    #: A link changed since: the number is given up at the next look.
    moved = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["record_id"], name="entity_moved", condition=Q(moved=True))]


class Vehicle(KeptModel):
    """A plate under a key of its own. The id is a keyed digest: the same plate is the same row, and nobody can list plates."""

    plate = models.BinaryField()

    @classmethod
    def id_of(cls, plate: str) -> UUID:
        return UUID(bytes=vault.index("plate", plate))

    @property
    def shown(self) -> str:
        return vault.unseal(self._meta.db_table, "plate", self.id, self.plate)


class Ride(ScopedModel):
    """Somebody sat in a vehicle, or owns it: from when to when, how sure that is."""

    class Kind(models.TextChoices):
        OCCUPANT = "occupant"
        TICKET = "ticket"
        PASSENGER = "passenger"
        OWNER = "owner"

    record_id = models.UUIDField(db_index=True)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="rides")
    t0 = models.DateTimeField()
    t1 = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind)
    by_id = models.UUIDField(null=True)
    key = models.CharField(max_length=80, unique=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["vehicle", "t0"], name="ride_vehicle_time")]
