"""kill -9 of the endpoint, the worker and the database under phones: a position that was acknowledged is there, once.

Rounds: NANXI_FAULT_ROUNDS. The database's absence: NANXI_FAULT_AWAY_S, 10 s in CI and 60 s under `make faults AWAY=60`.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nanxi.foundation.postgres import Cluster, roles
from tests.faults.house import Officer, RunningHouse, running
from tests.faults.phones import Crowd, lay_out

pytestmark = pytest.mark.faults
ROUNDS = int(os.environ.get("NANXI_FAULT_ROUNDS", "3"))
AWAY_S = float(os.environ.get("NANXI_FAULT_AWAY_S", "10"))
VICTIMS = ("ingest", "postgres", "worker")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    folder: Path = tmp_path_factory.mktemp("phones")
    with running(folder) as house:
        Officer(house).found_county()
        yield house


def phones_of(house: RunningHouse, name: str) -> list[str]:
    tokens = lay_out(Cluster(house.home).dsn(roles.SUPERUSER), 6, name)
    deadline = time.monotonic() + 60
    # The fence's loop makes the day's key; until then phones are asked to come again.
    while not house.rows("SELECT 1 FROM orders_positionkey") and time.monotonic() < deadline:
        time.sleep(0.1)
    return tokens


def lost(house: RunningHouse, crowd: Crowd) -> list[tuple[str, int]]:
    """(token, fix) of every acknowledged position that is not in the log exactly once."""
    missing = []
    for sender in crowd.senders:
        digest = hashlib.sha256(sender.token.encode()).hexdigest()
        kept = [tst for (tst,) in house.rows(
            "SELECT p.tst FROM orders_position p JOIN orders_orderdevice d USING (order_id)"
            f" WHERE d.token_digest = '\\x{digest}'"
        )]  # fmt: skip
        assert len(kept) == len(set(kept)), "a position was kept twice"
        missing += [(sender.token, tst) for tst in set(sender.acknowledged) - set(kept)]
    return missing


def wait_for_more(crowd: Crowd, wanted: int, when: str) -> None:
    deadline = time.monotonic() + 60
    while crowd.acknowledged < wanted:
        assert time.monotonic() < deadline, f"{when}: no position gets through any more"
        time.sleep(0.05)


def test_no_acknowledged_position_is_lost_by_any_kill(house: RunningHouse) -> None:
    seed = int(os.environ.get("NANXI_FAULT_SEED", "1"))
    chance = random.Random(seed)
    with Crowd(f"http://127.0.0.1:{house.ingest_port}/pub", phones_of(house, "K")) as crowd:
        wait_for_more(crowd, 1, "at the beginning")
        for number in range(ROUNDS):
            victim = VICTIMS[number % len(VICTIMS)]
            time.sleep(chance.uniform(0.1, 0.8))
            before = crowd.acknowledged
            house.kill(victim)
            house.wait_ready()
            wait_for_more(crowd, before + 10, f"round {number}: after the kill of {victim} (seed {seed})")
    assert crowd.acknowledged > 10 * ROUNDS
    assert lost(house, crowd) == []


def test_a_database_away_under_load_comes_back_by_itself(house: RunningHouse) -> None:
    """Nobody is let in and who was is put out, as when the server restarts elsewhere."""
    with Crowd(f"http://127.0.0.1:{house.ingest_port}/pub", phones_of(house, "A")) as crowd:
        wait_for_more(crowd, 20, "before")
        database = str(house.rows("SELECT current_database()")[0][0])
        gate(house, database, closed=True)
        try:
            time.sleep(1)
            before = crowd.acknowledged
            time.sleep(AWAY_S - 1)
            assert crowd.acknowledged == before, "acknowledged without a database"
        finally:
            gate(house, database, closed=False)
        began = time.monotonic()
        wait_for_more(crowd, before + 20, f"after {AWAY_S:g} s without a database")
        assert time.monotonic() - began < 30
    assert sum(sender.refused for sender in crowd.senders) > 0, "nobody was told to come again"
    assert lost(house, crowd) == []


def test_a_standing_database_is_told_to_the_phones_and_costs_no_acknowledged_position(house: RunningHouse) -> None:
    """Its processes are stopped: connections stay open and nothing answers, as when a disk or a machine hangs."""
    with Crowd(f"http://127.0.0.1:{house.ingest_port}/pub", phones_of(house, "S")) as crowd:
        wait_for_more(crowd, 20, "before")
        members = [house.pids()["postgres"], *children(house.pids()["postgres"])]
        for pid in members:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(1)
            before = crowd.acknowledged
            # A phone hears within a commit's patience that it shall come again; so the stop lasts longer than that.
            time.sleep(max(AWAY_S, 10))
            assert crowd.acknowledged == before, "acknowledged without a database"
            assert sum(sender.refused for sender in crowd.senders) > 0, "nobody was told to come again"
        finally:
            for pid in members:
                os.kill(pid, signal.SIGCONT)
        began = time.monotonic()
        wait_for_more(crowd, before + 20, "after the stop")
        assert time.monotonic() - began < 30
    assert lost(house, crowd) == []


def gate(house: RunningHouse, database: str, *, closed: bool) -> None:
    """Let nobody in, and end who is: what a restart elsewhere or a broken line looks like from here."""
    dsn = Cluster(house.home).dsn(roles.SUPERUSER, "postgres")
    with psycopg.connect(dsn, autocommit=True) as root:
        root.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS {"false" if closed else "true"}')  # type: ignore[arg-type]
        if closed:
            root.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])


def children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
