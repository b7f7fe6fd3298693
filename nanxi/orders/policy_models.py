"""Rule versions of the fence, and which order is watched by which. Imported by models.py, which is where Django looks.

A version is never changed: what an event names must be readable as it was. Who is watched by what is a row for each choice.
"""

from __future__ import annotations

from django.db import models

from nanxi.foundation.kept import KeptModel, ScopedModel


class FencePolicy(KeptModel):
    """One version of the fence's parameters for the whole county: drafted by one officer, published by another."""

    version = models.CharField(max_length=20, unique=True)
    #: Parameters that differ from the house's own; names and sense as in `engines.fence.policy`.
    changes = models.JSONField(default=dict)
    drafted_by = models.CharField(max_length=60)
    drafted_at = models.DateTimeField()
    published_by = models.CharField(max_length=60, blank=True)
    published_at = models.DateTimeField(null=True)


class OrderPolicy(ScopedModel):
    """By which version an order is watched from a time on; the newest row counts."""

    order = models.ForeignKey("orders.IsolationOrder", models.PROTECT, related_name="policies")
    version = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.CharField(max_length=60)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["order", "-at"], name="policy_of_order")]
