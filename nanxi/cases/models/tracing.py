"""Tracing runs and what they counted: window, edition, data, who approved names."""

from __future__ import annotations

from django.db import models

from nanxi.cases import rules
from nanxi.cases.models.cases import Case, SealedWords
from nanxi.foundation.kept import KeptModel, ScopedModel


class TraceRun(ScopedModel):
    """One tracing: case, window, edition of the definition, data it saw, what it counted, who approved names."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="runs")
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    edition = models.CharField(max_length=20)
    slack_s = models.IntegerField()
    #: A visit with more others than this makes nobody a contact and becomes a venue notice; empty = everybody counts.
    cap = models.IntegerField(null=True)
    #: Only those the edition calls close; the others stay a count.
    close_only = models.BooleanField(default=False)
    job = models.ForeignKey("foundation.JobRun", models.SET_NULL, null=True)
    finished_at = models.DateTimeField(null=True)
    #: The store's version and the answer's digest: a later run that differs saw other data.
    data_version = models.CharField(max_length=60, blank=True)
    digest = models.CharField(max_length=16, blank=True)
    #: What it went out from: sightings of the case, and vehicles in which it sat.
    seeds = models.JSONField(default=dict)
    #: Since when late data are known to change this answer, and what would be counted with them.
    outdated_at = models.DateTimeField(null=True)
    late = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    candidates = models.IntegerField(null=True)
    #: People whom the case's other traces named without a second person's approval: narrow windows add up to a wide one.
    elsewhere = models.IntegerField(default=0)
    #: Whom this run named: contact → class, in all areas; whoever sees the run sees those of his own. A later run of the case
    #: takes the rows over, this stays as it was answered.
    answer = models.JSONField(default=dict)
    #: What changed since the case's run before: ids of contacts that are new, gone, or of another class.
    before = models.ForeignKey("self", models.PROTECT, null=True)
    difference = models.JSONField(default=dict)
    approved_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    #: Contacts of contacts: counted with every run, named when an officer asks and says why.
    indirect = models.IntegerField(null=True)
    indirect_truncated = models.BooleanField(default=False)
    indirect_asked_by = models.UUIDField(null=True)
    indirect_reason = models.CharField(max_length=20, blank=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["case", "asked_at"], name="run_case_time")]

    @property
    def shows_names(self) -> bool:
        return self.candidates is not None and rules.shows_names(
            self.candidates + self.elsewhere, self.asked_by, self.approved_by
        )

    @property
    def waits_for_approval(self) -> bool:
        return self.candidates is not None and not self.shows_names


class VenueNotice(SealedWords):
    """A visit of the case to a crowd: told to the venue instead of making everybody there a contact."""

    run = models.ForeignKey(TraceRun, models.PROTECT, related_name="notices")
    place = models.BinaryField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    crowd = models.IntegerField()
    named = models.IntegerField()


class Comparison(ScopedModel):
    """What each edition of the definition would make of a case, or of all recent cases: counts only, nobody is named."""

    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="comparisons")
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    job = models.ForeignKey("foundation.JobRun", models.SET_NULL, null=True)
    finished_at = models.DateTimeField(null=True)
    #: A row for each edition: id, window, class → count, candidates, notices, cases.
    rows = models.JSONField(default=list)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["case", "asked_at"], name="comparison_case_time")]


class Adoption(KeptModel):
    """An edition of the definition proposed for cases reported from a day on, and what a second person said to it.

    It names nobody and holds for the whole house, so every scope reads it.
    """

    edition = models.CharField(max_length=20)
    since = models.DateField()
    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="adoptions")
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    adopted = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["adopted", "since"], name="adoption_in_use")]

    def as_rule(self) -> rules.Adopted:
        return rules.Adopted(self.edition, self.since, self.decided_at)
