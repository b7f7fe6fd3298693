"""Positions that do not come by the ingest: a check-in on the own page, a sighting at a checkpoint."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.orders import daykeys
from nanxi.orders.models import IsolationOrder, Position
from nanxi.orders.services.deciding import live

SOURCES = ("checkin", "checkpoint", "web", "door")


@service
def record_position(
    act: Act,
    *,
    order_id: UUID,
    source: str,
    lon: float | None,
    lat: float | None,
    acc: float | None = None,
    tst: int | None = None,
) -> bool:
    """Add one position (epoch seconds, WGS-84) to an order that runs; False when it was there already. Raises Refused."""
    if source not in SOURCES:
        raise Refused(_("A position comes from a check-in, a checkpoint, a page or a door."))
    order = IsolationOrder.everything.filter(pk=order_id).first()
    if order is None or not live(order, act.now).restricts:
        raise Refused(_("There is no running order for this position; nothing was stored."))
    at = int((tst if tst is not None else act.now.timestamp()) * 1000)
    content = {"lon": lon, "lat": lat, "acc": acc, "src": source}
    digest = hashlib.sha256(f"{order_id}|{at}|{content}".encode()).digest()[:16]
    sealed = daykeys.sender_for(at, act.now).seal(order.id, at, digest, content)
    fresh = Position.objects.bulk_create(
        [Position(order_id=order.id, tst=at, digest=digest, area_code=order.area_code, rx=act.now, source=source, sealed=sealed)],
        ignore_conflicts=True,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('nanxi_positions', '')")
    act.log(
        "orders.position.recorded",
        area=order.area_code,
        subject=("orders.order", order.id),
        person=order.person_id,
        source=source,
    )
    return bool(fresh)
