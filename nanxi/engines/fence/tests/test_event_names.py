"""`nanxi fence replay` says each of its event names, whatever the order, the doubling and the spelling of its rows."""
# pyright: basic

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from nanxi.cli import main
from nanxi.engines.fence import Event, datum
from nanxi.engines.fence.geometry import METRES

START, LON, LAT = 1_580_691_600, 120.69, 28.15  # Monday nine o'clock in the county
ORDERS = f"order,lon,lat,radius_m,start,end\nA,{LON},{LAT},100,{START},{START + 14 * 86400}\n"
AREAS = f"area,lon,lat,radius_m,start,end\nmarket,{LON},{LAT + 1000 / METRES},300,{START},{START + 86400}\n"
GCJ_LON, GCJ_LAT = (float(part[0]) for part in datum.gcj_of(np.array([LON]), np.array([LAT])))

AT_HOME = [(0, 3), (60, 5)]
OUT = [*AT_HOME, (120, 300), (180, 300), (240, 300)]
IN_AREA = [*AT_HOME, (120, 600), (240, 900), (300, 950), (360, 1000)]
#: What happens → (positions: seconds, metres north of home, more columns), how long the clock runs on, the names in order.
STORIES = {
    "at home": (AT_HOME, 0, "ARMED"),
    "one fix outside": ([*AT_HOME, (120, 300)], 0, "ARMED SUSPECT"),
    "one fix outside, then home": ([*AT_HOME, (120, 300), (180, 4)], 0, "ARMED SUSPECT CLEARED"),
    "out for two minutes": (OUT, 0, "ARMED SUSPECT EXIT_PROBABLE"),
    "out for four minutes": ([*OUT, (300, 310), (360, 320)], 0, "ARMED SUSPECT EXIT_PROBABLE EXIT_CONFIRMED"),
    "out and home again": ([*OUT, (300, 4), (360, 5)], 0, "ARMED SUSPECT EXIT_PROBABLE RETURNED"),
    "falls silent": (AT_HOME, 1200, "ARMED SILENT"),
    "falls silent and is heard again": ([*AT_HOME, (1300, 4)], 0, "ARMED SILENT RESUMED"),
    "never heard of": ([], 7300, "NOT_ACTIVATED"),
    "an exit that is heard of too late": (
        [*AT_HOME, *((t, 300, {"received": START + 2000}) for t in (120, 180, 240)), (300, 4), (600, 3), (900, 5)], 0,
        "ARMED LATE_EXIT",
    ),
    "a place no vehicle reaches": ([*AT_HOME, (120, 60_000), (180, 4)], 0, "ARMED TELEPORT"),
    "drawn on another map": ([*AT_HOME, (120, 0, {"lon": GCJ_LON, "lat": GCJ_LAT}), (180, 4)], 0, "ARMED DATUM"),
    "a faked position": ([*AT_HOME, (120, 5, {"mock": 1}), (180, 4)], 0, "ARMED SPOOF_SUSPECT"),
    "goes into an area": (IN_AREA, 0, "ARMED SUSPECT EXIT_CONFIRMED AREA_ENTER"),
    "goes into an area and comes out": (
        [*IN_AREA, (480, 600), (540, 500)], 0, "ARMED SUSPECT EXIT_CONFIRMED AREA_ENTER AREA_LEAVE",
    ),
}  # fmt: skip
COLUMNS = ("order", "time", "lon", "lat", "acc", "mock", "received")


def rows_of(story: list) -> list[dict]:
    rows = []
    for t, north, *more in story:
        row = dict.fromkeys(COLUMNS, "") | {"order": "A", "time": START + t, "lon": LON, "lat": LAT + north / METRES, "acc": 12}
        rows.append(row | (more[0] if more else {}))
    return rows


def iso(seconds: float | str, hours: int) -> str:
    return datetime.fromtimestamp(float(seconds), timezone(timedelta(hours=hours))).isoformat() if seconds else ""


def replay(tmp_path, rows: list[dict], until: int) -> str:
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "areas.csv").write_text(AREAS)
    with (tmp_path / "positions.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    words = [part for name in ("orders", "areas", "positions") for part in (f"--{name}", str(tmp_path / f"{name}.csv"))]
    more = ["--until", str(START + until)] if until else []
    assert main(["fence", "replay", *words, *more, "-o", str(tmp_path / "events.csv")]) == 0
    return (tmp_path / "events.csv").read_text()


def names(text: str) -> list[str]:
    return [line["event"] for line in csv.DictReader(text.splitlines())]


@pytest.mark.parametrize("story", STORIES)
def test_each_name_is_said(tmp_path, story: str) -> None:
    positions, until, expected = STORIES[story]
    assert names(replay(tmp_path, rows_of(positions), until)) == expected.split()


@pytest.mark.parametrize("story", STORIES)
def test_shuffled_doubled_and_in_iso_times_it_says_the_same(tmp_path, story: str) -> None:
    positions, until, _ = STORIES[story]
    rows, luck = rows_of(positions), random.Random(story)
    first = replay(tmp_path, rows, until)
    mixed = rows + luck.sample(rows, len(rows) // 2)
    luck.shuffle(mixed)
    assert replay(tmp_path, mixed, until) == first
    written = [row | {"time": iso(row["time"], 8), "received": iso(row["received"], 0)} for row in mixed]
    found = list(csv.reader(replay(tmp_path, written, until).splitlines()))
    told = list(csv.reader(first.splitlines()))
    if rows:
        for line in told[1:]:
            line[1] = datetime.fromtimestamp(float(line[1]), UTC).isoformat()
    assert found == told


def test_every_name_of_the_command_has_its_story() -> None:
    assert {name for _, _, said in STORIES.values() for name in said.split()} == set(Event.__members__)
