"""How right a linkage is, held against a truth: pairs (precision, recall, F1) and persons (B³, Bagga & Baldwin 1998)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb

Key = tuple[int, str]


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1. pairs_true, pairs_found, pairs_right: counts of pairs."""

    pairs_true: int
    pairs_found: int
    pairs_right: int
    b3_precision: float
    b3_recall: float

    @property
    def precision(self) -> float:
        return self.pairs_right / self.pairs_found if self.pairs_found else 1.0

    @property
    def recall(self) -> float:
        return self.pairs_right / self.pairs_true if self.pairs_true else 1.0

    @property
    def f1(self) -> float:
        return harmonic(self.precision, self.recall)

    @property
    def b3(self) -> float:
        return harmonic(self.b3_precision, self.b3_recall)


def harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def figures(found: Mapping[Key, int], truth: Mapping[Key, str], *, across: bool) -> Figures:
    """found, truth: cluster of each row (list, id); rows without truth are left out. `across`: count only pairs of two lists."""
    rows = [row for row in found if row in truth]
    together = Counter((found[row], truth[row]) for row in rows)
    mine, theirs = Counter(found[row] for row in rows), Counter(truth[row] for row in rows)
    right = _pairs(((found[row], truth[row]), row) for row in rows)
    claimed, true = _pairs((found[row], row) for row in rows), _pairs((truth[row], row) for row in rows)
    number = len(rows) or 1
    return Figures(
        pairs_true=true[across], pairs_found=claimed[across], pairs_right=right[across],
        b3_precision=sum(n * n / mine[f] for (f, _), n in together.items()) / number,
        b3_recall=sum(n * n / theirs[t] for (_, t), n in together.items()) / number,
    )  # fmt: skip


def _pairs(grouped: Iterable[tuple[object, Key]]) -> tuple[int, int]:
    """Pairs inside the groups: all of them, and those across the two lists."""
    sizes: dict[object, list[int]] = {}
    for group, (number, _) in grouped:
        sizes.setdefault(group, [0, 0])[number] += 1
    return sum(comb(sum(size), 2) for size in sizes.values()), sum(size[0] * size[1] for size in sizes.values())
