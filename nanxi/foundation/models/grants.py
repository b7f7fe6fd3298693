"""Access grants: each unmasked read of a person rests on one (trust notes S8)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import KeptModel


class Purpose(models.TextChoices):
    """Closed list. A new purpose is a release with its own assessment (safeguard 10)."""

    VERIFICATION = "verification", _("verification of a list")
    INVESTIGATION = "investigation", _("case investigation")
    TRACING = "tracing", _("contact tracing")
    ISOLATION = "isolation", _("isolation and care")
    ALERT = "alert", _("answer to an alert")
    PASSAGE = "passage", _("passage at a checkpoint")
    LEAD = "lead", _("phoned-in lead")
    CORRECTION = "correction", _("correction of a record")
    SUBJECT = "subject", _("request of the person concerned")
    REVIEW = "review", _("oversight review")


class AccessGrant(KeptModel):
    """One officer may see one person, through one case, order or task, until a time."""

    user_id = models.UUIDField()
    person_id = models.UUIDField()
    via_kind = models.CharField(max_length=40)
    via_id = models.UUIDField()
    purpose = models.CharField(max_length=20, choices=Purpose)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user_id", "person_id", "expires_at"], name="grant_lookup")]
