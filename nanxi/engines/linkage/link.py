"""The whole run: table, candidates, levels, weights, what they may not decide, clusters, pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import block, decide
from .cluster import clusters
from .comparisons import Comparison, comparisons_for
from .derive import Shape, derive
from .model import Model, from_json
from .score import bits_of, frequencies, probability, weights_of
from .table import Bools, Floats, Levels, Rows, Table
from .train import Tally, levels_of, train, with_family

#: Claimed chance of a pair that is linked without anybody looking (identity-scoring notes §3, three zones).
THRESHOLD = 0.99


@dataclass(frozen=True)
class Linked:
    """Row numbers are those of the stacked lists. pairs: left < right, sorted. cluster: int64[rows], its smallest row.

    doubtful: pairs whose evidence is strong, yet a veto or the household keeps them for a person to look at.
    """

    left: Rows
    right: Rows
    weight: Floats
    probability: Floats
    cluster: Rows
    candidates: int
    doubtful: int
    left_out: dict[str, int]
    model: Model


@dataclass(frozen=True)
class Scorer:
    """A model bound to a table: weights of any pairs of its rows."""

    table: Table
    model: Model
    shares: dict[str, Floats]

    @staticmethod
    def of(table: Table, model: Model) -> Scorer:
        return Scorer(table, model, frequencies(table, model))

    def raw(self, left: Rows, right: Rows) -> Floats:
        """The plain match weight, as Splink would give it."""
        levels = levels_of(self.table, self.model.comparisons, left, right)
        return weights_of(self.model, bits_of(self.model, levels, left, self.shares))

    def decided(self, left: Rows, right: Rows, levels: Levels | None = None) -> tuple[Floats, Bools, Floats]:
        """Weights after the household rule, vetoes, and plain weights."""
        known = levels_of(self.table, self.model.comparisons, left, right) if levels is None else levels
        bits = bits_of(self.model, known, left, self.shares)
        plain = weights_of(self.model, bits)
        return plain - decide.household(self.model, known, bits), decide.vetoed(self.model, known), plain


def link(
    kinds: Mapping[str, str],
    cells: Mapping[str, Sequence[str]],
    rows: int,
    first: int,
    *,
    threshold: float = THRESHOLD,
    kept_model: object = None,
) -> Linked:
    """Link the rows of one list (`first` == `rows`) or of two. kinds: column → kind; cells: column → text of every row.

    Raises ModelError when `kept_model` does not fit the columns. The same rows give the same answer in any order, provided
    they are handed over in one order.
    """
    table, shape = derive(kinds, cells, rows, first)
    comparisons = comparisons_for(table, shape)
    found = block.candidates(table, passes_for(shape))
    levels = levels_of(table, comparisons, found.left, found.right)
    if kept_model is None:
        model = train(table, comparisons, levels)
    else:
        model = with_family(from_json(kept_model, comparisons), Tally.of(levels), max(table.all_pairs(), 2.0))
    scorer = Scorer.of(table, model)
    weights, vetoes, plain = scorer.decided(found.left, found.right, levels)
    limit = np.log2(threshold / (1 - threshold))
    linked = (weights >= limit) & ~vetoes
    doubtful = int(np.count_nonzero((plain >= limit) & ~linked))
    cluster = clusters(rows, found.left[linked], found.right[linked], weights[linked], lambda a, b: scorer.decided(a, b)[:2])
    left, right = _pairs_within(cluster, table)
    weight = scorer.decided(left, right)[0]
    return Linked(left, right, weight, probability(weight), cluster, found.left.size, doubtful, found.left_out, model)


def passes_for(shape: Shape) -> tuple[tuple[str, ...], ...]:
    return block.CHINESE if shape.chinese else block.LATIN


def _pairs_within(cluster: Rows, table: Table) -> tuple[Rows, Rows]:
    """All pairs of rows of one cluster, with two lists those across."""
    order = np.argsort(cluster, kind="stable")
    sorted_clusters = cluster[order]
    ends = np.flatnonzero(np.r_[sorted_clusters[1:] != sorted_clusters[:-1], True]) + 1 if order.size else np.zeros(0, np.int64)
    starts = np.r_[0, ends[:-1]] if ends.size else ends
    pairs = [(a, b) for s, e in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True)
             for n, a in enumerate(order[s:e]) for b in order[s + n + 1 : e]]  # fmt: skip
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    if table.two_lists:
        across = (left < table.first) & (right >= table.first)
        left, right = left[across], right[across]
    by = np.lexsort((right, left))
    return left[by], right[by]


__all__ = ["THRESHOLD", "Comparison", "Linked", "Scorer", "link", "passes_for"]
