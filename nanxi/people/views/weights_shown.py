"""Versions of the weights as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import log2
from typing import Any

from django.utils.translation import gettext as _

from nanxi.foundation.models import User
from nanxi.people import wording
from nanxi.people.models import LinkWeights
from nanxi.people.scoring import SHIPPED_VERSION, shipped_model
from nanxi.people.weighing import current_version

#: Degrees that moved by less look the same on the page.
ALIKE_BITS = 0.05


@dataclass(frozen=True)
class VersionLine:
    row: LinkWeights
    holds: bool
    by: str
    adopted: datetime | None
    adopted_by: str
    moved: int


def version_lines(rows: Iterable[LinkWeights]) -> list[VersionLine]:
    found = list(rows)
    wanted = {user for row in found for user in (row.learned_by, row.adopted_by) if user}
    names = dict(User.objects.filter(pk__in=wanted).values_list("id", "display_name"))
    now = current_version()
    return [
        VersionLine(
            row, row.version == now, _learner(row, names), row.adopted_at,
            names.get(row.adopted_by, "") if row.adopted_by else "", sum(row.moved().values()),
        )
        for row in found
    ]  # fmt: skip


def _learner(row: LinkWeights, names: dict[Any, str]) -> str:
    if row.version == SHIPPED_VERSION:
        return _("came with the house")
    return names.get(row.learned_by, "") if row.learned_by else _("by night or by command")


def holds(row: LinkWeights) -> bool:
    return row.version == current_version()


@dataclass(frozen=True)
class DegreeLine:
    """One degree of agreement: its words, its bits in both versions; `before` None when the other version is gone."""

    degree: Any
    before: float | None
    after: float
    moved: bool


def degree_lines(row: LinkWeights) -> list[DegreeLine]:
    """Where the sum begins and every degree, beside the version that held when these were learned."""
    other = LinkWeights.objects.filter(version=row.beside).first()
    kept: Any = other.model if other else shipped_model()
    before, after = _bits(kept), _bits(row.model)
    return [
        DegreeLine(wording.WEIGHTS.get(label, label), before.get(label), bits, abs(bits - before.get(label, bits)) >= ALIKE_BITS)
        for label, bits in after.items()
    ]


def _bits(model: Any) -> dict[str, float]:
    rarity = model["probability_two_random_records_match"]
    found = {"start": log2(rarity / (1 - rarity))}
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                found[level["label_for_charts"]] = log2(level["m_probability"] / level["u_probability"])
    return found


@dataclass(frozen=True)
class ZoneLine:
    zone: Any
    error: Any
    before: str
    before_error: str
    after: str
    after_error: str


def zone_lines(row: LinkWeights) -> list[ZoneLine]:
    """Records and expected error of each zone under the old and the new weights; empty for weights that came with the house."""
    told: Any = row.told
    if not told:
        return []
    return [
        ZoneLine(
            wording.ZONES[zone], wording.ZONE_ERRORS[zone], *_zone(told["before"][zone]), *_zone(told["after"][zone])
        )
        for zone in wording.ZONES
    ]  # fmt: skip


def _zone(kept: list[float]) -> tuple[str, str]:
    records, error = kept
    return str(int(records)), f"{100 * error:.2g} %" if records else "–"


def move_lines(row: LinkWeights) -> list[tuple[Any, Any, int]]:
    return [(wording.ZONES[old], wording.ZONES[new], count) for (old, new), count in row.moved().items()]
