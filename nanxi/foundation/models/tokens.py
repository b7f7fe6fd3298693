"""Tokens by which a program works for one officer: that officer's rights, areas and entries in the ledger, no more."""

from __future__ import annotations

from django.db import models

from nanxi.foundation.kept import KeptModel
from nanxi.foundation.models.accounts import User


class ProgramToken(KeptModel):
    """Shown once; only its digest is kept. It ends by itself, with its account, or at once when revoked."""

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    label = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-made_at"], name="token_of_user")]
