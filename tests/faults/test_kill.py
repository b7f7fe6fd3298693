"""kill -9 of every member of the house while officers write: what was acknowledged is there, once, whole, and in the ledger.

Rounds: NANXI_FAULT_ROUNDS (`make faults ROUNDS=20`). The house is the real one: `nanxi serve`, its own cluster, fsync on.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.house import VICTIMS, Officer, RunningHouse, Writers, running

pytestmark = pytest.mark.faults
ROUNDS = int(os.environ.get("NANXI_FAULT_ROUNDS", "3"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHouse, Officer]]:
    folder: Path = tmp_path_factory.mktemp("house")
    with running(folder) as house:
        officer = Officer(house)
        officer.found_county()
        yield house, officer


def test_acknowledged_writes_survive_every_kill(desk: tuple[RunningHouse, Officer]) -> None:
    house, officer = desk
    seed = int(os.environ.get("NANXI_FAULT_SEED", "1"))
    chance = random.Random(seed)
    with Writers(officer) as writers:
        for number in range(ROUNDS):
            victim = VICTIMS[number % len(VICTIMS)]
            time.sleep(chance.uniform(0.2, 1.5))
            before = len(officer.acknowledged)
            house.kill(victim)
            house.wait_ready()
            _wait_for_more(officer, writers, before + 3, f"round {number}: after the kill of {victim} (seed {seed})")
    acknowledged = set(officer.acknowledged)
    assert len(acknowledged) > ROUNDS
    units = [name for (name,) in house.rows("SELECT name FROM foundation_unit WHERE name LIKE 'unit-%'")]
    assert len(units) == len(set(units)), "a repeated form founded a unit twice"
    assert acknowledged <= set(units), f"lost: {sorted(acknowledged - set(units))[:5]}"
    halves = house.rows(
        "SELECT name FROM foundation_unit AS u WHERE NOT EXISTS (SELECT FROM foundation_unitarea WHERE unit_id = u.id)"
    )
    assert not halves, f"half written: {halves[:3]}"
    silent = house.rows(
        "SELECT name FROM foundation_unit AS u WHERE NOT EXISTS"
        " (SELECT FROM foundation_ledgerentry WHERE kind = 'foundation.unit.founded' AND subject_id = u.id)"
    )
    assert not silent, f"not in the ledger: {silent[:3]}"


def test_the_ledger_verifies_after_the_kills(desk: tuple[RunningHouse, Officer]) -> None:
    house, _ = desk
    deadline = time.monotonic() + 30
    while (
        left := house.rows("SELECT count(*) FROM foundation_ledgerentry WHERE seq IS NULL")[0][0]
    ) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == 0, "the relay numbers what was written while it was away"
    verified = house.nanxi("audit", "verify", "--home", str(house.home.root))
    assert verified.returncode == 0, verified.stderr
    examined = house.nanxi("doctor", "--home", str(house.home.root))
    assert examined.returncode == 0, examined.stdout


def test_ctrl_c_ends_everything_with_a_stream_open_and_the_second_start_is_quick(desk: tuple[RunningHouse, Officer]) -> None:
    house, officer = desk
    members = house.pids()
    with officer.http.stream("GET", "/events", timeout=60) as stream:
        first = next(stream.iter_raw())
        assert first.startswith(b"retry:")
        assert house.stop() <= 10
    left = [name for name, pid in members.items() if Path(f"/proc/{pid}").exists()]
    assert not left, f"still there: {left}"
    quiet = os.getloadavg()[0] < (os.cpu_count() or 1)
    took = house.start()
    assert took <= (10 if quiet else 30), f"the second start took {took:.1f} s"


def _wait_for_more(officer: Officer, writers: Writers, wanted: int, when: str) -> None:
    deadline = time.monotonic() + 60
    while len(officer.acknowledged) < wanted and not writers.trouble:
        assert time.monotonic() < deadline, f"{when}: no write gets through any more"
        time.sleep(0.05)
