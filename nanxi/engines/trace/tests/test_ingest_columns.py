# pyright: basic
"""Columns go through the rules as rows do; positions within a hundred metres meet, others do not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanxi.engines.trace.cells import distance_m, ground_of, place_at, ring
from nanxi.engines.trace.ingest import ingest
from nanxi.engines.trace.ingest_columns import ingest_columns
from nanxi.engines.trace.stays import Sighting, Stays, stays_of

HERE = [place_at(120.69 + k * 0.0002, 28.15) for k in range(6)]
SKEW = {"gate": -300, "till": [(0, 60), (4000, -40)]}
PEOPLE = {"b0b": ("bob", 0.5), "B": ("bob", 0.9)}
DOORS = {"door-south": ("door", 0.8), HERE[0]: (HERE[1], 0.7)}

sightings = st.lists(
    st.builds(
        lambda e, p, t0, length, source, conf, row: Sighting(e, p, t0, None if length < 0 else t0 + length, source, conf, row),
        st.sampled_from(["alice", "bob", "b0b", "B"]), st.sampled_from(["door", "door-south", "shop", *HERE]),
        st.one_of(st.integers(0, 400), st.integers(0, 9000)), st.sampled_from([-1, 0, 5, 30, 59, 400, 3000, 90_000, 200_000]),
        st.sampled_from(["", "gate", "till"]), st.sampled_from([1.0, 0.5, 0.3]), st.sampled_from([-1, 3, 7]),
    ),
    max_size=25,
)  # fmt: skip


def told(rows: list[Sighting]) -> Stays:
    """As a file tells it: names in order of appearance, each source of its own."""
    names = [list(dict.fromkeys(getattr(row, kind) for row in rows))[::-1] for kind in ("entity", "place", "source")]
    plain = stays_of(rows)
    columns = [
        np.array([known.index(getattr(row, kind)) for row in rows], np.int64)
        for kind, known in zip(("entity", "place", "source"), names, strict=True)
    ]
    return Stays(columns[0], columns[1], plain.t0, plain.t1, columns[2], plain.conf, plain.row, plain.visit, *names)


def facts(stays: Stays) -> tuple[object, ...]:
    numbered: dict[int, int] = {}
    visits = [numbered.setdefault(int(visit), len(numbered)) for visit in stays.visit]
    return stays.sightings(), visits, list(stays.entities), list(stays.places), list(stays.sources)


@settings(max_examples=400, deadline=None)
@given(sightings, st.booleans())
def test_columns_and_rows_give_the_same_stays(rows: list[Sighting], plain: bool) -> None:
    rules = ({}, {}, {}) if plain else (SKEW, PEOPLE, DOORS)
    assert facts(ingest_columns(told(rows), *rules)) == facts(ingest(rows, *rules))


@given(sightings, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(rows: list[Sighting], random: object) -> None:
    shuffled = rows + rows
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert facts(ingest_columns(told(shuffled))) == facts(ingest_columns(told(rows)))


def test_one_event_told_each_half_minute_is_an_event_a_minute_of_one_stay() -> None:
    rows = [Sighting("p", "gate", t, None) for t in range(0, 3000, 30)]
    assert [(s.t0, s.t1) for s in ingest_columns(told(rows)).sightings()] == [(0, 2970)]


def test_fixes_on_one_cell_are_one_stay_at_the_first_of_them() -> None:
    a, b = HERE[0], next(place for place in HERE[1:] if ground_of(place) == ground_of(HERE[0]))
    for made in (ingest, lambda rows: ingest_columns(told(rows))):
        assert made([Sighting("p", b, 400, None), Sighting("p", a, 0, None)]).sightings() == [Sighting("p", a, 0, 400)]


@pytest.mark.parametrize("lat", [0.0, 28.15, -33.9, 60.2])
@pytest.mark.parametrize(("metres", "met"), [(95, True), (99, True), (102, False), (140, False)])
def test_who_is_within_a_hundred_metres_is_near_over_any_edge(lat: float, metres: int, met: bool) -> None:
    wide = 111_320 * math.cos(math.radians(lat))
    for step in range(0, 200, 7):
        lon = 120.69 + step / wide
        for angle in range(0, 360, 30):
            dx, dy = math.cos(math.radians(angle)) * metres / wide, math.sin(math.radians(angle)) * metres / 111_320
            here, there = place_at(lon, lat), place_at(lon + dx, lat + dy)
            assert (there in ring([here, there])[here]) is met, (step, angle)


def test_the_ring_alone_would_let_in_people_too_far_away() -> None:
    """What the filter by distance is for: take it out and this fails."""
    wide = 111_320 * math.cos(math.radians(28.15))
    pairs = [(place_at(120.69 + step / wide, 28.15), place_at(120.69 + (step + 140) / wide, 28.15)) for step in range(0, 100, 10)]
    beside = [(here, far) for here, far in pairs if ground_of(far) in ring(map(ground_of, (here, far)))[ground_of(here)]]
    assert beside
    assert not any(far in ring([here, far])[here] for here, far in beside)


def test_distance_is_that_of_the_sphere() -> None:
    def haversine(a: tuple[float, float], b: tuple[float, float]) -> float:
        (x, y), (u, v) = (tuple(map(math.radians, p)) for p in (a, b))
        h = math.sin((v - y) / 2) ** 2 + math.cos(y) * math.cos(v) * math.sin((u - x) / 2) ** 2
        return 2 * 111_320 * 180 / math.pi * math.asin(math.sqrt(h))

    for lat in (0.0, 28.15, 60.0, -45.0):
        a, b = (179.9996, lat), (-179.9997, lat + 0.0004)
        assert distance_m(a, b) == pytest.approx(haversine(a, b), abs=0.001)
