"""What a visit keeps and how it is sealed: the worker's words, where the worker stood, the places somebody named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nanxi.field.models import Visit
from nanxi.foundation import vault

#: What somebody tells at the door is weaker than a post that read the card.
HEARD = 0.8
VISITS = Visit._meta.db_table


@dataclass(frozen=True)
class Place:
    """Where somebody says they were, as heard on a visit."""

    name: str
    start: datetime
    end: datetime | None = None


def sealed_note(visit: Visit, note: str) -> bytes | None:
    """The worker's words under the person's record; under the day's key when nobody is named. Call inside a service."""
    if not note:
        return None
    if visit.record_id:
        return vault.seal(VISITS, "note", visit.record_id, note)
    return vault.day_seal(visit.day, VISITS, "note", note.encode())


def sealed_position(visit: Visit, position: tuple[float, float, int] | None) -> bytes | None:
    """position: lon, lat (WGS-84), accuracy in metres. Call inside a service."""
    if position is None:
        return None
    lon, lat, accuracy = position
    body = json.dumps({"lon": lon, "lat": lat, "accuracy_m": accuracy})
    return vault.day_seal(visit.day, VISITS, "position", body.encode())


def sighting_of(visit: Visit, number: int, place: Place) -> dict[str, Any]:
    """A named place as the sighting it becomes."""
    return {
        "record_id": visit.record_id, "place": place.name, "t0": place.start, "t1": place.end, "area": visit.area_code,
        "source": "visit", "conf": HEARD, "key": f"visit:{visit.id}:{number}",
    }  # fmt: skip
