"""The matcher as the house runs it: another process and role, committed rows, two at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from nanxi.foundation import scope, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import matching, services
from nanxi.people.identity import Identity
from nanxi.people.models import Person, SourceRecord
from nanxi.people.tests.county import NANXI, VILLAGE, chen

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def unblocked(fresh_db: str, django_db_blocker: Any) -> Any:
    """A database of the test's own; commits are real."""
    vault.forget()
    with django_db_blocker.unblock():
        yield fresh_db
    vault.forget()


def claim(identity: Identity, area: str = VILLAGE, ref: str = "") -> UUID:
    with scope.enter(EVERYWHERE):
        act = Act(actor=house("tests"))
        return services.record_claim(act, area=area, source_kind="test", source_ref=ref or uuid4().hex, identity=identity)


def persons(records: list[UUID]) -> list[UUID | None]:
    with scope.enter(EVERYWHERE):
        kept = dict(SourceRecord.everything.filter(pk__in=records).values_list("id", "person_id"))
    return [kept[record] for record in records]


def test_the_system_role_matches_across_towns(unblocked: str) -> None:
    records = [claim(chen()), claim(chen(phone=""), NANXI), claim(chen(name="林小红", phone=""))]
    code = "import django; django.setup(); from nanxi.people.matching import match_waiting; print(match_waiting())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NANXI_DB_ROLE": "nanxi_system", "NANXI_DB_NAME": unblocked, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.strip().endswith("3")
    found = persons(records)
    assert found[0] == found[1]
    assert found[2] not in (None, found[0])


def at_once(count: int, work: Any) -> list[Any]:
    """Run `work(number)` in that many threads that start together."""
    gate, found = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        try:
            gate.wait()
            found[number] = work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_matchers_at_once_make_one_person_of_one_id(unblocked: str) -> None:
    records = [claim(chen(address=f"桥头村{number}号")) for number in range(8)]
    at_once(4, lambda number: matching.match_records(records[number * 2 : number * 2 + 2]))
    assert len(set(persons(records))) == 1
    with scope.enter(EVERYWHERE):
        assert Person.objects.count() == 1


def test_a_claim_sent_twice_at_once_is_one_record(unblocked: str) -> None:
    found = at_once(4, lambda number: claim(chen(), ref="the same"))
    assert len(set(found)) == 1
    with scope.enter(EVERYWHERE):
        assert SourceRecord.everything.count() == 1


def test_the_loop_takes_a_claim_within_two_seconds(unblocked: str) -> None:
    from nanxi.people.match_loop import run_matching

    stop = threading.Event()
    loop = threading.Thread(target=lambda: (run_matching(stop), connection.close()))
    loop.start()
    try:
        record = claim(chen())
        for _ in range(20):
            if persons([record])[0]:
                break
            stop.wait(0.1)
        assert persons([record])[0]
    finally:
        stop.set()
        loop.join()
