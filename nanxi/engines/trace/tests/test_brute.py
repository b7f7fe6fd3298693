# pyright: basic
"""The plain engine against DuckDB, hand-made meetings, and what must not change its answer."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanxi.engines.trace.brute import Contact, Seed, contacts
from nanxi.engines.trace.ingest import ingest
from nanxi.engines.trace.protocol import ContactClass, Trip, edition_at
from nanxi.engines.trace.stays import Sighting, stays_of

EDITION = edition_at(date(2020, 2, 24))
DAY = 86_400


def ask(rows: list[Sighting], *seeds: Seed, slack: int = 600) -> list[Contact]:
    return contacts(ingest(rows), seeds or [Seed("case", 0, 30 * DAY)], EDITION, slack)


def facts(c: Contact) -> tuple[object, ...]:
    return c.entity, c.visits, c.places, c.overlap_s, c.longest_s, c.first, c.last


def one(rows: list[Sighting], **options: int) -> Contact:
    (found,) = ask(rows, **options)
    return found


def test_overlap_counts_without_slack() -> None:
    found = one([Sighting("case", "shop", 0, 3600), Sighting("b", "shop", 1800, 9000)])
    assert facts(found)[1:] == (1, 1, 1800, 1800, 1800, 3600)


@pytest.mark.parametrize(("arrives", "met"), [(3600, True), (3600 + 600, True), (3600 + 601, False)])
def test_slack_admits_to_the_second(arrives: int, met: bool) -> None:
    found = ask([Sighting("case", "shop", 0, 3600), Sighting("b", "shop", arrives, arrives + 50)])
    assert [c.overlap_s for c in found] == ([0] if met else [])


def test_slack_alone_is_a_lead() -> None:
    found = one([Sighting("case", "shop", 0, 3600), Sighting("b", "shop", 3900, 5000)])
    assert (found.klass, found.first, found.last, found.exposure) == (ContactClass.LEAD, 3900, 3900, 0)


def test_before_and_after_midnight_is_one_meeting() -> None:
    """A case at 23:59 and somebody at 00:04."""
    midnight = DAY - 8 * 3600
    found = one([Sighting("case", "gate", midnight - 60, None), Sighting("b", "gate", midnight + 240, None)])
    assert (found.visits, found.first) == (1, midnight + 240)


def test_the_window_clips_the_case_and_its_ends_count() -> None:
    rows = [Sighting("case", "shop", 0, 7200), Sighting("b", "shop", 0, 7200)]
    found = ask(rows, Seed("case", 3600, 5400), slack=0)
    assert [(c.overlap_s, c.first, c.last) for c in found] == [(1800, 3600, 5400)]
    assert [c.overlap_s for c in ask(rows, Seed("case", 7200, 9000), slack=0)] == [0]
    assert ask(rows, Seed("case", 7201, 9000), slack=0) == []


def test_one_visit_counts_once_however_often_the_other_is_seen() -> None:
    rows = [Sighting("case", "shop", 0, 7200), *(Sighting("b", "shop", t, t + 60) for t in (0, 1500, 3000, 5000))]
    found = one(rows)
    assert (found.visits, found.overlap_s, found.longest_s) == (1, 240, 60)


def test_three_days_in_one_ward_are_one_visit() -> None:
    found = one([Sighting("case", "ward", 0, 3 * DAY), Sighting("b", "ward", 0, 3 * DAY)])
    assert (found.visits, found.overlap_s, found.longest_s) == (1, 3 * DAY, 3 * DAY)


def test_a_case_without_sightings_has_no_contacts() -> None:
    assert ask([Sighting("b", "shop", 0, 10)]) == []


def test_two_windows_of_one_case_make_one_list() -> None:
    rows = [Sighting("case", "shop", 0, 60), Sighting("case", "bank", DAY, DAY + 60), Sighting("b", "shop", 0, 60)]
    rows.append(Sighting("b", "bank", DAY, DAY + 60))
    found = ask(rows, Seed("case", 0, 100), Seed("case", DAY, DAY + 100))
    assert [(c.entity, c.visits, c.places) for c in found] == [("b", 2, 2)]


@pytest.mark.parametrize(
    ("kind", "row", "other", "expected"),
    [
        ("plane", 12, 15, ContactClass.CLOSE),
        ("plane", 12, 16, ContactClass.GENERAL),
        ("plane", 12, -1, ContactClass.GENERAL),
        ("train", 3, 17, ContactClass.CLOSE),
        ("coach", 1, -1, ContactClass.CLOSE),
        ("open_coach", 1, 4, ContactClass.CLOSE),
        ("open_coach", 1, 5, ContactClass.GENERAL),
    ],
)
def test_seats_aboard(kind: str, row: int, other: int, expected: ContactClass) -> None:
    place = Trip(kind, "N1", "2020-01-20", "3").place
    rows = [Sighting("case", place, 0, 7800, "ticket", 1.0, row), Sighting("b", place, 0, 7800, "ticket", 1.0, other)]
    assert one(rows).klass is expected


def test_going_together_outranks_the_crowd_in_companionship() -> None:
    rows = [Sighting("case", f"p{i}", i * 7200, i * 7200 + 300) for i in range(5)]
    rows += [Sighting("friend", f"p{i}", i * 7200, i * 7200 + 300) for i in range(5)]
    rows += [Sighting("case", "station", 50_000, 53_000), *(Sighting(f"s{i}", "station", 50_000, 53_000) for i in range(40))]
    found = {c.entity: c for c in ask(rows)}
    assert found["friend"].companionship > max(c.companionship for name, c in found.items() if name != "friend")


rows = st.lists(
    st.builds(
        lambda e, p, t0, length: Sighting(e, p, t0, t0 + length),
        st.sampled_from(["case", "a", "b", "c"]), st.sampled_from("xyz"), st.integers(0, 40_000), st.integers(0, 9000),
    ),
    max_size=25,
)  # fmt: skip
windows = st.tuples(st.integers(0, 40_000), st.integers(0, 30_000)).map(lambda w: Seed("case", w[0], w[0] + w[1]))

ORACLE = """
WITH q AS (SELECT visit, place, greatest(t0, $start) AS t0, least(t1, $stop) AS t1 FROM stays
           WHERE entity = 'case' AND t1 >= $start AND t0 <= $stop),
     m AS (SELECT r.entity, q.visit, q.place, greatest(q.t0, r.t0) AS lo, least(q.t1, r.t1) AS hi
           FROM q JOIN stays r USING (place)
           WHERE r.entity <> 'case' AND r.t0 <= q.t1 + $slack AND r.t1 >= q.t0 - $slack)
