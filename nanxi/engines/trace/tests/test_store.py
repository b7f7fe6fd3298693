# pyright: basic
"""The store's two engines against the plain one, on random stays in any parts, any order, told more than once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nanxi.engines.trace import brute, query, writer
from nanxi.engines.trace.ingest import ingest
from nanxi.engines.trace.protocol import Trip, edition_at
from nanxi.engines.trace.query import Answer, Asking
from nanxi.engines.trace.stays import Sighting, Stays
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.visits import Seed, windows_of

EDITION = edition_at(date(2020, 2, 24))
DAY = 86_400
PLANE, TRAIN = Trip("plane", "A1", "1970-01-02", "").place, Trip("train", "G1", "1970-01-02", "3").place
Facts = list[tuple[object, ...]]


def sighting(entity: str, place: str, t0: int, length: int, conf: float, row: int) -> Sighting:
    return Sighting(entity, place, t0, t0 + length, "xyz"[t0 % 3], conf, row)


lengths = st.one_of(st.just(0), st.integers(0, 1000), st.integers(0, 30_000), st.integers(80_000, 200_000))
rows = st.lists(
    st.builds(
        sighting, st.sampled_from(["case", "a", "b", "c", "d"]), st.sampled_from(["x", "y", "z", PLANE, TRAIN]),
        st.integers(0, 4 * DAY), lengths, st.sampled_from([1.0, 0.9, 0.5]), st.sampled_from([-1, 3, 5, 9]),
    ),
    max_size=30,
)  # fmt: skip
window = st.tuples(st.integers(0, 4 * DAY), st.integers(0, 3 * DAY))
seeds = st.lists(window.map(lambda w: Seed("case", w[0], w[0] + w[1])), min_size=1, max_size=2)


def stored(folder: Path, pieces: Sequence[Stays], merge: bool = False) -> Store:
    for piece in pieces:
        writer.append(folder, piece)
    if merge:
        writer.merge(folder)
    return Store(folder)


def told(store: Store, answer: Answer) -> Facts:
    return [
        (
            store.entities[answer.entity[i]], answer.visits[i], answer.places[i], answer.overlap_s[i], answer.longest_s[i],
            answer.first[i], answer.last[i], answer.exposure[i], answer.companionship[i], query.CLASSES[answer.klass[i]],
        )
        for i in range(len(answer))
    ]  # fmt: skip


def expected(stays: Stays, seed: list[Seed], asking: Asking) -> tuple[Facts, list[brute.Contact]]:
    found = brute.contacts(stays, seed, asking.edition, asking.slack_s, asking.top, asking.near, asking.onsets)
    facts: Facts = [
        (c.entity, c.visits, c.places, c.overlap_s, c.longest_s, c.first, c.last, c.exposure, c.companionship, c.klass)
        for c in found
    ]
    return facts, found


def agree(store: Store, stays: Stays, seed: list[Seed], asking: Asking) -> None:
    facts, found = expected(stays, seed, asking)
    for engine, threads in (("numba", 1), ("numba", 2), ("numpy", 1)):
        with_it = replace(asking, threads=threads, engine=engine)
        (answer,) = query.contacts(store, seed, with_it)
        assert told(store, answer) == facts, (engine, threads)
    if len(answer):
        shown = query.evidence(store, answer, answer.entity.tolist(), windows_of(seed)["case"], asking)
        assert shown == found


@settings(max_examples=150, deadline=None)
@given(rows, seeds, st.sampled_from([0, 600, 3000]), st.lists(st.integers(0, 2), max_size=30), st.sampled_from([None, 2]))
def test_any_split_any_order_any_repetition(
    rows: list[Sighting], seed: list[Seed], slack: int, where: list[int], top: int | None
) -> None:
    stays = ingest(rows)
    where = [*where, *[0] * len(stays)][: len(stays)]
    pieces = [stays.take(_numbers(i for i, part in enumerate(where) if part == p)) for p in (2, 0, 1, 2)]
    with TemporaryDirectory() as folder:
        store = stored(Path(folder), [piece for piece in pieces if len(piece)] or [stays])
        agree(store, stays, seed, Asking(EDITION, slack, top))


@settings(max_examples=80, deadline=None)
@given(rows, seeds, st.integers(-DAY, 4 * DAY))
def test_slack_by_source_and_infectious_profile(rows: list[Sighting], seed: list[Seed], onset: int) -> None:
    edition = replace(EDITION, slacks={"x": 0, "y": 3000}, profile=((-1, 0.5), (1, 1.0), (3, 0.25)))
    stays = ingest(rows)
    with TemporaryDirectory() as folder:
        agree(stored(Path(folder), [stays]), stays, seed, Asking(edition, None, None, onsets={"case": onset}))


@settings(max_examples=80, deadline=None)
@given(rows, seeds, st.lists(st.integers(0, 3), max_size=30))
@example([sighting("a", "x", DAY - 60, 30, 1, -1), sighting("a", "x", DAY + 60, 90_000, 1, -1)], [Seed("case", 0, 9)], [0, 1])
def test_merged_parts_hold_what_one_ingest_of_everything_holds(rows: list[Sighting], seed: list[Seed], where: list[int]) -> None:
    where = [*where, *[0] * len(rows)][: len(rows)]
    pieces = [ingest([row for row, part in zip(rows, where, strict=True) if part == p]) for p in (3, 1, 0, 2)]
    whole = ingest(rows)
    with TemporaryDirectory() as folder:
        store = stored(Path(folder), [piece for piece in pieces if len(piece)] or [whole], merge=True)
        days = [part.entry.day for part in store.parts]
        assert len(days) == len(set(days))
        assert not any(part.entry.loose for part in store.parts)
        agree(store, whole, seed, Asking(EDITION, 600, None))


@settings(max_examples=60, deadline=None)
@given(rows, seeds)
def test_neighbouring_places_are_searched_as_the_plain_engine_does(rows: list[Sighting], seed: list[Seed]) -> None:
    stays = ingest(rows)
    with TemporaryDirectory() as folder:
        agree(stored(Path(folder), [stays]), stays, seed, Asking(EDITION, 600, None, near={"x": ["y", "w"], "z": ["y", "x"]}))


@settings(max_examples=60, deadline=None)
@given(rows, seeds, st.integers(0, 3))
def test_hub_mode_invents_nothing_and_drops_nothing_silently(rows: list[Sighting], seed: list[Seed], cap: int) -> None:
    with TemporaryDirectory() as folder:
        store = stored(Path(folder), [ingest(rows)])
        (exact,) = query.contacts(store, seed, Asking(EDITION, 600, None))
        (hub,) = query.contacts(store, seed, Asking(EDITION, 600, None, cap))
        (plain,) = query.contacts(store, seed, Asking(EDITION, 600, None, cap, engine="numpy"))
        everybody, kept = told(store, exact), told(store, hub)
        assert kept == told(store, plain) and hub.notices == plain.notices
        assert kept == [row for row in everybody if row in kept]
        crowds = exact.context.crowds.values()
        assert sorted(n.crowd for n in hub.notices) == sorted(n for n in crowds if n > cap)
        gone = sum(int(v) for v in exact.visits) - sum(int(v) for v in hub.visits)
        assert gone == sum(n.crowd - n.named for n in hub.notices)


def test_a_case_nobody_knows_and_an_empty_window(tmp_path: Path) -> None:
    store = stored(tmp_path, [ingest([Sighting("a", "x", 0, 9)])])
    assert [len(a) for a in query.contacts(store, [Seed("nobody", 0, 9), Seed("a", 50, 60)], Asking(EDITION))] == [0, 0]


@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_a_driver_with_twenty_thousand_stays(tmp_path: Path, engine: str) -> None:
    mine = [Sighting("case", f"p{i % 50}", i * 700, i * 700 + 60) for i in range(20_000)]
    others = [Sighting("b", f"p{i % 50}", i * 700 + 30, i * 700 + 90) for i in range(0, 20_000, 10)]
    store = stored(tmp_path, [ingest(mine + others)])
    (answer,) = query.contacts(store, [Seed("case", 0, 20_000 * 700)], Asking(EDITION, 0, engine=engine))
    assert (answer.visits[0], answer.overlap_s[0], answer.places[0]) == (2000, 60_000, 5)


def _numbers(values):
    import numpy as np

    return np.array(list(values), np.int64)
