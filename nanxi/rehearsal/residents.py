"""The people of the rehearsal county: households, papers, homes, firms, school classes, cars. Shares from noise.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from nanxi.rehearsal import papers, unusual
from nanxi.rehearsal.chance import Chance, happens
from nanxi.rehearsal.county import M_PER_LAT, M_PER_LON, County
from nanxi.rehearsal.noise import Noise

HEAD, PARTNER, CHILD, OLD = 0, 1, 2, 3
#: Household forms: generations → (roles, share inside the form). Mean size comes to the census' 2.38.
_FORMS: dict[str, tuple[tuple[tuple[int, ...], float], ...]] = {
    "one_person": (((HEAD,), 1.0),),
    "couple": (((HEAD, PARTNER), 1.0),),
    "two_generations": (
        ((HEAD, CHILD), 0.20),
        ((HEAD, PARTNER, CHILD), 0.45),
        ((HEAD, PARTNER, CHILD, CHILD), 0.31),
        ((HEAD, PARTNER, CHILD, CHILD, CHILD), 0.04),
    ),
    "three_generations": (
        ((HEAD, PARTNER, CHILD, OLD), 0.35),
        ((HEAD, PARTNER, CHILD, OLD, OLD), 0.35),
        ((HEAD, PARTNER, CHILD, CHILD, OLD, OLD), 0.30),
    ),
}
NOWHERE = -1
_EPOCH = date(1970, 1, 1).toordinal()
_TRADES = ("泵阀", "纽扣", "鞋业", "阀门", "拉链", "教玩具", "五金", "食品", "建设", "服饰")


@dataclass(frozen=True)
class Residents:
    """Arrays of one value per person (index = person) or per household (house_*); NOWHERE = none."""

    household: NDArray[np.int32]
    role: NDArray[np.int8]
    male: NDArray[np.bool_]
    birth: NDArray[np.int32]
    age: NDArray[np.int16]
    firm: NDArray[np.int32]
    school_class: NDArray[np.int32]
    name: list[str]
    id_no: list[str]
    phone: list[str]
    house_village: NDArray[np.int32]
    house_number: NDArray[np.int32]
    house_lon: NDArray[np.float64]
    house_lat: NDArray[np.float64]
    house_plate: list[str]
    firm_town: NDArray[np.int32]
    firm_name: list[str]
    class_town: NDArray[np.int32]
    unusual: unusual.Unusual

    def __len__(self) -> int:
        return len(self.name)

    def village(self, person: int) -> int:
        return int(self.house_village[self.household[person]])

    def born(self, person: int) -> date:
        return date.fromordinal(_EPOCH + int(self.birth[person]))

    def handle(self, person: int) -> str:
        """The truth's name of a person, used nowhere outside truth/."""
        return f"P{person:06d}"

    def house_name(self, county: County, house: int) -> str:
        village = int(self.house_village[house])
        town = county.towns[int(county.village_town[village])]
        return f"{town.name}{county.village_name[village]}{int(self.house_number[house])}号"

    def address(self, county: County, person: int) -> str:
        return "永嘉县" + self.house_name(county, int(self.household[person]))


def settle(chance: Chance, noise: Noise, county: County, persons: int, start: date) -> Residents:
    """Exactly `persons` people, their homes, papers, work and school."""
    household, role = _households(chance, noise, persons)
    houses = int(household[-1]) + 1
    village, lon, lat = _homes(chance, county, houses)
    twin, male = unusual.pair_twins(chance, noise, household, role == CHILD, _sexes(chance, household, role))
    age = _ages(chance, noise, household, role)
    second = np.flatnonzero((twin != NOWHERE) & (twin < np.arange(persons)))
    age[second] = age[twin[second]]
    rng = chance.of("births")
    today = (start - date(1970, 1, 1)).days
    birth = (today - age.astype(np.int64) * 365.2425 - rng.integers(1, 365, persons)).astype(np.int32)
    birth[second] = birth[twin[second]]
    odd = unusual.mark_unusual(chance, noise, household, age, twin)
    town = county.village_town[village][household]
    firm, firm_town = _firms(chance, noise, county, age, town)
    school_class, class_town = _classes(noise, age, town)
    return Residents(
        household,
        role,
        male,
        birth,
        age,
        firm,
        school_class,
        unusual.rename(chance, noise, odd, male, _names(chance, household, role, male)),
        unusual.numbers(chance, odd, household, birth, male),
        _phones(chance, noise, household, age),
        village,
        _numbers(village),
        lon,
        lat,
        _cars(chance, noise, houses),
        firm_town,
        _firm_names(chance, len(firm_town)),
        class_town,
        odd,
    )


def _households(chance: Chance, noise: Noise, persons: int) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    forms = [(roles, noise["household", form] * share) for form, kinds in _FORMS.items() for roles, share in kinds]
    weights = np.array([weight for _, weight in forms])
    sizes = np.array([len(roles) for roles, _ in forms])
    rng = chance.of("households")
    mean = float(sizes @ weights / weights.sum())
    # Twice the expected number is always enough; the last household gives up whoever is too many.
    picks = rng.choice(len(forms), int(persons / mean * 2) + 8, p=weights / weights.sum())
    taken = int(np.searchsorted(np.cumsum(sizes[picks]), persons)) + 1
    picks = picks[:taken]
    household = np.repeat(np.arange(taken, dtype=np.int32), sizes[picks])[:persons]
    role = np.concatenate([np.array(forms[pick][0], np.int8) for pick in picks])[:persons]
    return household, role


