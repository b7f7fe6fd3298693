"""What orders know of the people on a list: that one binds them. It says nothing about where they are today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from nanxi.desk.knowing import Known
from nanxi.orders import chain
from nanxi.orders.models import IsolationOrder


def live_orders(
    records: Mapping[UUID, frozenset[UUID]], persons: Mapping[UUID, UUID], since: datetime, now: datetime
) -> Iterable[Known]:
    """The order that restricts each person now, from verified decisions only."""
    asked: dict[UUID, list[UUID]] = {}
    for record, person in persons.items():
        asked.setdefault(person, []).append(record)
    rows = IsolationOrder.everything.filter(person_id__in=list(asked), open_until__gt=now).prefetch_related("decisions")
    for order in rows:
        if chain.standing(order, now).restricts and order.person_id is not None:
            for record in asked[order.person_id]:
                yield Known(record, "unclear", "event", order.made_at, order.id)
