"""The compiled decision and the one with NumPy alone: equal states, events and moves, bit for bit, on logs of every kind."""
# pyright: basic

from __future__ import annotations

import numpy as np
import pytest
import shapely

from nanxi.engines.fence import Event, Fences, Policies, Policy, Source, advance, new_state, pings_of, sweep
from nanxi.engines.fence.geometry import METRES

pytest.importorskip("numba")
START, LON, LAT = 1_580_691_600.0, 120.69, 28.15
N = 300


def some_fences(rng: np.random.Generator) -> Fences:
    """Circles, polygons with a hole and in two parts; orders that begin and end in the middle of the log."""
    lon, lat = LON + rng.uniform(-0.1, 0.1, N), LAT + rng.uniform(-0.1, 0.1, N)
    wkt: list[str | None] = [None] * N
    for at in range(0, N, 3):
        yard = shapely.Point(lon[at], lat[at]).buffer(0.0012, quad_segs=12)
        well = shapely.Point(lon[at], lat[at]).buffer(0.0002, quad_segs=2)
        shed = shapely.box(lon[at] + 0.002, lat[at], lon[at] + 0.003, lat[at] + 0.001)
        wkt[at] = [yard, yard.difference(well), yard.union(shed)][at // 3 % 3].wkt
    begin = START + rng.choice([0, 3600], N)
    return Fences.build(lon, lat, rng.choice([80.0, 100, 150], N), begin, begin + rng.choice([7200, 86400], N), wkt)


def some_pings(rng: np.random.Generator, fences: Fences, n: int) -> np.ndarray:
    """People mostly at home, some walking, drifting, jumping, faked, shifted, late, skewed; doors and checkpoints."""
    pings = pings_of(n)
    # A few never switch the phone on.
    fence = pings["fence"] = rng.integers(10, N, n).astype(np.int32)
    away = rng.choice([0, 5, 60, 130, 260, 700, 1500, 20000, 90000], n, p=[0.3, 0.3, 0.1, 0.05, 0.15, 0.06, 0.02, 0.01, 0.01])
    turn = rng.uniform(0, 0.6, n)
    east, north = away * np.cos(turn), away * np.sin(turn)
    shift = rng.random(n)
    for low, vector in ((0.0, fences.gcj), (0.01, fences.bd)):
        chosen = (shift >= low) & (shift < low + 0.01)
        east[chosen], north[chosen] = vector[0][fence[chosen]], vector[1][fence[chosen]]
    pings["lon"], pings["lat"] = fences.degrees(fence, east, north)
    pings["t"] = START + rng.integers(0, 5 * 3600, n)
    accuracies = {8.0: 0.3, 12: 0.3, 25: 0.2, 60: 0.06, 200: 0.05, 3000: 0.01, 0: 0.02, -1: 0.02, np.nan: 0.04}
    pings["acc"] = rng.choice(list(accuracies), n, p=list(accuracies.values()))
    pings["source"] = rng.choice(list(Source), n, p=[0.9, 0.03, 0.02, 0.01, 0.04])
    door = pings["source"] == Source.DOOR
    pings["lon"][door] = pings["lat"][door] = np.nan
    pings["leave"], pings["mock"] = rng.random(n) < 0.01, rng.random(n) < 0.02
    pings["rx"] = pings["t"] + rng.choice([0, 30, 1200, -600], n, p=[0.7, 0.2, 0.08, 0.02])
    pings["digest"] = rng.integers(0, 2**62, n)
    return pings


@pytest.mark.parametrize("seed", range(3))
def test_both_engines_say_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fences = some_fences(rng)
    pings = some_pings(rng, fences, 30_000)
    slack = Policy().changed(version="slack", probable_s=30, confirmed_s=90, arm_fixes=1, silent_s=600)
    policies = Policies((Policy(), slack), rng.integers(0, 2, N).astype(np.int32))
    told = {}
    for engine in ("numba", "numpy"):
        states, parts, moves = new_state(N), [], []
        for part in np.array_split(pings[np.argsort(pings["t"], kind="stable")], 4):
            events, made = advance(states, fences, part, policies, engine=engine, moves=True)
            parts += [events, sweep(states, fences, policies, float(part["t"].max()), engine)]
            moves.append(made)
        told[engine] = states, np.concatenate(parts), np.concatenate(moves)
    for one, other in zip(told["numba"], told["numpy"], strict=True):
        assert len(one) == len(other)
        for name in one.dtype.names:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)
    seen = {Event(int(code)).name for code in told["numba"][1]["event"]}
    # Positive control: the log brings every event of an order to both.
    assert seen == {event.name for event in Event} - {"AREA_ENTER", "AREA_LEAVE"}


def test_compiled_distance_is_shapelys() -> None:
    from nanxi.engines.fence import kernel

    rng = np.random.default_rng(5)
    ring = (
        shapely.Point(0, 0)
        .buffer(300, quad_segs=12)
        .difference(shapely.box(-50, -80, 60, 40))
        .union(shapely.box(400, 0, 450, 90))
    )
    to_degrees = np.array([1 / METRES / np.cos(np.radians(LAT)), 1 / METRES])
    wkt = shapely.transform(ring, lambda c: c * to_degrees + [LON, LAT]).wkt
    fences = Fences.build([0], [0], [np.nan], [0], [1], [wkt])
    x, y = rng.uniform(-500, 600, 2000), rng.uniform(-500, 500, 2000)
    found = np.array([kernel.from_edges(fences.edges, 0, fences.edges.shape[1], *point) for point in zip(x, y, strict=True)])
    np.testing.assert_array_equal(found, fences.distance(np.zeros(2000, np.int32), x, y))
    corners = shapely.get_coordinates(shapely.from_wkt(wkt).centroid)[0]
    scale = np.array([METRES * fences.cos[0], METRES])
    local = shapely.transform(shapely.from_wkt(wkt), lambda c: (c - corners) * scale)
    points = shapely.points(x, y)
    away = shapely.distance(local.boundary, points)
    np.testing.assert_allclose(found, np.where(shapely.contains(local, points), -away, away), atol=1e-4)


def test_a_crowded_log_needs_no_more_room_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    fences = some_fences(rng)
    pings = some_pings(rng, fences, 5000)
    whole, _ = advance(new_state(N), fences, pings, Policy(), engine="numba")
    monkeypatch.setattr("nanxi.engines.fence.compiled.ROOM", 16)
    small, _ = advance(new_state(N), fences, pings, Policy(), engine="numba")
    assert small.tobytes() == whole.tobytes()
