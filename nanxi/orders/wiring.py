"""What this room registers: which orders open which person, where its pages are, its button on contacts, its menu lines."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanxi.cases.actions import ContactAction, PageAction, register_contact_action, register_page_action
from nanxi.desk import knowing
from nanxi.desk import links as desk_links
from nanxi.foundation import grants
from nanxi.foundation.act import Actor
from nanxi.foundation.grants import Opening
from nanxi.foundation.rights import Right
from nanxi.orders import chain
from nanxi.orders.knowing import live_orders
from nanxi.orders.models import IsolationOrder
from nanxi.web import menu

#: After its end an order still opens the person for questions and contests, not for ever.
AFTER_END = timedelta(days=7)
#: Whoever works with orders: serves them, issues them, answers contests or may read persons.
OPENS = (Right.SERVE_ORDERS, Right.ISSUE_ORDERS, Right.ANSWER_CONTESTS, Right.READ_PERSON)


def may_open(actor: Actor, order_id: UUID, person_id: UUID, now: datetime) -> Opening:
    """An order opens its own person, in its own area, while it runs and a week after."""
    # A record that is not linked yet stands for its own person.
    whose = Q(person_id=person_id) | Q(person_id=None, record_id=person_id)
    order = IsolationOrder.everything.filter(whose, pk=order_id).prefetch_related("decisions").first()
    if order is None or not actor.reach.covers(order.area_code) or not any(actor.may(right) for right in OPENS):
        return Opening(False, _("This order does not open this person's record."))
    standing = chain.standing(order, now)
    if standing.until is not None and now > standing.until + AFTER_END:
        return Opening(False, _("This order ended more than a week ago; the record opens through a new task only."))
    return Opening(True, area_code=order.area_code)


def from_contact(contact_id: UUID) -> str:
    """Where an order is issued for an accepted contact."""
    return f"{reverse('order-new')}?from=cases.contact:{contact_id}"


def from_case(case_id: UUID) -> str:
    """Where a case itself is isolated."""
    return f"{reverse('order-new')}?from=cases.case:{case_id}"


def from_run(run_id: UUID) -> str:
    """Where orders are issued for all accepted contacts of a tracing."""
    return f"{reverse('orders-bulk')}?run={run_id}"


def register() -> None:
    # Pages load forms and templates; they are ready only after all rooms are.
    from nanxi.orders.views import beside
    from nanxi.orders.views.panel import orders_open, orders_panel
    from nanxi.people import panels

    beside.start()
    panels.register(gettext_lazy("Isolation orders"), orders_panel, order=20)
    panels.register_opener(orders_open)
    grants.register("orders.order", may_open)
    knowing.register("orders.order", gettext_lazy("an isolation order"), live_orders)
    desk_links.register("orders.order", desk_links.page("order"))
    desk_links.register("orders.notice", desk_links.page("notice"))
    issue = gettext_lazy("Issue an order")
    register_contact_action("orders.issue", ContactAction(issue, from_contact, Right.ISSUE_ORDERS))
    register_page_action("orders.case", PageAction("cases.case", issue, from_case, Right.ISSUE_ORDERS))
    every = gettext_lazy("Orders for all accepted")
    register_page_action("orders.run", PageAction("cases.run", every, from_run, Right.ISSUE_ORDERS))
    sees = (Right.ISSUE_ORDERS, Right.ANSWER_CONTESTS)
    menu.register(
        menu.Entry(gettext_lazy("Isolation orders"), "orders", Right.SERVE_ORDERS, "order", order=40, group=menu.CASES, also=sees)
    )
    menu.register(menu.Entry(gettext_lazy("False alarms"), "alarms", Right.HANDLE_ALERTS, "warn", order=15))
    menu.register(menu.Entry(gettext_lazy("Do alerts arrive"), "walks", Right.RUN_SYSTEM, "shield", order=84, group=menu.HOUSE))
    menu.register_corner(menu.Corner("walks-corner", Right.RUN_SYSTEM, ("orders.walk",), order=12))
    menu.register(menu.Entry(gettext_lazy("Rules of the fence"), "fence-policies", Right.KEEP_FORMS, "ring", order=33))
    menu.register(menu.Entry(gettext_lazy("Contests"), "contests", Right.ANSWER_CONTESTS, "pair", order=44, group=menu.CASES))
    menu.register(menu.Entry(gettext_lazy("Area notices"), "notices", Right.ISSUE_ORDERS, "ring", order=46, group=menu.CASES))
    menu.register(
        menu.Entry(
            gettext_lazy("Positions that are kept"), "position-days", Right.ANSWER_CONTESTS, "shield", order=48, group=menu.CASES
        )
    )
    menu.register(
        menu.Entry(gettext_lazy("Positions coming in"), "ingest-health", Right.RUN_SYSTEM, "phone", order=86, group=menu.HOUSE)
    )
