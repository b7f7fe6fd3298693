"""An expected arrival and the signs that somebody came. Nobody sets where it stands: it follows from day and signs."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models

from nanxi.field.arrivals import rules
from nanxi.foundation.clock import county_day
from nanxi.foundation.kept import ScopedModel


class Arrival(ScopedModel):
    """Somebody who is to come to an area, or who came without being expected (`day` empty)."""

    record_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    #: What told it: `people.batch` (a list), `field.declared` (by phone or counter), `field.passage` (unannounced).
    source_kind = models.CharField(max_length=40)
    source_id = models.UUIDField(null=True)
    day = models.DateField(null=True)
    way = models.CharField(max_length=8, default=rules.Way.OTHER.code)
    #: Six digits of the province or prefecture somebody comes from.
    origin = models.CharField(max_length=6, blank=True)
    #: Train, flight, seat in words, under the record's key.
    route = models.BinaryField(null=True)
    told_at = models.DateTimeField()
    #: From the first sign that speaks for it (ArrivalSign), for lists.
    arrived_at = models.DateTimeField(null=True)
    called_off_at = models.DateTimeField(null=True)
    #: The overdue task was opened; another day makes it due again.
    overdue_told = models.DateField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["area_code", "day", "id"], name="arrival_waits", condition=models.Q(arrived_at=None)),
            models.Index(fields=["area_code", "arrived_at"], name="arrival_came", condition=models.Q(arrived_at__isnull=False)),
            models.Index(fields=["person_id", "day"], name="arrival_person"),
            models.Index(fields=["record_id"], name="arrival_record"),
        ]
        constraints = [models.UniqueConstraint(fields=["source_kind", "record_id"], name="arrival_once")]

    def stand(self, now: datetime) -> rules.Stand:
        arrived = county_day(self.arrived_at) if self.arrived_at else None
        return rules.stand_of(
            day=self.day, arrived=arrived, called_off=self.called_off_at is not None, today=county_day(now)
        )  # fmt: skip

    @property
    def is_early(self) -> bool:
        """Somebody saw them come before the day they were expected."""
        return bool(self.arrived_at and self.day and rules.is_early(day=self.day, arrived=county_day(self.arrived_at)))


class ArrivalSign(ScopedModel):
    """One sign that somebody came or does not come. Only ever added; a second sign from one source changes nothing."""

    arrival = models.ForeignKey(Arrival, models.CASCADE, related_name="signs")
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    source_id = models.UUIDField()
    by_id = models.UUIDField(null=True)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["arrival", "kind", "source_id"], name="arrival_sign_once")]


__all__ = ["Arrival", "ArrivalSign"]


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
