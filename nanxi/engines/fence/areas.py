"""Controlled areas that several persons share: who goes in, comes out, or passes through (fence notes §4.5, last row).

The same two thresholds as at home, per person and area: in after fixes that lie inside by more than the buffer for the time of
a probable exit, out after the fixes and time of a return. A passage that leaves no fix inside is seen from the line between two
accurate fixes, and believed when the next fix stays on the far side: one lying fix must not send a person through an area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from nanxi.engines.fence.geometry import METRES, Fences, polygon
from nanxi.engines.fence.policy import Policies, Policy, Rows, policies_of
from nanxi.engines.fence.state import EVENTS, NEVER, Event, Reason, Row

#: A line between two fixes says nothing about the way when they lie further apart in time.
LONGEST_LINE_S = 300.0
#: Corners of a quarter of a circle.
_CORNERS = 32

Floats = NDArray[np.float64]
PAIR = np.dtype([
    ("fence", "i4"), ("area", "i4"), ("lives", "?"), ("inside", "?"), ("n_in", "i4"), ("t_in", "f8"),
    ("n_out", "i4"), ("t_out", "f8"), ("since", "f8"), ("t_pass", "f8"), ("x0", "f8"), ("y0", "f8"), ("x1", "f8"), ("y1", "f8"),
])  # fmt: skip


@dataclass(frozen=True)
class Areas:
    """m areas: their outlines as fences (time = the notice's), and as shapes in degrees for the search and the lines."""

    outlines: Fences
    shapes: NDArray[np.object_]
    tree: shapely.STRtree

    def __len__(self) -> int:
        return len(self.outlines)

    @classmethod
    def build(cls, outlines: Fences, wkt: Sequence[str | None]) -> Areas:
        """Areas of these outlines; `wkt` as they were given, None for circles."""
        shapes = np.empty(len(outlines), dtype=object)
        for at in range(len(outlines)):
            text = wkt[at]
            shapes[at] = polygon(text) if text else _disc(outlines, at)
        return cls(outlines, shapes, shapely.STRtree(list(shapes)))


def _disc(outlines: Fences, at: int) -> Any:
    turn = np.linspace(0, 2 * np.pi, 4 * _CORNERS, endpoint=False)
    east, north = outlines.radius[at] * np.cos(turn), outlines.radius[at] * np.sin(turn)
    lon, lat = outlines.degrees(np.full(len(turn), at, np.int32), east, north)
    return shapely.Polygon(np.column_stack([lon, lat]))


def new_pairs() -> Row:
    """PAIR[0]: nobody was near any area yet."""
    return np.zeros(0, PAIR)


def watch(pairs: Row, areas: Areas, homes: Fences, moves: Row, policy: Policy | Policies) -> tuple[Row, Row]:
    """pairs: PAIR[k], moves: MOVE[j] by fence and time (of `advance`) → (PAIR[k'], EVENTS with `area` set).

    Whoever lives in an area is inside from the start and makes no event by staying there.
    """
    if not len(areas) or not len(moves):
        return pairs, np.zeros(0, EVENTS)
    found = policies_of(policy, len(homes))
    params = found.params()
    known = {(int(pair["fence"]), int(pair["area"])): pair for pair in pairs.copy()}
    said: list[tuple[Any, ...]] = []
    for move, area in _near(known, areas, homes, moves):
        q = moves[move]
        key = int(q["fence"]), area
        if not areas.outlines.start[area] <= q["t"] < areas.outlines.end[area]:
            continue
        if key not in known:
            known[key] = _first(areas, homes, *key)
        _look(known[key], areas, homes, q, params[found.of[key[0]]], said)
    rows = [known[key] for key in sorted(known) if _matters(known[key])]
    kept, events = np.zeros(len(rows), PAIR), np.zeros(len(said), EVENTS)
    for at, pair in enumerate(rows):
        kept[at] = pair
    for at, event in enumerate(said):
        events[at] = event
    return kept, events[np.lexsort((events["area"], events["t"], events["fence"]))]


def _matters(pair: Any) -> bool:
    """Whether the pair differs from one that was never looked at."""
    return bool(pair["lives"] or pair["inside"] or pair["n_in"] or pair["t_pass"] > NEVER)


def _near(known: dict[tuple[int, int], Any], areas: Areas, homes: Fences, moves: Row) -> list[tuple[int, int]]:
    """(move, area) worth looking at, in order of moves: the line touches the area's box, or the pair has a history."""
    lon, lat = homes.degrees(moves["fence"], moves["x"], moves["y"])
    fresh = moves["t"] - moves["t0"] <= LONGEST_LINE_S
    lon0, lat0 = homes.degrees(moves["fence"], np.where(fresh, moves["x0"], moves["x"]), np.where(fresh, moves["y0"], moves["y"]))
    lines: Any = shapely.linestrings(np.stack([np.column_stack([lon0, lat0]), np.column_stack([lon, lat])], axis=1))
    hit: Any = areas.tree.query(lines)
    found = set(zip(hit[0].tolist(), hit[1].tolist(), strict=True))
    # A pair that began in these moves has a history for the moves after it.
    pairs = {(int(moves["fence"][move]), area) for move, area in found} | set(known) | _lived_in(areas, homes, moves)
    if pairs:
        order = np.argsort(moves["fence"], kind="stable")
        sorted_fence = moves["fence"][order]
        for fence, area in pairs:
            low, high = np.searchsorted(sorted_fence, [fence, fence + 1])
            found.update((int(move), area) for move in order[low:high])
    return sorted(found)


def _lived_in(areas: Areas, homes: Fences, moves: Row) -> set[tuple[int, int]]:
    people = np.unique(moves["fence"])
    hit: Any = areas.tree.query(shapely.points(homes.lon[people], homes.lat[people]), predicate="intersects")
    return {(int(people[person]), area) for person, area in zip(hit[0].tolist(), hit[1].tolist(), strict=True)}


def _first(areas: Areas, homes: Fences, fence: int, area: int) -> Row:
    """A pair's first row: inside where home is inside."""
    pair: Any = np.zeros(1, PAIR)[0]
    pair["fence"], pair["area"], pair["t_in"], pair["t_out"], pair["since"], pair["t_pass"] = fence, area, *[NEVER] * 4
    pair["lives"] = pair["inside"] = _depth(areas, area, homes.lon[fence], homes.lat[fence]) > 0
    return pair


def _depth(areas: Areas, area: int, lon: float, lat: float) -> float:
    """Metres inside the area's edge, negative outside."""
    one = np.array([area], np.int32)
    return -float(areas.outlines.distance(one, *areas.outlines.local(one, np.array([lon]), np.array([lat])))[0])


def _look(pair: Any, areas: Areas, homes: Fences, q: Any, p: Rows, said: list[tuple[Any, ...]]) -> None:
    """One accepted fix of one person beside one area."""
    one, area = np.array([q["fence"]], np.int32), int(pair["area"])
    lon, lat = (float(part[0]) for part in homes.degrees(one, np.array([q["x"]]), np.array([q["y"]])))
    depth, t = _depth(areas, area, lon, lat), float(q["t"])
    back = _believe(pair, q, depth, said)
    if q["acc"] > p["vague_m"] and abs(depth) <= p["decisive"] * q["acc"]:
        return
    z = (depth - p["buffer_m"]) / q["sigma"]
    if z >= p["z_out"]:
        if pair["n_in"] == 0:
            pair["t_in"], pair["x0"], pair["y0"] = t, q["x0"], q["y0"]
        pair["n_in"] += 1
        pair["n_out"] = 0
        if not pair["inside"] and pair["n_in"] >= p["probable_fixes"] and t - pair["t_in"] >= p["probable_s"]:
            _turn(said, pair, q, t, Event.AREA_ENTER, Reason.DWELL, -depth)
    elif z <= p["z_in"]:
        if not pair["inside"] and pair["n_in"] >= p["far_fixes"] and _elsewhere(pair, q, p):
            _passed(said, pair, q, float(pair["t_in"]), t, -depth)
        elif not pair["inside"] and pair["n_in"] == 0 and not back:
            _note_line(pair, areas, homes, q, p, area)
        pair["n_in"] = 0
        pair["t_out"] = t if pair["n_out"] == 0 else pair["t_out"]
        pair["n_out"] = pair["n_out"] + 1 if pair["inside"] else 0
        if pair["inside"] and pair["n_out"] >= p["return_fixes"] and t - pair["t_out"] >= p["return_s"]:
            _turn(said, pair, q, t, Event.AREA_LEAVE, Reason.FIX_OUTSIDE, -depth)
            pair["n_out"] = 0


def _turn(said: list[tuple[Any, ...]], pair: Any, q: Any, t: float, event: Event, reason: Reason, distance: float) -> None:
    """The person changed sides. What leads away from where the person lives opens an episode; what leads back ends the same."""
    first = float(pair["t_in"] if event is Event.AREA_ENTER else pair["t_out"])
    pair["inside"] = event is Event.AREA_ENTER
    if bool(pair["inside"]) != bool(pair["lives"]):
        pair["since"] = first
    _say(said, pair, q, t, event, reason, distance, t - first, float(pair["since"]))


def _elsewhere(pair: Any, q: Any, p: Rows) -> bool:
    """Fixes inside, shorter than the dwell, are a passage when the person comes out accurately at another place."""
    away = np.hypot(q["x"] - pair["x0"], q["y"] - pair["y0"])
    return bool(q["acc"] <= p["far_acc_m"] and away > 2 * p["buffer_m"] + q["acc"])


def _note_line(pair: Any, areas: Areas, homes: Fences, q: Any, p: Rows, area: int) -> None:
    """Remember that the straight way from the fix before crosses the area, to be believed by the next fix."""
    accurate = q["acc"] <= p["far_acc_m"] and q["acc0"] <= p["far_acc_m"]
    if not accurate or not 0 < q["t"] - q["t0"] <= LONGEST_LINE_S:
        return
    one = np.full(2, q["fence"], np.int32)
    lon, lat = homes.degrees(one, np.array([q["x0"], q["x"]]), np.array([q["y0"], q["y"]]))
    geometry: Any = shapely
    chord = geometry.intersection(areas.shapes[area], geometry.LineString(np.column_stack([lon, lat])))
    degrees: Floats = geometry.get_coordinates(chord)
    length = float(np.hypot(*(np.ptp(degrees, axis=0) * [areas.outlines.cos[area] * METRES, METRES]))) if len(degrees) else 0.0
    if length > 2 * p["buffer_m"]:
        pair["t_pass"], pair["x0"], pair["y0"], pair["x1"], pair["y1"] = q["t"], q["x0"], q["y0"], q["x"], q["y"]


def _believe(pair: Any, q: Any, depth: float, said: list[tuple[Any, ...]]) -> bool:
    """The fix after a crossing line: nearer the far end than the near one, and outside, means that the person went through.

    Whether it was not so: then the far end was a lie, and so is the line back from it.
    """
    if pair["t_pass"] == NEVER:
        return False
    near = np.hypot(q["x"] - pair["x0"], q["y"] - pair["y0"])
    beyond = np.hypot(q["x"] - pair["x1"], q["y"] - pair["y1"])
    t, pair["t_pass"] = float(pair["t_pass"]), NEVER
    if depth < 0 and beyond < near and 0 < q["t"] - t <= LONGEST_LINE_S:
        _passed(said, pair, q, t, t, -depth)
        return False
    return True


def _passed(said: list[tuple[Any, ...]], pair: Any, q: Any, since: float, until: float, distance: float) -> None:
    _say(said, pair, q, since, Event.AREA_ENTER, Reason.PASS_THROUGH, distance, 0.0, since)
    _say(said, pair, q, until, Event.AREA_LEAVE, Reason.PASS_THROUGH, distance, until - since, since)


def _say(
    said: list[tuple[Any, ...]], pair: Any, q: Any, t: float, event: Event, reason: Reason, distance: float, dwell: float,
    began: float,
) -> None:  # fmt: skip
    said.append((
        int(pair["fence"]), t, int(event), int(reason), distance, float(q["acc"]), max(int(pair["n_in"]), int(pair["n_out"])),
        dwell, 0, began, int(pair["area"]),
    ))  # fmt: skip
