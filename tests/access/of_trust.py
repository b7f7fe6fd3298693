"""The link of one order that was issued."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from nanxi.foundation import acts, vault
from nanxi.foundation.clock import WALL
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.rights import Role
from nanxi.orders import links
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import RULE_VERSION, Step
from nanxi.orders.services.deciding import decide
from tests.access.objects import World, made_by


@made_by(
    "own", "own-print", "own-contest", "own-answer", "own-health", "own-need", "own-checkin", "own-leave", "own-certificate",
    "check", "area-notice", "area-notice-pdf",
)  # fmt: skip
def some_link(world: World, area: str) -> str:
    now = WALL.now()
    until = now + timedelta(days=3)
    with acts.set_up():
        order = IsolationOrder(
            area_code=area, number=f"access-{area}", record_id=uuid7(), kind="home", reason="close_contact",
            legal_basis="law_39_contact", rule_version=RULE_VERSION, made_at=now, open_until=until,
        )  # fmt: skip
        vault.make_keys([order.record_id])
        order.page_digest = hashlib.sha256(links.token_of(order)).digest()
        order.save()
        decide(world.act(Role.TOWN_DUTY), order, Step.ISSUE, until=until, evidence="case_path")
    return links.code_of(order)
