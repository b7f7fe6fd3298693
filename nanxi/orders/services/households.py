"""One door, several orders: the household shares a served notice, a home point and the page of the adult who answers for it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right
from nanxi.orders import below, queries
from nanxi.orders.models import IsolationOrder
from nanxi.orders.services.deciding import live, locked
from nanxi.orders.services.serving import Home, serve_order


@service
def join_household(act: Act, lead: IsolationOrder, member: IsolationOrder) -> IsolationOrder:
    """`member` lives behind the door of `lead`, whose own page reports for both from now on."""
    act.need(Right.SERVE_ORDERS)
    lead, member = locked(lead), locked(member)
    for order in (lead, member):
        live(order, act.now)
    if lead.pk == member.pk:
        raise Refused(_("This is the same order; give the number of another member of the household."))
    if not _one_place(lead, member):
        raise Refused(
            _("The register knows these two at different places; enter the address on a list first, or leave them apart.")
        )
    if lead.household not in (None, lead.pk):
        raise Refused(_("Another order's page answers for this household already; join the member there."))
    if member.household == member.pk and queries.household_of(member, act.now)[1:]:
        raise Refused(_("That order answers for a household of its own; leave it there."))
    for order in (lead, member):
        order.household = lead.pk
        order.save(update_fields=["household"])
    act.log(
        "orders.household.joined",
        area=member.area_code,
        subject=("orders.order", member.id),
        person=member.person_id,
        lead=lead.id,
    )
    return member


def _one_place(lead: IsolationOrder, member: IsolationOrder) -> bool:
    """Whether both orders are for one village, and the register's homes of the two do not speak against it."""
    homes = below.homes_of([lead.record_id, member.record_id])
    first, second = homes.get(lead.record_id, set()), homes.get(member.record_id, set())
    return lead.area_code == member.area_code and (not first or not second or bool(first & second))


@service
def leave_household(act: Act, order: IsolationOrder) -> IsolationOrder:
    """The order stands by itself again: its own page reports for it alone. The person or an officer asks for it.

    When the order whose page answered leaves, all do.
    """
    order = locked(order)
    if order.household is None:
        raise Refused(_("This order stands by itself already."))
    leaving = queries.behind(order.pk) if order.household == order.pk else [order]
    for one in leaving:
        one.household = None
        one.save(update_fields=["household"])
        act.log("orders.household.left", area=one.area_code, subject=("orders.order", one.id), person=one.person_id)
    return order


@service
def serve_household(
    act: Act, lead: IsolationOrder, *, how: str, by: str, language: str, home: Home | None, datum: str
) -> IsolationOrder:
    """Serve every order of the household that waits for it at one door: the same words, the same home point."""
    for order in queries.household_of(lead, act.now):
        if order.pk == lead.pk or queries.waits_for_serving(order, act.now):
            serve_order(act, order, how=how, by=by, language=language, home=home, datum=datum)
    return lead
