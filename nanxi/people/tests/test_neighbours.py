"""The questions of matching: the answer of a plain look through the index, in a pinned number of round trips, in any batch."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench.simulated_county import list_rows, register_row, residents
from nanxi.foundation import scope, statements
from nanxi.foundation.postgres.engine import base
from nanxi.foundation.postgres.roles import connection_string
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import matching, neighbours, services
from nanxi.people.hood import World, ids_of
from nanxi.people.identity import Identity
from nanxi.people.models import IdentityLink, RecordIndex, ReviewPair, SourceRecord
from nanxi.people.rules.traits import PROBES, Key
from nanxi.people.tests.county import VILLAGE, County, chen

Row = tuple[str, Identity]


def simulated(seed: int, persons: int) -> tuple[list[Row], list[Row]]:
    """A register and messy lists of the same people and of strangers."""
    dice = random.Random(seed)
    people = residents(persons, dice)
    known = [register_row(one, dice) for one in people]
    listed = [row for row, _ in list_rows(people, persons // 2, 0.8, dice)]
    return [_row(row) for row in known], [_row(row) for row in listed]


def _row(row: dict[str, Any]) -> Row:
    return VILLAGE, Identity(**{name: value for name, value in row.items() if name != "area" and value})


def keep(county: County, rows: list[Row], tag: str) -> list[UUID]:
    """Taken in, not matched."""
    told = [services.NewRecord(area, tag, f"{tag}-{number}", identity) for number, (area, identity) in enumerate(rows)]
    with county.as_officer("gao") as act:
        services.add_records(act, told)
    return [row.record_id for row in told]


def test_a_question_brings_whom_a_plain_look_brings(county: County) -> None:
    known, listed = simulated(3, 80)
    keep(county, known, "register")
    asking = sorted(keep(county, listed, "list"))
    with scope.enter(EVERYWHERE):
        kept = list(RecordIndex.everything.values_list("kind", "value", "record_id"))
    under: dict[tuple[int, int], list[UUID]] = defaultdict(list)
    for kind, value, record in kept:
        under[kind, value].append(record)
    expected = Counter[tuple[int, UUID]]()
    for kind, value, record in kept:
        if record in asking and kind in PROBES:
            expected.update((asking.index(record), other) for other in under[Key.NAME if kind == Key.BARE else kind, value])
    first = asking[0].bytes
    with matching.county():
        reached = neighbours.reached_from([record.bytes for record in asking], [first])
        everybody = neighbours.load(record for _, _, record in kept)
    lie = defaultdict[int, list[UUID]](list)
    for value, record in zip(reached.under["value"].tolist(), neighbours.ids_in(reached.under["record"].tobytes()), strict=True):
        lie[value].append(UUID(bytes=record))
    asked = zip(reached.asked["n"].tolist(), reached.asked["value"].tolist(), strict=True)
    assert Counter((n, record) for n, value in asked for record in lie[value]) == expected
    rows = {own: row.tobytes() for own, row in zip(ids_of(everybody.rows), everybody.rows, strict=True)}
    brought = ids_of(reached.loaded.rows)
    assert sorted(brought) == sorted({record.bytes for _, record in expected} - {first})
    assert all(rows[own] == row.tobytes() for own, row in zip(brought, reached.loaded.rows, strict=True))


def test_a_key_that_was_asked_is_not_looked_under_again(county: County) -> None:
    known, listed = simulated(3, 40)
    keep(county, known, "register")
    asking = [record.bytes for record in keep(county, listed, "list")]
    with matching.county():
        once = neighbours.reached_from(asking)
        some = once.asked["value"][::2].tolist()
        again = neighbours.reached_from(asking, ids_of(once.loaded.rows), some)
    assert again.loaded.rows.size == 0
    assert sorted(again.asked.tolist()) == sorted(once.asked.tolist())
    assert set(again.under["value"].tolist()) == set(once.under["value"].tolist()) - set(some)


def test_keys_of_too_many_bring_nobody_and_phones_among_them_are_told(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = [(VILLAGE, Identity(name=f"陈{given}", phone="13800000009")) for given in "甲乙丙丁"]
    records = keep(county, phone, "roster")
    wanted = [record.bytes for record in records]
    with matching.county():
        assert neighbours.reached_from(wanted).phones == []
    monkeypatch.setattr(neighbours, "_FROM_RECORDS", neighbours._FROM_RECORDS.replace("LIMIT 201", "LIMIT 4"))
    monkeypatch.setattr(neighbours, "MOST_PER_KEY", 3)
    with matching.county():
        reached = neighbours.reached_from(wanted)
    with scope.enter(EVERYWHERE):
        (digest,) = {value for _, value in RecordIndex.everything.filter(kind=Key.PHONE).values_list("kind", "value")}
    assert reached.phones == [digest]
    assert digest not in reached.under["value"]
    assert set(ids_of(reached.loaded.rows)) == set(wanted)


def test_who_stands_only_under_crowded_keys_is_matched_all_the_same(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same row four times, three being too many: no key of theirs brings anybody, not even themselves."""
    records = keep(county, [(VILLAGE, Identity(name="陈文", phone="13800000009"))] * 4, "roster")
    monkeypatch.setattr(neighbours, "_FROM_RECORDS", neighbours._FROM_RECORDS.replace("LIMIT 201", "LIMIT 4"))
    monkeypatch.setattr(neighbours, "MOST_PER_KEY", 3)
    assert matching.match_records(records) == 4
    assert matching.match_waiting() == 0


