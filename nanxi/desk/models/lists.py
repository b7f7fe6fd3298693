"""What became of the rows of a list that no unit of ours checks."""

from __future__ import annotations

from django.db import models

from nanxi.desk.models.directives import Directive
from nanxi.foundation.kept import ScopedModel


class HandOver(ScopedModel):
    """Rows of a list that belong to another county went out to it. Only ever added; the rows themselves stay with the list."""

    directive = models.ForeignKey(Directive, models.PROTECT, related_name="handed_over")
    #: Six digits of the county or city.
    county = models.CharField(max_length=6)
    at = models.DateTimeField()
    by_id = models.UUIDField()
    rows = models.PositiveIntegerField()

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["directive", "at"], name="handed_over")]
