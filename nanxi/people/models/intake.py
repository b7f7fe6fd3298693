"""What the intake keeps of a list: the batch, its file and its rows, and which columns a sender means.

Everything a sender wrote is sealed under the batch's key until the list is taken in; then each row lies under the key of its
source record, and the file itself is dropped.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import KeptModel, ScopedModel
from nanxi.people.intake.problems import FILES

__all__ = ["ListBatch", "SenderColumns", "StagedRow"]


class ListBatch(ScopedModel):
    """One file of one sender. Its state follows from what happened to it."""

    class State(models.TextChoices):
        READING = "reading", _("being read")
        REFUSED = "refused", _("cannot be read")
        READY = "ready", _("waits to be taken in")
        COMMITTING = "committing", _("being taken in")
        COMMITTED = "committed", _("taken in")
        SUPERSEDED = "superseded", _("replaced by a corrected file")
        WITHDRAWN = "withdrawn", _("withdrawn")

    sender = models.CharField(max_length=80)
    source_ref = models.CharField(max_length=120, blank=True, db_index=True)
    sha256 = models.BinaryField(max_length=32)
    file_name = models.BinaryField()
    file = models.BinaryField(null=True)
    #: Headings, columns and sheets of the file: JSON, sealed.
    layout = models.BinaryField(null=True)
    list_day = models.DateField(null=True)
    user_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)
    received_at = models.DateTimeField()
    staged_at = models.DateTimeField(null=True)
    commit_asked_at = models.DateTimeField(null=True)
    committed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    #: A code of intake.problems.FILES.
    refused = models.CharField(max_length=20, blank=True)
    #: Its sender wants no preview: taken in as soon as it is read.
    straight_in = models.BooleanField(default=False)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    job = models.ForeignKey("foundation.JobRun", models.SET_NULL, null=True, related_name="+")
    #: Rows by outcome; known after reading.
    counts = models.JSONField(default=dict)

    supersedes_id: UUID | None
    job_id: UUID | None

    class Meta(ScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["area_code", "sha256"], condition=models.Q(withdrawn_at=None, refused=""), name="list_once"
            ),
        ]
        indexes = [models.Index(fields=["area_code", "-received_at", "-id"], name="list_newest")]

    @property
    def state(self) -> State:
        steps = (
            (self.refused, self.State.REFUSED),
            (self.withdrawn_at, self.State.WITHDRAWN),
            (self.superseded_at, self.State.SUPERSEDED),
            (self.committed_at, self.State.COMMITTED),
            (self.commit_asked_at, self.State.COMMITTING),
            (self.staged_at, self.State.READY),
        )
        return next((state for happened, state in steps if happened), self.State.READING)

    @property
    def refusal(self) -> str:
        """The sentence for the sender of a file that cannot be read."""
        from django.utils.translation import gettext

        return gettext(FILES[self.refused]) if self.refused else ""

    @property
    def in_hand(self) -> bool:
        """A job is at work on it."""
        return self.job is not None and self.job.state in ("waiting", "running")

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


class StagedRow(ScopedModel):
    """One row of a list: where it stands in the file, what would become of it, and the record it became."""

    class Outcome(models.TextChoices):
        NEW = "new", _("new")
        LINKED = "linked", _("known")
        REVIEW = "review", _("to review")
        CONFLICT = "conflict", _("conflict")
        REJECTED = "rejected", _("rejected")

    batch = models.ForeignKey(ListBatch, models.PROTECT, related_name="staged")
    #: Place of the sheet in the file, and the row as Excel counts it.
    sheet = models.SmallIntegerField()
    number = models.IntegerField()
    #: Six digits of another county that the row belongs to.
    elsewhere = models.CharField(max_length=6, blank=True, default="")
    outcome = models.CharField(max_length=8, choices=Outcome)
    #: Keyed digest of what was read: the same row in a corrected file keeps its record.
    digest = models.BinaryField(max_length=16)
    #: Cells, identity, facts and remarks, under the batch's key until a record takes them over.
    sealed = models.BinaryField(null=True)
    record_id = models.UUIDField(null=True)

    batch_id: UUID

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["batch", "sheet", "number"], name="staged_once")]
        indexes = [
            models.Index(fields=["batch", "outcome", "sheet", "number"], name="staged_outcome"),
            models.Index(fields=["batch", "sheet", "number"], name="staged_waits", condition=models.Q(record_id=None)),
        ]


class SenderColumns(KeptModel):
    """Which columns the headings of a sender mean, as an officer corrected them. Sender and headings are keyed digests."""

    sender_key = models.BinaryField(max_length=16)
    labels_key = models.BinaryField(max_length=16)
    keys = models.JSONField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender_key", "labels_key"], name="columns_once")]