def outcome(county: County, known: list[Row], listed: list[Row], part: int) -> tuple[Any, ...]:
    """What a list becomes when it is matched so many rows at a time; the register forgets it again."""
    with transaction.atomic():
        keep(county, known, "register")
        while matching.match_waiting():
            pass
        keep(county, listed, "list")
        while matching.match_waiting(part):
            pass
        with scope.enter(EVERYWHERE):
            kept = SourceRecord.everything.values_list("id", "source_ref", "person_id")
            refs = {record: (ref, person) for record, ref, person in kept}
            ways = IdentityLink.everything.filter(record__source_kind="list", rule__in=["id", "score"])
            links = {(refs[record][0], rule) for record, rule in ways.values_list("record_id", "rule")}
            asked = list(ReviewPair.everything.filter(blind=False).values_list("one_id", "other_id"))
        groups: dict[UUID, set[str]] = defaultdict(set)
        for ref, person in refs.values():
            groups[person].add(ref)
        # Which record of a person stands for it in a question depends on who was there first; whose question it is does not.
        pairs = {frozenset(frozenset(groups[refs[record][1]]) for record in pair) for pair in asked}
        transaction.set_rollback(True)
    return {frozenset(group) for group in groups.values()}, links, pairs


@pytest.mark.parametrize("seed", [1, 2])
def test_a_list_becomes_the_same_at_once_and_row_by_row(county: County, seed: int) -> None:
    known, listed = simulated(seed, 60)
    at_once, one_by_one = outcome(county, known, listed, 2000), outcome(county, known, listed, 1)
    assert at_once[0] == one_by_one[0]
    assert at_once[1] == one_by_one[1]
    assert at_once[2] == one_by_one[2]
    assert len(at_once[1]) > 10


def test_pairs_of_components_are_those_that_sets_name() -> None:
    """Array against the plain words of the rule, groups of too many left out."""
    from nanxi.people import hood

    dice = np.random.default_rng(8)
    for _ in range(30):
        rows = int(dice.integers(2, 200))
        root = hood._components(rows, dice.integers(0, rows, (int(dice.integers(0, rows)), 2)))
        worth = dice.integers(0, rows, (int(dice.integers(1, 30)), 2))
        members: dict[int, list[int]] = defaultdict(list)
        for at, own in enumerate(root.tolist()):
            members[own].append(at)
        expected = {
            (min(a, b), max(a, b))
            for x, y in worth.tolist()
            for a in members[root[x]] for b in members[root[y]]
            if a != b and max(len(members[root[x]]), len(members[root[y]])) <= hood.LARGE
        }  # fmt: skip
        found = hood._pairs_between(root, worth)
        assert list(zip((found >> 32).tolist(), (found & hood.LOW).tolist(), strict=True)) == sorted(expected)


#: Two questions for neighbours, one for weights and names, one for persons, one statement for the links, one for the ledger.
PREPARED = 6
#: A savepoint and its release. Within the transaction of a test four more are the scope's; a job sends BEGIN and COMMIT instead.
SENT = 2 + 5


def test_one_row_is_matched_in_few_round_trips(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    county.take(chen())
    (again,) = county.take(chen(phone=""), match=False)
    trips: list[str] = []

    def counted(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
        def count(*values: Any, **more: Any) -> Any:
            trips.append(name)
            return run(*values, **more)

        return count

    monkeypatch.setattr(statements, "_executed", counted("prepared", statements._executed))
    monkeypatch.setattr(statements, "send", counted("sent", statements.send))
    monkeypatch.setattr(base, "send", counted("sent", base.send))
    with CaptureQueriesContext(connection) as usual:
        assert matching.match_records([again]) == 1
    told = [query["sql"].split()[0] for query in usual.captured_queries]
    assert set(told) <= {"BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"}, told
    assert trips.count("prepared") == PREPARED, trips
    assert trips.count("sent") <= SENT, trips


def test_nothing_in_a_world_is_weighed_twice(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    known, _ = simulated(5, 30)
    records = sorted(keep(county, known, "register"))
    with matching.county():
        reached = neighbours.reached_from([record.bytes for record in records])
        seeds = matching._still_waiting([record.bytes for record in records], reached)
        world = World(seeds)
        world.reach(np.arange(seeds.rows.size), reached)
        before = world.weighed.left.size
        world.reach(np.arange(seeds.rows.size), reached)
    weighed = (world.weighed.left << 32 | world.weighed.right).tolist()
    assert world.weighed.left.size == before
    assert len(set(weighed)) == len(weighed)


def test_only_the_matcher_has_the_register_analysed(fresh_db: str) -> None:
    def analyse(role: str) -> list[tuple[str]]:
        with psycopg.connect(connection_string(role, settings.HOME), dbname=fresh_db, autocommit=True) as opened:
            opened.execute("SELECT people_analyze()")
            return opened.execute(
                "SELECT relname FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL AND relname LIKE 'people_rec%' "
            ).fetchall()

    assert analyse("nanxi_system") == [("people_recordindex",)]
    for role in ("nanxi_web", "nanxi_worker"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyse(role)


def test_only_the_matcher_counts_names(fresh_db: str) -> None:
    """Who serves people could else make a common name weigh like a rare one."""
    for role in ("nanxi_web", "nanxi_worker", "nanxi_ingest"):
        with psycopg.connect(connection_string(role, settings.HOME), dbname=fresh_db, autocommit=True) as opened:
            for words in (
                "INSERT INTO people_namecount VALUES (1, 2)", "UPDATE people_namecount SET persons = 9",
                "DELETE FROM people_namecount",
            ):  # fmt: skip
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    opened.execute(words)
    with psycopg.connect(connection_string("nanxi_system", settings.HOME), dbname=fresh_db, autocommit=True) as opened:
        opened.execute("INSERT INTO people_namecount VALUES (1, 2)")
        opened.execute("DELETE FROM people_namecount")
