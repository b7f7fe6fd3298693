"""Reads of the switches of rules that make tasks: the last turn counts, a rule nobody touched is on."""

from __future__ import annotations

from nanxi.desk.models import RuleSwitch


def rule_is_on(rule: str) -> bool:
    last = RuleSwitch.objects.filter(rule=rule).order_by("-at", "-id").values_list("on", flat=True).first()
    return True if last is None else last


def last_switches() -> dict[str, RuleSwitch]:
    """Rule → its last turn."""
    return {row.rule: row for row in RuleSwitch.objects.order_by("at", "id")}
