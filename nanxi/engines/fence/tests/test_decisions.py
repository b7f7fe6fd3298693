"""The table `tests/spec/fence_decisions.md`, row by row."""
# pyright: basic

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nanxi.engines.fence import Event, Fences, Policy, Source, new_state, pings_of, step, tick
from nanxi.engines.fence.geometry import METRES
from nanxi.engines.fence.state import Reason, Row

TABLE = Path(__file__).resolve().parents[4] / "tests" / "spec" / "fence_decisions.md"
#: Monday 09:00 in the county, so that the day's silence rule holds.
START = 1_580_691_600.0
LON, LAT = 120.69, 28.15


def stories() -> list[tuple[str, str, str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [(row[0], row[1], row[2]) for row in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:])]


def fence(days: float = 14) -> Fences:
    return Fences.build([LON], [LAT], [100.0], [START], [START + days * 86400])


def seconds(clock: str) -> float:
    minutes, rest = clock.split(":")
    return START + 60 * int(minutes) + int(rest)


def told(text: str, fences: Fences) -> tuple[Row, float | None]:
    """Pings of a story, and how far the clock runs."""
    until, rows = None, []
    for message in text.split(";"):
        words = message.split()
        if words[0] == "until":
            until = seconds(words[1])
            continue
        ping = pings_of(1)
        ping["t"], ping["digest"], ping["lon"], ping["lat"] = seconds(words[0]), len(rows), LON, LAT
        kind = words[1] if words[1].isalpha() else ""
        if kind == "door":
            ping["source"], ping["lon"], ping["lat"] = Source.DOOR, np.nan, np.nan
        elif kind == "gcj":
            ping["lon"] += fences.gcj[0][0] / METRES / fences.cos[0]
            ping["lat"] += fences.gcj[1][0] / METRES
        else:
            ping["lat"] += float(words[2 if kind else 1]) / METRES
        ping["source"] = Source.CHECKPOINT if kind == "post" else ping["source"]
        ping["mock"], ping["leave"] = kind == "mock", kind == "leave"
        ping["acc"] = np.nan if words[-1] in ("-", "door") else float(words[-1])
        rows.append(ping)
    return (np.concatenate(rows) if rows else pings_of(0)), until


def words_of(events: Row) -> str:
    return ", ".join(f"{Event(int(e['event'])).name}/{Reason(int(e['reason'])).name.lower()}" for e in events)


@pytest.mark.parametrize(("story", "messages", "then"), stories(), ids=[row[0] for row in stories()])
def test_story(story: str, messages: str, then: str) -> None:
    fences = fence()
    pings, until = told(messages, fences)
    states, events = step(new_state(1), fences, pings, Policy())
    if until is not None:
        _, more = tick(states, fences, Policy(), until)
        events = np.concatenate([events, more])
    assert words_of(events) == then


def test_a_rule_without_dwell_is_caught() -> None:
    """Positive control: the crossing rule fails the story of the one bad fix."""
    fences = fence()
    pings, _ = told("0:00 5 12; 1:00 8 12; 2:00 300 20; 3:00 6 12", fences)
    crossing = Policy().changed(probable_fixes=1, probable_s=0)
    _, events = step(new_state(1), fences, pings, crossing)
    assert Event.EXIT_PROBABLE in events["event"]


def test_the_night_is_quieter() -> None:
    fences = Fences.build([LON], [LAT], [100.0], [START], [START + 9e5])
    pings = pings_of(2)
    pings["lon"], pings["lat"], pings["acc"], pings["digest"] = LON, LAT, 10, [1, 2]
    pings["t"] = START + 14 * 3600 + np.array([0, 60])  # 23:00 in the county
    states, _ = step(new_state(1), fences, pings, Policy())
    assert not len(tick(states, fences, Policy(), START + 14 * 3600 + 60 + 1700)[1])
    assert words_of(tick(states, fences, Policy(), START + 14 * 3600 + 60 + 1801)[1]) == "SILENT/no_message"


def test_late_fixes_never_page_but_are_found() -> None:
    fences = fence()
    pings, _ = told("0:00 5 12; 1:00 8 12; 2:00 260 12; 3:00 280 12; 4:00 300 12; 5:00 300 12", fences)
    pings["rx"] = pings["t"]
    pings["rx"][2:] += 1200
    _, events = step(new_state(1), fences, pings, Policy())
    assert words_of(events) == "ARMED/fix_inside, LATE_EXIT/found_late"


def test_nothing_outside_the_orders_time_is_looked_at() -> None:
    fences = Fences.build([LON], [LAT], [100.0], [START + 600], [START + 660])
    pings, _ = told("0:00 5 12; 1:00 500 12; 20:00 500 12", fences)
    states, events = step(new_state(1), fences, pings, Policy())
    assert not len(events)
    assert not len(tick(states, fences, Policy(), START + 1e6)[1])
