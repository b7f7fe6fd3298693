"""What the tests of this room's pages send and read."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from nanxi.foundation import scope
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import State
from nanxi.orders.tests.town import OUBEI, Town

#: A square of a kilometre in Oubei.
OUTLINE = '{"type": "Polygon", "coordinates": [[[120.69,28.15],[120.7,28.15],[120.7,28.16],[120.69,28.16],[120.69,28.15]]]}'
#: Session, officer, unit, reach, charter and scope are about ten of them.
LIST_QUERIES, ORDER_QUERIES = 16, 24


def local(days: float) -> str:
    return timezone.localtime(timezone.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def wanted(**changes: str) -> dict[str, str]:
    return {
        "kind": "home", "area": OUBEI, "address": "3 Mill Lane", "reason": "close_contact", "legal_basis": "law_39_contact",
        "until": local(10), "_key": "k1", **changes,
    }  # fmt: skip


def new_from(town: Town, **of: object) -> str:
    origin = town.contact(**of)  # type: ignore[arg-type]
    return f"{reverse('order-new')}?from=cases.contact:{origin.id}"


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def kinds() -> list[str]:
    with scope.enter(EVERYWHERE):
        return list(LedgerEntry.objects.values_list("kind", flat=True))


def standing(order: IsolationOrder) -> State:
    from nanxi.orders import chain

    with scope.enter(EVERYWHERE):
        return chain.standing(IsolationOrder.everything.get(pk=order.pk), timezone.now()).state


def served_by(**changes: str) -> dict[str, str]:
    return {"how": "in_person", "language": "wenzhou", "taken_how": "officer_position", "datum": "WGS-84", "_key": "s", **changes}
