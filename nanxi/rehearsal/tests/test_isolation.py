"""Positions of many people at home: the noise has its stated rates, departures their base rate, and the truth tells both."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from pyarrow import csv as arrow

from nanxi.rehearsal.datum import to_gcj02
from nanxi.rehearsal.generate import Plan, rehearse
from nanxi.rehearsal.noise import read_noise

PERSONS, DAYS = 90, 7
NOISE = read_noise()
#: Departures often enough for a small test, everything else as shipped or rarer.
OFTEN = """
[isolation]
leaves_a_day = 0.3
phone_off = 0.0
phone_left = 0.0
wrong_address = 0.0
datum_unsaid = 0.1
datum_said = 0.1
datum_mixed = 0.0
clock_off = 0.2
teleports = 0.0
[positions]
coarse = 0.0
lying = 0.0
"""


def make(folder: Path, noise: str, persons: int = PERSONS) -> Path:
    (folder / "noise.toml").write_text(noise, encoding="utf-8")
    plan = Plan(300, 9, 5, date(2020, 1, 10), isolated=persons, isolated_days=DAYS)
    rehearse(folder / "county", plan, read_noise(folder / "noise.toml"), lambda step: None)
    return folder / "county"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("isolation"), "")


@pytest.fixture(scope="module")
def often(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("often"), OFTEN)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def positions(county: Path) -> dict[str, np.ndarray]:
    table = arrow.read_csv(county / "positions" / "positions.csv")
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


def metres(county: Path, fixes: dict[str, np.ndarray]) -> np.ndarray:
    """Distance of each fix from the point of its order."""
    home = {row["order"]: (float(row["lon"]), float(row["lat"])) for row in rows(county / "positions" / "orders.csv")}
    lon, lat = (np.array([home[order][axis] for order in fixes["order"]]) for axis in (0, 1))
    return np.hypot((fixes["lon"] - lon) * 98_200, (fixes["lat"] - lat) * 110_850)


def test_orders_are_circles_and_parcels_that_end_when_the_days_do(shipped: Path) -> None:
    orders = rows(shipped / "positions" / "orders.csv")
    assert len(orders) == PERSONS
    assert all(bool(row["radius_m"]) is not bool(row["polygon_wkt"]) for row in orders)
    assert sum(bool(row["polygon_wkt"]) for row in orders) == PERSONS // 10
    spans = {datetime.fromisoformat(row["end"]) - datetime.fromisoformat(row["start"]) for row in orders}
    assert {span.days for span in spans} == {DAYS}
    assert all(re.fullmatch(r"POLYGON\(\(.*\)\)", row["polygon_wkt"]) for row in orders if row["polygon_wkt"])


def test_fixes_err_as_often_as_the_noise_says(shipped: Path) -> None:
    fixes = positions(shipped)
    away = metres(shipped, fixes)
    honest = np.isin(fixes["order"], [row["order"] for row in rows(shipped / "truth" / "isolated_phones.csv")
                                      if row["datum"] == "WGS-84" and float(row["home_off_m"]) < 100])  # fmt: skip
    away, acc = away[honest], fixes["acc"][honest]
    lying = (acc == NOISE["positions", "lying_accuracy_m"]) & (away > 150)
    # A lie of mean length 1/(1 − 0.36); some of them and of the coarse fixes lie nearer than the lines drawn here.
    expected = NOISE["positions", "lying"] / (1 - NOISE["positions", "lying_sticks"])
    assert lying.mean() == pytest.approx(expected, rel=0.35)
    assert (acc > 150).mean() == pytest.approx(NOISE["positions", "coarse"], rel=0.3)
    assert np.nanmedian(away) < 40
    strange = ~(acc > 0)
    assert strange.mean() == pytest.approx(NOISE["isolation", "accuracy_strange"], rel=0.3)
    assert {str(a) for a in np.unique(acc[strange])} == {"-1.0", "0.0", "nan"} or {-1.0, 0.0} <= set(acc[strange].tolist())


def test_a_lie_stays_at_one_place_and_ends(shipped: Path) -> None:
    fixes = positions(shipped)
    lying = (fixes["acc"] == NOISE["positions", "lying_accuracy_m"]) & (metres(shipped, fixes) > 150)
    same = (fixes["order"][1:] == fixes["order"][:-1]) & lying[1:] & lying[:-1]
    still = (fixes["lon"][1:] == fixes["lon"][:-1]) & (fixes["lat"][1:] == fixes["lat"][:-1])
    assert same.sum() > 100
    # Two lies that follow each other lie at two places.
    assert (still & same).sum() > 0.95 * same.sum()
    longest = run = 0
    for one in same & still:
        run = run + 1 if one else 0
        longest = max(longest, run + 1)
    assert longest <= NOISE["positions", "lying_longest_s"] / NOISE["positions", "every_s"]


def test_departures_have_their_base_rate(tmp_path: Path) -> None:
    county = make(tmp_path, "[positions]\nevery_s = 3600.0\n", persons=6000)
    left = rows(county / "truth" / "isolated_departures.csv")
    expected = NOISE["isolation", "leaves_a_day"] * 6000 * DAYS
    assert len(left) == pytest.approx(expected, abs=4 * expected**0.5)
    assert {row["phone"] for row in left} == {"with", "switched off", "left at home"}


def test_a_departure_is_in_the_fixes_at_the_told_time(often: Path) -> None:
    fixes, away = positions(often), None
    away = metres(often, fixes)
    phones = {row["order"]: row for row in rows(often / "truth" / "isolated_phones.csv")}
    departures = [row for row in rows(often / "truth" / "isolated_departures.csv") if phones[row["order"]]["datum"] == "WGS-84"]
    assert len(departures) > 60
    seen = 0
    for row in departures:
        off = int(phones[row["order"]]["clock_off_s"])
        begin, end = (datetime.fromisoformat(row[name]).timestamp() + off for name in ("beyond_100m_at", "home_again_at"))
        mine = (fixes["order"] == row["order"]) & (fixes["time"] > begin + 120) & (fixes["time"] < end - 180)
        if mine.sum():
            assert np.median(away[mine]) > 60, row
            seen += 1
    assert seen > 50


def test_phones_of_another_datum_lie_half_a_kilometre_off_and_say_so_or_not(often: Path) -> None:
    fixes = positions(often)
    away = metres(often, fixes)
    for row in rows(often / "truth" / "isolated_phones.csv"):
        mine = fixes["order"] == row["order"]
        assert bool(np.median(away[mine]) > 300) is (row["datum"] != "WGS-84"), row
        assert set(np.unique(fixes["datum"][mine].astype(str))) == ({"GCJ-02"} if row["datum"] == "GCJ-02 said" else {""})


def test_clocks_are_off_by_up_to_ten_minutes_for_some(often: Path) -> None:
    off = np.array([int(row["clock_off_s"]) for row in rows(often / "truth" / "isolated_phones.csv")])
    assert 0.05 < (off != 0).mean() < 0.4
    assert np.abs(off).max() <= 600
    assert off.min() < -60 < 60 < off.max()


def test_the_datum_shift_is_that_of_the_published_example() -> None:
    # The transform's best-known check: Tiananmen, 116.397 E 39.908 N, is told about 0.00624 east and 0.00140 north of itself.
    lon, lat = to_gcj02(np.array([116.397]), np.array([39.908]))
    assert (float(lon[0]), float(lat[0])) == pytest.approx((116.40324, 39.9094), abs=2e-4)


def test_no_positions_are_written_unless_asked_for(tmp_path: Path) -> None:
    rehearse(tmp_path / "county", Plan(100, 5, 5, date(2020, 1, 10)), NOISE, lambda step: None)
    assert not (tmp_path / "county" / "positions" / "positions.csv").exists()
