"""The three zones of a weighed record and how wrong each may be, as the weights themselves claim it (identity-scoring notes §3).

Two sets of weights are laid side by side by the zones of the same records: what a change would do is seen before it is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from nanxi.people.rules.who import LINK, REVIEW


class Zone(Enum):
    LINK = "link"
    REVIEW = "review"
    NEW = "new"


@dataclass(frozen=True)
class Stood:
    """Where one record stands. `best`: bits of its best pair, None without any; `chance`: that it is registered at all."""

    zone: Zone
    best: float | None
    chance: float


def stand(weights: Sequence[float], same_id: Sequence[bool], veto: Sequence[bool]) -> Stood:
    """The zone of a record from its pairs. A pair that no rule may link does not link, whatever it weighs."""
    open_pairs = [(bits, by_id) for bits, by_id, forbidden in zip(weights, same_id, veto, strict=True) if not forbidden]
    chance = min(1.0, sum(_chance(bits) for bits, _ in open_pairs))
    if not open_pairs:
        return Stood(Zone.NEW, None, 0.0)
    best = max(bits for bits, _ in open_pairs)
    if best >= LINK or any(by_id for _, by_id in open_pairs):
        return Stood(Zone.LINK, best, chance)
    return Stood(Zone.REVIEW if best >= REVIEW else Zone.NEW, best, chance)


def _chance(bits: float) -> float:
    return 1 / (1 + 2.0 ** -max(min(bits, 60.0), -60.0))


@dataclass(frozen=True)
class Expected:
    """How many records lie in a zone, and the error it claims: wrong links, wrong best candidates, overlooked persons."""

    records: int
    error: float


def expect(stood: Sequence[Stood]) -> dict[Zone, Expected]:
    """The expected error of each zone; 0 for an empty one."""
    found: dict[Zone, Expected] = {}
    for zone in Zone:
        mine = [one for one in stood if one.zone is zone]
        errors = [one.chance if zone is Zone.NEW else 1 - _chance(one.best or 0.0) for one in mine]
        found[zone] = Expected(len(mine), sum(errors) / len(errors) if errors else 0.0)
    return found


def moves(before: Sequence[Stood], after: Sequence[Stood]) -> dict[tuple[Zone, Zone], int]:
    """Records that change zone, by where from and where to."""
    return dict(Counter((old.zone, new.zone) for old, new in zip(before, after, strict=True) if old.zone is not new.zone))


def needs_second_person(moved: dict[tuple[Zone, Zone], int]) -> bool:
    """Weights that put a record into another zone are adopted by somebody who did not ask for them."""
    return bool(moved)
