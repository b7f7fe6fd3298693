"""What this room asks of the desk below it, in one place. Imported on use, so that rules and models stay light."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from nanxi.foundation.act import Act


def open_generated(act: Act, **task: Any) -> Any | None:
    """A task made by a rule, unless the county switched the rule off."""
    from nanxi.desk.services.generated import open_generated as opened

    return opened(act, **task)


def stop_tasks(act: Act, rule: str, subject_ids: Collection[UUID]) -> int:
    """End what a rule opened about these things; returns how many tasks were open."""
    from nanxi.desk.services.generated import stop_generated

    return stop_generated(act, rule=rule, subject_ids=subject_ids)


def raise_alert(act: Act, **alert: Any) -> Any:
    from nanxi.desk import services

    return services.raise_alert(act, **alert)


def made_since(rule: str, subject_ids: Collection[UUID], since: datetime) -> set[UUID]:
    """Those about which a rule made a task since then."""
    from nanxi.desk import queries

    return queries.made_since(rule, subject_ids, since)
