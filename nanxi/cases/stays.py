"""What one sighting says, sealed under its county day and opened again in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from nanxi.cases.models import Sighting
from nanxi.engines.trace import stays as engine
from nanxi.foundation import vault
from nanxi.foundation.clock import county_day

TABLE = Sighting._meta.db_table


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
