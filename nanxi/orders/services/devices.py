"""Phones that may send positions for one order: set up by QR, revocable at once, void when the order ends."""

from __future__ import annotations

import hashlib
import secrets

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right
from nanxi.orders import broker, regions
from nanxi.orders.models import IsolationOrder, OrderDevice
from nanxi.orders.services.deciding import live, locked

#: Phones of one order at a time: the person's own and a door sensor or a second phone.
MOST = 3


@service
def make_device(act: Act, order: IsolationOrder, *, label: str, model: str = "") -> OrderDevice:
    """A new device; `device.token` holds its token this once, for the set-up QR."""
    act.need(Right.SERVE_ORDERS)
    order = locked(order)
    standing = live(order, act.now)
    if not standing.restricts or standing.until is None:
        raise Refused(_("Only an order that was issued can have a phone."))
    if OrderDevice.everything.filter(order=order, revoked_at=None).count() >= MOST:
        raise Refused(_("This order has %(most)d devices already; revoke one first.") % {"most": MOST})
    token = secrets.token_urlsafe(24)
    device = OrderDevice(
        area_code=order.area_code, order=order, label=label[:40], model=model.strip()[:40],
        token_digest=hashlib.sha256(token.encode()).digest(), public=regions.public_of(token),
        broker_hash=broker.hash_of(token),
        made_at=act.now, valid_from=act.now, valid_until=order.open_until,
    )  # fmt: skip
    device.save()
    device.token = token  # type: ignore[attr-defined]
    act.log(
        "orders.device.made", area=order.area_code, subject=("orders.order", order.id), person=order.person_id, device=device.id
    )
    return device


@service
def revoke_device(act: Act, device: OrderDevice) -> OrderDevice:
    """The phone is refused from then on (ingest forgets it within five seconds)."""
    act.need(Right.SERVE_ORDERS)
    device.revoked_at = act.now
    device.save(update_fields=["revoked_at"])
    act.log("orders.device.revoked", area=device.area_code, subject=("orders.order", device.order_id), device=device.id)
    return device
