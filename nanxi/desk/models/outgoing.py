"""The outbox of alerts: what is to be told to whom by which channel, once each."""

from __future__ import annotations

from django.db import models

from nanxi.foundation.kept import ScopedModel


class Outgoing(ScopedModel):
    """One message of one alert to one officer by one channel. Its key is told to the receiver too, who drops a repeat."""

    key = models.CharField(max_length=160, unique=True)
    alert = models.ForeignKey("desk.Alert", models.CASCADE, related_name="outgoing")
    channel = models.CharField(max_length=10)
    user_id = models.UUIDField()
    #: What happened: "raised", "critical", a level of the climb, "rang_again".
    what = models.CharField(max_length=16)
    queued_at = models.DateTimeField()
    next_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)
    #: A fixed word: what went wrong last.
    problem = models.CharField(max_length=20, blank=True)

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["next_at"], name="outgoing_due", condition=models.Q(sent_at=None, gave_up_at=None)),
        ]
