"""Orders follow the records: a linked record moves its orders to the person; a withdrawn case and a notice
ended early end the orders that they alone carried (S7)."""

from __future__ import annotations

from uuid import UUID

from nanxi.foundation.act import Act
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry
from nanxi.orders import chain
from nanxi.orders.evidence import ground_for
from nanxi.orders.models import IsolationOrder, Need
from nanxi.orders.rules import Reason
from nanxi.orders.services.care import close_need
from nanxi.orders.services.issuing import release_order


@follower("orders.links", kinds=("people.record.linked", "people.link.changed"))
def follow_links(act: Act, entry: LedgerEntry) -> None:
    """Keep `person_id` in step with the identity links."""
    person = entry.facts.get("person") or entry.facts.get("after")
    record = entry.facts.get("record")
    if not record:
        return
    IsolationOrder.everything.filter(record_id=UUID(str(record))).update(person_id=UUID(str(person)) if person else None)


@follower("orders.withdrawn", kinds=("cases.case.discarded", "cases.contact.rejected", "orders.notice.ended"))
def follow_withdrawn(act: Act, entry: LedgerEntry) -> None:
    """Release whoever was bound by evidence that no longer stands."""
    rows = IsolationOrder.everything.filter(open_until__gt=act.now, grounds__evidence_id=entry.subject_id)
    for order in rows.prefetch_related("decisions"):
        if not chain.standing(order, act.now).restricts:
            continue
        if ground_for(order.record_id, Reason(order.reason), order.area_code, act.now) is None:
            release_order(act, order, because="evidence_gone")


@follower("orders.needs", kinds=("desk.task.closed",))
def follow_needs(act: Act, entry: LedgerEntry) -> None:
    """What the person asked for was brought, or not: the own page says so."""
    if entry.facts.get("of_kind") != "orders.need" or not entry.facts.get("of"):
        return
    need = Need.everything.filter(pk=UUID(str(entry.facts["of"])), done_at=None).first()
    if need is not None:
        close_need(act, need, result=str(entry.facts.get("result", "")), at=entry.at)
