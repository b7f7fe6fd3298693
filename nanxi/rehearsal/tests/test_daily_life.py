"""Days, encounters and the outbreak against a plain double loop, and the noise of phones against its stated rates."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.county import found_county
from nanxi.rehearsal.life import Stays, live_day, midnight
from nanxi.rehearsal.noise import Noise, read_noise
from nanxi.rehearsal.outbreak import Outbreak, begin_outbreak, meet
from nanxi.rehearsal.places import BUS, Places, lay_out
from nanxi.rehearsal.residents import settle
from nanxi.rehearsal.sightings import see
from nanxi.rehearsal.tracks import draw_walk, measure

START = date(2020, 1, 10)
NOISE = read_noise()


@pytest.fixture(scope="module")
def places() -> Places:
    chance = Chance(3)
    county = found_county(chance)
    return lay_out(county, settle(chance, NOISE, county, 3000, START))


def day_of(places: Places, day: int = 3) -> Stays:
    nobody = np.zeros(len(places.residents), np.bool_)
    return live_day(Chance(3), NOISE, places, START, day, at_home=nobody, gone=nobody)


def test_households_have_the_mean_of_the_census(places: Places) -> None:
    assert len(places.residents) / len(places.residents.house_village) == pytest.approx(2.38, abs=0.08)


def test_nobody_is_in_two_places_at_once(places: Places) -> None:
    stays = day_of(places)
    stays = stays.of(np.lexsort((stays.t0, stays.person)))
    same = stays.person[1:] == stays.person[:-1]
    assert not (same & (stays.t0[1:] < stays.t1[:-1])).any()
    assert (stays.t1 > stays.t0).all()
    assert len(np.unique(stays.person)) == len(places.residents)


def test_who_is_kept_at_home_stays_there_and_who_is_gone_is_nowhere(places: Places) -> None:
    kept, gone = np.zeros(3000, np.bool_), np.zeros(3000, np.bool_)
    kept[:100], gone[100:200] = True, True
    stays = live_day(Chance(3), NOISE, places, START, 3, at_home=kept, gone=gone)
    mine = stays.of(stays.person < 100)
    assert (mine.place == places.residents.household[mine.person]).all()
    assert not ((stays.person >= 100) & (stays.person < 200)).any()


def outbreak_of(places: Places, begin: int) -> Outbreak:
    outbreak = begin_outbreak(Chance(3), NOISE, places.residents.age, 14, begin)
    outbreak.home_from[:] = 0
    outbreak.infected_at[:30] = begin - 5 * 86_400
    outbreak.onset[:30] = begin + 10 * 3600
    outbreak.tested_at[:30] = begin + 20 * 3600
    return outbreak


def test_encounters_are_those_of_a_double_loop(places: Places) -> None:
    begin = midnight(START, 3)
    stays, outbreak = day_of(places), outbreak_of(places, begin)
    found = meet(outbreak, stays, begin)
    infected = set(np.flatnonzero((outbreak.onset - 2 * 86_400 < begin + 86_400) & (outbreak.tested_at > begin)).tolist())
    expected: set[tuple[int, int, int, int, int]] = set()
    for a in np.flatnonzero(np.isin(stays.person, sorted(infected))).tolist():
        case = int(stays.person[a])
        for b in np.flatnonzero(stays.place == stays.place[a]).tolist():
            opens = max(int(outbreak.onset[case]) - 2 * 86_400, int(outbreak.infected_at[case]))
            t0 = max(int(stays.t0[a]), int(stays.t0[b]), opens)
            t1 = min(int(stays.t1[a]), int(stays.t1[b]), int(outbreak.tested_at[case]))
            if t1 > t0 and stays.person[b] != case:
                expected.add((case, int(stays.person[b]), int(stays.place[a]), t0, t1))
    got = set(
        zip(found.case.tolist(), found.other.tolist(), found.place.tolist(), found.t0.tolist(), found.t1.tolist(), strict=True)
    )
    assert got == expected
    assert len(got) > 30


def test_sightings_miss_as_many_stays_as_the_noise_says(places: Places) -> None:
    stays = day_of(places)
    kinds = places.kind_of(stays.place)
    seen = see(Chance(3), NOISE, places, stays, 3)
    assert (seen.t1 >= seen.t0).all()
    rides = int((kinds == BUS).sum())
    assert (seen.source == 0).sum() == pytest.approx(rides * NOISE["sightings", "bus_scan"], rel=0.15)


def test_everything_is_seen_at_once_when_the_noise_is_off(places: Places) -> None:
    quiet = {**NOISE.tables["sightings"], "bus_scan": 1.0, "device_skew_s": 0.0, "jitter_s": 0.0, "end_known": 1.0}
    stays = day_of(places)
    seen = see(Chance(3), Noise({**NOISE.tables, "sightings": quiet}), places, stays, 3)
    rides = stays.of(places.kind_of(stays.place) == BUS)
    mine = seen.source == 0
    assert sorted(zip(seen.person[mine].tolist(), seen.t0[mine].tolist(), seen.t1[mine].tolist(), strict=True)) == sorted(
        zip(rides.person.tolist(), rides.t0.tolist(), rides.t1.tolist(), strict=True)
    )


def test_phone_noise_has_its_stated_rates() -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    second = np.arange(0.0, 20_000 * 60.0, 60.0)
    fixes = measure(rng, NOISE, second, None)
    away = np.hypot(fixes.east, fixes.north)
    assert 1 - fixes.kept.mean() == pytest.approx(NOISE["positions", "loss"], rel=0.2)
    assert (away > 80).mean() == pytest.approx(NOISE["positions", "coarse"] + 2 * NOISE["positions", "lying"], rel=0.35)
    lying = (away > 100) & (fixes.accuracy == NOISE["positions", "lying_accuracy_m"])
    assert 0.0005 < lying.mean() < 0.008


def test_a_walk_leaves_and_comes_home() -> None:
    walk = draw_walk(np.random.Generator(np.random.PCG64(2)), 3600, 40_000)
    offset = walk.offset(np.arange(0.0, 60_000, 30))
    assert offset[0] == 0 == offset[-1]
    assert offset.max() == pytest.approx(walk.metres, rel=0.05)
    assert walk.offset(np.array([walk.beyond(100)]))[0] == pytest.approx(100)
