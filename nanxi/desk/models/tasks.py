"""Tasks: one thing one unit has to do, the evidence found by it, and what stands where two findings differ."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _

from nanxi.desk import rules
from nanxi.desk.models.directives import Directive
from nanxi.foundation.kept import KeptModel, ScopedModel


class Task(ScopedModel):
    """One thing one unit has to do, mostly about one person."""

    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=120)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True)
    record_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)
    assignee_id = models.UUIDField(null=True)
    directive = models.ForeignKey(Directive, models.PROTECT, null=True, related_name="tasks")
    due = models.DateTimeField()
    priority = models.PositiveSmallIntegerField(default=2)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    #: What somebody told when the task was opened (a phoned-in lead).
    told = models.BinaryField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)
    result = models.CharField(max_length=16, blank=True)
    note = models.BinaryField(null=True)
    #: The form it is closed with, as `code@version`; its answers are JSON sealed like the note.
    form = models.CharField(max_length=44, blank=True)
    answers = models.BinaryField(null=True)
    #: The task that has to be closed before this one is anybody's turn.
    waits_for = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by")
    #: The rule that made it (generators.py), and when it ends by itself.
    rule = models.CharField(max_length=40, blank=True)
    stops_at = models.DateTimeField(null=True)
    #: Why it ended without a result (rules.ENDINGS).
    ended_for = models.CharField(max_length=16, blank=True)
    #: The town's nine digits, for lists of one town in order of due time.
    town = models.GeneratedField(
        expression=Substr("area_code", 1, 9), output_field=models.CharField(max_length=9, db_collation="C"), db_persist=True
    )

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["area_code", "due"], name="task_open", condition=models.Q(ended_at=None)),
            models.Index(fields=["due", "id"], name="task_due_order", condition=models.Q(ended_at=None)),
            models.Index(fields=["town", "due", "id"], name="task_town", condition=models.Q(ended_at=None)),
            models.Index(fields=["person_id"], name="task_person", condition=models.Q(ended_at=None)),
            models.Index(fields=["stops_at"], name="task_stops", condition=models.Q(ended_at=None, stops_at__isnull=False)),
            models.Index(fields=["assignee_id", "due"], name="task_mine", condition=models.Q(ended_at=None)),
            models.Index(fields=["unit_id", "due"], name="task_unit", condition=models.Q(ended_at=None)),
            models.Index(fields=["record_id"], name="task_record"),
            models.Index(fields=["subject_id"], name="task_subject"),
            models.Index(
                fields=["directive", "area_code", "person_id"],
                name="task_of_list",
                condition=models.Q(kind="verification", directive__isnull=False),
            ),
        ]
        constraints = [
            # An edit told twice makes no second task.
            models.UniqueConstraint(
                fields=["rule", "subject_id"], name="task_rule_once", condition=models.Q(ended_at=None) & ~models.Q(rule="")
            )
        ]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def kind_label(self) -> str:
        return rules.TaskKind.of(self.kind).label

    @property
    def result_label(self) -> str:
        return rules.RESULTS.get(self.result) or rules.ENDINGS.get(self.ended_for, "")

    def overdue(self, now: datetime) -> bool:
        return self.is_open and self.due < now


class Finding(ScopedModel):
    """What one source says about the matter of a task: a claim known online, or what somebody found on the spot. Both stay."""

    class Way(models.TextChoices):
        ONLINE = "online", _("known online")
        OFFLINE = "offline", _("found on the spot")

    task = models.ForeignKey(Task, models.CASCADE, related_name="findings")
    way = models.CharField(max_length=7, choices=Way)
    #: What it says (rules.Says), and how it is known (rules.KNOWN).
    says = models.CharField(max_length=10)
    how = models.CharField(max_length=10)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    source_kind = models.CharField(max_length=40, blank=True)
    source_id = models.UUIDField(null=True)
    #: Whom to tell when the finding does not stand.
    source_unit_id = models.UUIDField(null=True)
    recorded_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["task", "at"], name="finding_of_task")]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "source_kind", "source_id"], name="finding_once", condition=models.Q(source_id__isnull=False)
            )
        ]


class Ruling(ScopedModel):
    """Which of two findings that differ stands, by a rule or by a person; the last one counts, the findings stay."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="rulings")
    stands = models.ForeignKey(Finding, models.PROTECT, related_name="rulings")
    #: The rule (rules.CONTRADICTION), or empty when a person decided.
    rule = models.CharField(max_length=20, blank=True)
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    reason = models.BinaryField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["task", "at"], name="ruling_of_task")]


class BulkAct(ScopedModel):
    """One act on many tasks, with its reason; undone as one. What was chosen is the filter of the list, in codes."""

    class Deed(models.TextChoices):
        GIVE = "give", _("give to an officer")
        CLOSE = "close", _("close with a reason")

    deed = models.CharField(max_length=5, choices=Deed)
    chosen = models.JSONField()
    reason = models.CharField(max_length=16, blank=True)
    to_user_id = models.UUIDField(null=True)
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    undo_asked_at = models.DateTimeField(null=True)
    undone = models.PositiveIntegerField(default=0)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["asked_by", "asked_at"], name="bulk_of_officer")]


class BulkItem(ScopedModel):
    """One task of a bulk act as it was before."""

    bulk = models.ForeignKey(BulkAct, models.CASCADE, related_name="items")
    task = models.ForeignKey(Task, models.CASCADE, related_name="+")
    #: Holder, unit and area before, as ids and codes; empty for a task that was skipped.
    before = models.JSONField(null=True)
    undone = models.BooleanField(default=False)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["bulk", "task"], name="bulk_item_once")]


class SavedFilter(KeptModel):
    """A filter of the task list kept by name, for oneself or for one's unit."""

    user_id = models.UUIDField()
    unit_id = models.UUIDField(null=True)
    name = models.CharField(max_length=30)
    chosen = models.JSONField()
    kept_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user_id"], name="filter_mine"), models.Index(fields=["unit_id"], name="filter_unit")]
        constraints = [models.UniqueConstraint(fields=["user_id", "name"], name="filter_name_once")]


class FormVersion(KeptModel):
    """A published form: its text as it was published, never changed. The newest of a kind of task serves new ones."""

    code = models.CharField(max_length=40)
    number = models.PositiveSmallIntegerField()
    kinds = models.JSONField()
    text = models.TextField()
    published_at = models.DateTimeField()
    published_by = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "number"], name="form_version_once")]

    @property
    def ref(self) -> str:
        return f"{self.code}@{self.number}"


class RuleSwitch(KeptModel):
    """One turn of the switch of a rule that makes tasks; the last one counts."""

    rule = models.CharField(max_length=40)
    on = models.BooleanField()
    at = models.DateTimeField()
    by_id = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["rule", "at"], name="switch_of_rule")]
