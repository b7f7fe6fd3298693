"""Rules of the fence as versions: two officers, never changed, and each order decided by its own."""

from __future__ import annotations

from typing import Any

import pytest

from nanxi.engines.fence import Policy
from nanxi.foundation import acts, scope
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.orders import fence_loop, policies, queries, services
from nanxi.orders.models import FenceEvent, FencePolicy, IsolationOrder, OrderPolicy
from nanxi.orders.tests.folk import again, officer
from nanxi.orders.tests.test_fence_loop import WALK, county, decide, said, send, served

COUNTY = ("990324000000",)


@pytest.fixture
def hua(clock: Any) -> Act:
    return officer(Role.HQ_DESK, clock, COUNTY)


def published(first: Act, second: Act, version: str = "strict-1", **changes: float) -> FencePolicy:
    draft = services.draft_policy(again(first), version=version, changes=changes or {"probable_fixes": 2, "probable_s": 60})
    return services.publish_policy(again(second), draft)


def test_one_drafts_and_another_publishes(inside: None, hua: Act, bowen: Act) -> None:
    draft = services.draft_policy(hua, version="strict-1", changes={"probable_fixes": 2, "buffer_m": Policy().buffer_m})
    assert draft.changes == {"probable_fixes": 2.0}, "only what differs is kept"
    assert policies.version_of("strict-1") == policies.HOUSE, "nobody is watched by a draft"
    with pytest.raises(Refused, match="another officer publishes"):
        services.publish_policy(again(hua), draft)
    services.publish_policy(bowen, draft)
    assert policies.version_of("strict-1").probable_fixes == 2
    with pytest.raises(Refused, match="published already"):
        services.publish_policy(again(bowen), draft)
    assert policies.published() == ["fence-1", "strict-1"]


@pytest.mark.parametrize(
    ("version", "changes", "words"),
    [
        ("S1", {"buffer_m": 30}, "small letters"), ("fence-1", {"buffer_m": 30}, "version exists"),
        ("same-1", {"buffer_m": 20}, "Nothing differs"), ("minus-1", {"silent_s": -5}, "silent_s"),
        ("order-1", {"confirmed_fixes": 2}, "before it is probable"), ("secret-1", {"out_p": 0.1}, "Nothing differs"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named(inside: None, hua: Act, version: str, changes: dict[str, float], words: str) -> None:
    """out_p is not among the figures an officer may change: it is measured and stays code."""
    with pytest.raises(Refused, match=words):
        services.draft_policy(hua, version=version, changes=changes)


def test_a_choice_is_never_changed(as_worker: None, known: Any, clock: Any, ailian: Act, hua: Act, bowen: Act) -> None:
    from django.db import ProgrammingError, transaction

    with county():
        order = served(known, clock, ailian)
        published(hua, bowen)
        services.choose_policy(again(ailian), order, version="strict-1")
        with pytest.raises(Refused, match="already"):
            services.choose_policy(again(ailian), order, version="strict-1")
        with pytest.raises(Refused, match="published version"):
            services.choose_policy(again(ailian), order, version="strict-2")
        assert LedgerEntry.objects.get(kind="orders.policy.chosen").facts["version"] == "strict-1"
        with pytest.raises(ProgrammingError), transaction.atomic():
            OrderPolicy.everything.update(version="fence-1")


@pytest.fixture
def two(as_worker: None, known: Any, clock: Any, ailian: Act, hua: Act, bowen: Act) -> list[IsolationOrder]:
    """Two people at home; the second is watched by stricter rules."""
    with county():
        orders = [served(known, clock, ailian) for _ in range(2)]
        published(hua, bowen)
        services.choose_policy(again(ailian), orders[1], version="strict-1")
    return orders


def test_each_order_is_decided_by_its_own_version(two: list[IsolationOrder], clock: Any) -> None:
    """The same walk of two positions outside: probable by the strict version alone, and the event names its version."""
    for order in two:
        send(order, clock, WALK[:4])
    clock.forward(seconds=200)
    decide(clock)
    assert said(two[0]) == ["ARMED", "SUSPECT"]
    assert said(two[1]) == ["ARMED", "SUSPECT", "EXIT_PROBABLE"]
    with scope.enter(EVERYWHERE, at=clock.at), acts.set_up():
        assert FenceEvent.everything.get(event="EXIT_PROBABLE").policy_version == "strict-1"
        assert queries.watched_by(clock.at) == {"fence-1": 1, "strict-1": 1}


def test_a_longer_interval_is_silent_later(
    two: list[IsolationOrder], clock: Any, ailian: Act, hua: Act, bowen: Act
) -> None:
    with county():
        published(hua, bowen, "rest-1", interval_s=600)
        services.choose_policy(again(ailian), two[1], version="rest-1")
    for order in two:
        send(order, clock, WALK[:2])
    clock.forward(seconds=80)
    decide(clock)
    clock.forward(minutes=16)
    fence_loop.tick_due(clock)
    assert (said(two[0])[-1], said(two[1])[-1]) == ("SILENT", "ARMED")
    clock.forward(minutes=15)
    fence_loop.tick_due(clock)
    assert said(two[1])[-1] == "SILENT"


def test_phones_never_activated_stand_in_a_list(two: list[IsolationOrder], clock: Any, ailian: Act) -> None:
    send(two[0], clock, WALK[:2])
    clock.forward(seconds=80)
    decide(clock)
    fence_loop.tick_due(clock)
    with scope.enter(EVERYWHERE, at=clock.at), acts.set_up():
        assert [row.pk for row in queries.listed(clock.at, which="inactive")] == [two[1].pk]
        services.set_watch(again(ailian), two[1], watch="checkin")
        assert not queries.listed(clock.at, which="inactive").exists(), "who is watched by check-ins owes no phone"
