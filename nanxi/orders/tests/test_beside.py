"""The map beside an opened alert: of the order for its own town, of the closed area for the other."""

from __future__ import annotations

import html
import json
import re

from nanxi.desk import beside
from nanxi.foundation import scope
from nanxi.foundation.identifiers import uuid7
from nanxi.orders.tests.test_controlled import draft
from nanxi.orders.tests.town import NANXI, Town


def test_an_order_is_drawn_for_its_town_only(town: Town) -> None:
    order = town.order(served=True)
    for name, sees in (("ailian", True), ("feng", False)):
        act = town.act(name)
        with scope.enter(act.actor.reach):
            found = beside.drawn_for(act, "orders.order", order.pk)
        assert bool(found and "nx-fence" in found.drawing) is sees


def test_a_closed_area_is_drawn_without_anybody(town: Town) -> None:
    order = town.order(served=True)
    act = town.act("bowen")
    with scope.enter(act.actor.reach):
        notice = draft(act, area=NANXI)
    feng = town.act("feng")
    with scope.enter(feng.actor.reach):
        found = beside.drawn_for(feng, "orders.notice", notice.pk)
    assert found is not None
    assert "nx-closed" in found.drawing
    assert str(order.pk) not in found.drawing
    with scope.enter(feng.actor.reach):
        assert beside.drawn_for(feng, "orders.notice", uuid7()) is None


def test_the_map_over_the_drawing_knows_what_the_drawing_shows(town: Town) -> None:
    """Where MapLibre is installed the figure carries town, home and closed areas; elsewhere nothing."""
    order = town.order(served=True)
    act = town.act("ailian")
    with scope.enter(act.actor.reach):
        found = beside.drawn_for(act, "orders.order", order.pk)
    assert found is not None
    told = re.search(r'data-nx-ground="([^"]*)"', found.drawing)
    if told is not None:
        ground = json.loads(html.unescape(told.group(1)))
        assert (ground["home"]["lon"], ground["home"]["radius"]) == (120.65, 100)
        assert ground["town"]["type"] == "MultiPolygon"
        assert set(ground["files"]) == {"library", "worker", "style"}
