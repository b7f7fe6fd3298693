"""What the sweep asks of people and desk, in one place. Imported on use, so that the rules stay light."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from nanxi.foundation.act import Act
from nanxi.foundation.clock import county_day

KIND = "sweep"


def homes_in(low: str, high: str, now: datetime) -> list[Any]:
    """The homes the register knows between two area codes (people.dwellings.Home)."""
    from nanxi.people import dwellings

    return dwellings.homes_in(low, high, now)


def people_without_home(low: str, high: str, now: datetime) -> int:
    from nanxi.people import dwellings

    return dwellings.people_without_home(low, high, now)


def home_digest(address: str, area: str) -> int | None:
    from nanxi.people import dwellings

    return dwellings.home_digest(address, area)


def residents_of(digest: int, now: datetime) -> list[Any]:
    from nanxi.people import dwellings

    return dwellings.residents_of(digest, now)


def record_of(act: Act, *, area: str, ref: str, name: str, phone: str, address: str) -> UUID:
    """A record of somebody who was found living behind a door that nobody knew."""
    from nanxi.people import services
    from nanxi.people.identity import Identity

    told = Identity(name=name, phone=phone, address=address)
    return services.record_claim(act, area=area, source_kind="field.household", source_ref=ref, identity=told)


def labels(record_ids: Iterable[UUID | None]) -> dict[UUID, Any]:
    from nanxi.people import queries

    return queries.labels_of_records([record for record in record_ids if record])


def person_of(record_id: UUID) -> UUID:
    """Whom a record stands for: its person, or the record itself while matching has not looked at it."""
    from nanxi.people import queries

    return queries.persons_of([record_id]).get(record_id, record_id)


def form_choices() -> list[tuple[str, str]]:
    """Forms that a round may ask by: reference and title, the newest first."""
    from nanxi.desk import asking, queries

    newest = queries.current_for(KIND)
    found = [(ref, asking.in_language(form.title)) for ref, form, _row in queries.versions() if KIND in form.kinds]
    return sorted(found, key=lambda one: (one[0] != newest, one[0]))


def asked(ref: str, now: datetime, told: Mapping[str, Any] | None = None, faults: Any = None) -> Any:
    """The questions of a form as a page shows them."""
    from nanxi.desk import asking, queries

    form = queries.form_at(ref)
    assert form is not None
    return asking.Questionnaire(form, ref, county_day(now).isoformat(), told or {}, faults or {})


def told_by_page(ref: str, sent: Any) -> dict[str, Any]:
    from nanxi.desk import asking, queries

    form = queries.form_at(ref)
    assert form is not None
    return asking.told_in(form, sent)


def checked(ref: str, told: Mapping[str, Any], now: datetime) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """(result, answers as kept, faults) of what was told, held against the form."""
    from nanxi.desk import queries
    from nanxi.desk.questions import answers

    form = queries.form_at(ref)
    assert form is not None
    filled = answers.check(form, told, today=county_day(now).isoformat())
    return str(filled.answers.get(form.result) or ""), dict(filled.answers), dict(filled.faults)


def open_health_task(act: Act, household: UUID, **task: Any) -> None:
    """Somebody of a household is unwell: the town looks into it, once per household."""
    from nanxi.desk import services

    services.open_generated(act, subject=("field.household", household), kind="health", priority=1, **task)


def open_call_task(act: Act, household: UUID, **task: Any) -> None:
    """A household nobody is met at: the town calls, once per household."""
    from nanxi.desk import services

    services.open_generated(act, subject=("field.household", household), kind="call", **task)


def stop_task(act: Act, rule: str, household: UUID) -> None:
    """The reason of a household's task has gone."""
    from nanxi.desk import services

    services.stop_generated(act, rule=rule, subject_ids=[household])


def open_record(act: Act, record_id: UUID, household: UUID, person_id: UUID) -> Any:
    """Grant and audit, then name, phone and address."""
    from nanxi.foundation.grants import Purpose
    from nanxi.people import services

    via = ("field.household", household)
    return services.open_record(act, record_id=record_id, via=via, purpose=Purpose.VERIFICATION, person_id=person_id)


def loads_of(user_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Open tasks of each worker."""
    from nanxi.desk import queries

    return queries.loads_of(user_ids)
