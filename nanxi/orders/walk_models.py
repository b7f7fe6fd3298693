"""Synthetic walk-outs: one row each. Imported by models.py, which is where Django looks."""

from __future__ import annotations

from django.db import models

from nanxi.foundation.kept import ScopedModel


class Walk(ScopedModel):
    """One walk that nobody walked, from its first position to the alert that proves the town's alerts arrive."""

    order = models.ForeignKey("orders.IsolationOrder", models.PROTECT, related_name="walks")
    started_at = models.DateTimeField()
    #: How many of its positions were acknowledged by the endpoint.
    sent = models.PositiveSmallIntegerField(default=0)
    #: The position that decides was acknowledged.
    decided_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    #: Where it ended: "endpoint", "alert", "relay"; "" while it walks or has arrived.
    why = models.CharField(max_length=10, blank=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["area_code", "-started_at"], name="walk_of_town")]
