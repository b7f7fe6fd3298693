"""Exact replay, geometry against an oracle, datums against published points, and the command line."""
# pyright: basic

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from nanxi.cli import main
from nanxi.engines.fence import Event, Fences, Policy, Source, datum, new_state, pings_of, step
from nanxi.engines.fence.geometry import METRES
from nanxi.engines.fence.replay import replay
from nanxi.engines.fence.state import dump, load

START, LON, LAT = 1_580_691_600.0, 120.69, 28.15
FENCES = Fences.build([LON, LON + 0.01, LON], [LAT, LAT, LAT + 0.02], [100, 80, 150], [START] * 3, [START + 86400] * 3)

message = st.tuples(
    st.integers(0, 2), st.integers(0, 240).map(lambda n: n * 20), st.sampled_from([0, 5, 60, 130, 200, 300, 700, 1500, 60000]),
    st.sampled_from([8.0, 20.0, 60.0, 200.0, 0.0, -1.0, np.nan]), st.sampled_from(list(Source)), st.booleans(), st.integers(0, 5),
)  # fmt: skip


def log_of(messages: list) -> np.ndarray:
    pings = pings_of(len(messages))
    for at, (fence, t, metres, acc, source, leave, mock) in enumerate(messages):
        digest = hash((fence, t, metres, str(acc), int(source), leave, mock)) & (2**63 - 1)
        lat = FENCES.lat[fence] + metres / METRES
        pings[at] = (fence, START + t, START + t, FENCES.lon[fence], lat, acc, source, leave, mock == 0, digest)
    return pings


