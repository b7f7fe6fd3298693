"""The home point after serving: learnt from the phone's first half hour and confirmed by the town, or taken anew at the door."""

from __future__ import annotations

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right
from nanxi.orders import below
from nanxi.orders.calibration import Learnt
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import State, Step
from nanxi.orders.services.deciding import decide, live, locked
from nanxi.orders.services.serving import Home, keep_home


@service
def confirm_home(act: Act, order: IsolationOrder, learnt: Learnt) -> IsolationOrder:
    """The town says that the place where the phone rested is the person's door; from now on the fence watches it."""
    if learnt.why_not:
        raise Refused(_(learnt.why_not))
    act.need(Right.SERVE_ORDERS)
    order = _served(act, order)
    keep_home(act, order, Home(learnt.lon, learnt.lat, max(learnt.spread_m, 1.0), "learnt"), "WGS-84")
    decide(act, order, Step.HOME, how="learnt", fixes=learnt.fixes, spread_m=round(learnt.spread_m))
    below.close_tasks(act, "home", order.pk, "confirmed")
    return order


@service
def retake_home(act: Act, order: IsolationOrder, home: Home, *, datum: str = "WGS-84") -> IsolationOrder:
    """Another home point, taken at the door or on the map; the fence begins anew from it."""
    act.need(Right.SERVE_ORDERS)
    order = _served(act, order)
    keep_home(act, order, home, datum)
    decide(act, order, Step.HOME, how=home.taken_how)
    below.close_tasks(act, "home", order.pk, "retaken")
    return order


def _served(act: Act, order: IsolationOrder) -> IsolationOrder:
    order = locked(order)
    if live(order, act.now).state not in (State.SERVED, State.RUNNING):
        raise Refused(_("Serve the order first; the home point belongs to a person who was told."))
    return order
