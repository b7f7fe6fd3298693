"""Cases and what is known of them: laboratory results, evidence, interviews. No row has a status: it is derived (rules.py)."""

from __future__ import annotations

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
