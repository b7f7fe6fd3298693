"""Rules of the fence: a version is drafted, published by another officer, and chosen for an order. None is ever changed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from nanxi.engines.fence.policy import BadPolicy
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right
from nanxi.orders.models import FencePolicy, IsolationOrder, OrderPolicy
from nanxi.orders.policies import HOUSE, OPEN, chosen_for, published
from nanxi.orders.services.deciding import live, locked

NAME = re.compile(r"[a-z][a-z0-9-]{2,19}")


@service
def draft_policy(act: Act, *, version: str, changes: Mapping[str, float]) -> FencePolicy:
    """A version that nobody is watched by until another officer publishes it. Raises Refused naming what is not right."""
    act.need(Right.KEEP_FORMS)
    if not NAME.fullmatch(version):
        raise Refused(_("Name the version with 3 to 20 small letters, digits and hyphens, such as night-2."))
    if version == HOUSE.version or FencePolicy.objects.filter(version=version).exists():
        raise Refused(_("This version exists; what an event names must stay as it was. Choose another name."))
    kept = {name: float(value) for name, value in changes.items() if name in OPEN and value != getattr(HOUSE, name)}
    if not kept:
        raise Refused(_("Nothing differs from the house's own rules; change at least one figure."))
    try:
        made = HOUSE.changed(version=version, **kept)
    except BadPolicy as problem:
        raise Refused(str(problem)) from None
    if made.confirmed_fixes < made.probable_fixes or made.confirmed_s < made.probable_s:
        raise Refused(_("A departure cannot be confirmed before it is probable; correct the positions or seconds."))
    row = FencePolicy(version=version, changes=kept, drafted_by=act.actor.handle, drafted_at=act.now)
    row.save()
    act.log("orders.policy.drafted", subject=("orders.policy", row.id), version=version, changed=sorted(kept))
    return row


@service
def publish_policy(act: Act, policy: FencePolicy) -> FencePolicy:
    """Another officer publishes the draft."""
    act.need(Right.KEEP_FORMS)
    found = FencePolicy.objects.select_for_update().filter(pk=policy.pk, published_at=None).first()
    if found is None:
        raise Refused(_("This version is published already."))
    if found.drafted_by == act.actor.handle:
        raise Refused(_("You drafted this version; another officer publishes it."))
    found.published_by, found.published_at = act.actor.handle, act.now
    found.save(update_fields=["published_by", "published_at"])
    act.log("orders.policy.published", subject=("orders.policy", found.id), version=found.version)
    return found


@service
def choose_policy(act: Act, order: IsolationOrder, *, version: str) -> OrderPolicy:
    """From now on the fence watches this order by that version."""
    act.need(Right.SERVE_ORDERS)
    order = locked(order)
    if not live(order, act.now).restricts:
        raise Refused(_("This order does not bind anybody now; there is nothing to watch."))
    if version not in published():
        raise Refused(_("Choose a published version from the list."))
    if version == chosen_for(order.pk):
        raise Refused(_("The order is watched by this version already."))
    row = OrderPolicy(area_code=order.area_code, order=order, version=version, at=act.now, by=act.actor.handle)
    row.save()
    act.log(
        "orders.policy.chosen", area=order.area_code, subject=("orders.order", order.id), person=order.person_id, version=version
    )
    return row
