"""Keeping an interview: onset and isolation, itinerary as sightings, each named person a contact with that evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from nanxi.cases import persons, rules
from nanxi.cases.models import Case, CloseContact, Exposure, Interview, ItineraryEntry
from nanxi.cases.rules import Status
from nanxi.cases.services.sightings import Seen, keep_sightings
from nanxi.cases.services.tracing import edition_for, infectious_period
from nanxi.cases.wording import Facts
from nanxi.engines.trace.protocol import Trip
from nanxi.engines.trace.stays import NO_ROW
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import COUNTY, county_day
from nanxi.foundation.rights import Right

#: Nights at home and days at work as they are for most; a guess that counts half of what was told with its times.
NIGHT, WORKDAY = (time(20), time(7)), (time(8), time(18))
USUAL_CONF = 0.5


@dataclass(frozen=True)
class Stretch:
    """One line of an itinerary. `vehicle` empty = a place; else a kind of vehicle with its number and coach."""

    place: str
    t0: datetime
    t1: datetime | None = None
    vehicle: str = ""
    coach: str = ""
    row: int = NO_ROW
    companions: str = ""

    @property
    def where(self) -> str:
        """The place's name, or the trip as a place."""
        if not self.vehicle:
            return self.place.strip()
        return Trip(self.vehicle, self.place.strip(), county_day(self.t0).isoformat(), self.coach.strip()).place


@dataclass(frozen=True)
class Named:
    """Somebody the case names, and how they met; `last` the last time."""

    name: str
    relation: str
    last: datetime
    phone: str = ""
    id_no: str = ""
    area: str = ""


@dataclass(frozen=True)
class Talk:
    """What one interview brings. `household`, `workplace`: an address or name; it stands for the usual hours there."""

    onset: date | None = None
    isolated_at: datetime | None = None
    household: str = ""
    workplace: str = ""
    itinerary: Sequence[Stretch] = field(default_factory=tuple)
    named: Sequence[Named] = field(default_factory=tuple)


@service
def record_interview(act: Act, case: Case, talk: Talk) -> Interview:
    """Keep an interview. Raises Refused naming the itinerary line that cannot be; then nothing is kept."""
    act.need(Right.INTERVIEW_CASE)
    by = act.actor.user_id
    if by is None:
        raise Refused(_("An interview is held by a named officer. Sign in first."))
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.status is Status.DISCARDED:
        raise Refused(_("This case was discarded; there is nobody to interview."))
    _check(talk, act.now)
    row = Interview(area_code=case.area_code, case=case, by_id=by, at=act.now, onset=talk.onset, isolated_at=talk.isolated_at)
    row.put(case.record_id, household=talk.household.strip(), workplace=talk.workplace.strip())
    row.save()
    seen = [*_told(case, row, talk.itinerary), *_usual(case, row, talk, act.now)]
    if seen:
        keep_sightings(act, seen)
    for named in talk.named:
        _keep_named(act, case, row, named)
    facts = {"stretches": len(talk.itinerary), "named": len(talk.named)}
    act.log("cases.interview.recorded", area=case.area_code, subject=("cases.case", case.id), person=case.person_id, **facts)
    return row


def _check(talk: Talk, now: datetime) -> None:
    if talk.onset and talk.onset > county_day(now):
        raise Refused(_("The onset lies in the future. Correct the date."))
    if talk.isolated_at and talk.isolated_at > now:
        raise Refused(_("The time of isolation lies in the future. Enter it when it has happened."))
    for number, stretch in enumerate(talk.itinerary, start=1):
        problem = rules.why_not_time(stretch.t0, stretch.t1, now) or ("" if stretch.place.strip() else "The place is missing.")
        if problem:
            raise Refused(_("Itinerary line %(n)d: %(problem)s") % {"n": number, "problem": _(problem)})
    for number, named in enumerate(talk.named, start=1):
        if named.last > now:
            raise Refused(_("Named contact %(n)d: the last meeting lies in the future. Correct it.") % {"n": number})


def _told(case: Case, interview: Interview, itinerary: Sequence[Stretch]) -> list[Seen]:
    """Keep the itinerary; returns its lines as sightings."""
    seen: list[Seen] = []
    for stretch in itinerary:
        entry = ItineraryEntry(area_code=case.area_code, interview=interview, t0=stretch.t0, t1=stretch.t1)
        entry.put(case.record_id, place=stretch.where, companions=stretch.companions.strip())
        entry.save()
        key = f"interview:{entry.id}"
        seen.append(
            Seen(case.record_id, stretch.where, stretch.t0, case.area_code, "interview", key, stretch.t1, 1.0, stretch.row)
        )
    return seen


def _usual(case: Case, interview: Interview, talk: Talk, now: datetime) -> list[Seen]:
    """Nights at the household and days at the workplace through the infectious period, as far as they have passed."""
    start, end = infectious_period(case, edition_for(case))
    seen: list[Seen] = []
    for what, place, hours in (("home", talk.household, NIGHT), ("work", talk.workplace, WORKDAY)):
        if not place.strip():
            continue
        for day in _days(start, min(end, now)):
            t0, t1 = max(start, _at(day, hours[0])), min(end, now, _at(day + timedelta(days=hours[1] < hours[0]), hours[1]))
            if t0 < t1:
                key = f"interview:{interview.id}:{what}:{day.isoformat()}"
                seen.append(Seen(case.record_id, place.strip(), t0, case.area_code, "interview", key, t1, USUAL_CONF))
    return seen


def _days(start: datetime, end: datetime) -> list[date]:
    first = county_day(start) - timedelta(days=1)
    return [first + timedelta(days=n) for n in range((county_day(end) - first).days + 1)]


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, COUNTY)


def _keep_named(act: Act, case: Case, interview: Interview, named: Named) -> None:
    area = named.area or case.area_code
    contact = CloseContact(
        area_code=area, case=case, found_at=act.now, klass="close", named=True, first=named.last, last=named.last
    )
    contact.record_id = persons.claim(
        act,
        area=area,
        source_kind="cases.contact",
        source_ref=str(contact.id),
        name=named.name,
        id_no=named.id_no,
        phone=named.phone,
    )
    contact.person_id = persons.person_of(contact.record_id)
    contact.save()
    evidence = Exposure(area_code=area, contact=contact, at=act.now)
    evidence.put(contact.record_id, facts=Facts(relation=named.relation, last=int(named.last.timestamp())).packed())
    evidence.save()
    act.log(
        "cases.contact.named", area=area, subject=("cases.contact", contact.id), person=contact.person_id, case=case.id,
        interview=interview.id,
    )  # fmt: skip
