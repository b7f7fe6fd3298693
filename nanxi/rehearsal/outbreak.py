"""An outbreak that spreads in encounters: imported seeds, who infected whom and where, onset, test, confirmation.

Natural history: incubation Lauer 2020, infectious before onset He 2020; hazards per hour together from noise.toml.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.life import DAY_S, Stays
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.places import BUS, CLASS, FIRM, HOME, KINDS, MARKET, VENUE, Places

NEVER = np.int64(2**60)
#: A close contact of the national plan of 2020 is found by rules; 15 minutes is the line by which the score asks for encounters.
LONG_S = 15 * 60


@dataclass(frozen=True)
class Encounters:
    """One row: infected `case` and `other` in one place from t0 to t1 (int32 each; t0, t1 int64 epoch seconds)."""

    case: NDArray[np.int32]
    other: NDArray[np.int32]
    place: NDArray[np.int32]
    t0: NDArray[np.int64]
    t1: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.case)

    def of(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Encounters:
        return Encounters(self.case[rows], self.other[rows], self.place[rows], self.t0[rows], self.t1[rows])


@dataclass
class Outbreak:
    """State by person; times are epoch seconds, NEVER when they do not happen. infector, where: -1 = imported or not infected."""

    noise: Noise
    #: Begin of the day on which a traveller is back; 0 for those who never left.
    home_from: NDArray[np.int64]
    infected_at: NDArray[np.int64]
    onset: NDArray[np.int64]
    tested_at: NDArray[np.int64]
    confirmed_at: NDArray[np.int64]
    symptoms: NDArray[np.bool_]
    infector: NDArray[np.int32]
    where: NDArray[np.int32]
    #: First and last second (exclusive) of isolation at home of contacts whom the county found.
    kept_from: NDArray[np.int64]
    long: list[Encounters] = field(default_factory=list)
    case_stays: list[Stays] = field(default_factory=list)

    def gone(self, begin: int) -> NDArray[np.bool_]:
        """Not back yet, or in hospital since a test of an earlier day."""
        return (self.home_from > begin) | (self.tested_at < begin)

    def kept(self, begin: int) -> NDArray[np.bool_]:
        return (self.kept_from <= begin) & (begin < self.kept_from + 14 * DAY_S)

    def confirmed_by(self, second: int) -> NDArray[np.int64]:
        return np.flatnonzero(self.confirmed_at <= second)

    def encounters(self) -> Encounters:
        """All encounters of 15 minutes or more with infected people in their infectious time."""
        parts = self.long
        columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("case", "other", "place", "t0", "t1")]
        return Encounters(*columns)


def begin_outbreak(chance: Chance, noise: Noise, age: NDArray[np.int16], days: int, begin: int) -> Outbreak:
    """People away in the outbreak city, when they come home, and which of them carry the infection."""
    count = len(age)
    rng = chance.of("returnees")
    grown = np.flatnonzero((age >= 18) & (age < 70))
    least = int(noise["outbreak", "seeds_least"])
    number = min(len(grown), max(2 * least, round(count * noise["outbreak", "returnees"])))
    away = rng.choice(grown, number, replace=False)
    home_from = np.zeros(count, np.int64)
    home_from[away] = begin + rng.integers(1, max(2, days * 2 // 3), number) * DAY_S
    never = np.full(count, NEVER, np.int64)
    nobody = np.full(count, -1, np.int32)
    outbreak = Outbreak(
        noise,
        home_from,
        never.copy(),
        never.copy(),
        never.copy(),
        never.copy(),
        np.zeros(count, np.bool_),
        nobody.copy(),
        nobody.copy(),
        never.copy(),
    )
    infected = away[rng.random(number) < noise["outbreak", "returnee_infected"]]
    if len(infected) < least:
        infected = away[np.argsort(home_from[away], kind="stable")][:least]
    # Infected abroad in the five days before coming home.
    caught = home_from[infected] - rng.integers(DAY_S // 2, 5 * DAY_S, len(infected))
    _infect(rng, outbreak, infected, caught, np.full(len(infected), -1), np.full(len(infected), -1))
    return outbreak


def _infect(
    rng: np.random.Generator,
    outbreak: Outbreak,
    who: NDArray[np.int64],
    when: NDArray[np.int64],
    infector: NDArray[np.int64],
    where: NDArray[np.int64],
) -> None:
    """Draw the whole course of each newly infected person at once."""
    rates = outbreak.noise
    incubation = rng.lognormal(
        np.log(rates["outbreak", "incubation_median"]), np.log(rates["outbreak", "incubation_dispersion"]), len(who)
    )
    symptoms = rng.random(len(who)) >= rates["outbreak", "asymptomatic"]
    found = symptoms | (rng.random(len(who)) < rates["outbreak", "asymptomatic_found"])
    delay = rng.gamma(4, rates["outbreak", "onset_to_test"] / 4, len(who))
    onset = when + (incubation * DAY_S).astype(np.int64)
    outbreak.infected_at[who], outbreak.onset[who], outbreak.symptoms[who] = when, onset, symptoms
    outbreak.infector[who], outbreak.where[who] = infector, where
    # A person is tested in the county, never before coming back.
    tested = np.maximum(onset + (delay * DAY_S).astype(np.int64), outbreak.home_from[who] + DAY_S // 2)
    outbreak.tested_at[who] = np.where(found, tested, NEVER)
    outbreak.confirmed_at[who] = np.where(found, tested + int(rates["outbreak", "test_to_confirm"] * DAY_S), NEVER)


def spread(chance: Chance, outbreak: Outbreak, places: Places, stays: Stays, day: int, begin: int) -> None:
    """One day: encounters with the infectious are recorded, some of them infect, contacts of the confirmed are kept at home."""
    infected = outbreak.infected_at < begin + DAY_S
    outbreak.case_stays.append(stays.of(infected[stays.person]))
    met = meet(outbreak, stays, begin)
    if len(met):
        _catch(chance.of("infection", day), outbreak, places, met)
        outbreak.long.append(met.of(met.t1 - met.t0 >= LONG_S))
    _keep_contacts(chance.of("found", day), outbreak, begin)


def meet(outbreak: Outbreak, stays: Stays, begin: int) -> Encounters:
    """Everybody who shared a place and a moment with an infectious person, one row per pair of stays."""
    early = int(outbreak.noise["outbreak", "infectious_before"] * DAY_S)
    opens = np.maximum(outbreak.onset - early, outbreak.infected_at)
    active = (opens < begin + DAY_S) & (outbreak.tested_at > begin)
    rows = np.flatnonzero(active[stays.person])
    if not len(rows):
        none = np.zeros(0, np.int32)
        return Encounters(none, none, none, none.astype(np.int64), none.astype(np.int64))
    hot = np.zeros(int(stays.place.max()) + 1, np.bool_)
    hot[stays.place[rows]] = True
    near = stays.of(hot[stays.place])
    near = near.of(np.argsort(near.place, kind="stable"))
    low = np.searchsorted(near.place, stays.place[rows], side="left")
    count = np.searchsorted(near.place, stays.place[rows], side="right") - low
    mine = np.repeat(rows, count)
    theirs = np.repeat(low - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(int(count.sum()))
    case = stays.person[mine]
    t0 = np.maximum(np.maximum(stays.t0[mine], near.t0[theirs]), opens[case])
    t1 = np.minimum(np.minimum(stays.t1[mine], near.t1[theirs]), outbreak.tested_at[case])
    both = (t1 > t0) & (case != near.person[theirs])
    return Encounters(case[both], near.person[theirs][both], stays.place[mine][both], t0[both], t1[both])


def _catch(rng: np.random.Generator, outbreak: Outbreak, places: Places, met: Encounters) -> None:
    rates = outbreak.noise
    hazard = np.zeros(len(KINDS))
    for kind, name in ((HOME, "home"), (FIRM, "work"), (CLASS, "class"), (MARKET, "market"), (VENUE, "venue"), (BUS, "bus")):
        hazard[kind] = rates["outbreak", f"hazard_{name}"]
    strength = np.where(outbreak.symptoms[met.case], 1.0, rates["outbreak", "asymptomatic_infectivity"])
    dose = hazard[places.kind_of(met.place)] * strength * (met.t1 - met.t0) / 3600
    caught = (rng.random(len(met)) < -np.expm1(-dose)) & (outbreak.infected_at[met.other] == NEVER)
    rows = np.flatnonzero(caught)
    middle = (met.t0[rows] + met.t1[rows]) // 2
    rows = rows[np.argsort(middle, kind="stable")]
    _, first = np.unique(met.other[rows], return_index=True)
    rows = rows[np.sort(first)]
    _infect(rng, outbreak, met.other[rows], (met.t0[rows] + met.t1[rows]) // 2, met.case[rows], met.place[rows])


def _keep_contacts(rng: np.random.Generator, outbreak: Outbreak, begin: int) -> None:
    """Contacts of those confirmed today stay at home from tomorrow, as far as the county finds them."""
    today = (outbreak.confirmed_at >= begin) & (outbreak.confirmed_at < begin + DAY_S)
    if not today.any() or not outbreak.long:
        return
    for part in outbreak.long:
        others = np.unique(part.other[today[part.case]])
        found = others[rng.random(len(others)) < outbreak.noise["outbreak", "contact_found"]]
        outbreak.kept_from[found] = np.minimum(outbreak.kept_from[found], begin + DAY_S)
