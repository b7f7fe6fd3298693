"""How many positions a second does one core decide: ours beside NumPy alone, shapely and a plain Python loop, in one process.

1,000,000 persons at rest who each report once a minute, 17,000 positions a call (a province's second), every person's state touched at
random; circles, and polygons of 50 corners. Before anything is timed, both of our engines must say the same events about a noisy log
with walks, jumps, faked and shifted positions, and agree with shapely on who is inside. The peers decide less: shapely finds inside or
outside and the distance, the loop is the crossing rule of common trackers (inside last, outside now) without accuracy or dwell.

    .venv/bin/python bench/fence.py [--persons 1000000] [--seconds 60]
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import shapely

from nanxi.engines.fence import Fences, Policies, Policy, advance, new_state, pings_of, sweep
from nanxi.engines.fence.geometry import METRES

START, CALL, CORNERS = 1_580_691_600.0, 17_000, 50
GATES = {"circles": (2.0, 4.0), "polygons": (0.5, 1.5)}
#: The slow peers see fewer positions: their rate does not depend on how many.
FEW = 200_000


def county(n: int, corners: int, rng: np.random.Generator) -> Fences:
    """n homes; with corners, star-shaped polygons of about 100 m."""
    lon, lat = 120 + rng.random(n), 28 + rng.random(n)
    circles = Fences.build(lon, lat, np.full(n, 100.0), np.full(n, START - 1), np.full(n, START + 1e7))
    if not corners:
        return circles
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    away = rng.uniform(80, 120, (n, corners))
    x, y = away * np.cos(turn), away * np.sin(turn)
    edges = np.stack([x, y, np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)], axis=2).reshape(-1, 4)
    return Fences(
        lon=circles.lon, lat=circles.lat, radius=np.full(n, np.nan), start=circles.start, end=circles.end,
        edge_off=np.arange(n + 1, dtype=np.int64) * corners, edges=np.ascontiguousarray(edges.T.astype(np.float32)), cos=circles.cos, gcj=circles.gcj, bd=circles.bd,
    )  # fmt: skip


def polygons_of(fences: Fences) -> Any:
    """The same outlines for shapely, in local metres."""
    corners = fences.edges[:2].T.astype(np.float64).reshape(len(fences), -1, 2)
    shapes = shapely.polygons(np.concatenate([corners, corners[:, :1]], axis=1))
    shapely.prepare(shapes)
    return shapes


def calls(fences: Fences, number: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Everybody once a minute in a random order, 12 m of noise."""
    order = rng.permutation(len(fences)).astype(np.int32)
    per_minute = math.ceil(len(order) / CALL)
    for call in range(number):
        at = call % per_minute
        who = order[at * CALL : (at + 1) * CALL]
        pings = pings_of(len(who))
        pings["fence"], pings["acc"] = who, 12
        pings["t"] = START + call // per_minute * 60 + at * 60 / per_minute + np.sort(rng.random(len(who)))
        pings["rx"] = pings["t"] + 1
        pings["lon"], pings["lat"] = fences.degrees(who, rng.normal(0, 12, len(who)), rng.normal(0, 12, len(who)))
        pings["digest"] = rng.integers(0, 2**62, len(who))
        yield pings


def check(corners: int) -> None:
    """Equality first, on a log with everything in it."""
    rng = np.random.default_rng(7)
    fences = county(2000, corners, rng)
    n = 60_000
    pings = pings_of(n)
    who = pings["fence"] = rng.integers(0, len(fences), n).astype(np.int32)
    away, turn = rng.choice([0, 20, 90, 130, 300, 900, 90_000], n, p=[0.4, 0.2, 0.1, 0.1, 0.15, 0.04, 0.01]), rng.uniform(0, 2 * np.pi, n)
    x, y = away * np.cos(turn), away * np.sin(turn)
    pings["lon"], pings["lat"] = fences.degrees(who, x, y)
    pings["t"], pings["acc"] = START + rng.integers(0, 7200, n), rng.choice([8, 20, 60, 300, np.nan], n)
    pings["rx"] = pings["t"] + rng.choice([1, 1200], n)
    pings["mock"], pings["digest"] = rng.random(n) < 0.02, rng.integers(0, 2**62, n)
    said = []
    for engine in ("numba", "numpy"):
        states = new_state(len(fences))
        events, _ = advance(states, fences, pings, Policy(), engine=engine)
        said.append((states.tobytes(), events.tobytes(), sweep(states, fences, Policy(), START + 9000, engine).tobytes()))
    assert said[0] == said[1], "the two engines differ"
    if corners:
        shapes, local = polygons_of(fences), fences.local(who, pings["lon"], pings["lat"])
        inside = shapely.contains_xy(shapes[who], *local)
        d = fences.distance(who, *local)
        assert ((d < 0) == inside).all()
        np.testing.assert_allclose(np.abs(d), shapely.distance(shapely.boundary(shapes[who]), shapely.points(*local)), atol=1e-4)
    print(f"equal: {len(events):,} events, states, timers{', inside and distance as shapely' if corners else ''}")


