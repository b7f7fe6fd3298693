"""What this room registers with the ground floor: which orders open which person, and its line in the menu."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from nanxi.foundation import grants
from nanxi.foundation.act import Actor
from nanxi.foundation.grants import Opening
from nanxi.foundation.rights import Right
from nanxi.orders import chain
from nanxi.orders.models import IsolationOrder

#: After its end an order still opens the person for questions and contests, not for ever.
AFTER_END = timedelta(days=7)


def may_open(actor: Actor, order_id: UUID, person_id: UUID, now: datetime) -> Opening:
    """An order opens its own person, in its own area, while it runs and a week after."""
    order = IsolationOrder.everything.filter(pk=order_id, person_id=person_id).prefetch_related("decisions").first()
    if order is None or not actor.reach.covers(order.area_code):
        return Opening(False, "This order does not open this person's record.")
    standing = chain.standing(order, now)
    if standing.until is not None and now > standing.until + AFTER_END:
        return Opening(False, "This order ended more than a week ago; the record opens through a new task only.")
    return Opening(True, area_code=order.area_code)


def register() -> None:
    grants.register("orders.order", may_open)
    try:
        from nanxi.web import menu
    except ImportError:
        return
    menu.register(menu.Entry(_("Isolation orders"), "orders:list", Right.SERVE_ORDERS, icon="home", order=30, group=menu.CASES))
