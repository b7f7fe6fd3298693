# pyright: basic
"""Ingest rules as a table, and what must not change them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanxi.engines.trace.ingest import ingest
from nanxi.engines.trace.stays import Sighting

MIN, HOUR = 60, 3600


def seen(*rows: tuple[int, int | None]) -> list[tuple[int, int]]:
    """Stays of one person at one place, told by one source."""
    stays = ingest(Sighting("p", "shop", t0, t1, "scan") for t0, t1 in rows)
    return sorted((s.t0, s.t1 or 0) for s in stays.sightings())


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([(0, None)], [(0, 0)]),
        ([(0, None), (60, None)], [(0, 60)]),
        ([(0, 5 * MIN), (15 * MIN, 20 * MIN)], [(0, 20 * MIN)]),
        ([(0, 5 * MIN), (15 * MIN + 1, 20 * MIN)], [(0, 5 * MIN), (15 * MIN + 1, 20 * MIN)]),
        ([(0, 10 * MIN), (2 * MIN, 4 * MIN)], [(0, 10 * MIN)]),
        ([(0, 50 * HOUR)], [(0, 24 * HOUR), (24 * HOUR, 48 * HOUR), (48 * HOUR, 50 * HOUR)]),
        ([(0, 24 * HOUR)], [(0, 24 * HOUR)]),
    ],
)
def test_what_is_told_and_what_is_kept(told: list[tuple[int, int | None]], kept: list[tuple[int, int]]) -> None:
    assert seen(*told) == kept


def test_pieces_of_a_long_stay_are_one_visit() -> None:
    assert len(set(ingest([Sighting("p", "hotel", 0, 80 * HOUR)]).visit)) == 1


def test_a_clock_that_is_five_minutes_fast_is_put_right() -> None:
    stays = ingest([Sighting("p", "gate", 1300, None, "gate-4")], {"gate-4": -300})
    assert stays.sightings()[0].t0 == 1000


sightings = st.lists(
    st.builds(
        lambda e, p, t0, length, source: Sighting(e, p, t0, None if length < 0 else t0 + length, source),
        st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 9000), st.integers(-1, 4000), st.sampled_from(["x", "y"]),
    ),
    max_size=12,
)  # fmt: skip


@given(sightings, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(rows: list[Sighting], random: object) -> None:
    shuffled = rows + rows
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ingest(shuffled).sightings() == ingest(rows).sightings()


@given(sightings)
def test_stays_of_one_person_at_one_place_lie_apart(rows: list[Sighting]) -> None:
    kept = sorted(ingest(rows).sightings(), key=lambda s: (s.entity, s.place, s.t0))
    for a, b in pairwise(kept):
        assert (a.entity, a.place) != (b.entity, b.place) or b.t0 - (a.t1 or a.t0) > 600
