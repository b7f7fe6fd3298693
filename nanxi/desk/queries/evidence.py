"""Reads of findings: what speaks for a person being here or gone, and what stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from nanxi.desk import rules
from nanxi.desk.models import Finding, Ruling, Task
from nanxi.desk.sealing import words


def as_told(finding: Finding) -> rules.Told:
    says = next(one for one in rules.Says if one.code == finding.says)
    return rules.Told(says, finding.how, finding.at)


def newest_pair(task: Task) -> tuple[Finding, Finding] | None:
    """The newest online claim, one that says something before one that does not, and the newest finding on the spot; or None."""
    rows = list(Finding.everything.filter(task=task).order_by("-at", "-id"))
    claims = [row for row in rows if row.way == Finding.Way.ONLINE]
    claim = next((row for row in claims if row.says != rules.Says.UNCLEAR.code), claims[0] if claims else None)
    spot = next((row for row in rows if row.way == Finding.Way.OFFLINE), None)
    return None if claim is None or spot is None else (claim, spot)


@dataclass(frozen=True)
class Evidence:
    """All findings of a task, the ruling that counts, and whether a person has to decide."""

    findings: list[Finding]
    ruling: Ruling | None
    reason: str
    undecided: bool


def evidence_of(task: Task) -> Evidence:
    rows = list(Finding.objects.filter(task=task).order_by("at", "id"))
    ruling = Ruling.objects.filter(task=task).select_related("stands").order_by("-at", "-id").first()
    pair = newest_pair(task) if rows else None
    verdict = rules.verdict_on(as_told(pair[0]), as_told(pair[1])) if pair else rules.Verdict.SILENT
    newest = max((row.recorded_at for row in pair), default=None) if pair else None
    open_still = verdict is rules.Verdict.PERSON and (ruling is None or newest is None or ruling.at < newest)
    reason = words("desk_ruling", "reason", ruling.reason, record_id=task.record_id, row_id=ruling.id) if ruling else ""
    return Evidence(rows, ruling, reason, open_still)


def standing_of(task_ids: Iterable[UUID]) -> dict[UUID, Finding]:
    """Task → the finding that stands by its last ruling, for answers."""
    rows = Ruling.objects.filter(task_id__in=list(task_ids)).select_related("stands").order_by("at", "id")
    return {row.task_id: row.stands for row in rows}


def claimed_online(task_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the tasks about which something is claimed online."""
    rows = Finding.everything.filter(task_id__in=list(task_ids), way=Finding.Way.ONLINE)
    return set(rows.values_list("task_id", flat=True))
