"""What orders show on a person's page: the person's orders, the live ones first, and that each of them opens the person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Actor
from nanxi.foundation.grants import Purpose
from nanxi.orders import queries
from nanxi.orders.views import shown
from nanxi.orders.wiring import OPENS, may_open
from nanxi.people.panels import Opener


def orders_panel(request: HttpRequest, person_id: UUID) -> str:
    """Orders of the person; "" when there are none."""
    rows = shown.rows_of(queries.orders_of_person(person_id), act_of(request).now)
    if not rows:
        return ""
    return render_to_string("orders/panel.html", {"rows": sorted(rows, key=lambda row: row.days_left is None)}, request=request)


def orders_open(actor: Actor, person_id: UUID, now: datetime) -> Iterator[Opener]:
    """The orders through which this officer may open the person."""
    if not any(actor.may(right) for right in OPENS):
        return
    for order in queries.orders_of_person(person_id):
        if may_open(actor, order.pk, person_id, now).allowed:
            title = _("Order %(number)s") % {"number": order.number}
            yield Opener(title, ("orders.order", order.pk), Purpose.ISOLATION.value)
