"""One day of everybody: who was where from when to when. A day is made from its own stream, so days can be made one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from nanxi.rehearsal.chance import Chance, happens
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.places import CHECKPOINT, CLASS, FIRM, MARKET, VENUE, Places
from nanxi.rehearsal.residents import NOWHERE, Residents

SHANGHAI = timezone(timedelta(hours=8))
DAY_S = 86_400


@dataclass(frozen=True)
class Stays:
    """person, place: int32[n]; t0, t1: int64[n] epoch seconds UTC, t0 < t1."""

    person: NDArray[np.int32]
    place: NDArray[np.int32]
    t0: NDArray[np.int64]
    t1: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.person)

    def of(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Stays:
        return Stays(self.person[rows], self.place[rows], self.t0[rows], self.t1[rows])


def midnight(start: date, day: int) -> int:
    """Epoch seconds at which day number `day` begins in the county."""
    return int(datetime(start.year, start.month, start.day, tzinfo=SHANGHAI).timestamp()) + day * DAY_S


def iso(second: int) -> str:
    """ISO 8601 with the county's offset."""
    return datetime.fromtimestamp(second, UTC).astimezone(SHANGHAI).isoformat()


@dataclass
class _Day:
    """Blocks of the day being made: a0..a1 away in the first block, b0..b1 in the second, in seconds of the day; 0 = none."""

    a0: NDArray[np.int64]
    a1: NDArray[np.int64]
    b0: NDArray[np.int64]
    b1: NDArray[np.int64]
    person: list[NDArray[np.int64]]
    place: list[NDArray[np.int32]]
    t0: list[NDArray[np.int64]]
    t1: list[NDArray[np.int64]]

    def add(self, person: NDArray[np.int64], place: NDArray[np.int32], t0: NDArray[np.int64], t1: NDArray[np.int64]) -> None:
        self.person.append(person)
        self.place.append(place)
        self.t0.append(t0)
        self.t1.append(t1)


def live_day(
    chance: Chance,
    noise: Noise,
    places: Places,
    start: date,
    day: int,
    *,
    at_home: NDArray[np.bool_],
    gone: NDArray[np.bool_],
) -> Stays:
    """Stays of one day. at_home: kept in; gone: not in the county (both bool[persons])."""
    residents = places.residents
    count = len(residents)
    rng = chance.of("life", day)
    zero = np.zeros(count, np.int64)
    today = _Day(zero.copy(), zero.copy(), zero.copy(), zero.copy(), [], [], [], [])
    free = ~at_home & ~gone
    weekday = (start + timedelta(days=day)).weekday()
    _work_and_school(rng, noise, places, today, free, weekday >= 5)
    town = places.county.village_town[residents.house_village][residents.household]
    _mornings_out(rng, noise, places, today, free, town)
    _trips_out(rng, noise, places, today, free, town)
    _evenings(rng, noise, places, today, free, town)
    _homes(residents, today, ~gone)
    person = np.concatenate(today.person).astype(np.int32)
    place = np.concatenate(today.place)
    base = midnight(start, day)
    t0, t1 = np.concatenate(today.t0) + base, np.concatenate(today.t1) + base
    real = t1 - t0 >= 60
    return Stays(person[real], place[real], t0[real], t1[real])


def _work_and_school(
    rng: np.random.Generator, noise: Noise, places: Places, today: _Day, free: NDArray[np.bool_], weekend: bool
) -> None:
    residents = places.residents
    works = free & (residents.firm != NOWHERE) & (happens(rng, noise["daily", "weekend_work"], len(free)) if weekend else True)
    learns = free & (residents.school_class != NOWHERE) & (not weekend)
    goes = np.flatnonzero(works | learns)
    begin = (rng.normal(8 * 3600, 1500, len(goes))).astype(np.int64)
    length = (rng.normal(8.8 * 3600, 2400, len(goes))).clip(3 * 3600, 13 * 3600).astype(np.int64)
    begin = begin.clip(5 * 3600, 11 * 3600)
    at_work = works[goes]
    place = np.where(
        at_work, places.first[FIRM] + residents.firm[goes], places.first[CLASS] + residents.school_class[goes]
    ).astype(np.int32)
    town = places.county.village_town[residents.house_village][residents.household[goes]]
    there = np.where(at_work, residents.firm_town[residents.firm[goes]], town).astype(np.int32)
    rate = np.where(there != town, noise["daily", "bus_between_towns"], noise["daily", "bus_inside_town"])
    rides = rng.random(len(goes)) < rate
    ride = (
        np.where(there != town, rng.normal(2100, 500, len(goes)), rng.normal(1000, 250, len(goes)))
        .clip(420, 5400)
        .astype(np.int64)
    )
    today.add(goes, place, begin, begin + length)
    r = np.flatnonzero(rides)
    today.add(goes[r], places.bus(town[r], there[r], begin[r] - ride[r] - 300), begin[r] - ride[r] - 180, begin[r] - 180)
    back = begin[r] + length[r]
    today.add(goes[r], places.bus(there[r], town[r], back + 300), back + 420, back + 420 + ride[r])
    way = np.where(rides, ride + 600, 900)
    today.a0[goes], today.a1[goes] = begin - way, begin + length + way


