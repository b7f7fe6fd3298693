"""Under which rules the fence watches an order: versioned rows, read by its loop at every decision.

The house's own version is code (`engines.fence.policy`, measured in fence notes §3); an order without a choice has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from nanxi.engines.fence import Policy
from nanxi.orders.models import FencePolicy, OrderPolicy

HOUSE = Policy()
#: What an officer may change; the rest is measured and stays code.
OPEN = (
    "buffer_m", "probable_fixes", "probable_s", "confirmed_fixes", "confirmed_s", "suspect_silent_s", "silent_s",
    "silent_night_s", "interval_s", "not_activated_s",
)  # fmt: skip


def policies_of(order_ids: Iterable[UUID]) -> dict[UUID, Policy]:
    """The rules of each order that was given other ones than the house's."""
    rows = OrderPolicy.everything.filter(order_id__in=list(order_ids)).order_by("order_id", "-at", "-id").distinct("order_id")
    return {row.order_id: version_of(row.version) for row in rows}


def version_of(version: str) -> Policy:
    """The rules of a version. One that is not published counts as the house's own: nobody is watched by a draft."""
    return HOUSE if version == HOUSE.version else _published(version) or HOUSE


@lru_cache(maxsize=256)
def _kept(version: str, changes: tuple[tuple[str, float], ...]) -> Policy:
    return HOUSE.changed(version=version, **dict(changes))


def _published(version: str) -> Policy | None:
    row = FencePolicy.objects.filter(version=version, published_at__isnull=False).first()
    return _kept(version, tuple(sorted(row.changes.items()))) if row else None


def published() -> list[str]:
    """Versions that an order can be watched by, the house's own first."""
    rows = FencePolicy.objects.filter(published_at__isnull=False).order_by("published_at", "version")
    return [HOUSE.version, *rows.values_list("version", flat=True)]


def chosen_for(order_id: UUID) -> str:
    """The version by which an order is watched now."""
    row = OrderPolicy.everything.filter(order_id=order_id).order_by("-at", "-id").first()
    return row.version if row else HOUSE.version
