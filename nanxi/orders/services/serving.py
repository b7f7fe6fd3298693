"""Serving an order: how, by whom, in which language, and where home is. The point is stored in WGS-84, sealed."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from nanxi.engines.fence import datum as datums
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right
from nanxi.orders import below
from nanxi.orders.models import HomePoint, IsolationOrder
from nanxi.orders.rules import State, Step
from nanxi.orders.services.deciding import decide, live, locked

HOWS = ("in_person", "by_phone_then_paper", "to_adult_of_household", "at_site_reception")
LANGUAGES = ("zh", "wenzhou", "en", "sign", "interpreter")
#: R = max(100 m, parcel + 50 m): 50 m would cost 19 times the false confirmations (fence notes §4.6).
RADIUS_M = 100.0
#: A home point vaguer than this would make every fix one.
VAGUEST_HOME_M = 100.0


@dataclass(frozen=True)
class Home:
    """A home point as taken: degrees in `datum`, accuracy in metres, "officer_position" or "map_tap"."""

    lon: float
    lat: float
    acc: float | None = None
    taken_how: str = "officer_position"


@service
def serve_order(
    act: Act,
    order: IsolationOrder,
    *,
    how: str,
    by: str = "",
    language: str = "zh",
    home: Home | None = None,
    datum: str = "WGS-84",
) -> IsolationOrder:
    """Record the serving; with a home point the order runs. `by`: handle of who stood at the door, if not the actor."""
    act.need(Right.SERVE_ORDERS)
    if how not in HOWS or language not in LANGUAGES:
        raise Refused(_("Choose how the order was served and in which language from the lists."))
    order = locked(order)
    standing = live(order, act.now)
    if standing.state is State.PROPOSED:
        raise Refused(_("This order is only proposed; it must be issued before it is served."))
    if home is not None:
        keep_home(act, order, home, datum)
    homed = home is not None or order.points.exists()
    decide(act, order, Step.SERVE, how=how, language=language, homed=homed, served_by=by or act.actor.handle)
    below.close_tasks(act, "serve", order.pk, "served")
    return order


def keep_home(act: Act, order: IsolationOrder, home: Home, datum: str) -> None:
    """Store a home point in WGS-84, sealed. Raises Refused when it is vague or no place. Call inside a service."""
    try:
        kind = datums.named(datum)
    except datums.UnknownDatum:
        raise Refused(_("Choose the datum from the list: WGS-84, GCJ-02 or BD-09.")) from None
    if not (-180 <= home.lon <= 180 and -85 <= home.lat <= 85):
        raise Refused(_("The home point is not a longitude and latitude; take it again at the door."))
    if home.acc is not None and home.acc > VAGUEST_HOME_M:
        vague = _("The home point is only %(acc)d m accurate; step outside, wait, and take it again, or tap the map.")
        raise Refused(vague % {"acc": home.acc})
    lon, lat = datums.to_wgs(np.array([home.lon]), np.array([home.lat]), kind)
    point = json.dumps({"lon": round(float(lon[0]), 7), "lat": round(float(lat[0]), 7), "acc": home.acc})
    HomePoint(
        area_code=order.area_code, order=order, point_sealed=vault.seal("orders_homepoint", "point", order.record_id, point),
        radius_m=RADIUS_M, datum_source=kind, taken_how=home.taken_how, taken_at=act.now,
    ).save()  # fmt: skip