def _mornings_out(
    rng: np.random.Generator, noise: Noise, places: Places, today: _Day, free: NDArray[np.bool_], town: NDArray[np.int32]
) -> None:
    """Markets, for those who have no work or school to go to; workers go in the evening."""
    goes = np.flatnonzero(free & happens(rng, noise["daily", "market"], len(free)))
    begin = np.where(
        today.a1[goes] > 0, today.a1[goes] + 600, rng.normal(8 * 3600, 3600, len(goes)).astype(np.int64).clip(5 * 3600, 15 * 3600)
    )
    length = rng.gamma(3, 700, len(goes)).astype(np.int64).clip(480, 7200)
    late = begin + length > 21 * 3600
    goes, begin, length = goes[~late], begin[~late], length[~late]
    today.add(goes, _local(rng, places.markets, places.first[MARKET], town[goes]), begin, begin + length)
    first = today.a1[goes] == 0
    today.a0[goes[first]] = begin[first] - 600
    today.a1[goes] = begin + length + 600


def _trips_out(
    rng: np.random.Generator, noise: Noise, places: Places, today: _Day, free: NDArray[np.bool_], town: NDArray[np.int32]
) -> None:
    """Out of the county and back by the post nearest to home, for people with nothing else in the day."""
    goes = np.flatnonzero(free & (today.a1 == 0) & happens(rng, noise["daily", "leaves_county"] * 2, len(free)))
    leave = rng.normal(9 * 3600, 3600, len(goes)).astype(np.int64).clip(5 * 3600, 13 * 3600)
    back = leave + rng.gamma(4, 4500, len(goes)).astype(np.int64).clip(3600, 9 * 3600)
    seats = np.array([one.seats[0] for one in places.county.towns])
    nearest = np.array([int(np.argmin(np.hypot(*(seats[list(places.county.posts)] - seat).T))) for seat in seats], np.int32)
    post = places.first[CHECKPOINT] + nearest[town[goes]]
    wait = rng.integers(60, 240, len(goes))
    today.add(goes, post.astype(np.int32), leave, leave + wait)
    today.add(goes, post.astype(np.int32), back, back + wait)
    today.a0[goes], today.a1[goes] = leave - 1200, back + wait + 1200


def _evenings(
    rng: np.random.Generator, noise: Noise, places: Places, today: _Day, free: NDArray[np.bool_], town: NDArray[np.int32]
) -> None:
    """A meal out or a visit to another household of the town."""
    draw = rng.random(len(free))
    eats = draw < noise["daily", "venue"]
    visits = ~eats & (draw < noise["daily", "venue"] + noise["daily", "visit"])
    goes = np.flatnonzero(free & (eats | visits))
    begin = rng.normal(18.3 * 3600, 2400, len(goes)).astype(np.int64).clip(17 * 3600, 20 * 3600)
    begin = np.maximum(begin, today.a1[goes] + 300)
    length = rng.gamma(6, 900, len(goes)).astype(np.int64).clip(1500, 3 * 3600)
    late = begin + length > 23 * 3600
    goes, begin, length = goes[~late], begin[~late], length[~late]
    venue = _local(rng, places.venues, places.first[VENUE], town[goes])
    house_town = places.county.village_town[places.residents.house_village]
    by_town = np.argsort(house_town, kind="stable")
    home = _of_town(rng, house_town[by_town], town[goes], by_town)
    today.add(goes, np.where(eats[goes], venue, home).astype(np.int32), begin, begin + length)
    today.b0[goes], today.b1[goes] = begin - 300, begin + length + 300


def _local(rng: np.random.Generator, owner: NDArray[np.int32], first: int, town: NDArray[np.int32]) -> NDArray[np.int32]:
    """One of the town's own places for each person. owner is sorted by town."""
    return (first + _of_town(rng, owner, town, np.arange(len(owner)))).astype(np.int32)


def _of_town(
    rng: np.random.Generator, owner: NDArray[np.int32], town: NDArray[np.int32], index: NDArray[np.int64]
) -> NDArray[np.int64]:
    low, high = np.searchsorted(owner, town, side="left"), np.searchsorted(owner, town, side="right")
    return index[(low + rng.random(len(town)) * (high - low)).astype(np.int64).clip(0, len(index) - 1)]


def _homes(residents: Residents, today: _Day, here: NDArray[np.bool_]) -> None:
    """Home is where a person is the rest of the day."""
    whole = np.int64(DAY_S)
    everyone = np.flatnonzero(here)
    home = residents.household
    a0, a1, b0, b1 = today.a0[everyone], today.a1[everyone], today.b0[everyone], today.b1[everyone]
    zero = np.zeros(len(everyone), np.int64)
    end_first = np.where(a1 > 0, a0, np.where(b1 > 0, b0, whole)).clip(0, DAY_S)
    today.add(everyone, home[everyone], zero, end_first)
    between = (a1 > 0) & (b1 > 0)
    today.add(everyone[between], home[everyone[between]], a1[between], b0[between])
    out = (a1 > 0) | (b1 > 0)
    back = np.maximum(a1, b1)[out].clip(0, DAY_S)
    today.add(everyone[out], home[everyone[out]], back, np.full(len(back), whole))
