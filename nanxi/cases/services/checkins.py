"""Check-ins of venues and passengers of vehicles, as their terminals and lists tell them; people are known by digests only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.cases import persons, rules
from nanxi.cases.services.rides import Aboard, is_plate, keep_rides
from nanxi.cases.services.sightings import Seen, keep_sightings
from nanxi.engines.linkage.numbers import read_id
from nanxi.engines.trace.protocol import Trip
from nanxi.engines.trace.stays import NO_ROW
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right

#: So many digits are meant as a resident's number and not as a passport's.
SHORTEST_ID = 14


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
    """Keep those lines that can be; each of the others gets its sentence. Works in the county's scope.

    Whom the register does not know is kept all the same, as a claim under the number: the answer must not tell a terminal who
    is in the register, and a visitor's stay counts as much.
    """
    act.need(Right.RECORD_STAYS)
    if not area:
        raise Refused(_("This terminal's unit serves no area. Ask the town to enter one before people check in here."))
    records = persons.known([(stay.id_no, stay.phone) for stay in stays])
    outcomes: list[Outcome] = []
    seen: list[Seen] = []
    rides: list[Aboard] = []
    for stay, known in zip(stays, records, strict=True):
        why = why_not_stay(stay, act.now)
        outcomes.append(Outcome(stay.key, not why, why))
        if why:
            continue
        key = key_of(unit_id, stay)
        record = known or persons.stranger(act, area=area, source_ref=key, id_no=stay.id_no, phone=stay.phone)
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
    """Keep a whole list; the same file with the same places again changes nothing. Returns how many lines it holds.

    Every line needs a name: whom the register does not know is looked for by it, and nothing tells which lines those were.
    """
    act.need(Right.TRACE_CONTACTS)
    if nameless := next((one for one in listed if not one.name.strip()), None):
        told = _("Row %(row)s: add the name; who is not in the register yet is looked for by it.")
        raise Refused(told % {"row": nameless.stay.key})
    records = persons.known([(one.stay.id_no, one.stay.phone) for one in listed])
    seen: list[Seen] = []
    rides: list[Aboard] = []
    for one, known in zip(listed, records, strict=True):
        key = f"list:{_short(digest, area, one.where, one.stay.plate, str(one.stay.row))}:{one.stay.key}"
        record = known or persons.claim(
            act, area=area, source_kind="cases.sighting", source_ref=key, name=one.name, id_no=one.stay.id_no,
            phone=one.stay.phone,
        )  # fmt: skip
        seen.append(Seen(record, one.where, one.stay.at, area, source, key, one.stay.until, 1.0, one.stay.row))
        if one.stay.plate:
            rides.append(Aboard(record, one.stay.plate, one.stay.at, area, key, one.stay.until))
    keep_sightings(act, seen)
    if rides:
        keep_rides(act, rides)
    act.log("cases.stays.listed", area=area, kept=len(seen), source=source)
    return len(seen)


def why_not_stay(stay: Stay, now: datetime) -> str:
    """Why a line cannot be kept, whoever it is about; empty when it can."""
    if problem := rules.why_not_told(stay.at, stay.until, now):
        return _(problem)
    if not stay.id_no.strip() and not stay.phone.strip():
        return _("Give the full ID number, or the phone the person registered with.")
    if sum(letter.isdigit() for letter in stay.id_no) >= SHORTEST_ID and not read_id(stay.id_no).valid:
        return _("The ID number's check digit does not fit; one digit is wrong. Read it again from the card.")
    if stay.vehicle and not stay.number.strip():
        return _("A trip needs its number, for example G7381.")
    if stay.plate and not is_plate(stay.plate):
        return _("A plate has 5 to 12 letters and digits, for example 浙C12345.")
    return ""


def key_of(unit_id: UUID, stay: Stay) -> str:
    """The sighting's key: the unit, the terminal's own key, and who, where and when, so that a key used twice loses nobody."""
    told = (stay.key, stay.id_no, stay.phone, stay.where, stay.plate, stay.at.isoformat())
    return f"stay:{unit_id.hex}:{_short(*told)}"


def _short(*parts: str) -> str:
    """A keyed digest: what goes into it names people, and the key is no secret."""
    return vault.index("stay", "\x00".join(parts)).hex()
