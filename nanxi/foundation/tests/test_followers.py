"""Followers take turns: a county's import leaves one of them a long way to go, and a directive's tasks do not wait for it."""

from __future__ import annotations

import threading

import pytest

from nanxi.foundation import followers
from nanxi.foundation.followers import BATCH, Follower


def never(act: object, entry: object) -> None:
    raise AssertionError("no entry is handled here")


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """`long` has three full batches before it, `rare` none; the value is the order in which they were let go."""
    monkeypatch.setattr(followers, "registry", {name: Follower(name, frozenset(), never) for name in ("long", "rare")})
    taken: list[str] = []

    def step(one: Follower) -> int:
        taken.append(one.name)
        return BATCH if one.name == "long" and taken.count("long") <= 3 else 1

    monkeypatch.setattr(followers, "step", step)
    monkeypatch.setattr(followers, "_head", lambda: 7)
    monkeypatch.setattr(followers, "close_old_connections", lambda: None)
    return taken


def test_one_with_a_long_way_to_go_takes_one_batch_a_round(two: list[str]) -> None:
    assert followers._round() == (True, True)
    assert two == ["long", "rare"]


def test_rounds_follow_at_once_until_none_is_full_and_then_rest(two: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        stop.set()
        return True

    monkeypatch.setattr(stop, "wait", wait)
    followers.run(stop)
    assert two == ["long", "rare"] * 4
    assert waits == [followers.PAUSE_S]


def test_one_that_fails_holds_up_nobody_and_is_tried_again(two: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def step(one: Follower) -> int:
        two.append(one.name)
        if one.name == "long":
            raise RuntimeError("not now")
        return 0

    monkeypatch.setattr(followers, "step", step)
    assert followers._round() == (False, False)
    assert two == ["long", "rare"]
