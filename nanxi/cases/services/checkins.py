"""Check-ins of venues and passengers of vehicles, as their terminals and lists tell them; people are known by digests only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.cases import persons, rules
from nanxi.cases.services.rides import Aboard, is_plate, keep_rides
from nanxi.cases.services.sightings import Seen, keep_sightings
from nanxi.engines.trace.protocol import Trip
from nanxi.engines.trace.stays import NO_ROW
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right


@dataclass(frozen=True)
class Stay:
    """One person at one place or aboard one trip. `key`: the terminal's own, so that a repeat changes nothing."""

    key: str
    at: datetime
    until: datetime | None = None
    id_no: str = ""
    phone: str = ""
    place: str = ""
    vehicle: str = ""
    number: str = ""
    coach: str = ""
    row: int = NO_ROW
    plate: str = ""

    @property
    def where(self) -> str:
        """The place, or the trip as a place."""
        if not self.vehicle:
            return self.place.strip()
        return Trip(self.vehicle, self.number.strip(), county_day(self.at).isoformat(), self.coach.strip()).place


@dataclass(frozen=True)
class Outcome:
    """What became of one line; `why` says what to do when it was not kept."""

    key: str
    kept: bool
    why: str = ""


@service
def hand_in_stays(act: Act, *, unit_id: UUID, unit_name: str, area: str, source: str, stays: Sequence[Stay]) -> list[Outcome]:
    """Keep those lines that can be; each of the others gets its sentence. Works in the county's scope."""
    act.need(Right.RECORD_STAYS)
    records = persons.known([(stay.id_no, stay.phone) for stay in stays])
    outcomes: list[Outcome] = []
    seen: list[Seen] = []
    rides: list[Aboard] = []
    for stay, record in zip(stays, records, strict=True):
        why = why_not_stay(stay, act.now) or ("" if record else unknown())
        outcomes.append(Outcome(stay.key, not why, why))
        if why or record is None:
            continue
        key = key_of(unit_id, stay.key)
        place = stay.where or unit_name
        seen.append(Seen(record, place, stay.at, area, source, key, stay.until, 1.0, stay.row))
        if stay.plate:
            rides.append(Aboard(record, stay.plate, stay.at, area, key, stay.until))
    if seen:
        keep_sightings(act, seen)
    if rides:
        keep_rides(act, rides)
    act.log("cases.stays.handed_in", area=area, kept=len(seen), refused=len(stays) - len(seen), source=source)
    return outcomes


@dataclass(frozen=True)
class Listed:
    """One person of a list; somebody the register does not know is found by name and number later."""

    stay: Stay
    where: str
    name: str = ""


@service
def keep_list(act: Act, *, area: str, source: str, digest: str, listed: Sequence[Listed]) -> int:
    """Keep a whole list; the file's digest makes the same file again change nothing. Returns how many the register knew already.

    Raises Refused naming the person's line who can neither be looked up nor looked for.
    """
    act.need(Right.TRACE_CONTACTS)
    records = persons.known([(one.stay.id_no, one.stay.phone) for one in listed])
    seen: list[Seen] = []
    rides: list[Aboard] = []
    for one, known in zip(listed, records, strict=True):
        key = f"list:{digest[:32]}:{one.stay.key}"
        record = known
        if record is None:
            if not one.name:
                told = _("Row %(row)s: the register does not know this number. Add the name, so that he can be looked for.")
                raise Refused(told % {"row": one.stay.key})
            record = persons.claim(
                act, area=area, source_kind="cases.sighting", source_ref=key, name=one.name, id_no=one.stay.id_no,
                phone=one.stay.phone,
            )  # fmt: skip
        seen.append(Seen(record, one.where, one.stay.at, area, source, key, one.stay.until, 1.0, one.stay.row))
        if one.stay.plate:
            rides.append(Aboard(record, one.stay.plate, one.stay.at, area, key, one.stay.until))
    keep_sightings(act, seen)
    if rides:
        keep_rides(act, rides)
    known_already = sum(record is not None for record in records)
    act.log("cases.stays.listed", area=area, kept=len(seen), known=known_already, source=source)
    return known_already


def why_not_stay(stay: Stay, now: datetime) -> str:
    """Why a line cannot be kept, whoever it is about; empty when it can."""
    if problem := rules.why_not_time(stay.at, stay.until, now):
        return _(problem)
    if not stay.id_no.strip() and not stay.phone.strip():
        return _("Give the full ID number, or the phone the person registered with.")
    if stay.vehicle and not stay.number.strip():
        return _("A trip needs its number, for example G7381.")
    if stay.plate and not is_plate(stay.plate):
        return _("A plate has 5 to 12 letters and digits, for example 浙C12345.")
    return ""


def unknown() -> str:
    return _("The register does not know this person yet. Let the person in, and ask to register by code or with the town.")


def key_of(unit_id: UUID, key: str) -> str:
    """The sighting's key: the unit and a digest of the terminal's own key, which may be anything."""
    return f"stay:{unit_id.hex}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
