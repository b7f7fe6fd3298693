"""What a person does on the own page: look, and contest. Each leaves its entry in the ledger, the looking too."""

from __future__ import annotations

from nanxi.foundation.act import Act, service
from nanxi.orders import services as orders
from nanxi.orders.models import IsolationOrder


@service
def look(act: Act, order: IsolationOrder) -> None:
    """The person opened the own page of this order."""
    act.log("trust.own.read", area=order.area_code, subject=("orders.order", order.id), person=order.person_id)


@service
def contest(act: Act, order: IsolationOrder, *, text: str) -> IsolationOrder:
    """The person contests the order. Raises Refused when there is nothing to contest."""
    act.log("trust.own.contested", area=order.area_code, subject=("orders.order", order.id), person=order.person_id)
    return orders.contest_order(act, order, text=text, channel="own_page")


@service
def tell_guesses(act: Act, *, number: int) -> None:
    """Somebody tries links that are not ours; oversight reads it in the ledger."""
    act.log("trust.own.guessed", count=number)
