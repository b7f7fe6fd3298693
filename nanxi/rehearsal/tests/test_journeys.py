"""Views of where people and cars were: the files say what the noise lets through, and the planted pairs are really together."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.county import found_county
from nanxi.rehearsal.generate import Plan, rehearse
from nanxi.rehearsal.journeys import go_together, plan_journeys
from nanxi.rehearsal.life import live_day, midnight
from nanxi.rehearsal.noise import read_noise
from nanxi.rehearsal.outbreak import begin_outbreak
from nanxi.rehearsal.places import lay_out
from nanxi.rehearsal.residents import settle

START = date(2020, 1, 10)
SHANGHAI = timezone(timedelta(hours=8))
EVERYTHING = """
[sightings]
bus_scan = 1.0
venue_check_in = 1.0
market_check_in = 1.0
firm_gate = 1.0
checkpoint_passage = 1.0
device_skew_s = 0.0
jitter_s = 0.0
end_known = 1.0
[journeys]
camera = 1.0
plate_misread = 0.0
parties = 8
convoys = 5
[outbreak]
contact_found = 0.0
"""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county in which every source sees everything."""
    folder = tmp_path_factory.mktemp("journeys")
    (folder / "noise.toml").write_text(EVERYTHING, encoding="utf-8")
    rehearse(folder / "county", Plan(1200, 12, 3, START), read_noise(folder / "noise.toml"), lambda step: None)
    return folder / "county"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def seen(county: Path) -> dict[str, list[dict[str, str]]]:
    """Sightings by who was seen."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(county / "sightings" / "sightings.csv"):
        found[row["entity"]].append(row)
    return found


def day(row: dict[str, str]) -> str:
    return datetime.fromtimestamp(int(row["t0"]), SHANGHAI).date().isoformat()


def test_the_one_file_holds_what_the_parts_hold(county: Path) -> None:
    folder = county / "sightings"
    parts = sorted(folder.glob("*.parquet"))
    assert len(parts) == 13
    whole = [tuple(row.values()) for row in rows(folder / "sightings.csv")]
    assert (folder / "sightings.csv").read_text(encoding="utf-8").startswith("entity,place,t0,t1,source,conf\n")
    inside = [
        (str(one["entity"]), str(one["place"]), str(one["t0"]), str(one["t1"]), str(one["source"]), one["conf"])
        for part in parts
        for one in pq.read_table(part).to_pylist()
    ]
    assert [one[:5] for one in whole] == [one[:5] for one in inside]
    assert [float(one[5]) for one in whole] == pytest.approx([float(one[5]) for one in inside], abs=1e-6)
    assert {one[4] for one in inside} == {"bus", "venue", "market", "checkpoint", "gate", "camera", "interview"}


def test_companions_share_a_bus_a_table_a_market_and_the_bus_home_each_evening(
    county: Path, seen: dict[str, list[dict[str, str]]]
) -> None:
    pairs = [row for row in rows(county / "truth" / "companions.csv") if row["kind"] == "companion"]
    assert len(pairs) == 16
    evenings = 0
    for pair in pairs:
        for evening in pair["days"].split():
            mine, theirs = (
                {row["place"]: int(row["t0"]) for row in seen[pair[who]] if day(row) == evening and row["source"] != "interview"}
                for who in ("id_no", "other_id_no")
            )
            both = [place for place in mine.keys() & theirs.keys() if abs(mine[place] - theirs[place]) <= 120]
            if len(both) >= 4:
                evenings += 1
    # Some were kept at home, or away, on the day.
    assert evenings >= 0.8 * sum(len(pair["days"].split()) for pair in pairs)


def test_colleagues_meet_at_the_gate_and_travel_with_somebody_else(county: Path, seen: dict[str, list[dict[str, str]]]) -> None:
    colleagues = [row for row in rows(county / "truth" / "companions.csv") if row["kind"] == "colleague"]
    assert len(colleagues) > 30
    shared = 0
    for pair in colleagues:
        gates = [{row["place"] for row in seen[pair[who]] if row["source"] == "gate"} for who in ("id_no", "other_id_no")]
        shared += bool(gates[0] & gates[1])
    assert shared > 0.8 * len(colleagues)


def test_cars_that_drive_together_pass_six_cameras_in_order_one_behind_the_other(
    county: Path, seen: dict[str, list[dict[str, str]]]
) -> None:
    pairs = rows(county / "truth" / "companion_vehicles.csv")
    assert len(pairs) == 5
    for pair in pairs:
        for when in pair["days"].split():
            first, second = (
                sorted((int(row["t0"]), row["place"]) for row in seen[pair[who]] if day(row) == when)
                for who in ("plate", "other")
            )
            behind = [
                (place, t - min(t1 for t1, p1 in first if p1 == place and -90 <= t1 - t <= -20))
                for t, place in second
                if any(p1 == place and -90 <= t1 - t <= -20 for t1, p1 in first)
            ]
            assert len({place for place, _ in behind}) >= 6, (pair, when)


def test_a_car_is_seen_while_somebody_sits_at_its_wheel(county: Path, seen: dict[str, list[dict[str, str]]]) -> None:
    rides = [row for row in rows(county / "sightings" / "vehicles.csv") if row["kind"] == "occupant"]
    assert len(rides) > 50
    for ride in rides[:200]:
        times = [int(row["t0"]) for row in seen[ride["vehicle"]] if int(ride["start"]) <= int(row["t0"]) <= int(ride["end"])]
        assert len(times) >= 4


def test_nobody_is_in_two_places_while_going_out_together() -> None:
    noise = read_noise()
    chance = Chance(2)
    places_county = found_county(chance)
    residents = settle(chance, noise, places_county, 900, START)
    places = lay_out(places_county, residents)
    outbreak = begin_outbreak(chance, noise, residents.age, 10, midnight(START, 0))
    journeys = plan_journeys(chance, noise, places, outbreak, 10)
    nobody = np.zeros(900, np.bool_)
    changed = 0
    for number in range(10):
        begin = midnight(START, number)
        before = live_day(chance, noise, places, START, number, at_home=nobody, gone=nobody)
        stays = go_together(chance, journeys, places, before, number, begin, ~nobody)
        changed += len(stays) != len(before)
        who = {one for party in journeys.parties if number in party.days for one in (party.a, party.b)}
        for person in who:
            mine = stays.of(stays.person == person)
            order = np.argsort(mine.t0)
            out = (mine.t1[order] > begin + 17 * 3600 + 2700) & (mine.t0[order] < begin + 20 * 3600 + 3000)
            t0, t1 = mine.t0[order][out], mine.t1[order][out]
            assert (t0[1:] >= t1[:-1]).all()
    assert changed > 5


def test_a_misread_plate_is_no_plate_of_the_county(tmp_path: Path) -> None:
    (tmp_path / "noise.toml").write_text("[journeys]\nplate_misread = 1.0\n", encoding="utf-8")
    rehearse(tmp_path / "county", Plan(600, 4, 3, START), read_noise(tmp_path / "noise.toml"), lambda step: None)
    plates = {row["vehicle"] for row in rows(tmp_path / "county" / "sightings" / "vehicles.csv")}
    read = {row["entity"] for row in rows(tmp_path / "county" / "sightings" / "sightings.csv") if row["source"] == "camera"}
    spoilt = {plate for plate in plates if set(plate[2:]) & set("01825")}
    assert read
    assert not read & spoilt
