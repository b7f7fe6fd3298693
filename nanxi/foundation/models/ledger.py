"""The ledger and what reads it: entries, followers' cursors, idempotency keys."""

from __future__ import annotations

from django.db import models

from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.kept import KeptModel


class LedgerEntry(models.Model):
    """Audit and event in one row. Written by `Act.log`; `seq` and `link` are given by the relay."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    unit_id = models.UUIDField(null=True)
    area_code = models.CharField(max_length=15, db_collation="C")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    grant_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=20)
    facts = models.JSONField()
    mac = models.BinaryField(max_length=32)
    link = models.BinaryField(max_length=32, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="ledger_unnumbered", condition=models.Q(seq=None)),
            models.Index(fields=["kind", "at"], name="ledger_kind_at"),
            models.Index(fields=["person_id", "at"], name="ledger_person_at", condition=models.Q(person_id__isnull=False)),
            models.Index(fields=["subject_id", "at"], name="ledger_subject_at", condition=models.Q(subject_id__isnull=False)),
        ]
        # Partial: a new entry has no number yet and need not be in this index twice.
        constraints = [
            models.UniqueConstraint(fields=["seq"], name="ledger_seq_once", condition=models.Q(seq__isnull=False))
        ]

    def save(self, *args: object, **options: object) -> None:
        raise TypeError("Ledger entries are written by Act.log.")


class FollowerCursor(models.Model):
    """How far one follower has read; moved in the same transaction as its effect."""

    name = models.CharField(primary_key=True, max_length=80)
    seq = models.BigIntegerField(default=0)


class OnceKey(KeptModel):
    """An idempotency key that was used, and what it brought about."""

    actor = models.CharField(max_length=60)
    service = models.CharField(max_length=120)
    key = models.CharField(max_length=80)
    at = models.DateTimeField()
    result_model = models.CharField(max_length=80, blank=True)
    result_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "service", "key"], name="once")]
