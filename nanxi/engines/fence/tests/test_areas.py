"""The table `tests/spec/fence_areas.md`, row by row; areas of every shape; any batching says the same."""
# pyright: basic

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nanxi.engines.fence import Event, Fences, Policy, advance, new_state, pings_of
from nanxi.engines.fence.areas import Areas, new_pairs, watch
from nanxi.engines.fence.geometry import METRES
from nanxi.engines.fence.state import Reason, Row

TABLE = Path(__file__).resolve().parents[4] / "tests" / "spec" / "fence_areas.md"
START, LON, LAT = 1_580_691_600.0, 120.69, 28.15
HOME = Fences.build([LON], [LAT], [100.0], [START], [START + 14 * 86400])


def stories() -> list[tuple[str, str, str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [(row[0], row[1], row[2]) for row in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:])]


def told(text: str) -> tuple[Row, str]:
    """Pings of a story, and its mark: lives, early or none."""
    pings, mark = pings_of(len(text.split(";"))), ""
    for at, message in enumerate(text.split(";")):
        clock, *kind, metres, acc = message.split()
        minutes, seconds = clock.split(":")
        mark = mark or (kind[0] if kind and kind[0] != "mock" else "")
        pings[at]["t"], pings[at]["digest"] = START + 60 * int(minutes) + int(seconds), at
        pings[at]["lon"], pings[at]["lat"], pings[at]["acc"] = LON, LAT + float(metres) / METRES, float(acc)
        pings[at]["mock"] = kind == ["mock"]
    return pings, mark


def circle(metres_north: float, radius: float, start: float = START) -> Areas:
    return Areas.build(Fences.build([LON], [LAT + metres_north / METRES], [radius], [start], [START + 86400]), [None])


def square(metres_north: float, half: float) -> Areas:
    """The same as a polygon, with a second part far away."""
    parts = [(LON, LAT + metres_north / METRES), (LON + 0.5, LAT + 0.5)]
    dx, dy = half / METRES / np.cos(np.radians(LAT)), half / METRES
    rings = [
        f"(({x - dx} {y - dy}, {x + dx} {y - dy}, {x + dx} {y + dy}, {x - dx} {y + dy}, {x - dx} {y - dy}))" for x, y in parts
    ]
    wkt = f"MULTIPOLYGON({','.join(rings)})"
    return Areas.build(Fences.build([0], [0], [np.nan], [START], [START + 86400], [wkt]), [wkt])


def watched(pings: Row, areas: Areas, parts: int = 1) -> Row:
    states, pairs, said = new_state(1), new_pairs(), []
    for part in np.array_split(pings, parts):
        _, moves = advance(states, HOME, part, Policy(), moves=True)
        pairs, events = watch(pairs, areas, HOME, moves, Policy())
        said.append(events)
    return np.concatenate(said)


def words_of(events: Row) -> str:
    return ", ".join(f"{Event(int(e['event'])).name}/{Reason(int(e['reason'])).name.lower()}" for e in events)


@pytest.mark.parametrize(("story", "messages", "then"), stories(), ids=[row[0] for row in stories()])
def test_story(story: str, messages: str, then: str) -> None:
    pings, mark = told(messages)
    area = circle(0 if mark == "lives" else 1000, 300, START + (3600 if mark == "early" else 0))
    assert words_of(watched(pings, area)) == then
    # Ping by ping it is the same.
    assert words_of(watched(pings, area, len(pings))) == then


def test_a_multipolygon_and_a_line_through_it() -> None:
    for messages in ("0:00 500 12; 1:00 1500 12; 2:00 2500 12", "0:00 600 12; 4:00 900 12; 5:00 950 12; 6:00 1000 12"):
        pings, _ = told(messages)
        assert words_of(watched(pings, square(1000, 300))) == words_of(watched(pings, circle(1000, 300)))
    # Beside it, not through it.
    pings, _ = told("0:00 500 12; 1:00 1500 12; 2:00 2500 12")
    pings["lon"] += 350 / METRES / np.cos(np.radians(LAT))
    assert not len(watched(pings, square(1000, 300)))


def test_many_people_and_areas_each_hear_of_their_own() -> None:
    rng = np.random.default_rng(3)
    n = 40
    homes = Fences.build([LON + 0.05 * at for at in range(n)], [LAT] * n, [100.0] * n, [START] * n, [START + 86400] * n)
    wkt: list[str | None] = [None] * 20
    areas = Areas.build(
        Fences.build(homes.lon[:20], homes.lat[:20] + 1000 / METRES, [300.0] * 20, [START] * 20, [START + 86400] * 20), wkt
    )
    pings = pings_of(n * 5)
    for person in range(n):
        for at, metres in enumerate((5, 600, 900, 950, 1000)):
            row = pings[person * 5 + at]
            row["fence"], row["t"], row["acc"], row["digest"] = person, START + 120 * at, 12, at
            row["lon"], row["lat"] = homes.lon[person], LAT + metres / METRES
    _, moves = advance(new_state(n), homes, pings[rng.permutation(len(pings))], Policy(), moves=True)
    _, events = watch(new_pairs(), areas, homes, moves, Policy())
    assert [(int(e["fence"]), int(e["area"])) for e in events] == [(person, person) for person in range(20)]
    assert set(events["event"]) == {int(Event.AREA_ENTER)}
