"""Adding one decision to an order: numbered, chained, ledgered, and devices kept in step with the end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused
from nanxi.orders import chain
from nanxi.orders.models import IsolationOrder, OrderDecision, OrderDevice, OrderGround
from nanxi.orders.rules import Standing, State, Step

#: Ledger kinds of the steps.
KINDS = {
    Step.PROPOSE: "orders.order.proposed", Step.ISSUE: "orders.order.issued", Step.SERVE: "orders.order.served",
    Step.HOME: "orders.order.homed",
    Step.EXTEND: "orders.order.extended", Step.SHORTEN: "orders.order.shortened", Step.RELEASE: "orders.order.released",
    Step.CONTEST: "orders.order.contested", Step.ANSWER: "orders.contest.answered",
}  # fmt: skip


def locked(order: IsolationOrder) -> IsolationOrder:
    """The order, held until the transaction ends, so that two decisions do not cross."""
    found = IsolationOrder.everything.select_for_update().filter(pk=order.pk).first()
    if found is None:
        raise Refused(_("This order is not in your area."))
    return found


def live(order: IsolationOrder, at: datetime, *, contested: str = "") -> Standing:
    """The standing of an order that still runs. Raises Refused when it has ended or its decisions do not verify."""
    standing = chain.standing(order, at)
    if standing.state is State.ENDED:
        raise Refused(_("This order has ended; a new one needs its own evidence."))
    if len(chain.decisions_of(order)) != order.decisions.count():
        raise Refused(_("A decision of this order was changed outside the system. Call the oversight officer before going on."))
    return standing


def decide(
    act: Act, order: IsolationOrder, step: Step, *, until: datetime | None = None, text: str = "", **facts: Any
) -> OrderDecision:
    """Write one decision and its ledger entry. Call inside a service, with the order locked."""
    rows = list(order.decisions.order_by("place"))
    row = OrderDecision(
        area_code=order.area_code, order=order, place=len(rows) + 1, step=step.value, at=act.now, by=act.actor.handle,
        unit_id=act.actor.unit_id, until=until, facts=facts,
    )  # fmt: skip
    if text:
        row.text_sealed = vault.seal("orders_decision", str(row.id), order.record_id, text)
    row.mac = chain.mac_of(order, row, bytes(rows[-1].mac) if rows else b"")
    row.save()
    _keep_grounds(order, facts.get("evidence_ids", ()))
    _keep_end(act, order)
    said = {name: value for name, value in facts.items() if name not in ("evidence_ids", "word")}
    act.log(
        KINDS[step], area=order.area_code, subject=("orders.order", order.id), person=order.person_id,
        until=until, reason=order.reason, **said,
    )  # fmt: skip
    return row


def _keep_grounds(order: IsolationOrder, ids: Iterable[str]) -> None:
    """What the decision rests on, findable by the evidence when it falls."""
    rows = [OrderGround(area_code=order.area_code, order=order, evidence_id=UUID(one)) for one in ids]
    OrderGround.everything.bulk_create(rows, ignore_conflicts=True)


def _keep_end(act: Act, order: IsolationOrder) -> None:
    """Lists and phones follow the end; an unanswered contest is one, so that nothing is sent beyond it."""
    standing = chain.standing(order, act.now)
    ends = [standing.until, None if chain.is_proven(order) else standing.answer_by]
    until = min((end for end in ends if end), default=act.now)
    if until == order.open_until:
        return
    order.open_until = until
    order.save(update_fields=["open_until"])
    # A phone may send as long as the order runs, not a minute longer.
    OrderDevice.everything.filter(order=order).update(valid_until=until)
