"""Orders on the real register: what an officer joins by mistake and parts again takes its orders along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.utils import translation

from nanxi.foundation import acts, scope
from nanxi.foundation.act import Act, house
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import followers
from nanxi.orders.models import IsolationOrder

pytestmark = pytest.mark.skipif("nanxi.people" not in settings.ROOMS, reason="this run leaves out the people room")


@pytest.fixture
def county(db: Any) -> Iterator[Any]:
    from nanxi.foundation import vault
    from nanxi.people.tests.county import County

    vault.forget()
    with translation.override("en"):
        yield County()
    vault.forget()


def an_order(county: Any, record: UUID, number: str) -> UUID:
    """An order that hangs on this record."""
    now, area, person = county.clock.now(), county.row(record).area_code, county.person(record)
    with scope.enter(EVERYWHERE), acts.set_up():
        order = IsolationOrder(
            area_code=area, number=number, record_id=record, person_id=person,
            kind="home", reason="close_contact", legal_basis="law_39_contact", rule_version="1",
            page_digest=number.encode().ljust(32, b"0"), made_at=now, open_until=now + timedelta(days=14),
        )  # fmt: skip
        order.save()
    return order.id


def followed() -> None:
    with scope.enter(EVERYWHERE), acts.set_up():
        for entry in LedgerEntry.objects.filter(kind="people.link.changed").order_by("at", "id"):
            followers.follow_links(Act(actor=house("orders")), entry)


def persons_of(*orders: UUID) -> list[UUID | None]:
    with scope.enter(EVERYWHERE):
        kept = dict(IsolationOrder.everything.values_list("id", "person_id"))
    return [kept[order] for order in orders]


def test_a_merge_undone_after_orders_were_attached_gives_each_person_his_own(county: Any) -> None:
    from nanxi.people import queries, services
    from nanxi.people.identity import Identity
    from nanxi.people.tests.county import chen

    first, second = county.take(chen(), Identity(name="陈伟明"))
    apart = [county.person(first), county.person(second)]
    assert apart[0] != apart[1]
    before = an_order(county, first, "A-1")
    with county.as_officer("lin") as act:
        pair = services.decide_pair(act, queries.open_pairs().get(), True)
    together = county.person(first)
    assert county.person(second) == together
    # Attached while the two are one, on the row that does not belong.
    after = an_order(county, second, "A-2")
    followed()
    assert persons_of(before, after) == [together, together]
    county.clock.forward(minutes=5)
    with county.as_officer("lin") as act:
        services.reopen_pair(act, pair)
    followed()
    assert persons_of(before, after) == [county.person(first), county.person(second)]
    assert county.person(first) != county.person(second)
