"""Sightings between the database and the tracing engine: sealed under their county day, opened in memory for one question.

Entities are the persons that records belong to now; a record nobody is linked to yet stands for itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from nanxi.cases import persons
from nanxi.cases.models import Sighting
from nanxi.engines.trace import stays as engine
from nanxi.engines.trace.ingest import ingest
from nanxi.foundation import vault
from nanxi.foundation.clock import county_day

TABLE = Sighting._meta.db_table
#: A stay that began earlier is not looked for; ingest cuts longer ones anyway.
LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True)
class Stay:
    """One sighting in the open. `place` is a name, or `trip#kind#number#date#coach`; `row` -1 = seat not known."""

    record_id: UUID
    place: str
    t0: datetime
    t1: datetime | None
    source: str
    conf: float = 1.0
    row: int = engine.NO_ROW


def sealed(stay: Stay) -> tuple[date, bytes]:
    """The county day of a stay and its content under that day's key. Call inside a service."""
    day = county_day(stay.t0)
    end = int(stay.t1.timestamp()) if stay.t1 else None
    body = json.dumps([stay.place, int(stay.t0.timestamp()), end, stay.conf, stay.row], ensure_ascii=False)
    return day, vault.day_seal(day, TABLE, str(stay.record_id), body.encode())


def opened(rows: Iterable[Sighting]) -> Iterator[Stay]:
    """Rows in the open. A day whose key was destroyed is gone and skipped."""
    for row in rows:
        try:
            body = vault.day_unseal(row.day, TABLE, str(row.record_id), row.sealed)
        except vault.Sealed:
            continue
        place, t0, t1, conf, seat = json.loads(body)
        end = None if t1 is None else datetime.fromtimestamp(t1, UTC)
        yield Stay(row.record_id, place, datetime.fromtimestamp(t0, UTC), end, row.source, conf, seat)


def in_window(start: datetime, end: datetime) -> list[Sighting]:
    """Rows of the current scope on the days a window touches, with a day before for stays that still ran."""
    first, last = county_day(start - LOOK_BACK), county_day(end + LOOK_BACK)
    return list(Sighting.objects.filter(day__gte=first, day__lte=last).order_by("id"))


def data_version(rows: list[Sighting]) -> str:
    """How much was seen, and the latest of it."""
    return f"{len(rows)}:{rows[-1].id}" if rows else "0"


@dataclass(frozen=True)
class Known:
    """Stays for the engine, and the records behind each entity."""

    stays: engine.Stays
    records: dict[str, list[UUID]]
    areas: dict[UUID, str]

    def entity_of(self, record_id: UUID) -> str | None:
        return next((entity for entity, records in self.records.items() if record_id in records), None)


def known(rows: list[Sighting]) -> Known:
    """Sightings as the engine's stays, after its ingest rules."""
    person = persons.persons_of({row.record_id for row in rows})
    records: dict[str, list[UUID]] = {}
    for record_id in sorted({row.record_id for row in rows}):
        records.setdefault(str(person.get(record_id, record_id)), []).append(record_id)
    told = (
        engine.Sighting(
            entity=str(person.get(stay.record_id, stay.record_id)), place=stay.place, t0=int(stay.t0.timestamp()),
            t1=int(stay.t1.timestamp()) if stay.t1 else None, source=stay.source, conf=stay.conf, row=stay.row,
        )
        for stay in opened(rows)
    )  # fmt: skip
    return Known(ingest(told), records, {row.record_id: row.area_code for row in rows})
