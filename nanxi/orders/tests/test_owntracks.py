"""What phones send, and what becomes of it."""

from __future__ import annotations

import json

import pytest

from nanxi.orders.owntracks import Poison, read

LOCATION = {"_type": "location", "lat": 28.15, "lon": 120.69, "acc": 12, "tst": 1_580_691_600, "batt": 80, "tid": "ab"}


def one(**changes):
    message = {**LOCATION, **changes}
    return read(json.dumps({name: value for name, value in message.items() if value is not None}).encode())


@pytest.mark.parametrize("acc", [0, -1, None, "12", True, 10**400])
def test_accuracy_zero_minus_one_or_absent_is_not_known(acc) -> None:
    fixes, _ = one(acc=acc)
    assert fixes[0].content["acc"] is None


def test_a_repeated_fix_is_the_same_fix() -> None:
    assert one(batt=80)[0][0].digest == one(batt=79)[0][0].digest
    assert one(lat=28.16)[0][0].digest != one()[0][0].digest


def test_arrays_and_messages_without_a_place() -> None:
    body = [LOCATION, {"_type": "waypoints", "waypoints": []}, {"_type": "lwt", "tst": 1}, {"_type": "status"}]
    assert len(read(json.dumps(body).encode())[0]) == 1
    leave = {"_type": "transition", "event": "leave", "tst": 1_580_691_600, "lat": 28.15, "lon": 120.69, "acc": 20}
    assert read(json.dumps(leave).encode())[0][0].content["leave"]
    assert "leave" not in read(json.dumps({**leave, "event": "enter"}).encode())[0][0].content


def test_traccar_client() -> None:
    body = {
        "location": {
            "timestamp": "2020-02-03T01:00:00Z",
            "mock": True,
            "coords": {"latitude": 28.15, "longitude": 120.69, "accuracy": 9},
        }
    }
    fix = read(json.dumps(body).encode())[0][0]
    assert (fix.tst, fix.content["mock"], fix.content["acc"]) == (1_580_691_600_000, True, 9)


@pytest.mark.parametrize(("message", "reason"), [
    ({**LOCATION, "tst": None}, "no_tst"), ({**LOCATION, "tst": "soon"}, "no_tst"), ({**LOCATION, "tst": -5}, "no_tst"),
    ({**LOCATION, "lat": 95_000}, "no_place"), ({**LOCATION, "lon": None}, "no_place"),
    ({**LOCATION, "tst": 10**400}, "no_tst"), ({**LOCATION, "lat": 10**400}, "no_place"),
    ({**LOCATION, "_type": ["location"]}, "unknown_type"),
    ({"_type": {"a": 1}, "tst": 1}, "unknown_type"), ({"_type": "encrypted", "data": "x"}, "encrypted"),
    ({"_type": "novel"}, "unknown_type"), (7, "not_object"),
])  # fmt: skip
def test_what_cannot_be_read_is_named(message, reason: str) -> None:
    fixes, poison = read(json.dumps([message, LOCATION]).encode())
    assert len(fixes) == 1
    assert [problem.reason for problem in poison] == [reason]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_not_json(body: bytes) -> None:
    with pytest.raises(Poison):
        read(body)
