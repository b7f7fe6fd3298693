"""kill -9 of worker, ingest and database while people walk out: every departure is one alert, none lost and none doubled.

The walkers are nobody's phones: their orders are synthetic, all else is as for a person. Their messages come shuffled, twice and
in several requests, and each is sent until it is acknowledged. Rounds: NANXI_FAULT_ROUNDS (`make faults ROUNDS=500`).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.house import ROOT, Officer, RunningHouse, running
from tests.faults.walkers import LAT, LON

pytestmark = pytest.mark.faults
ROUNDS = int(os.environ.get("NANXI_FAULT_ROUNDS", "3"))
TOWN = "330324101000"
WALKERS = 4
VICTIMS = ("worker", "ingest", "postgres")
#: Seconds before now and metres from home; the last two decide (two accurate fixes beyond 500 m).
WALK = ((200, 2), (140, 4), (75, 640), (70, 690))
METRE = 1 / 111_195
PATIENCE_S = 240


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    folder: Path = tmp_path_factory.mktemp("alerts")
    with running(folder) as one:
        Officer(one).found_county()
        yield one


def walkers(house: RunningHouse) -> list[tuple[str, str]]:
    words = [sys.executable, "-m", "tests.faults.walkers", str(house.home.root), TOWN, str(WALKERS)]
    made = subprocess.run(words, cwd=ROOT, env=house.environment(), capture_output=True, text=True, timeout=60, check=True)
    return json.loads(made.stdout.strip().splitlines()[-1])


def messages(chance: random.Random, now: float) -> list[list[dict[str, object]]]:
    """A walk as requests: shuffled, some messages twice, split at random."""
    fixes = [
        {"_type": "location", "tst": int(now - ago), "lon": LON, "lat": LAT + metres * METRE, "acc": 10} for ago, metres in WALK
    ]
    sent = [*fixes, *chance.choices(fixes, k=2)]
    chance.shuffle(sent)
    requests: list[list[dict[str, object]]] = []
    while sent:
        size = chance.randint(1, 3)
        requests.append(sent[:size])
        sent = sent[size:]
    return requests


def acknowledged(house: RunningHouse, token: str, body: list[dict[str, object]]) -> None:
    """As a phone does: again until 200."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.post(f"http://127.0.0.1:{house.ingest_port}/pub", json=body, auth=("x", token), timeout=10)
            if answer.status_code == 200:
                return
            assert answer.status_code in (502, 503), answer.text
        time.sleep(0.1)
    raise AssertionError("a position was never acknowledged")


def alerts_of(house: RunningHouse, orders: list[str]) -> dict[str, int]:
    with contextlib.suppress(Exception):
        rows = house.rows("SELECT subject_id::text, count(*) FROM desk_alert WHERE kind = 'orders.walk' GROUP BY 1")
        return {order: n for order, n in rows if order in orders}
    return {}


def test_every_departure_is_one_alert_through_every_kill(house: RunningHouse) -> None:
    seed = int(os.environ.get("NANXI_FAULT_SEED", "1"))
    chance = random.Random(seed)
    everybody: list[str] = []
    for number in range(ROUNDS):
        house.wait_ready()
        here = walkers(house)
        orders = [order for order, _ in here]
        everybody += orders
        requests = [(token, body) for _, token in here for body in messages(chance, time.time())]
        chance.shuffle(requests)
        trouble: list[BaseException] = []

        def send(requests: list = requests, trouble: list = trouble) -> None:
            try:
                for token, body in requests:
                    acknowledged(house, token, body)
            except BaseException as problem:
                trouble.append(problem)

        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(chance.uniform(0.0, 1.0))
        victim = VICTIMS[number % len(VICTIMS)]
        house.kill(victim)
        sender.join()
        assert not trouble, f"round {number}, {victim} (seed {seed}): {trouble[0]}"
        deadline = time.monotonic() + PATIENCE_S
        while len(alerts_of(house, orders)) < len(orders):
            left = set(orders) - set(alerts_of(house, orders))
            assert time.monotonic() < deadline, f"round {number}, {victim} (seed {seed}): lost {left}"
            time.sleep(0.2)
    # Whatever was in flight has had its time; nothing may come twice, neither as an alert nor as a step of one.
    time.sleep(3)
    assert alerts_of(house, everybody) == dict.fromkeys(everybody, 1)
    steps = house.rows(
        "SELECT a.subject_id::text, s.kind, count(*) FROM desk_alertstep s JOIN desk_alert a ON a.id = s.alert_id"
        " WHERE a.kind = 'orders.walk' AND s.kind = 'event' GROUP BY 1, 2 HAVING count(*) > 1"
    )
    assert [row for row in steps if row[0] in everybody] == []
    events = house.rows("SELECT order_id::text, count(*) FROM orders_fenceevent WHERE event = 'EXIT_CONFIRMED' GROUP BY 1")
    assert {order: n for order, n in events if order in everybody} == dict.fromkeys(everybody, 1)