@settings(max_examples=60, deadline=None)
@given(st.lists(message, min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_shuffle_and_duplicate_change_nothing(messages: list, random) -> None:
    pings = log_of(messages)
    mixed = messages + [random.choice(messages) for _ in range(10)]
    random.shuffle(mixed)
    assert replay(FENCES, log_of(mixed), Policy()).tobytes() == replay(FENCES, pings, Policy()).tobytes()


@settings(max_examples=60, deadline=None)
@given(st.lists(message, min_size=2, max_size=60), st.lists(st.integers(0, 4800), max_size=6))
def test_split_anywhere_changes_nothing(messages: list, cuts: list[int]) -> None:
    pings = log_of(messages)
    whole_states, whole = step(new_state(3), FENCES, pings, Policy())
    states, parts = new_state(3), []
    edges = [-1, *sorted(cuts), 10**6]
    for low, high in itertools.pairwise(edges):
        chosen = pings[(pings["t"] - START > low) & (pings["t"] - START <= high)]
        states, events = step(states, FENCES, chosen, Policy())
        parts.append(events)
    split = np.concatenate(parts)
    split = split[np.lexsort((split["t"], split["fence"]))]
    assert split.tobytes() == whole.tobytes()
    assert states.tobytes() == whole_states.tobytes()


@given(st.lists(message, min_size=1, max_size=20))
@settings(max_examples=20, deadline=None)
def test_a_state_survives_being_kept(messages: list) -> None:
    states, _ = step(new_state(3), FENCES, log_of(messages), Policy())
    assert all(load(dump(states[at])).tobytes() == states[at : at + 1].tobytes() for at in range(3))


def test_polygon_distance_agrees_with_a_projected_oracle() -> None:
    ring = [(LON, LAT), (LON + 0.004, LAT), (LON + 0.004, LAT + 0.002), (LON + 0.002, LAT + 0.001), (LON, LAT + 0.003)]
    fences = Fences.build([0], [0], [np.nan], [0], [1], [shapely.Polygon(ring).wkt])
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(LON - 0.01, LON + 0.01, 500), rng.uniform(LAT - 0.01, LAT + 0.01, 500)
    zero = np.zeros(500, np.int32)
    found = fences.distance(zero, *fences.local(zero, lon, lat))
    for at in range(500):
        scale = METRES * np.cos(np.radians(lat[at]))
        local = shapely.Polygon([((a - lon[at]) * scale, (b - lat[at]) * METRES) for a, b in ring])
        expected = shapely.Point(0, 0).distance(local.boundary) * (-1 if local.contains(shapely.Point(0, 0)) else 1)
        assert found[at] == pytest.approx(expected, abs=0.5)


def test_datum_round_trip_and_size_of_the_shift() -> None:
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(75, 134, 2000), rng.uniform(19, 52, 2000)
    for there, name in ((datum.gcj_of, datum.GCJ), (datum.bd_of, datum.BD)):
        back_lon, back_lat = datum.to_wgs(*there(lon, lat), name)
        error = np.hypot((back_lon - lon) * METRES * np.cos(np.radians(lat)), (back_lat - lat) * METRES)
        assert error.max() < (0.1 if name == datum.GCJ else 2)
    east, north = datum.gcj_of(np.array([104.97]), np.array([28.85]))
    shift = np.hypot((east - 104.97) * METRES * np.cos(np.radians(28.85)), (north - 28.85) * METRES)
    assert shift[0] == pytest.approx(458, abs=5)  # published for this place


ORDERS = "order,lon,lat,radius_m,start,end\nA,120.69,28.15,100,2020-02-03T09:00:00+08:00,2020-02-17T09:00:00+08:00\n"


def run(tmp_path, positions: str, *more: str, orders: str = ORDERS) -> tuple[int, str]:
    (tmp_path / "orders.csv").write_text(orders)
    (tmp_path / "positions.csv").write_text(positions)
    out = tmp_path / "events.csv"
    words = [
        "fence",
        "replay",
        "--orders",
        str(tmp_path / "orders.csv"),
        "--positions",
        str(tmp_path / "positions.csv"),
        "-o",
        str(out),
        *more,
    ]
    code = main(words)
    return code, out.read_text() if out.exists() else ""


def test_command_line(tmp_path) -> None:
    fixes = [(0, 0), (60, 0), (120, 300), (180, 300), (240, 300)]
    rows = "".join(f"A,{START + t:.0f},120.69,{28.15 + m / METRES:.7f}\n" for t, m in fixes)
    code, text = run(tmp_path, "order,time,lon,lat\n" + rows)
    assert code == 0
    assert [line.split(",")[2] for line in text.splitlines()] == ["event", "ARMED", "SUSPECT", "EXIT_PROBABLE"]
    assert text.splitlines()[3] == "A,1580691840,EXIT_PROBABLE,town,dwell,200.0"
    (tmp_path / "policy.toml").write_text("probable_s = 600\n")
    assert "EXIT" not in run(tmp_path, "order,time,lon,lat\n" + rows, "--policy", str(tmp_path / "policy.toml"))[1]
    assert "SILENT" in run(tmp_path, "order,time,lon,lat\n" + rows, "--until", str(START + 3000))[1]


@pytest.mark.parametrize(("positions", "says"), [
    ("order,time,lon\nA,1,2\n", "column lat is missing"),
    ("order,time,lon,lat\nA,yesterday,120,28\n", "row 2, column time: is no time"),
    ("order,time,lon,lat\nA,2020-02-03T10:00:00,120,28\n", "has no offset"),
    ("order,time,lon,lat\nA,1580691600000,120,28\n", "milliseconds"),
    ("order,time,lon,lat\nA,1580691600,120,99\n", "column lat"),
    ("order,time,lon,lat,datum\nA,1580691600,120,28,mars\n", "column datum"),
    ("order,time,lon,lat,source\nA,1580691600,120,28,pigeon\n", "column source"),
    ("order,time,lon,lat,source\nA,1580691600,,,phone\n", "row 2, column lon: is empty"),
    ("order,time,lon,lat,acc\nA,1580691600,120,28,\nA,1580691600,120,28,near\n", "row 3, column acc"),
    ("order,time,lon,lat,mock\nA,1580691600,120,28,maybe\n", "column mock"),
    ("order,time,lon,lat,lon\nA,1580691600,120,28,120\n", "column lon stands there twice"),
    ("order,time,lon,lat\n\nA,1580691600,120\n", "row 3: has 3 values where the first row has 4 columns"),
    ("", "column lat is missing"),
])  # fmt: skip
def test_bad_positions_are_named(tmp_path, capsys, positions: str, says: str) -> None:
    code, text = run(tmp_path, positions)
    error = capsys.readouterr().err
    assert (code, text) == (2, "")
    assert says in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("orders", "says"), [
    ("order,lon,lat,radius_m,start,end\nA,120,28,100,200,100\n", "not after start"),
    ("order,lon,lat,radius_m,start,end\nA,120,28,,100,200\n", "give a radius in metres, or a polygon"),
    ("order,lon,lat,radius_m,start,end\nA,120,28,9,1,2\nA,120,28,9,1,2\n", "row 3, column order: stands in an earlier row"),
    ('order,polygon_wkt,start,end\nA,"POLYGON((0 0,1 1,0 1,1 0,0 0))",1,2\n', "crosses itself"),
    ('order,polygon_wkt,start,end\nA,"POLYGON((28 120,29 120,29 121,28 120))",1,2\n', "longitude first"),
    ("order,lon,lat,radius_m,start,end,policy\nA,120,28,9,1,2,night\n", "column policy"),
])  # fmt: skip
def test_bad_orders_are_named(tmp_path, capsys, orders: str, says: str) -> None:
    assert run(tmp_path, "order,time,lon,lat\n", orders=orders) == (2, "")
    assert says in capsys.readouterr().err


def test_a_polygon_with_a_hole_drawn_on_a_shifted_map(tmp_path) -> None:
    """Somebody in the yard that the polygon leaves out is outside, on whatever map it was drawn."""
    lon, lat = datum.gcj_of(np.array([LON]), np.array([LAT]))
    yard, well = shapely.Point(0, 0).buffer(300), shapely.Point(0, 0).buffer(120)
    scale = np.array([1 / METRES / np.cos(np.radians(LAT)), 1 / METRES])
    wkt = shapely.transform(yard.difference(well), lambda c: c * scale + [lon[0], lat[0]]).wkt
    orders = f'order,polygon_wkt,start,end,datum\nA,"{wkt}",{START},{START + 1e6},amap\n'
    rows = "".join(f"A,{START + 60 * n:.0f},{LON},{LAT + (200 if n < 3 else 5) / METRES:.7f},10\n" for n in range(9))
    _, text = run(tmp_path, "order,time,lon,lat,acc\n" + rows, orders=orders)
    assert [line.split(",")[2] for line in text.splitlines()[1:]] == ["ARMED", "SUSPECT", "EXIT_PROBABLE", "EXIT_CONFIRMED"]
    assert float(text.splitlines()[-1].split(",")[5]) == pytest.approx(115, abs=2)


def test_rows_on_other_maps_are_where_they_were(tmp_path) -> None:
    rows = []
    for n, (kind, there) in enumerate((("", None), ("GCJ-02", datum.gcj_of), ("baidu", datum.bd_of), ("wgs84", None))):
        lon, lat = (np.array([LON]), np.array([LAT])) if there is None else there(np.array([LON]), np.array([LAT]))
        rows.append(f"A,{START + 60 * n},{lon[0]},{lat[0]},{kind}\n")
    _, text = run(tmp_path, "order,time,lon,lat,datum\n" + "".join(rows))
    assert text.splitlines()[1:] == ["A,1580691660,ARMED,log,fix_inside,-100.0"]


def test_an_order_may_have_a_policy_of_its_own(tmp_path) -> None:
    orders = (
        ORDERS.replace("end\n", "end,policy\n").replace("+08:00\n", "+08:00,\n")
        + ORDERS.splitlines()[1].replace("A,", "B,", 1)
        + ",slow\n"
    )
    (tmp_path / "policy.toml").write_text("buffer_m = 30\n[slow]\nprobable_s = 600\n")
    fixes = [(0, 0), (60, 0), (120, 300), (180, 300), (240, 300)]
    rows = "".join(f"{who},{START + t:.0f},{LON},{LAT + m / METRES:.7f}\n" for who in "AB" for t, m in fixes)
    _, text = run(tmp_path, "order,time,lon,lat\n" + rows, "--policy", str(tmp_path / "policy.toml"), orders=orders)
    assert [line.split(",")[0] for line in text.splitlines() if "EXIT_PROBABLE" in line] == ["A"]


def test_areas_add_a_column(tmp_path) -> None:
    (tmp_path / "areas.csv").write_text(
        f"area,lon,lat,radius_m,start,end\nmarket,{LON},{LAT + 1000 / METRES},300,{START},{START + 1e6}\n"
    )
    fixes = [(0, 5), (120, 600), (240, 900), (300, 950), (360, 1000)]
    rows = "".join(f"A,{START + t:.0f},{LON},{LAT + m / METRES:.7f},12\n" for t, m in fixes)
    _, text = run(tmp_path, "order,time,lon,lat,acc\n" + rows, "--areas", str(tmp_path / "areas.csv"))
    assert text.splitlines()[0] == "order,time,event,severity,reason,distance_m,area"
    assert text.splitlines()[-1] == "A,1580691960,AREA_ENTER,town,dwell,-300.0,market"


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_rows_shuffled_and_doubled_give_the_same_file(tmp_path_factory, random) -> None:
    folder = tmp_path_factory.mktemp("log")
    fixes = [(60 * n, random.choice([0, 5, 200, 700]), random.choice(["", 8, 60, 300])) for n in range(40)]
    rows = [f"A,{START + t:.0f},{LON},{LAT + m / METRES:.7f},{acc}\n" for t, m, acc in fixes]
    _, first = run(folder, "order,time,lon,lat,acc\n" + "".join(rows))
    mixed = rows + random.sample(rows, 10)
    random.shuffle(mixed)
    assert run(folder, "order,time,lon,lat,acc\n" + "".join(mixed))[1] == first


def test_events_name_every_state() -> None:
    assert {"ARMED", "EXIT_CONFIRMED", "NOT_ACTIVATED"} <= set(Event.__members__)
