"""What the cases room keeps. No row has a status: it is derived from evidence and decisions (rules.py)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nanxi.cases import rules
from nanxi.foundation import vault
from nanxi.foundation.kept import ScopedModel


class LabResult(ScopedModel):
    """One result of one sample. The accession number is the laboratory's own and occurs once."""

    class Result(models.TextChoices):
        POSITIVE = "positive", _("positive")
        NEGATIVE = "negative", _("negative")
        UNCLEAR = "unclear", _("unclear, to be repeated")

    accession = models.CharField(max_length=40, unique=True)
    record_id = models.UUIDField(db_index=True)
    person_id = models.UUIDField(null=True, db_index=True)
    laboratory = models.CharField(max_length=80)
    sampled_at = models.DateTimeField()
    result = models.CharField(max_length=8, choices=Result)
    reporter_id = models.UUIDField()
    reported_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        constraints = [models.CheckConstraint(condition=~Q(accession=""), name="lab_accession_given")]

    def as_rule(self) -> rules.Laboratory:
        return rules.Laboratory(self.accession, self.result == self.Result.POSITIVE)


class Case(ScopedModel):
    """A person reported as ill; what the case is follows from its evidence rows."""

    record_id = models.UUIDField(db_index=True)
    person_id = models.UUIDField(null=True, db_index=True)
    reported_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["area_code", "reported_at"], name="case_area_time")]

    @property
    def reference(self) -> str:
        """What officers call the case by phone; says nothing about the person."""
        return f"C-{self.id.hex[-6:].upper()}"

    def as_rules(self) -> list[rules.Evidence]:
        """The evidence rows in time order; prefetch `evidence__lab_result` for lists."""
        return [row.as_rule() for row in sorted(self.evidence.all(), key=lambda row: (row.at, row.id))]

    @property
    def status(self) -> rules.Status:
        return rules.status_of(self.as_rules())


class CaseEvidence(ScopedModel):
    """A step in the life of a case: report, clinical diagnosis, confirmation, discard. Rows are added, never changed."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=24, choices=[(kind.value, kind.value) for kind in rules.EvidenceKind])
    lab_result = models.ForeignKey(LabResult, models.PROTECT, null=True, related_name="evidence")
    by_id = models.UUIDField()
    at = models.DateTimeField()
    note = models.BinaryField(null=True)

    def as_rule(self) -> rules.Evidence:
        laboratory = self.lab_result.as_rule() if self.lab_result else None
        return rules.Evidence(rules.EvidenceKind(self.kind), self.by_id, self.at, laboratory)


class SealedWords(ScopedModel):
    """Columns of free text under the key of the record they speak about."""

    class Meta(ScopedModel.Meta):
        abstract = True

    def put(self, record_id: UUID, **words: str) -> None:
        for column, text in words.items():
            setattr(self, column, vault.seal(self._meta.db_table, f"{column}|{self.id}", record_id, text) if text else None)

    def word(self, column: str, record_id: UUID) -> str:
        sealed = getattr(self, column)
        return vault.unseal(self._meta.db_table, f"{column}|{self.id}", record_id, sealed) if sealed else ""


class Interview(SealedWords):
    """One talk with a case: onset, isolation, household and workplace (a place each). A later one corrects an earlier one."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="interviews")
    by_id = models.UUIDField()
    at = models.DateTimeField()
    onset = models.DateField(null=True)
    isolated_at = models.DateTimeField(null=True)
    household = models.BinaryField(null=True)
    workplace = models.BinaryField(null=True)

    class Meta(SealedWords.Meta):
        indexes = [models.Index(fields=["case", "at"], name="interview_case_time")]


class ItineraryEntry(SealedWords):
    """One stretch of the itinerary: place or trip, from–to, seat, with whom. It is also a sighting (key `interview:<id>`)."""

    interview = models.ForeignKey(Interview, models.PROTECT, related_name="itinerary")
    t0 = models.DateTimeField()
    t1 = models.DateTimeField(null=True)
    place = models.BinaryField()
    companions = models.BinaryField(null=True)


class Sighting(ScopedModel):
    """Somebody was somewhere: place and times sealed under the key of their county day, so that the day can be purged."""

    record_id = models.UUIDField(db_index=True)
    day = models.DateField()
    source = models.CharField(max_length=20)
    key = models.CharField(max_length=80, unique=True)
    recorded_at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["day"], name="sighting_day")]


class TraceRun(ScopedModel):
    """One tracing: case, window, edition of the definition, data it saw, what it counted, who approved names."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="runs")
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    edition = models.CharField(max_length=20)
    slack_s = models.IntegerField()
    job = models.ForeignKey("foundation.JobRun", models.SET_NULL, null=True)
    finished_at = models.DateTimeField(null=True)
    #: Sightings read and the latest of them: a later run that differs saw other data.
    data_version = models.CharField(max_length=60, blank=True)
    counts = models.JSONField(default=dict)
    candidates = models.IntegerField(null=True)
    approved_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)

    @property
    def shows_names(self) -> bool:
        return self.candidates is not None and rules.shows_names(self.candidates, self.asked_by, self.approved_by)

    @property
    def waits_for_approval(self) -> bool:
        return self.candidates is not None and not self.shows_names


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
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta(SealedWords.Meta):
        constraints = [models.UniqueConstraint(fields=["contact", "day"], name="followup_once_a_day")]
