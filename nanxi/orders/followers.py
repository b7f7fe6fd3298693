"""Orders follow the records: a linked record moves its orders to the person; a withdrawn case ends the orders it carried (S7)."""

from __future__ import annotations

from uuid import UUID

from nanxi.foundation.act import Act
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry
from nanxi.orders import chain
from nanxi.orders.evidence import ground_for
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import Reason
from nanxi.orders.services.issuing import release_order


@follower("orders.links", kinds=("people.record.linked", "people.link.changed"))
def follow_links(act: Act, entry: LedgerEntry) -> None:
    """Keep `person_id` in step with the identity links."""
    person = entry.facts.get("person") or entry.facts.get("after")
    record = entry.facts.get("record")
    if not record:
        return
    IsolationOrder.everything.filter(record_id=UUID(str(record))).update(person_id=UUID(str(person)) if person else None)


@follower("orders.withdrawn", kinds=("cases.case.discarded", "cases.contact.rejected"))
def follow_withdrawn(act: Act, entry: LedgerEntry) -> None:
    """Release whoever was bound by evidence that no longer stands."""
    gone = str(entry.subject_id)
    rows = IsolationOrder.everything.filter(open_until__gt=act.now).prefetch_related("decisions")
    for order in rows:
        decisions = chain.decisions_of(order)
        carried = any(gone in row.facts.get("evidence_ids", []) for row in decisions)
        if not carried or not chain.standing(order, act.now).restricts:
            continue
        if ground_for(order.record_id, Reason(order.reason), order.area_code, act.now) is None:
            release_order(act, order, because="evidence_gone")
