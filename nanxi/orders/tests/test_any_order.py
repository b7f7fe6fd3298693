"""The same walk told in any way raises the same alert: endpoint as a process, log, loop of the fence, desk."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from nanxi.engines.fence.geometry import METRES
from nanxi.foundation.act import Act
from nanxi.foundation.clock import WALL
from nanxi.orders.models import OrderDevice
from nanxi.orders.tests.endpoint import running
from nanxi.orders.tests.folk import Below
from nanxi.orders.tests.test_alert_delay import LAT, LON, phones_of, the_fence
from nanxi.orders.tests.test_ingest import location, rows
from nanxi.orders.tests.test_ingest_socket import says

#: Minutes since each fix and metres from home; ten minutes later none is too late to page yet.
WALK = ((4.5, 3), (4, 8), (3, 260), (1.5, 280), (0, 300))
#: A clock ahead counts as of arrival, so that phone walks in real time: time enough that nobody flies.
FAR, WALKING_S = 640, 13.0
TEN_MINUTES = 600


@dataclass
class Told:
    """How a phone tells its walk: requests one after the other, the fence deciding between them where `pauses`."""

    name: str
    requests: list[list[dict[str, Any]]] = field(default_factory=list)
    pauses: bool = False


def ways(now: float) -> Iterator[Told]:
    fixes = [location(lat=LAT + metres / METRES, lon=LON, tst=now - 60 * minutes) for minutes, metres in WALK]
    slow = [{**fix, "tst": fix["tst"] - TEN_MINUTES} for fix in fixes]
    shuffled = random.Random(5).sample(fixes, len(fixes))
    twice = [*fixes, *random.Random(7).choices(fixes, k=4)]
    yield Told("at once", [fixes])
    yield Told("one by one", [[fix] for fix in fixes])
    yield Told("shuffled", [[fix] for fix in shuffled], pauses=True)
    yield Told("backwards", [[fix] for fix in reversed(fixes)], pauses=True)
    yield Told("twice", [[fix] for fix in twice], pauses=True)
    yield Told("split, the end first", [fixes[3:], fixes[:3]], pauses=True)
    yield Told("delayed", [fixes[:2], fixes[2:4], fixes[4:]], pauses=True)
    yield Told("clock ten minutes slow", [[fix] for fix in slow])


@pytest.fixture
def phones(as_worker: None, known: Below, ailian: Act, monkeypatch: pytest.MonkeyPatch) -> list[OrderDevice]:
    """A phone for each way, and one whose clock is ahead."""
    return phones_of(len([*ways(0.0), "ahead"]), known, ailian, monkeypatch)


def ahead(client: httpx.Client, phone: OrderDevice, metres: float) -> None:
    tst = WALL.now().timestamp() + TEN_MINUTES
    assert says(client, phone, location(lat=LAT + metres / METRES, lon=LON, tst=tst, acc=10)).status_code == 200


def test_a_walk_told_in_any_way_is_the_same_alert(phones: list[OrderDevice]) -> None:
    names: dict[str, str] = {}
    with running() as client, the_fence():
        *others, fast = phones
        names[str(fast.order_id)] = "clock ten minutes fast"
        ahead(client, fast, 2)
        time.sleep(1.1)
        ahead(client, fast, 4)
        began = time.monotonic()
        for phone, told in zip(others, ways(WALL.now().timestamp()), strict=True):
            names[str(phone.order_id)] = told.name
            for request in told.requests:
                answer = says(client, phone, request)
                assert answer.status_code == 200, (told.name, answer.text)
                time.sleep(0.4 if told.pauses else 0)
        time.sleep(max(0.0, WALKING_S - (time.monotonic() - began)))
        ahead(client, fast, FAR)
        time.sleep(1.1)
        ahead(client, fast, FAR + 40)
        keys = {f"orders.exit:{order}:1" for order in names}
        deadline = time.monotonic() + 60
        while len(found := _alerts()) < len(keys) and time.monotonic() < deadline:
            time.sleep(0.2)
        # What is still on its way may not make another.
        time.sleep(2)
    missing = [names[key.split(":")[1]] for key in keys - set(found)]
    assert (missing, set(_alerts()) - keys) == ([], set())
    assert set(_alerts().values()) == {1}, "one open alert for an episode"
    exits = rows("SELECT order_id::text, event, count(*) FROM orders_fenceevent WHERE event LIKE 'EXIT%' GROUP BY 1, 2")
    doubled = [(names[order], event, n) for order, event, n in exits if n > 1]
    assert doubled == []


def _alerts() -> Counter[str]:
    return Counter(key for (key,) in rows("SELECT key FROM desk_alert WHERE kind = 'orders.exit'"))
