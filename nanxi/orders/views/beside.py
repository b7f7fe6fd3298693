"""Where an alert's person was: the map of the order, or of the closed area, on the desk's page of an alert that was opened."""

from __future__ import annotations

from uuid import UUID

from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from nanxi.desk.beside import Beside, register
from nanxi.foundation.act import Act
from nanxi.foundation.clock import COUNTY
from nanxi.orders import care_queries, queries
from nanxi.orders.views import shown
from nanxi.orders.views.fixmap import fix_map, spots_of
from nanxi.orders.views.homemap import area_map
from nanxi.orders.views.order import MAP_SPAN, around_of

MODULE = "orders/map.js"
#: The newest of what the fence said, in words beside the map.
LINES = 6


def of_order(act: Act, order_id: UUID) -> Beside | None:
    """Home, fence and the positions of the last day; the desk recorded the reading before it asks."""
    order = queries.order_by_id(order_id)
    home = queries.home_of(order) if order else None
    if order is None or home is None:
        return None
    spots = spots_of(home, care_queries.fixes_of(order, act.now - MAP_SPAN, act.now))
    told = shown.said_by_fence(queries.said_about(order)[:LINES])
    lines = tuple(f"{one.at.astimezone(COUNTY):%m-%d %H:%M} {one.title}: {one.text}" for one in told)
    return Beside(_("Positions around home"), mark_safe(fix_map(home, spots, around_of(order.area_code, act.now))), lines, MODULE)


def of_notice(act: Act, notice_id: UUID) -> Beside | None:
    """The edge of the area; where the person lives is the home town's to see."""
    notice = queries.notice_by_id(notice_id)
    if notice is None or not notice.outline:
        return None
    return Beside(_("Controlled area"), mark_safe(area_map(notice.area_code, [notice.outline])), (), MODULE)


def start() -> None:
    register("orders.order", of_order)
    register("orders.notice", of_notice)
