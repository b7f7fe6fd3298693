"""What orders asks of the rooms below it, in one place: people, desk, cases. Imported on use, so that the rules stay light."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from nanxi.foundation.act import Act


def evidence_path(record_id: UUID, at: datetime) -> Any:
    """The strongest evidence by which this person may be restricted, or None (cases)."""
    from nanxi.cases import queries

    return queries.evidence_path(record_id, at)


def persons_of(record_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    from nanxi.people import queries

    return queries.persons_of(list(record_ids))


def masked_labels(person_ids: Iterable[UUID]) -> dict[UUID, Any]:
    from nanxi.people import queries

    return queries.masked_labels([person for person in person_ids if person])


def open_record(act: Act, record_id: UUID, via: tuple[str, UUID], purpose: Any) -> Any:
    from nanxi.people import services

    return services.open_record(act, record_id=record_id, via=via, purpose=purpose)


def raise_alert(act: Act, **alert: Any) -> Any:
    from nanxi.desk import services

    return services.raise_alert(act, **alert)


def open_task(act: Act, **task: Any) -> Any:
    from nanxi.desk import services

    return services.open_task(act, **task)
