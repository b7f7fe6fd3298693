"""From a drawn and published area notice to alerts in the area's town and the home town."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest

from nanxi.engines.fence.geometry import METRES
from nanxi.foundation.act import Refused
from nanxi.foundation.models import LedgerEntry
from nanxi.orders import services
from nanxi.orders.models import AreaNotice, FenceEvent, IsolationOrder
from nanxi.orders.tests.folk import NOW, TOWN, again
from nanxi.orders.tests.test_fence_loop import LAT, LON, county, decide, said, send, served

NEXT_TOWN = "990324102000"
#: North of home by so many metres: in for six minutes, then home again.
VISIT = [(10, 3), (70, 8), (190, 600), (310, 900), (370, 950), (430, 1000), (550, 600), (610, 500), (670, 450)]


def square(north_m: float, half_m: float = 300) -> str:
    """GeoJSON of a square whose middle lies so far north of home."""
    dx, dy, y = half_m / METRES / 0.8817, half_m / METRES, LAT + north_m / METRES
    ring = [[LON - dx, y - dy], [LON + dx, y - dy], [LON + dx, y + dy], [LON - dx, y + dy], [LON - dx, y - dy]]
    return json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}})


def draft(act, *, north_m: float = 1000, area: str = NEXT_TOWN, hours: float = 24, outline: str | None = None) -> AreaNotice:
    return services.draft_notice(
        act, area=area, legal_basis="law_41_area", valid_from=act.now, valid_until=act.now + timedelta(hours=hours),
        outline=square(north_m) if outline is None else outline,
    )  # fmt: skip


@pytest.fixture
def order(as_worker, known, clock, ailian) -> IsolationOrder:
    with county():
        return served(known, clock, ailian)


@pytest.fixture
def closed(order, ailian, bowen) -> AreaNotice:
    with county():
        return services.publish_notice(again(ailian), draft(bowen))


def about_areas(known) -> list[tuple[str, str, str]]:
    told = [alert for alert in known.alerts if alert["kind"] == "orders.area"]
    return [(alert["area"], alert["facts"]["event"], alert["subject"][0]) for alert in told]


def areas_said(order: IsolationOrder) -> list[str]:
    return [event for event in said(order) if event.startswith("AREA_")]


def test_going_in_is_told_to_both_towns_and_coming_out_to_the_open_alerts(order, closed, known, clock) -> None:
    send(order, clock, VISIT[:6])
    clock.forward(seconds=440)
    decide(clock)
    assert about_areas(known) == [(TOWN, "AREA_ENTER", "orders.order"), (NEXT_TOWN, "AREA_ENTER", "orders.notice")]
    assert known.eased == []
    clock.at = NOW
    send(order, clock, VISIT[6:])
    clock.forward(seconds=680)
    decide(clock)
    assert areas_said(order) == ["AREA_ENTER", "AREA_LEAVE"]
    keys = [alert["key"] for alert in known.alerts if alert["kind"] == "orders.area"]
    assert known.eased == [(key, "left") for key in keys]
    with county():
        facts = LedgerEntry.objects.filter(kind="orders.position.decided", facts__event="AREA_ENTER").get().facts
    assert facts["notice"] == str(closed.pk)


def test_a_draft_watches_nobody(order, known, clock, bowen) -> None:
    with county():
        draft(bowen)
    send(order, clock, VISIT)
    clock.forward(seconds=680)
    decide(clock)
    assert areas_said(order) == []


def test_it_ends_by_itself(order, known, clock, ailian, bowen) -> None:
    with county():
        services.publish_notice(again(ailian), draft(bowen, hours=1))
    clock.forward(hours=1, seconds=1)
    send(order, clock, VISIT)
    clock.forward(seconds=680)
    decide(clock)
    assert areas_said(order) == []


def test_ended_early_by_two_officers_it_is_watched_no_more(order, closed, known, clock, ailian, bowen) -> None:
    decide(clock)
    with county():
        services.ask_notice_end(again(ailian), closed, reason="no_source")
        services.end_notice(again(bowen), closed)
    clock.forward(seconds=1)
    start = clock.at
    send(order, clock, VISIT)
    clock.at = start + timedelta(seconds=680)
    decide(clock)
    assert areas_said(order) == []


def test_who_lives_there_is_told_of_when_leaving(order, known, clock, ailian, bowen) -> None:
    with county():
        services.publish_notice(again(ailian), draft(bowen, north_m=0, area=TOWN))
    out, home = [(190, 500), (250, 600), (310, 700)], [(370, 200), (430, 20), (490, 5), (560, 5), (620, 5)]
    send(order, clock, [(10, 3), (70, 8), *out, *home])
    clock.forward(seconds=630)
    decide(clock)
    assert areas_said(order) == ["AREA_LEAVE", "AREA_ENTER"]
    assert about_areas(known) == [(TOWN, "AREA_LEAVE", "orders.order")]
    assert [how for key, how in known.eased if key.startswith("orders.area")] == ["returned"]


def test_driving_through_leaves_one_alert_already_eased(order, closed, known, clock) -> None:
    send(order, clock, [(10, 3), (70, 8), (130, 500), (190, 1500), (250, 2500), (310, 3500)])
    clock.forward(seconds=320)
    decide(clock)
    assert areas_said(order) == ["AREA_ENTER", "AREA_LEAVE"]
    assert len({alert["key"] for alert in known.alerts if alert["kind"] == "orders.area"}) == 2


@pytest.mark.parametrize("seed", range(4))
def test_any_arrival_order_tells_one_episode(order, closed, known, clock, seed: int) -> None:
    fixes = [*VISIT, *random.Random(seed).choices(VISIT, k=3)]
    random.Random(seed).shuffle(fixes)
    for number, fix in enumerate(fixes):
        clock.at = NOW
        send(order, clock, [fix])
        clock.forward(seconds=700 + number)
        decide(clock)
    assert sorted(set(areas_said(order))) == ["AREA_ENTER", "AREA_LEAVE"]
    with county():
        assert set(FenceEvent.everything.exclude(notice=None).values_list("episode", flat=True)) == {1}
    assert len({alert["key"] for alert in known.alerts if alert["kind"] == "orders.area"}) == 2


def test_a_second_visit_hours_later_is_another_alert(order, closed, known, clock) -> None:
    for later in range(2):
        clock.at = NOW + timedelta(hours=2 * later)
        send(order, clock, VISIT)
        for _minute in range(30):
            clock.forward(seconds=60)
            decide(clock)
    assert areas_said(order) == ["AREA_ENTER", "AREA_LEAVE"] * 2
    keys = [alert["key"] for alert in known.alerts if alert["kind"] == "orders.area"]
    assert len(set(keys)) == 4


def test_an_outline_far_from_its_area_is_refused(town) -> None:
    from nanxi.orders.tests.town import OUBEI

    with county():
        with pytest.raises(Refused, match="far from the area"):
            draft(town.act("ailian"), area=OUBEI, outline=square(80_000))
        assert draft(town.act("ailian"), area=OUBEI).outline is not None
