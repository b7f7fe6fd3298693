"""Journeys: pairs who travel together now and then, cars that commute past cameras, and pairs of cars that drive together.

Planted, so that it is known who accompanies whom: colleagues of one shift meet far more often, yet accompany nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.life import Stays
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.outbreak import Outbreak
from nanxi.rehearsal.places import BUS, CAMERA, CAMERAS_A_TOWN, CHECKPOINT, FIRM, MARKET, VENUE, Places
from nanxi.rehearsal.residents import NOWHERE

#: Seconds of the day: an evening out begins with the bus at a quarter to six and ends with the bus home.
_OUT, _BACK = 17 * 3600 + 2700, 20 * 3600 + 3000
#: How far two who go together are apart at a door, and two cars at a camera; seconds.
APART_S, BEHIND_S = 60, (20, 90)
#: Cameras of a drive, and seconds between two of them.
ROUTE, LEG_S = 6, 600
_MISREAD = str.maketrans("01825", "OIBZS")


@dataclass(frozen=True)
class Party:
    """Two who go out together on some days. a, b: persons or households (of cars)."""

    a: int
    b: int
    days: tuple[int, ...]


@dataclass(frozen=True)
class Drives:
    """Cars seen at cameras and posts, in order of time. plate: read, not always right; place: int32[n]; at: int64[n] epoch s."""

    plate: list[str]
    place: NDArray[np.int32]
    at: NDArray[np.int64]


@dataclass
class Journeys:
    """All planted pairs, and who sat at which wheel: (person, household of the car, from, until)."""

    parties: list[Party]
    convoys: list[Party]
    at_wheel: list[tuple[int, int, int, int]] = field(default_factory=list)


def plan_journeys(chance: Chance, noise: Noise, places: Places, outbreak: Outbreak, days: int) -> Journeys:
    """Pairs of workers of different homes and firms, and pairs of cars of different homes, each with its days."""
    residents = places.residents
    rng = chance.of("parties")
    here = outbreak.home_from == 0
    workers = rng.permutation(np.flatnonzero(here & (residents.firm != NOWHERE) & (residents.age < 60)))
    parties: list[Party] = []
    wanted = int(noise["journeys", "parties"])
    for a, b in zip(workers[::2].tolist(), workers[1::2].tolist(), strict=False):
        if len(parties) == wanted:
            break
        if residents.household[a] != residents.household[b] and residents.firm[a] != residents.firm[b]:
            parties.append(Party(a, b, _days(rng, noise, days)))
    cars = rng.permutation(np.flatnonzero([bool(plate) for plate in residents.house_plate]))
    pairs = list(zip(cars[::2].tolist(), cars[1::2].tolist(), strict=False))[: int(noise["journeys", "convoys"])]
    return Journeys(parties, [Party(a, b, _days(rng, noise, days)) for a, b in pairs])


def _days(rng: np.random.Generator, noise: Noise, days: int) -> tuple[int, ...]:
    together = min(days, int(noise["journeys", "together_days"]))
    return tuple(sorted(rng.permutation(days)[:together].tolist()))


def go_together(
    chance: Chance, journeys: Journeys, places: Places, stays: Stays, day: int, begin: int, free: NDArray[np.bool_]
) -> Stays:
    """The day's stays with the evenings of those who go out together in the place of whatever they had done."""
    tonight = [party for party in journeys.parties if day in party.days and free[party.a] and free[party.b]]
    if not tonight:
        return stays
    rng = chance.of("evenings", day)
    out, back = begin + _OUT, begin + _BACK
    gone = np.isin(stays.person, [one for party in tonight for one in (party.a, party.b)])
    parts = [stays.of(~gone), _outside(stays.of(gone), out, back)]
    for party in tonight:
        together = _evening(rng, places, int(_town(places, party.a)), begin)
        for person in (party.a, party.b):
            late = rng.integers(-APART_S, APART_S + 1, (2, len(together[0])))
            person_of = np.full(len(together[0]), person, np.int32)
            t0, t1 = together[1] + late[0], together[2] + late[1]
            parts.append(Stays(person_of, together[0], np.maximum(t0, out), np.minimum(t1, back)))
    return Stays(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("person", "place", "t0", "t1")))


def _town(places: Places, person: int) -> int:
    return int(places.county.village_town[places.residents.village(person)])


