"""A tracing run as a question to the day parts: the case's number, its vehicles, who sat in them; the answer with its evidence.

Nothing here is kept and nobody is named: contacts are numbers until `services.answers` keeps those that may be shown.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import numpy as np

from nanxi.cases import archive, persons, stays
from nanxi.cases.archive import mapping
from nanxi.cases.archive.parts import opaque
from nanxi.cases.models import Case, Entity, Interview, Isolated, Ride, Sighting, TraceRun, Vehicle
from nanxi.cli import InputError
from nanxi.engines.trace import protocol
from nanxi.engines.trace import vehicles as engine_vehicles
from nanxi.engines.trace.associations import KINDS, Association
from nanxi.engines.trace.brute import Contact
from nanxi.engines.trace.cells import ring
from nanxi.engines.trace.protocol import ContactClass, Edition
from nanxi.engines.trace.query import CLASSES, HUB, Answer, Asking, Notice, ask, evidence
from nanxi.engines.trace.spread import Second, second_order
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.vehicles import Occupant
from nanxi.engines.trace.visits import Span
from nanxi.foundation.clock import county_day


@dataclass(frozen=True)
class Question:
    """What a run asks: whose case, when, by which edition; cap None = everybody in a crowd counts too."""

    case: Case
    start: datetime
    end: datetime
    edition: Edition
    slack_s: int
    cap: int | None

    @property
    def spans(self) -> list[Span]:
        return [(int(self.start.timestamp()), int(self.end.timestamp()))]


@dataclass(frozen=True)
class Met:
    """One person met: the number (None: known from a vehicle's list only), his records, the figures."""

    number: int | None
    records: Sequence[UUID]
    klass: ContactClass
    visits: int
    places: int
    overlap_s: int
    longest_s: int
    first: int
    last: int
    exposure: float
    companionship: float = 0.0
    aboard: Occupant | None = None


@dataclass(frozen=True)
class Found:
    """An answer: everybody met in order of rank, notices for crowds, the store's version. `parts`: to ask for evidence."""

    met: Sequence[Met]
    notices: Sequence[Notice] = ()
    version: str = "0"
    lost: int = 0
    parts: Parts | None = None
    #: What it went out from: sightings of the case in the window, and vehicles in which it sat.
    seeds: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(one.klass.value for one in self.met))

    def candidates(self, *, close_only: bool) -> int:
        """How many would be named: leads never count, casual contacts only when they are wanted."""
        return sum(1 for one in self.met if _wanted(one.klass, close_only))

    def shown(self, *, close_only: bool) -> list[Met]:
        return [one for one in self.met if one.klass is ContactClass.CLOSE or not close_only]

    @property
    def digest(self) -> str:
        """The same for the same meetings, whatever numbers people have at the time."""
        rows = sorted((m.klass.value, m.visits, m.places, m.overlap_s, m.longest_s, m.first, m.last) for m in self.met)
        notices = sorted((n.start, n.end, n.crowd) for n in self.notices)
        return hashlib.sha256(json.dumps([rows, notices]).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Parts:
    """What an answer was made from, for evidence and for the second step."""

    store: Store
    answer: Answer
    asking: Asking
    spans: Sequence[Span]
    #: Digest → what the case calls the place.
    names: Mapping[str, str] = field(repr=False)


def _wanted(klass: ContactClass, close_only: bool) -> bool:
    return klass is ContactClass.CLOSE or (klass is ContactClass.GENERAL and not close_only)


def question_of(run: TraceRun) -> Question:
    edition = protocol.edition_of(run.edition)
    return Question(run.case, run.window_start, run.window_end, edition, run.slack_s, run.cap)


@dataclass(frozen=True)
class Counted:
    """What an edition makes of one case over its own infectious period: numbers only."""

    start: datetime
    end: datetime
    counts: Mapping[str, int]
    candidates: int
    notices: int


def counted(case: Case, edition: Edition, now: datetime) -> Counted:
    from nanxi.cases.services.tracing import infectious_period

    start, end = infectious_period(case, edition)
    found = answer(Question(case, start, min(end, now), edition, edition.slack_s, HUB))
    return Counted(start, min(end, now), found.counts, found.candidates(close_only=False), len(found.notices))


def together(edition: Edition, each: Sequence[Counted]) -> dict[str, object]:
    """The row of an edition over some cases; somebody whom two cases met counts for each."""
    counts: Counter[str] = Counter()
    for one in each:
        counts.update(one.counts)
    start = min((one.start for one in each), default=None)
    end = max((one.end for one in each), default=None)
    return {
        "edition": edition.id, "start": start.isoformat() if start else "", "end": end.isoformat() if end else "",
        "counts": dict(counts), "candidates": sum(one.candidates for one in each),
        "notices": sum(one.notices for one in each), "cases": len(each),
    }  # fmt: skip


def answer(question: Question) -> Found:
    """Ask the day parts. The mapping must be open; the scope must be the house's."""
    records = records_of_case(question.case)
    number = mapping.number_of(records)
    rides = _rides(records, question)
    plates = {ride.vehicle_id for ride in rides}
    names = _names([*records, *plates, *(ride.record_id for ride in rides)])
    seed = f"{number:010d}" if number is not None else names[question.case.record_id]
    case_names = {names[record] for record in records} | {seed}
    links = [_association(ride, names, case_names, seed) for ride in rides]
    inside = engine_vehicles.fellow_occupants(links, seed, question.spans)
    try:
        store = archive.store()
    except InputError:
        return Found(_aboard(inside, names, case_names, {}), seeds=_seeds(records, plates, question))
    asking = Asking(question.edition, question.slack_s, None, question.cap, ring(store.places), rides=links)
    got = ask(store, seed, question.spans, asking)
    live = mapping.live(got.entity.tolist())
    vehicles = _vehicles(live)
    more = _association_of_met(vehicles, names, case_names, seed, question) if vehicles else []
    inside += engine_vehicles.opened(store, got, [*links, *more], question.slack_s)
    kept = np.array([n in live and n not in vehicles for n in got.entity.tolist()], bool)
    met = _people(got, kept, inside, names, case_names)
    parts = Parts(store, got, asking, question.spans, _places(records, plates, question))
    return Found(met, got.notices, got.version, len(got.lost), parts, _seeds(records, plates, question))


def _seeds(records: Sequence[UUID], vehicles: Iterable[UUID], question: Question) -> dict[str, int]:
    days = {"day__gte": county_day(question.start), "day__lte": county_day(question.end)}
    vehicles = set(vehicles)
    seen = Sighting.everything.filter(record_id__in=[*records, *vehicles], **days).count()
    return {"sightings": seen, "vehicles": len(vehicles)}


def records_of_case(case: Case) -> list[UUID]:
    """The records of the case's person that were seen somewhere, and the case's own."""
    subject = Entity.objects.filter(record_id=case.record_id).values_list("number", flat=True).first()
    numbers = [subject] if subject is not None else []
    if not numbers and case.person_id:
        numbers = list(Entity.objects.filter(subject=case.person_id).values_list("number", flat=True)[:1])
    found = mapping.records_of(numbers)
    return list(dict.fromkeys([case.record_id, *(record for rows in found.values() for record in rows)]))


def _names(records: Iterable[UUID]) -> dict[UUID, str]:
    """Record → the name the engine knows it by: its number, or its person where nobody saw it."""
    wanted = set(records)
    known = dict(Entity.objects.filter(record_id__in=wanted).values_list("record_id", "number"))
    rest = wanted - known.keys()
    person = persons.persons_of(rest) if rest else {}
    by_subject = dict(Entity.objects.filter(subject__in=set(person.values())).values_list("subject", "number"))
    for record in rest:
        if (number := by_subject.get(person.get(record, record))) is not None:
            known[record] = number
    return {r: f"{known[r]:010d}" if r in known else f"#{person.get(r, r)}" for r in wanted}


def _rides(records: Sequence[UUID], question: Question) -> list[Ride]:
    """Who sat in the vehicles in which the case sat, inside the window."""
    inside = Ride.everything.filter(t0__lte=question.end, t1__gte=question.start)
    mine = inside.filter(record_id__in=records).exclude(kind=Ride.Kind.OWNER)
    return list(inside.filter(vehicle_id__in=list(mine.values_list("vehicle_id", flat=True))).order_by("id"))


def _association(ride: Ride, names: Mapping[UUID, str], case_names: set[str], seed: str) -> Association:
    person = names[ride.record_id]
    start, end = int(ride.t0.timestamp()), int(ride.t1.timestamp())
    vehicle = names.get(ride.vehicle_id, f"#{ride.vehicle_id}")
    return Association(seed if person in case_names else person, vehicle, start, end, ride.kind, KINDS[ride.kind])


def _vehicles(numbers: set[int]) -> dict[int, UUID]:
    """Those of the numbers that are vehicles."""
    subjects = dict(Entity.objects.filter(number__in=numbers).values_list("number", "subject"))
    known = set(Vehicle.objects.filter(pk__in=set(subjects.values())).values_list("pk", flat=True))
    return {number: subject for number, subject in subjects.items() if subject in known}


def _association_of_met(
    vehicles: Mapping[int, UUID], names: dict[UUID, str], case_names: set[str], seed: str, question: Question
) -> list[Association]:
    """Who sat, at the time, in the vehicles that the case met."""
    rides = Ride.everything.filter(vehicle_id__in=set(vehicles.values()), t0__lte=question.end, t1__gte=question.start)
    rows = list(rides.order_by("id"))
    names.update(_names([*(ride.record_id for ride in rows), *vehicles.values()]))
    return [_association(ride, names, case_names, seed) for ride in rows]


def _people(
    got: Answer, kept: np.ndarray, inside: Sequence[Occupant], names: Mapping[UUID, str], case_names: set[str]
) -> list[Met]:
    by_name = {one.person: one for one in reversed(inside)}
    records = mapping.records_of(got.entity[kept].tolist())
    met: list[Met] = []
    for i in np.flatnonzero(kept).tolist():
        number = int(got.entity[i])
        aboard = by_name.pop(f"{number:010d}", None)
        klass = CLASSES[int(got.klass[i])]
        if aboard is not None and aboard.klass.rank < klass.rank:
            klass = aboard.klass
        met.append(
            Met(
                number, records[number], klass, int(got.visits[i]), int(got.places[i]), int(got.overlap_s[i]),
                int(got.longest_s[i]), int(got.first[i]), int(got.last[i]), float(got.exposure[i]), float(got.companionship[i]),
                aboard,
            )
        )  # fmt: skip
    return met + _aboard(by_name.values(), names, case_names, {one.number: one for one in met})


def _aboard(
    inside: Iterable[Occupant], names: Mapping[UUID, str], case_names: set[str], known: Mapping[int | None, Met]
) -> list[Met]:
    """People known only from the list of a vehicle."""
    records: dict[str, list[UUID]] = {}
    for record, name in names.items():
        records.setdefault(name, []).append(record)
    return [
        Met(
            None, sorted(records[one.person]), one.klass, 1, 1, one.overlap_s, one.overlap_s, one.first, one.last, one.exposure,
            aboard=one,
        )
        for one in sorted(inside, key=lambda one: (one.klass.rank, -one.exposure, one.person))
        if one.person not in case_names and one.person in records
    ]  # fmt: skip


def _places(records: Sequence[UUID], vehicles: Iterable[UUID], question: Question) -> dict[str, str]:
    """What the case's own sightings call the places; no other row is opened for this."""
    rows = Sighting.everything.filter(record_id__in=[*records, *vehicles], day__lte=county_day(question.end))
    return {opaque(stay.place): stay.place for stay in stays.opened(rows)}


def meetings(parts: Parts, chosen: Sequence[Met]) -> dict[int | None, Contact]:
    """Number → every meeting with the case, for those who may be shown."""
    numbers = [one.number for one in chosen if one.number is not None]
    found = evidence(parts.store, parts.answer, numbers, parts.spans, parts.asking)
    return {int(contact.entity): contact for contact in found}


def along(parts: Parts) -> dict[int, int]:
    """Number → places of one day at which somebody was in the case's order: he went along."""
    went = engine_vehicles.companions(parts.store, parts.answer, parts.spans, parts.asking.slack)
    return {int(name): places for name, places in went}


@dataclass(frozen=True)
class Indirect:
    """People met by close contacts after those could pass it on; truncated: a bound cut something off."""

    contacts: Sequence[Second]
    truncated: bool


def isolated_since(parts: Parts) -> dict[str, int]:
    """Name → second from which a close contact met nobody any more: his order was served, or he is a case and was isolated."""
    close = parts.answer.entity[parts.answer.klass == CLASSES.index(ContactClass.CLOSE)].tolist()
    people = dict(Entity.objects.filter(number__in=close).values_list("subject", "number"))
    since: dict[UUID, datetime] = {}
    orders = Isolated.everything.filter(person_id__in=list(people), until=None).values_list("person_id", "since")
    talks = Interview.everything.filter(case__person_id__in=list(people), isolated_at__isnull=False)
    for person, at in [*orders, *talks.values_list("case__person_id", "isolated_at")]:
        since[person] = min(at, since.get(person, at))
    return {parts.store.entities[people[person]]: int(at.timestamp()) for person, at in since.items()}


def second(parts: Parts) -> Indirect:
    """Contacts of the close contacts, in time order until those were isolated; whoever was met first-hand is left out, so are
    vehicles."""
    found = second_order(parts.store, parts.answer, parts.spans, parts.asking, isolated=isolated_since(parts))
    live = mapping.live(one.entity for one in found.contacts)
    people = live - _vehicles(live).keys()
    return Indirect([one for one in found.contacts if one.entity in people], found.truncated)
