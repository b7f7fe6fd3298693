"""People who met a case: evidence, decisions, follow-up. A decision is the last row of several, never a column."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.cases import rules
from nanxi.cases.models.cases import Case, SealedWords
from nanxi.cases.models.tracing import TraceRun
from nanxi.foundation.kept import ScopedModel


class CloseContact(ScopedModel):
    """Somebody who met a case. Its decision is the last row of `decisions`; a fallen case retracts it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="contacts")
    run = models.ForeignKey(TraceRun, models.PROTECT, null=True, related_name="contacts")
    record_id = models.UUIDField(db_index=True)
    person_id = models.UUIDField(null=True, db_index=True)
    found_at = models.DateTimeField()
    klass = models.CharField(max_length=8)
    visits = models.IntegerField(default=0)
    places = models.IntegerField(default=0)
    overlap_s = models.BigIntegerField(default=0)
    longest_s = models.BigIntegerField(default=0)
    first = models.DateTimeField()
    last = models.DateTimeField()
    exposure = models.FloatField(default=0)
    companionship = models.FloatField(default=0)
    #: At how many of the case's places of one day, in the same order: somebody who went along.
    along = models.IntegerField(default=0)
    named = models.BooleanField(default=False)
    retracted_at = models.DateTimeField(null=True)
    retracted_why = models.CharField(max_length=20, blank=True)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["case", "record_id"], name="contact_once")]

    def latest(self) -> ContactDecision | None:
        """The decision that holds; prefetch `decisions` for lists."""
        return max(self.decisions.all(), key=lambda row: (row.at, row.id), default=None)

    @property
    def decision(self) -> rules.Decision:
        row = self.latest()
        return rules.Decision(row.decision) if row else rules.Decision.OPEN

    def holds_until(self, at: datetime) -> datetime | None:
        row = self.latest()
        return rules.path_of_contact(self.decision, row.at if row else None, self.last, self.retracted_at is not None, at)


class Exposure(SealedWords):
    """One piece of evidence that a contact met the case: its facts sealed, shown in words (wording.py)."""

    contact = models.ForeignKey(CloseContact, models.PROTECT, related_name="exposures")
    run = models.ForeignKey(TraceRun, models.PROTECT, null=True)
    at = models.DateTimeField()
    facts = models.BinaryField()


class ContactDecision(ScopedModel):
    """Accepted, rejected, or to be interviewed: by whom, when."""

    contact = models.ForeignKey(CloseContact, models.PROTECT, related_name="decisions")
    decision = models.CharField(
        max_length=16, choices=[(d.value, d.value) for d in rules.Decision if d is not rules.Decision.OPEN]
    )
    by_id = models.UUIDField()
    at = models.DateTimeField()


class FollowUp(SealedWords):
    """One day's look at a contact: reached or not, symptoms or not."""

    class Outcome(models.TextChoices):
        WELL = "well", _("reached, no symptoms")
        SYMPTOMS = "symptoms", _("reached, has symptoms")
        UNREACHED = "unreached", _("not reached")

    contact = models.ForeignKey(CloseContact, models.PROTECT, related_name="followups")
    day = models.DateField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    note = models.BinaryField(null=True)
    #: Empty: the person told it himself.
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta(SealedWords.Meta):
        constraints = [models.UniqueConstraint(fields=["contact", "day"], name="followup_once_a_day")]


class IndirectContact(ScopedModel):
    """Somebody who met a contact after that one could pass it on; named on request, for a reason that is kept."""

    run = models.ForeignKey(TraceRun, models.PROTECT, related_name="indirects")
    via = models.ForeignKey(CloseContact, models.PROTECT, related_name="indirects")
    record_id = models.UUIDField(db_index=True)
    person_id = models.UUIDField(null=True, db_index=True)
    klass = models.CharField(max_length=8)
    places = models.IntegerField()
    overlap_s = models.BigIntegerField()
    first = models.DateTimeField()
    last = models.DateTimeField()
    exposure = models.FloatField()

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["run", "record_id"], name="indirect_once")]


class Isolated(ScopedModel):
    """Since when an order keeps somebody at home, told by the ledger: whoever met nobody any more passes nothing on."""

    order_id = models.UUIDField(unique=True)
    person_id = models.UUIDField(db_index=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
