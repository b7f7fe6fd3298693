"""Who sat in which vehicle, and where a vehicle was seen. A plate is a row of its own, sealed under a key of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.cases import rules
from nanxi.cases.models import Ride, Vehicle
from nanxi.cases.services.sightings import Seen, keep_sightings
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service

#: Somebody told aboard at one moment (a barrier, a check-in at the door) was in the vehicle a while before and after.
AROUND = timedelta(minutes=15)


@dataclass(frozen=True)
class Aboard:
    """One person in one vehicle. `t1` None = seen at one moment. `key` makes a repeat change nothing."""

    record_id: UUID
    plate: str
    t0: datetime
    area: str
    key: str
    t1: datetime | None = None
    kind: str = Ride.Kind.OCCUPANT.value


@service
def record_rides(act: Act, rides: Sequence[Aboard]) -> None:
    """Keep who sat where. Raises Refused for a time that cannot be or a kind that is not known."""
    keep_rides(act, rides)


def keep_rides(act: Act, rides: Sequence[Aboard]) -> int:
    """The same inside another service."""
    rows = [_row(act, one) for one in rides]
    Ride.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    act.log("cases.ride.recorded", area=rows[0].area_code if rows else "", count=len(rows))
    return len(rows)


def _row(act: Act, one: Aboard) -> Ride:
    if problem := rules.why_not_time(one.t0, one.t1, act.now):
        raise Refused(_(problem))
    if one.kind not in Ride.Kind.values:
        raise Refused(_("Say how it is known: occupant, ticket, passenger or owner."))
    t0, t1 = (one.t0 - AROUND, one.t0 + AROUND) if one.t1 is None else (one.t0, one.t1)
    vehicle = vehicle_of(one.plate)
    return Ride(
        area_code=one.area, record_id=one.record_id, vehicle_id=vehicle, t0=t0, t1=t1, kind=one.kind, key=one.key,
        by_id=act.actor.user_id,
    )  # fmt: skip


def keep_vehicle_seen(
    act: Act, *, plate: str, place: str, t0: datetime, t1: datetime | None = None, source: str, area: str, key: str
) -> None:
    """A vehicle was somewhere: a sighting whose subject is the vehicle."""
    keep_sightings(act, [Seen(vehicle_of(plate), place, t0, area, source, key, t1)])


def tidy_plate(plate: str) -> str:
    """As it is compared: no blanks or dots, letters large."""
    return "".join(ch for ch in plate.upper() if ch.isalnum())


def is_plate(plate: str) -> bool:
    return 5 <= len(tidy_plate(plate)) <= 12


def vehicle_of(plate: str) -> UUID:
    """The vehicle's row, made when the plate is new. Raises Refused without a plate. Call inside a service."""
    text = tidy_plate(plate)
    if not is_plate(text):
        raise Refused(_("A plate has 5 to 12 letters and digits, for example 浙C12345."))
    vehicle = Vehicle.id_of(text)
    if not Vehicle.objects.filter(pk=vehicle).exists():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [vault.block("plate", text)])
        if not Vehicle.objects.filter(pk=vehicle).exists():
            vault.make_keys([vehicle])
            sealed = vault.seal(Vehicle._meta.db_table, "plate", vehicle, text)
            Vehicle(id=vehicle, plate=sealed).save(force_insert=True)
    return vehicle
