"""An order from above, a request of a neighbour, a report from below; it ends with an answer."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import ScopedModel


class Directive(ScopedModel):
    """An order from above, a request of another county, or a report from below; it ends with an answer."""

    class Kind(models.TextChoices):
        ORDER = "order", _("order from above")
        REQUEST = "request", _("request of another county or department")
        REPORT = "report", _("report from a branch")
        INCIDENT = "incident", _("incident")

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ORDER)
    number = models.CharField(max_length=60)
    sender = models.CharField(max_length=80)
    received_at = models.DateTimeField()
    deadline = models.DateTimeField()
    priority = models.PositiveSmallIntegerField(default=2)
    unit_id = models.UUIDField(null=True)
    text = models.BinaryField()
    #: An attachment that is no list; a list goes to the register's intake, which keeps it.
    file_name = models.BinaryField(null=True)
    file = models.BinaryField(null=True)
    batch_id = models.UUIDField(null=True)
    triaged_at = models.DateTimeField(null=True)
    triaged_by = models.UUIDField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    answer = models.BinaryField(null=True)
    #: Why the answer went out although tasks were open.
    answered_without = models.BinaryField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    #: The first telling of the same thing; this one is answered with it.
    joined_to = models.ForeignKey("self", models.PROTECT, null=True, related_name="joined")
    #: Left out of the list of open ones until then.
    snoozed_until = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["area_code", "answered_at", "deadline"], name="directive_list")]
        constraints = [models.UniqueConstraint(fields=["area_code", "sender", "number"], name="directive_once")]

    def overdue(self, now: datetime) -> bool:
        return self.answered_at is None and self.withdrawn_at is None and self.deadline < now