SELECT entity, count(*), count(DISTINCT place), sum(overlap), max(longest), min(lo), max(hi)
FROM (SELECT entity, visit, any_value(m.place) AS place, sum(greatest(hi - lo, 0)) AS overlap,
             max(greatest(hi - lo, 0)) AS longest,
             coalesce(min(m.lo) FILTER (m.lo <= m.hi), min(m.lo)) AS lo,
             coalesce(max(m.hi) FILTER (m.lo <= m.hi), min(m.lo)) AS hi
      FROM m GROUP BY entity, visit)
GROUP BY entity ORDER BY entity
"""


@settings(max_examples=60, deadline=None)
@given(rows, windows, st.sampled_from([0, 600, 3000]))
def test_duckdb_says_the_same(rows: list[Sighting], seed: Seed, slack: int) -> None:
    stays = ingest(rows)
    with duckdb.connect() as database:
        database.execute("CREATE TABLE stays (entity TEXT, place TEXT, t0 BIGINT, t1 BIGINT, visit BIGINT)")
        told = [(s.entity, s.place, s.t0, s.t1, int(v)) for s, v in zip(stays.sightings(), stays.visit, strict=True)]
        if told:
            database.executemany("INSERT INTO stays VALUES (?, ?, ?, ?, ?)", told)
        expected = database.execute(ORACLE, {"start": seed.start, "stop": seed.end, "slack": slack}).fetchall()
    found = contacts(stays, [seed], EDITION, slack)
    assert sorted(map(facts, found)) == [tuple(row) for row in expected]


@settings(deadline=None)
@given(rows, windows, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(rows: list[Sighting], seed: Seed, random: object) -> None:
    shuffled = rows + rows
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert contacts(ingest(shuffled), [seed], EDITION) == contacts(ingest(rows), [seed], EDITION)


@settings(deadline=None)
@given(rows, windows, st.integers(1, 8999))
def test_cutting_the_others_stays_changes_no_time(rows: list[Sighting], seed: Seed, at: int) -> None:
    whole = ingest(rows).sightings()
    cut: list[Sighting] = []
    for s in whole:
        middle = s.t0 + at
        inside = s.entity != "case" and s.t1 is not None and middle < s.t1
        cut += [s._replace(t1=middle), s._replace(t0=middle)] if inside else [s]
    ours, theirs = contacts(stays_of(whole), [seed], EDITION), contacts(stays_of(cut), [seed], EDITION)
    assert sorted(map(facts, ours)) == sorted(map(facts, theirs))
