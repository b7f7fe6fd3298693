"""From a served order and sealed positions to events, ledger and alerts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from nanxi.engines.fence.geometry import METRES
from nanxi.foundation import acts, scope
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import below, daykeys, fence_loop, services, silences
from nanxi.orders.models import FenceEvent, FenceState, IsolationOrder, OrderDevice, Position
from nanxi.orders.owntracks import read
from nanxi.orders.sealing import Sender, Unreadable
from nanxi.orders.tests.folk import TOWN, again, issued

LON, LAT = 120.69, 28.15
#: The desk itself; the fixtures put a stand-in before it.
DESK = {"raise_alert": below.raise_alert, "ease_alert": below.ease_alert}


@contextmanager
def county() -> Iterator[None]:
    with scope.enter(EVERYWHERE), acts.set_up():
        yield


def served(known, clock, ailian) -> IsolationOrder:
    order = issued(ailian, known.somebody())
    services.serve_order(again(ailian), order, how="in_person", home=services.Home(LON, LAT, 10))
    return order


def send(order: IsolationOrder, clock, fixes: list[tuple[float, float]], late_s: float = 0) -> None:
    """Positions as ingest writes them: (seconds from the clock's time, metres from home)."""
    with county():
        _send(order, clock, fixes, late_s)


def _send(order: IsolationOrder, clock, fixes: list[tuple[float, float]], late_s: float) -> None:
    sender = Sender.to(*daykeys.public_of(clock.at))
    rows = []
    for after, metres in fixes:
        at = clock.at + timedelta(seconds=after)
        body = {"_type": "location", "tst": at.timestamp(), "lon": LON, "lat": LAT + metres / METRES, "acc": 12}
        fix = read(json.dumps(body).encode())[0][0]
        sealed = sender.seal(order.id, fix.tst, fix.digest, fix.content)
        rows.append(
            Position(
                order_id=order.id,
                tst=fix.tst,
                digest=fix.digest,
                area_code=TOWN,
                rx=at + timedelta(seconds=late_s),
                source="phone",
                sealed=sealed,
            )
        )
    Position.objects.bulk_create(rows, ignore_conflicts=True)


def said(order: IsolationOrder) -> list[str]:
    with county():
        return list(FenceEvent.everything.filter(order=order).order_by("at", "said_at", "id").values_list("event", flat=True))


WALK = [(10, 3), (70, 8), (130, 260), (190, 280), (250, 300), (310, 300), (370, 320)]


@pytest.fixture
def order(as_worker, known, clock, ailian) -> IsolationOrder:
    with county():
        return served(known, clock, ailian)


def asked(device: OrderDevice) -> bool:
    with county():
        return OrderDevice.everything.get(pk=device.pk).ask_fix


def decide(clock) -> None:
    while fence_loop.decide_waiting(clock):
        pass


def test_walking_out_raises_one_alert_that_grows(order, known, clock) -> None:
    send(order, clock, WALK)
    clock.forward(seconds=380)
    decide(clock)
    assert said(order) == ["ARMED", "SUSPECT", "EXIT_PROBABLE", "EXIT_CONFIRMED"]
    assert len({alert["key"] for alert in known.alerts}) == 1
    assert [alert["facts"]["event"] for alert in known.alerts] == ["EXIT_PROBABLE", "EXIT_CONFIRMED"]
    assert known.alerts[0]["area"] == TOWN
    with county():
        entry = LedgerEntry.objects.filter(kind="orders.position.decided", facts__event="EXIT_PROBABLE").get()
        assert not LedgerEntry.objects.filter(facts__has_key="lat").exists()
    assert (entry.facts["fixes"], entry.facts["distance_m"], entry.facts["dwell_s"]) == (3, 200, 120)


def test_coming_back_is_told_to_the_alert_of_that_episode(order, known, clock) -> None:
    """The duty officer must not close blind: the open alert says that the phone is back."""
    send(order, clock, [*WALK, (430, 5), (490, 4), (550, 6)])
    clock.forward(seconds=560)
    decide(clock)
    assert said(order)[-1] == "RETURNED"
    assert known.eased == [(known.alerts[0]["key"], "back")]


def test_the_desk_shows_the_return_in_the_open_alert(order, clock, monkeypatch) -> None:
    """The same with the desk as it is."""
    models = pytest.importorskip("nanxi.desk.models", exc_type=RuntimeError)
    for name, door in DESK.items():
        monkeypatch.setattr(below, name, door)
    send(order, clock, [*WALK, (430, 5), (490, 4), (550, 6)])
    clock.forward(seconds=560)
    decide(clock)
    with county():
        alert = models.Alert.objects.get()
        assert list(alert.steps.order_by("at", "id").values_list("kind", flat=True)) == ["event", "event", "back"]
        assert alert.is_open
        assert alert.facts["eased"] == "back"


@pytest.mark.parametrize("seed", range(4))
def test_any_arrival_order_says_the_same(order, known, clock, seed: int) -> None:
    start = clock.at
    fixes = [*WALK, *random.Random(seed).choices(WALK, k=3)]
    random.Random(seed).shuffle(fixes)
    for number, fix in enumerate(fixes):
        clock.at = start
        send(order, clock, [fix])
        clock.forward(seconds=400 + number)
        decide(clock)
    events = set(said(order))
    assert {"ARMED", "EXIT_CONFIRMED"} <= events
    assert "RETURNED" not in events
    assert len({alert["key"] for alert in known.alerts}) == 1


def test_the_same_positions_again_say_nothing_new(order, known, clock) -> None:
    start = clock.at
    send(order, clock, WALK)
    clock.forward(seconds=380)
    decide(clock)
    before = said(order)
    clock.at = start
    send(order, clock, WALK)
    clock.forward(seconds=390)
    decide(clock)
    fence_loop.tick_due(clock)
    assert said(order) == before


def test_silence_and_its_end(order, known, clock) -> None:
    send(order, clock, WALK[:2])
    clock.forward(seconds=80)
    decide(clock)
    clock.forward(minutes=16)
    fence_loop.tick_due(clock)
    assert said(order) == ["ARMED", "SILENT"]
    with county():
        assert FenceState.everything.get(order=order).name == "SILENT"
    assert silences.one_round(clock) == 0, "held: a dead source would make many silent at once"
    clock.forward(minutes=5)
    assert silences.one_round(clock) == 1
    send(order, clock, [(0, 5)])
    clock.forward(seconds=1)
    decide(clock)
    assert said(order) == ["ARMED", "SILENT", "RESUMED"]
    assert known.eased == [(known.alerts[0]["key"], "heard")]


def test_an_order_nobody_switched_on(order, known, clock) -> None:
    fence_loop.tick_due(clock)
    clock.forward(hours=2, seconds=2)
    fence_loop.tick_due(clock)
    assert said(order) == ["NOT_ACTIVATED"]
    assert known.alerts[0]["kind"] == "orders.not_activated"


def test_a_suspect_phone_is_asked_for_a_fresh_fix(order, known, clock, ailian) -> None:
    with county():
        device = services.make_device(again(ailian), order, label="phone")
    send(order, clock, WALK[:3])
    clock.forward(seconds=135)
    decide(clock)
    assert asked(device)
    send(order, clock, [(10, 5)])
    clock.forward(seconds=11)
    decide(clock)
    assert not asked(device)


def test_a_buffered_walk_is_found_late_and_marked_so(order, known, clock) -> None:
    send(order, clock, WALK[:2])
    send(order, clock, WALK[2:], late_s=1500)
    clock.forward(seconds=1900)
    decide(clock)
    assert "LATE_EXIT" in said(order)
    assert "EXIT_PROBABLE" not in said(order)


def test_a_purged_day_is_passed_over(order, known, clock, monkeypatch) -> None:
    send(order, clock, WALK)
    monkeypatch.setattr(fence_loop.daykeys, "private_of", lambda day: (_ for _ in ()).throw(Unreadable("gone")))
    clock.forward(seconds=380)
    decide(clock)
    assert said(order) == []
    with county():
        assert not Position.objects.filter(decided_at=None).exists()


def test_a_contradicting_checkpoint_confirms(order, known, clock, ailian) -> None:
    send(order, clock, WALK[:2])
    clock.forward(seconds=120)
    with county():
        services.record_position(again(ailian), order_id=order.id, source="checkpoint", lon=LON + 0.05, lat=LAT, acc=20)
    clock.forward(seconds=1)
    decide(clock)
    assert said(order) == ["ARMED", "EXIT_CONFIRMED"]


def test_an_alarm_that_a_late_message_takes_back_hides_no_later_departure(order, known, clock) -> None:
    start = clock.at
    send(order, clock, [(10, 3), (70, 8), (130, 260), (250, 280), (260, 300)])
    clock.forward(seconds=265)
    decide(clock)
    assert said(order)[-1] == "EXIT_PROBABLE"
    clock.at = start
    send(order, clock, [(190, 5), (310, 5), (375, 4)])
    clock.forward(seconds=380)
    decide(clock)
    assert known.eased == [(known.alerts[0]["key"], "back")]
    clock.at = start + timedelta(minutes=40)
    send(order, clock, WALK)
    clock.forward(seconds=380)
    decide(clock)
    exits = [alert["key"] for alert in known.alerts if alert["kind"] == "orders.exit"]
    assert len(set(exits)) == 2
    assert said(order).count("EXIT_PROBABLE") == 2


@pytest.mark.parametrize("skew_s", [-600, 0, 600])
def test_a_phone_clock_ten_minutes_late_or_early_gives_the_same_alert(order, known, clock, skew_s: int) -> None:
    """Ten minutes slow or fast: one alert, under the same key. A message from the future counts as of its arrival."""
    sender = Sender.to(*daykeys.public_of(clock.at))
    clock.forward(minutes=11)
    start = clock.at
    for after, metres in WALK:
        clock.at = start + timedelta(seconds=after)
        taken = clock.at + timedelta(seconds=skew_s)
        body = {"_type": "location", "tst": taken.timestamp(), "lon": LON, "lat": LAT + metres / METRES, "acc": 12}
        fix = read(json.dumps(body).encode())[0][0]
        with county():
            Position.objects.create(
                order_id=order.id, tst=fix.tst, digest=fix.digest, area_code=TOWN, rx=clock.at, source="phone",
                sealed=sender.seal(order.id, fix.tst, fix.digest, fix.content),
            )  # fmt: skip
        decide(clock)
    assert {alert["key"] for alert in known.alerts} == {f"orders.exit:{order.id}:1"}
    assert known.alerts[-1]["facts"]["event"] == "EXIT_CONFIRMED"
