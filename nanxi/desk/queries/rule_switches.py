"""Reads of rules that make tasks: their switches (the last turn counts, a rule nobody touched is on), and what they made."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from nanxi.desk.models import RuleSwitch, Task


def rule_is_on(rule: str) -> bool:
    last = RuleSwitch.objects.filter(rule=rule).order_by("-at", "-id").values_list("on", flat=True).first()
    return True if last is None else last


def last_switches() -> dict[str, RuleSwitch]:
    """Rule → its last turn."""
    return {row.rule: row for row in RuleSwitch.objects.order_by("at", "id")}


def made_since(rule: str, subject_ids: Collection[UUID], since: datetime) -> set[UUID]:
    """Those of the things about which a rule has made a task since then, whatever became of it."""
    rows = Task.everything.filter(rule=rule, subject_id__in=list(subject_ids), opened_at__gte=since)
    return set(rows.values_list("subject_id", flat=True))
