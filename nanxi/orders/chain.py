"""The MAC that ties an order's decisions together: a row changed, added or removed outside a service does not verify (S1).

Covered: order, person's record, kind, reason, rule version, and each decision with the MAC before it. The key lies outside
the database.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any

from nanxi.foundation import vault
from nanxi.orders.models import IsolationOrder, OrderDecision
from nanxi.orders.rules import Decision, Evidence, Standing, Step, standing_of


def mac_of(order: IsolationOrder, decision: OrderDecision, before: bytes) -> bytes:
    """HMAC over the order's fixed facts, the decision and the previous MAC."""
    said: dict[str, Any] = {
        "order": str(order.pk), "number": order.number, "record": str(order.record_id),
        "kind": order.kind, "reason": order.reason,
        "basis": order.legal_basis, "rules": order.rule_version, "area": order.area_code, "place": decision.place,
        "step": decision.step, "at": int(decision.at.timestamp() * 1_000_000), "by": decision.by,
        "until": int(decision.until.timestamp() * 1_000_000) if decision.until else None, "facts": decision.facts,
        "text": bytes(decision.text_sealed).hex() if decision.text_sealed else "", "before": before.hex(),
    }  # fmt: skip
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return vault.mac("orders.decision", text.encode())


def verified(order: IsolationOrder, rows: Sequence[OrderDecision]) -> list[OrderDecision]:
    """The decisions up to the first that does not verify; what follows a forged row is not believed either."""
    kept: list[OrderDecision] = []
    before = b""
    for place, row in enumerate(rows, start=1):
        if row.place != place or not hmac.compare_digest(bytes(row.mac), mac_of(order, row, before)):
            break
        kept.append(row)
        before = bytes(row.mac)
    return kept


def plain(row: OrderDecision) -> Decision:
    return Decision(Step(row.step), row.at, row.by, row.until, bool(row.facts.get("homed")))


def decisions_of(order: IsolationOrder) -> list[OrderDecision]:
    """The verified decisions of an order, in order (uses the prefetched rows when there are some)."""
    return verified(order, sorted(order.decisions.all(), key=lambda row: row.place))


def standing(order: IsolationOrder, at: Any) -> Standing:
    """What holds at `at`, from verified decisions only."""
    rows = decisions_of(order)
    return standing_of([plain(row) for row in rows], at, positive_result=rests_on(rows) is Evidence.OWN_CASE)


def is_proven(order: IsolationOrder) -> bool:
    """Whether the person's own positive result carries the order: then an unanswered contest does not end it (S5)."""
    return rests_on(decisions_of(order)) is Evidence.OWN_CASE


def rests_on(rows: Sequence[OrderDecision]) -> Evidence | None:
    """The kind of evidence that the latest decision with evidence names."""
    kinds = [kind for row in rows if (kind := row.facts.get("evidence"))]
    return Evidence(kinds[-1]) if kinds else None
