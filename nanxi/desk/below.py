"""What the desk asks of the register, in one place. Imported on use, so that rules and models stay light."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from nanxi.foundation.act import Act


def masked_labels(person_ids: Iterable[UUID | None]) -> dict[UUID, Any]:
    """Masked labels for a work list."""
    from nanxi.people import queries

    wanted = [person for person in person_ids if person]
    return queries.masked_labels(wanted) if wanted else {}


def labels_of_records(record_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Masked labels of records that matching has not linked to anybody yet."""
    from nanxi.people import queries

    wanted = list(record_ids)
    return queries.labels_of_records(wanted) if wanted else {}


def records_of_persons(person_ids: set[UUID]) -> dict[UUID, set[UUID]]:
    """Person → the ids of their records in scope."""
    from nanxi.people import queries

    return queries.records_of_persons(person_ids)


def rows_of_batch(batch_id: UUID) -> list[Any]:
    """Committed rows of a list: record_id, person_id, area_code, elsewhere (the other county it belongs to, or "")."""
    from nanxi.people import queries

    return list(queries.rows_of_batch(batch_id))


def rows_elsewhere(batch_id: UUID) -> list[Any]:
    """Rows of a list that belong to another county."""
    from nanxi.people import queries

    return list(queries.rows_elsewhere(batch_id))


def name_of_county(code: str) -> str:
    from nanxi.people import queries

    return queries.name_of_county(code)


def stage_file(act: Act, *, area: str, file_name: str, content: bytes, sender: str, source_ref: str) -> UUID:
    """Hand a directive's list to the intake for preview; returns the batch."""
    from nanxi.people import services

    return services.stage_file(act, area=area, file_name=file_name, content=content, sender=sender, source_ref=source_ref).id  # pyright: ignore[reportReturnType]


def open_batch(act: Act, *, batch_id: UUID, via: tuple[str, UUID], purpose: Any) -> Any:
    """The list as its sender wrote it: `.header`, `.rows` with `.record_id` and `.cells`; audited."""
    from nanxi.people import services

    return services.open_batch(act, batch_id=batch_id, via=via, purpose=purpose)


def open_record(act: Act, *, record_id: UUID, person_id: UUID | None, via: tuple[str, UUID], purpose: Any) -> Any:
    """Grant and audit, then the unsealed identifiers."""
    from nanxi.people import services

    return services.open_record(act, record_id=record_id, via=via, purpose=purpose, person_id=person_id)
