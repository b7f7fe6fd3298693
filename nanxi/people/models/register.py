"""What the register keeps: source records, lookup keys, persons, links and the pairs to review.

A person is nothing but an id; everything known about one stands in source records, sealed under their keys. The keyed digests
beside them say only that two records agree.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import KeptModel, KeptQuerySet, ScopedManager, ScopedModel, area_field

__all__ = ["IdentityLink", "LinkWeights", "LookUp", "NameCount", "Person", "RecordIndex", "ReviewPair", "SourceRecord"]


class Person(KeptModel):
    """Somebody. Carries no attribute, so that nothing about a person can be overwritten."""


class SourceRecord(ScopedModel):
    """One row of one list, or one claim of a form. `person` is the link that holds now; only matching and officers move it."""

    source_kind = models.CharField(max_length=40)
    source_ref = models.CharField(max_length=120)
    batch_id = models.UUIDField(null=True, db_index=True)
    list_year = models.SmallIntegerField(null=True)
    added_at = models.DateTimeField()
    sealed = models.BinaryField()
    raw = models.BinaryField(null=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="records", db_index=False)
    #: Set when matching looked at the record; the worker takes those without.
    matched_at = models.DateTimeField(null=True)
    #: Its list was withdrawn or replaced by a corrected one (services.leaving).
    withdrawn_at = models.DateTimeField(null=True)
    #: An officer decided on this record; rules move it no more.
    pinned = models.BooleanField(default=False)
    #: 0 with a valid ID, 1 without: which record names its person in a work list.
    rank = models.SmallIntegerField(default=1)
    id_index = models.BinaryField(max_length=16, null=True, db_index=True)
    #: What matching compares (rules.traits), as keyed digests; None for a record that left.
    traits = models.BinaryField(null=True)

    person_id: UUID | None

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["source_kind", "source_ref"], name="record_source_once")]
        indexes = [
            models.Index(fields=["person", "rank", "id"], name="record_person"),
            models.Index(fields=["id"], name="record_waits", condition=models.Q(matched_at=None)),
            models.Index(fields=["area_code", "id"], name="record_area"),
        ]


class RecordIndex(models.Model):
    """A keyed digest under which a record is found again (rules.traits.Key)."""

    pk = models.CompositePrimaryKey("kind", "value", "record_id")
    kind = models.SmallIntegerField()
    value = models.BigIntegerField()
    record_id = models.UUIDField(db_index=True)
    area_code = area_field()

    objects = ScopedManager()
    everything = KeptQuerySet.as_manager()

    class Meta:
        base_manager_name = "everything"


class ReviewPair(ScopedModel):
    """Two records that may be one person. Its area is the smallest that holds both, so that whoever decides may see both."""

    class Kind(models.TextChoices):
        LIKELY = "likely", _("probably the same")
        AMBIGUOUS = "ambiguous", _("fits more than one person")
        CONFLICT = "conflict", _("one ID number, two names")
        MISSED = "missed", _("found again at night")
        NUMBERS = "numbers", _("two ID numbers, else one person")

    one = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+")
    other = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    #: Sum of the weights in bits, and the weights: [[degree, bits], …].
    score = models.FloatField(default=0)
    weights = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    same = models.BooleanField(null=True)
    #: A link that a rule made, laid before an officer like any other pair: how often rules are wrong.
    blind = models.BooleanField(default=False)

    one_id: UUID
    other_id: UUID

    def reasons(self) -> list[tuple[str, float]]:
        """The weights as (degree, bits)."""
        kept: Any = self.weights
        return [(code, bits) for code, bits in kept]

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="pair_once")]
        indexes = [
            models.Index(fields=["area_code", "-score", "id"], name="pair_open", condition=models.Q(decided_at=None)),
            models.Index(fields=["other"], name="pair_other"),
            models.Index(fields=["decided_at"], name="pair_blind", condition=models.Q(blind=True)),
        ]


class IdentityLink(ScopedModel):
    """A decision that a record speaks of a person, by rule or by an officer. Only ever added; the last one holds."""

    record = models.ForeignKey(SourceRecord, models.PROTECT, related_name="links")
    person = models.ForeignKey(Person, models.PROTECT, related_name="links", db_index=False)
    rule = models.CharField(max_length=12)
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    #: What a rule's link rests on: bits, lead over the next candidate, [[degree, bits], …], whose weights.
    score = models.FloatField(null=True)
    margin = models.FloatField(null=True)
    weights = models.JSONField(null=True)
    weights_version = models.CharField(max_length=24, default="")
    pair = models.ForeignKey(ReviewPair, models.PROTECT, null=True, related_name="links")

    person_id: UUID
    record_id: UUID

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["person", "at"], name="link_person")]


class LinkWeights(KeptModel):
    """Weights learned from the register: a model in Splink's shape. The one adopted last holds; links name its version."""

    version = models.CharField(max_length=24, unique=True)
    model = models.JSONField()
    learned_at = models.DateTimeField()
    #: Who asked for it; None: the night.
    learned_by = models.UUIDField(null=True)
    records = models.IntegerField()
    #: The version it was compared with, and what became of the zones (services.weights.Study.told).
    beside = models.CharField(max_length=24, default="")
    told = models.JSONField(default=dict)
    adopted_at = models.DateTimeField(null=True)
    adopted_by = models.UUIDField(null=True)

    def moved(self) -> dict[tuple[str, str], int]:
        """Records that these weights would put into another zone: (from, to) → how many."""
        kept: Any = self.told
        return {(old, new): count for old, new, count in kept.get("moved", [])}


class NameCount(models.Model):
    """How many persons bear a name, by its keyed digest, for names of several bearers; under 0 all persons. Counted at night."""

    name = models.BigIntegerField(primary_key=True)
    persons = models.IntegerField()

    objects = KeptQuerySet.as_manager()


class LookUp(KeptModel):
    """One question to the register inside a task; counted for the day's budget."""

    class Kind(models.TextChoices):
        EXACT = "exact", _("full ID number or phone")
        LEAD = "lead", _("phoned-in lead")

    user_id = models.UUIDField()
    task_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField()
    found = models.SmallIntegerField()
    #: Whom the register answered with: nobody else is chosen as the person of the task.
    persons = ArrayField(models.UUIDField(), default=list)

    class Meta:
        indexes = [models.Index(fields=["user_id", "kind", "at"], name="lookup_day")]
