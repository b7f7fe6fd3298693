"""The door for "somebody was somewhere": posts, trips, check-ins, alerts and interviews all come through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.cases import rules, stays
from nanxi.cases.models import Sighting
from nanxi.engines.trace.stays import NO_ROW
from nanxi.foundation.act import Act, Refused, service


@dataclass(frozen=True)
class Seen:
    """One sighting to keep. `key` makes a repeat change nothing."""

    record_id: UUID
    place: str
    t0: datetime
    area: str
    source: str
    key: str
    t1: datetime | None = None
    conf: float = 1.0
    row: int = NO_ROW


@service
def record_sighting(
    act: Act, *, record_id: UUID, place: str, t0: datetime, t1: datetime | None = None, source: str, conf: float = 1.0,
    area: str, key: str, row: int = NO_ROW,
) -> None:  # fmt: skip
    """Keep one sighting. Raises Refused when it ends before it starts or lies in the future."""
    keep_sightings(act, [Seen(record_id, place, t0, area, source, key, t1, conf, row)])


@service
def record_sightings(act: Act, seen: Sequence[Seen]) -> None:
    """Keep many with one ledger entry; keys that are known already change nothing."""
    keep_sightings(act, seen)


def keep_sightings(act: Act, seen: Sequence[Seen]) -> int:
    """The same inside another service. Returns how many were handed in."""
    rows = [_row(act, one) for one in seen]
    Sighting.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    areas = sorted({row.area_code for row in rows})
    act.log("cases.sighting.recorded", area=areas[0] if areas else "", count=len(rows), source=seen[0].source if seen else "")
    return len(rows)


def _row(act: Act, one: Seen) -> Sighting:
    if problem := rules.why_not_time(one.t0, one.t1, act.now):
        raise Refused(_(problem))
    if not one.place.strip():
        raise Refused(_("A sighting needs a place. Give its name."))
    stay = stays.Stay(one.record_id, one.place.strip(), one.t0, one.t1, one.source, one.conf, one.row)
    day, sealed = stays.sealed(stay)
    return Sighting(
        area_code=one.area, record_id=one.record_id, day=day, source=one.source, key=one.key, recorded_at=act.now,
        by_id=act.actor.user_id, sealed=sealed,
    )  # fmt: skip