def _evening(
    rng: np.random.Generator, places: Places, town: int, begin: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Bus to another town, a meal, the market, the bus home: place, from and until of each."""
    other = (town + 1 + int(rng.integers(len(places.county.towns) - 1))) % len(places.county.towns)
    here, there = np.array([town], np.int32), np.array([other], np.int32)
    venues, markets = np.flatnonzero(places.venues == other), np.flatnonzero(places.markets == other)
    spots = np.array(
        [
            places.bus(here, there, np.array([_OUT]))[0],
            places.first[VENUE] + int(rng.choice(venues)),
            places.first[MARKET] + int(rng.choice(markets)),
            places.bus(there, here, np.array([_BACK - 2100]))[0],
        ],
        np.int32,
    )
    t0 = begin + _OUT + np.array([300, 2700, 7800, 9300])
    return spots, t0, t0 + np.array([1800, 4500, 1200, 1700])


def _outside(stays: Stays, start: int, end: int) -> Stays:
    """What is left of stays when a stretch is cut out of them."""
    before = Stays(stays.person, stays.place, stays.t0, np.minimum(stays.t1, start))
    after = Stays(stays.person, stays.place, np.maximum(stays.t0, end), stays.t1)
    parts = [part.of(part.t1 - part.t0 >= 60) for part in (before, after)]
    return Stays(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("person", "place", "t0", "t1")))


# -- cars


def drive(chance: Chance, noise: Noise, journeys: Journeys, places: Places, stays: Stays, day: int, begin: int) -> Drives:
    """The cars of one day as cameras and posts saw them: commuters, those who left the county, and pairs that drive together."""
    rng = chance.of("drives", day)
    parts = [
        _commutes(rng, noise, journeys, places, stays),
        _at_posts(places, stays),
        _convoys(rng, journeys, places, day, begin),
    ]
    house, place, at = (np.concatenate([part[i] for part in parts]) for i in range(3))
    seen = np.flatnonzero(rng.random(len(house)) < noise["journeys", "camera"])
    seen = seen[np.lexsort((place[seen], house[seen], at[seen]))]
    wrong = rng.random(len(seen)) < noise["journeys", "plate_misread"]
    plates = [
        (plate.translate(_MISREAD) if bad else plate)
        for plate, bad in zip((places.residents.house_plate[h] for h in house[seen].tolist()), wrong.tolist(), strict=True)
    ]
    return Drives(plates, place[seen].astype(np.int32), at[seen].astype(np.int64))


_Seen = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _camera(rng: np.random.Generator, places: Places, town: NDArray[np.int64]) -> NDArray[np.int64]:
    return places.first[CAMERA] + town * CAMERAS_A_TOWN + rng.integers(0, CAMERAS_A_TOWN, len(town))


def _commutes(rng: np.random.Generator, noise: Noise, journeys: Journeys, places: Places, stays: Stays) -> _Seen:
    """One worker of a home with a car drives to a firm in another town, unless by bus: past a camera here and one there."""
    residents, kind = places.residents, places.kind_of(stays.place)
    rides = np.zeros(len(residents), np.bool_)
    rides[stays.person[kind == BUS]] = True
    has_car = np.array([bool(plate) for plate in residents.house_plate])
    work = np.flatnonzero(kind == FIRM)
    who = stays.person[work].astype(np.int64)
    house = residents.household[who].astype(np.int64)
    home = places.county.village_town[residents.house_village[house]].astype(np.int64)
    there = residents.firm_town[residents.firm[who]].astype(np.int64)
    _, first = np.unique(house, return_index=True)
    chosen = np.zeros(len(work), np.bool_)
    chosen[first] = True
    chosen &= has_car[house] & (home != there) & ~rides[who] & (rng.random(len(work)) < noise["journeys", "by_car"])
    rows = np.flatnonzero(chosen)
    way = rng.integers(900, 2700, len(rows))
    leave, back = stays.t0[work[rows]] - 120, stays.t1[work[rows]] + 120
    journeys.at_wheel += [
        (int(who[row]), int(house[row]), int(start), int(end))
        for row, start, end in zip(rows.tolist(), (leave - way).tolist(), (back + way).tolist(), strict=True)
    ]
    home_camera, there_camera = (_camera(rng, places, towns[rows]) for towns in (home, there))
    place = np.concatenate([home_camera, there_camera, there_camera, home_camera])
    return np.tile(house[rows], 4), place, np.concatenate([leave - way + 180, leave - 180, back + 180, back + way - 180])


def _at_posts(places: Places, stays: Stays) -> _Seen:
    rows = np.flatnonzero(places.kind_of(stays.place) == CHECKPOINT)
    house = places.residents.household[stays.person[rows]].astype(np.int64)
    has_car = np.array([bool(places.residents.house_plate[h]) for h in house.tolist()], np.bool_)
    return house[has_car], stays.place[rows][has_car].astype(np.int64), stays.t0[rows][has_car]


def _convoys(rng: np.random.Generator, journeys: Journeys, places: Places, day: int, begin: int) -> _Seen:
    """Pairs of cars past six cameras in six towns, the second some seconds behind the first."""
    house: list[int] = []
    place: list[NDArray[np.int64]] = []
    at: list[NDArray[np.int64]] = []
    for pair in (pair for pair in journeys.convoys if day in pair.days):
        towns = rng.permutation(len(places.county.towns))[:ROUTE].astype(np.int64)
        cameras = _camera(rng, places, towns)
        start = begin + int(rng.integers(9 * 3600, 20 * 3600))
        times = start + np.arange(ROUTE) * LEG_S + rng.integers(-60, 60, ROUTE)
        for car, behind in ((pair.a, 0), (pair.b, rng.integers(*BEHIND_S, ROUTE))):
            house += [car] * ROUTE
            place.append(cameras)
            at.append(times + behind)
    none = np.zeros(0, np.int64)
    return np.array(house, np.int64), np.concatenate([none, *place]), np.concatenate([none, *at])