def _homes(chance: Chance, county: County, houses: int) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    weight = np.array([town.weight for town in county.towns])[county.village_town]
    weight = weight / np.bincount(county.village_town)[county.village_town]
    rng = chance.of("homes")
    village = np.sort(rng.choice(len(weight), houses, p=weight / weight.sum())).astype(np.int32)
    lon = county.village_lon[village] + rng.normal(0, 220, houses) / M_PER_LON
    lat = county.village_lat[village] + rng.normal(0, 220, houses) / M_PER_LAT
    return village, np.round(lon, 6), np.round(lat, 6)


def _numbers(village: NDArray[np.int32]) -> NDArray[np.int32]:
    """House numbers count up inside each village (villages are sorted)."""
    first = np.searchsorted(village, village, side="left")
    return (np.arange(len(village)) - first + 1).astype(np.int32)


def _sexes(chance: Chance, household: NDArray[np.int32], role: NDArray[np.int8]) -> NDArray[np.bool_]:
    rng = chance.of("sexes")
    male = happens(rng, 0.52, len(role))
    alone = np.bincount(household)[household] == 1
    male = np.where((role == HEAD) & ~alone, True, male)
    male = np.where(role == PARTNER, False, male)
    second_old = (role == OLD) & np.r_[False, (role[:-1] == OLD) & (household[:-1] == household[1:])]
    return np.where(role == OLD, ~second_old, male)


def _ages(chance: Chance, noise: Noise, household: NDArray[np.int32], role: NDArray[np.int8]) -> NDArray[np.int16]:
    rng = chance.of("ages")
    houses = int(household[-1]) + 1
    size = np.bincount(household, minlength=houses)
    has_child = np.bincount(household, role == CHILD, minlength=houses) > 0
    head = np.where(has_child, rng.normal(40, 8, houses), rng.normal(52, 15, houses))
    old = happens(rng, noise["household", "one_person_old"], houses)
    alone = np.where(old, rng.normal(71, 8, houses), rng.normal(29, 7, houses))
    head = np.clip(np.where(size == 1, alone, head), 19, 96)[household]
    spread = rng.random(len(role))
    age = np.where(role == PARTNER, head - 3 + spread * 5, head)
    age = np.where(role == CHILD, head - 23 - spread * 14, age)
    age = np.where(role == OLD, head + 23 + spread * 8, age)
    adult = (role == HEAD) | (role == PARTNER)
    return np.where(adult, np.clip(age, 19, 98), np.clip(age, 0, 99)).astype(np.int16)


def _names(chance: Chance, household: NDArray[np.int32], role: NDArray[np.int8], male: NDArray[np.bool_]) -> list[str]:
    rng = chance.of("names")
    family = papers.surnames(rng, int(household[-1]) + 1)
    own = papers.surnames(rng, len(role))
    given = papers.given_names(rng, male)
    married_in = (role == PARTNER) | ((role == OLD) & ~male)
    return [(own[i] if married_in[i] else family[house]) + given[i] for i, house in enumerate(household.tolist())]


def _phones(chance: Chance, noise: Noise, household: NDArray[np.int32], age: NDArray[np.int16]) -> list[str]:
    """Everybody's reachable number: one's own, or that of the household's first person."""
    rng = chance.of("phones")
    numbers = papers.phones(rng, len(age))
    own_rate = np.where(age < 14, noise["people", "child_own_phone"], np.where(age > 72, noise["people", "old_own_phone"], 1.0))
    own = rng.random(len(age)) < own_rate
    first = np.searchsorted(household, household, side="left")
    return [numbers[i] if own[i] else numbers[int(first[i])] for i in range(len(age))]


def _cars(chance: Chance, noise: Noise, houses: int) -> list[str]:
    rng = chance.of("cars")
    has = happens(rng, noise["household", "car"], houses)
    plates = iter(papers.plates(rng, int(has.sum())))
    return [next(plates, "") if one else "" for one in has]


def _firms(
    chance: Chance, noise: Noise, county: County, age: NDArray[np.int16], town: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The firm of each worker, and each firm's town. Firm sizes are log-normal by their pull within a town."""
    rng = chance.of("firms")
    works = (age >= 20) & (age < 60) & happens(rng, noise["people", "employed"], len(age))
    weights = np.array([one.weight for one in county.towns])
    away = happens(rng, noise["people", "works_in_other_town"], len(age))
    place = np.where(away, rng.choice(len(weights), len(age), p=weights / weights.sum()), town)
    firm = np.full(len(age), NOWHERE, np.int32)
    towns: list[int] = []
    for index in range(len(weights)):
        workers = np.flatnonzero(works & (place == index))
        count = max(1, round(len(workers) / noise["people", "firm_mean"]))
        pull = rng.lognormal(0, 0.9, count)
        firm[workers] = len(towns) + rng.choice(count, len(workers), p=pull / pull.sum())
        towns += [index] * count
    return firm, np.array(towns, np.int32)


def _firm_names(chance: Chance, count: int) -> list[str]:
    rng = chance.of("firm names")
    front = papers.given_names(rng, np.ones(count, bool))
    return [f"永嘉县{front[i]}{_TRADES[int(rng.integers(len(_TRADES)))]}有限公司（演练{i + 1:04d}）" for i in range(count)]


def _classes(noise: Noise, age: NDArray[np.int16], town: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pupils of 3 to 17 years, grouped by town and year into classes."""
    pupils = np.flatnonzero((age >= 3) & (age < 18))
    key = town[pupils].astype(np.int64) * 100 + age[pupils]
    order = np.argsort(key, kind="stable")
    first = np.searchsorted(key[order], key[order], side="left")
    chunk = (np.arange(len(pupils)) - first) // int(noise["people", "class_size"])
    named, number = np.unique(key[order] * 1000 + chunk, return_inverse=True)
    school_class = np.full(len(age), NOWHERE, np.int32)
    school_class[pupils[order]] = number
    return school_class, (named // 100_000).astype(np.int32)
