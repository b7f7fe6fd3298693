"""The pictures of a case: coordinates of the drawing, and the data of the chart that takes its place."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from nanxi.cases import drawn, services
from nanxi.cases.models import Case, CloseContact
from nanxi.cases.services import Named
from nanxi.cases.tests.story import DAY, HOUR, interviewed, seen, traced, work
from nanxi.cases.tests.test_pages import client
from nanxi.cases.tests.town import NOW, Town
from nanxi.foundation import scope
from nanxi.foundation.clock import COUNTY as COUNTY_TIME
from nanxi.web import menu


def test_generations_stand_from_left_to_right() -> None:
    graph = drawn.chain([("a", "b"), ("a", "c"), ("b", "d")], ["a", "b", "c", "d"])
    x = {node.key: node.x for node in graph.nodes}
    assert x["a"] < x["b"] == x["c"] < x["d"]
    assert len(graph.edges) == 3
    assert len({(node.x, node.y) for node in graph.nodes}) == 4


def test_an_infector_who_was_found_later_stands_before_whom_he_infected() -> None:
    graph = drawn.chain([("late", "early"), ("early", "last")], ["early", "late", "last"])
    x = {node.key: node.x for node in graph.nodes}
    assert x["late"] < x["early"] < x["last"]


def test_a_circle_of_cases_is_drawn_and_ends() -> None:
    assert len(drawn.chain([("a", "b"), ("b", "a")], ["a", "b"]).edges) == 2


def test_bars_lie_in_order_of_time_inside_the_picture() -> None:
    at = datetime(2020, 1, 20, 8, tzinfo=UTC)
    line = drawn.timeline([(n, at + n * HOUR * 12, at + n * DAY + HOUR) for n in range(50)], (at, at + 14 * DAY), at + DAY)
    assert line.left_out == 50 - drawn.MOST_BARS
    assert all(bar.x >= drawn.LEFT and bar.x + bar.width <= drawn.WIDTH for bar in line.bars)
    assert line.onset
    assert line.band[0] < line.onset < line.band[0] + line.band[1]



def _charts(page: str) -> dict[str, Any]:
    """Kind of each chart on the page → what it draws."""
    found = re.findall(r'data-nx-chart="(\w+)"[^>]*><script type="application/json">(.*?)</script>', page, re.S)
    return {kind: json.loads(data) for kind, data in found}


@pytest.fixture
def case(town: Town) -> Case:
    """Interviewed; Wang was twice at a place of the case, Zhao once, and Zhao is accepted."""
    with scope.enter(town.reach("ding")):
        made = interviewed(town, Named("Li Ding", "household", NOW - HOUR))
        seen(town, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
        seen(town, "Wang Yi", "trip#train#G7381#2020-01-28#3", NOW - 2 * DAY, NOW - 2 * DAY + HOUR, 4)
        seen(town, "Zhao Bing", "market", NOW - DAY, NOW - DAY + HOUR / 2)
        traced(town, made)
        services.decide_contact(town.act("ding"), CloseContact.objects.get(visits=1, overlap_s=1800), "accepted")
    return made


def test_the_timeline_has_every_meeting_by_the_county_s_clock(town: Town, case: Case) -> None:
    data = _charts(client(town, "ding").get(reverse("case", args=[case.pk])).content.decode())["timeline"]
    accepted, *others = data["rows"]
    assert (accepted["tone"], len(others)) == ("danger", 2)
    wall = [datetime.fromtimestamp(ms / 1000, UTC).replace(tzinfo=None) for ms in accepted["meets"][0]]
    begin = (NOW - DAY).astimezone(COUNTY_TIME).replace(tzinfo=None)
    assert wall == [begin, begin + HOUR / 2]
    twice = next(row for row in others if len(row["meets"]) == 2)
    assert any("rows 3 and 4" in line for line in twice["lines"])
    assert data["from"] <= min(data["band"][0], *(row["first"] for row in data["rows"]))
    assert data["until"] >= max(row["last"] for row in data["rows"])


def test_the_chart_says_what_the_drawing_says_and_no_name(town: Town, case: Case) -> None:
    page = client(town, "ding").get(reverse("case", args=[case.pk])).content.decode()
    assert page.count('<rect x="') == len(_charts(page)["timeline"]["rows"]) + 1
    for name in ("Wang Yi", "Zhao Bing", "Li Ding"):
        assert name not in page


@pytest.mark.parametrize("there", [True, False])
def test_the_drawing_stands_in_the_page_with_and_without_the_library(
    town: Town, case: Case, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setattr(menu, "vendor", lambda: dict(menu.CHARTS) if there else {})
    page = client(town, "ding").get(reverse("case", args=[case.pk])).content.decode()
    assert (re.search(r'<script src="[^"]*echarts.min.js"', page) is not None) is there
    assert '<svg class="nx-drawn"' in page


def test_a_page_that_runs_turns_its_buttons_too(town: Town, case: Case) -> None:
    """What stands outside the part that is fetched again must come with it, or it shows only on reload."""
    with scope.enter(town.reach("ding")):
        run = services.run_trace(town.act("ding"), case)
    officer = client(town, "ding")
    before = officer.get(reverse("trace-run", args=[run.pk])).content.decode()
    also = re.search(r'hx-select="#run" hx-select-oob="#([\w-]+)"', before)
    assert also
    assert f'id="{also[1]}"' in before
    assert "/again/" not in before
    with scope.enter(town.reach("ding")):
        work(town, run)
    after = officer.get(reverse("trace-run", args=[run.pk])).content.decode()
    assert "/again/" in after.split(f'id="{also[1]}"')[1].split("</div>")[0]
