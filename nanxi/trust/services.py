"""What a person does on the own page: look, check in, contest, read the answer. Each leaves its entry in the ledger."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.models import LedgerEntry
from nanxi.orders import answers, care_queries, queries
from nanxi.orders import services as orders
from nanxi.orders.models import IsolationOrder
from nanxi.orders.services import deciding

#: More check-ins of one order in an hour than this are a stuck button or a flood.
MOST_AN_HOUR = 20
CHECKED_IN = "trust.own.checked_in"


@service
def look(act: Act, order: IsolationOrder) -> None:
    """The person opened the own page of this order."""
    act.log("trust.own.read", area=order.area_code, subject=("orders.order", order.id), person=order.person_id)


@service
def contest(act: Act, order: IsolationOrder, *, text: str, word: str = "") -> IsolationOrder:
    """The person contests the order. Raises Refused when there is nothing to contest."""
    act.log("trust.own.contested", area=order.area_code, subject=("orders.order", order.id), person=order.person_id)
    return orders.contest_order(act, order, text=text, channel="own_page", word=word)


@service
def check_in(act: Act, order: IsolationOrder, *, lon: float | None, lat: float | None, acc: float | None) -> IsolationOrder:
    """The person says "I am here": the position goes to the fence, and the check-in that waits is answered."""
    order = deciding.locked(order)
    since = act.now - timedelta(hours=1)
    if LedgerEntry.objects.filter(kind=CHECKED_IN, subject_id=order.pk, at__gt=since).count() >= MOST_AN_HOUR:
        raise Refused(_("Your check-ins were received; wait a while before the next, or call the number on this page."))
    act.log(CHECKED_IN, area=order.area_code, subject=("orders.order", order.id), person=order.person_id)
    beyond = None
    if lon is not None and lat is not None:
        orders.record_position(act, order_id=order.pk, source="checkin", lon=lon, lat=lat, acc=acc)
        home = queries.home_of(order)
        beyond = care_queries.beyond(home, lon, lat, acc) if home else None
    if asked := care_queries.asked_checkin(order, act.now):
        orders.answer_checkin(act, asked, beyond_m=beyond)
    return order


@service
def read_answer(act: Act, order: IsolationOrder, *, word: str) -> IsolationOrder:
    """The person opens the answer with the word chosen when contesting; a wrong word is counted."""
    order = deciding.locked(order)
    found = answers.opened_by(order, word)
    kind = "orders.answer.read" if found else answers.MISSED
    act.log(kind, area=order.area_code, subject=("orders.order", order.id), person=order.person_id)
    order.answer_in_words = found  # type: ignore[attr-defined]
    return order


@service
def tell_guesses(act: Act, *, number: int) -> None:
    """Somebody tries links that are not ours; oversight reads it in the ledger."""
    act.log("trust.own.guessed", count=number)