def rate(decide: Callable[[np.ndarray], object], batches: list[np.ndarray]) -> tuple[float, float]:
    """Million positions a second of processor, one core, and the 99th percentile of a call in ms: neighbours take time, not work."""
    times = []
    for pings in batches:
        begin = time.process_time()
        decide(pings)
        times.append(time.process_time() - begin)
    return sum(len(pings) for pings in batches) / sum(times) / 1e6, float(np.percentile(times, 99)) * 1000


def crossing_loop(fences: Fences) -> Callable[[np.ndarray], object]:
    """Inside at the last position, outside at this one: one position after the other, plain Python."""
    last: dict[int, bool] = {}
    lon, lat, radius = fences.lon.tolist(), fences.lat.tolist(), fences.radius.tolist()

    def decide(pings: np.ndarray) -> list[int]:
        out = []
        for fence, x, y in zip(pings["fence"].tolist(), pings["lon"].tolist(), pings["lat"].tolist(), strict=True):
            east = (x - lon[fence]) * METRES * math.cos(math.radians(lat[fence]))
            inside = math.hypot(east, (y - lat[fence]) * METRES) <= radius[fence]
            if last.get(fence, True) and not inside:
                out.append(fence)
            last[fence] = inside
        return out

    return decide


def shapely_loop(fences: Fences, shapes: Any) -> Callable[[np.ndarray], object]:
    def decide(pings: np.ndarray) -> list[bool]:
        x, y = fences.local(pings["fence"], pings["lon"], pings["lat"])
        return [shapes[fence].contains(shapely.Point(a, b)) for fence, a, b in zip(pings["fence"].tolist(), x.tolist(), y.tolist(), strict=True)]

    return decide


def shapely_arrays(fences: Fences, shapes: Any) -> Callable[[np.ndarray], object]:
    borders = shapely.boundary(shapes)

    def decide(pings: np.ndarray) -> object:
        x, y = fences.local(pings["fence"], pings["lon"], pings["lat"])
        return shapely.contains_xy(shapes[pings["fence"]], x, y), shapely.distance(borders[pings["fence"]], shapely.points(x, y))

    return decide


def measure(name: str, persons: int, seconds: int) -> bool:
    corners = CORNERS if name == "polygons" else 0
    check(corners)
    rng = np.random.default_rng(1)
    fences = county(persons, corners, rng)
    policies = Policies((Policy(),), np.zeros(persons, np.int32))
    warm = 2 * math.ceil(persons / CALL)
    batches = list(calls(fences, warm + seconds, rng))
    print(f"\n{name}, {persons:,} persons, {CALL:,} positions a call")
    found: dict[str, float] = {}
    for engine, label in (("numba", "nanxi, compiled"), ("numpy", "nanxi, NumPy alone")):
        states = new_state(persons)
        for pings in batches[:warm]:
            advance(states, fences, pings, policies, engine="numba")
        timed = batches[warm:] if engine == "numba" else batches[warm : warm + 10]
        found[label], slow = rate(lambda pings: advance(states, fences, pings, policies, engine=engine), timed)  # noqa: B023
        print(f"  {label:28} {found[label]:7.2f} M/s   p99 of a call {slow:6.1f} ms")
        if engine == "numba":
            begin = time.process_time()
            said = sweep(states, fences, policies, float(timed[-1]["t"].max()) + 30, engine)
            print(f"  {'timers of everybody':28} {(time.process_time() - begin) * 1000:7.1f} ms     {len(said)} fell due")
    few = [pings[: CALL // 4] for pings in batches[warm : warm + FEW // CALL]]
    peers: dict[str, Callable[[np.ndarray], object]] = {"Python loop, crossing rule": crossing_loop(fences)} if not corners else {}
    if corners:
        some = polygons_of(fences)
        peers = {"shapely, arrays": shapely_arrays(fences, some), "shapely, loop": shapely_loop(fences, some)}
    for label, decide in peers.items():
        found[label], _ = rate(decide, few)
        print(f"  {label:28} {found[label]:7.3f} M/s   ours {found['nanxi, compiled'] / found[label]:6.1f} ×")
    gate, aim = GATES[name]
    ours = found["nanxi, compiled"]
    verdict = "aim met" if ours >= aim else "gate met" if ours >= gate else f"MISSED: {ours / gate:.2f} ×"
    print(f"  gate {gate} M/s, aim {aim} M/s: {verdict}")
    return ours >= gate


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=60, help="calls timed: seconds of a province")
    arguments = parser.parse_args()
    kept = [measure(name, arguments.persons, arguments.seconds) for name in GATES]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
