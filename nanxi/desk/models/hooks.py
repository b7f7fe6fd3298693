"""Webhooks: which programs outside are told what, and the messages on their way. A message holds ids and codes only."""

from __future__ import annotations

from django.db import models

from nanxi.foundation.kept import KeptModel


class Hook(KeptModel):
    """One address outside that is told of some kinds of events until it is switched off."""

    label = models.CharField(max_length=60)
    url = models.CharField(max_length=200)
    #: Kinds of events (hooks.EVENTS).
    kinds = models.JSONField()
    #: The signing key, sealed by the house.
    secret = models.BinaryField()
    #: The key before it, which signs beside it while the receiver changes over.
    old_secret = models.BinaryField(null=True)
    old_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    off_at = models.DateTimeField(null=True)
    #: Empty when an operator switched it off; a fixed word when the receiver did.
    off_for = models.CharField(max_length=12, blank=True)


class HookMessage(KeptModel):
    """One event for one address: sent until it is taken. Its id is told too, so that a receiver drops a repeat."""

    hook = models.ForeignKey(Hook, models.PROTECT, related_name="messages")
    #: The ledger entry it tells of; a trial has an id of its own.
    entry_id = models.UUIDField()
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    #: Twelve digits of the town.
    town = models.CharField(max_length=12, blank=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True)
    next_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="hook_due", condition=models.Q(sent_at=None, gave_up_at=None)),
            models.Index(fields=["hook", "-at"], name="hook_course"),
        ]
        constraints = [models.UniqueConstraint(fields=["hook", "entry_id"], name="hook_message_once")]
