"""Weights learned without labels: u from random pairs, m and the rarity of a match by EM over the candidate pairs.

A blocked pair's chance to be a match does not depend on the blocking, which looks at the same fields; so the prior is that of all
pairs, and pairs that no pass brought count as no match (Winkler 1988; Splink's practice for u). The seed is fixed.

The household rule and the vetoes hold while learning too: a family is many pairs that share phone, house and surname, and EM left
alone takes them for the matches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from . import decide
from .comparisons import Comparison
from .model import Model
from .table import NOTHING, Floats, Levels, Rows, Table

#: Enough to see a level that one pair in 100,000 reaches; more only costs edit distances.
RANDOM_PAIRS = 400_000
#: Pairs that the shipped beliefs count for: a list of twenty rows cannot teach how rare a name is.
BELIEF_M, BELIEF_U = 20.0, 1000.0
#: No single agreement says more, however rare (identity-scoring notes §3: fixed caps).
MOST_BITS = 19.0
ROUNDS, STILL = 200, 1e-7
BATCH = 1 << 20


def levels_of(table: Table, comparisons: Sequence[Comparison], left: Rows, right: Rows) -> Levels:
    """int8[pairs, comparisons]: the first level that holds; -1 where the comparison says nothing."""
    found = np.full((left.size, len(comparisons)), NOTHING, np.int8)
    for start in range(0, left.size, BATCH):
        part = slice(start, start + BATCH)
        for at, comparison in enumerate(comparisons):
            found[part, at] = _level(table, comparison, left[part], right[part])
    return found


def _level(table: Table, comparison: Comparison, left: Rows, right: Rows) -> Levels:
    found = np.full(left.size, NOTHING, np.int8)
    open_pairs = np.flatnonzero(~comparison.missing.holds(table, left, right))
    for number, level in enumerate(comparison.levels):
        if not open_pairs.size:
            break
        holds = level.test.holds(table, left[open_pairs], right[open_pairs])
        found[open_pairs[holds]] = number
        open_pairs = open_pairs[~holds]
    return found


def random_pairs(table: Table, most: int = RANDOM_PAIRS) -> tuple[Rows, Rows]:
    """All pairs of a small list, else as many drawn ones; always the same for the same rows."""
    if table.all_pairs() <= most:
        return _every_pair(table)
    dice = np.random.default_rng(20260101)
    if table.two_lists:
        return dice.integers(0, table.first, most), dice.integers(table.first, table.rows, most)
    left, right = dice.integers(0, table.rows, most), dice.integers(0, table.rows - 1, most)
    return left, right + (right >= left)


def _every_pair(table: Table) -> tuple[Rows, Rows]:
    if table.two_lists:
        second = table.rows - table.first
        return np.repeat(np.arange(table.first), second), np.tile(np.arange(table.first, table.rows), table.first)
    left, right = np.triu_indices(table.rows, 1)
    return left.astype(np.int64), right.astype(np.int64)


@dataclass(frozen=True)
class Tally:
    """How often each pattern of levels was met. patterns: int8[kinds, comparisons]; counts: float64[kinds]."""

    patterns: Levels
    counts: Floats

    @staticmethod
    def of(levels: Levels) -> Tally:
        patterns, counts = np.unique(levels, axis=0, return_counts=True)
        return Tally(patterns, counts.astype(np.float64))

    def plus(self, later: Tally) -> Tally:
        """Both together: a register is tallied part by part."""
        patterns, place = np.unique(np.concatenate([self.patterns, later.patterns]), axis=0, return_inverse=True)
        return Tally(patterns, np.bincount(place.ravel(), np.r_[self.counts, later.counts]).astype(np.float64))


def train(table: Table, comparisons: Sequence[Comparison], levels: Levels) -> Model:
    """The model of these candidates. levels: as `levels_of` gives them."""
    drawn = Tally.of(levels_of(table, comparisons, *random_pairs(table)))
    # Twenty random pairs of one list are no prior either: at least one match is looked for.
    pairs = max(table.all_pairs(), 2.0)
    matches = max(0.3 * min(table.first, table.rows - table.first or table.rows), 1.0)
    return learn(comparisons, Tally.of(levels), drawn, pairs=pairs, matches=matches)


def learn(comparisons: Sequence[Comparison], met: Tally, drawn: Tally, *, pairs: float, matches: float) -> Model:
    """The model of tallied candidates. drawn: random pairs; pairs: all that could be met; matches: a first guess among them."""
    patterns, counts = met.patterns, met.counts
    chance = _shares_of_levels(drawn, comparisons)
    many = int(drawn.counts.sum())
    m = [np.array([level.m for level in comparison.levels]) for comparison in comparisons]
    m = [ms / ms.sum() for ms in m]
    rarity = matches / pairs
    u = [_chance(chance[at], comparison, many, rarity, m[at]) for at, comparison in enumerate(comparisons)]
    family = rarity
    for _ in range(ROUNDS):
        model = _model(comparisons, m, u, rarity, family)
        odds, kin = _odds(patterns, model)
        expected = odds * counts
        family = min(max(float((kin * counts).sum()), 0.5) / pairs, 0.5)
        renewed = [_learned(patterns[:, at], expected, comparison) for at, comparison in enumerate(comparisons)]
        moved = max((float(np.abs(a - b).max()) for a, b in zip(renewed, m, strict=True)), default=0.0)
        m = renewed
        rarity = min(max(float(expected.sum()), 0.5) / pairs, 0.5)
        u = [_chance(chance[at], comparison, many, rarity, m[at]) for at, comparison in enumerate(comparisons)]
        if moved < STILL:
            break
    u = [np.maximum(us, ms * 2.0**-MOST_BITS) for us, ms in zip(u, m, strict=True)]
    return with_family(_model(comparisons, m, u, rarity, family), met, pairs)


def with_family(model: Model, met: Tally, pairs: float) -> Model:
    """The model with the share of families among all pairs of this list, its weights held; Chinese lists need none."""
    if not decide.weighs_families(model):
        return replace(model, family=0.0)
    known = replace(model, family=model.rarity)
    for _ in range(ROUNDS):
        _, kin = _odds(met.patterns, known)
        share = min(max(float((kin * met.counts).sum()), 0.5) / pairs, 0.5)
        still = abs(share - known.family) < STILL * share
        known = replace(known, family=share)
        if still:
            break
    return known


def _model(comparisons: Sequence[Comparison], m: Sequence[Floats], u: Sequence[Floats], rarity: float, family: float) -> Model:
    shares = [tuple(tuple(level.tolist()) for level in kind) for kind in (m, u)]
    return Model(tuple(comparisons), shares[0], shares[1], rarity, family)


def _shares_of_levels(drawn: Tally, comparisons: Sequence[Comparison]) -> list[Floats]:
    """Pairs at each level, nulls left out."""
    found: list[Floats] = []
    for at, comparison in enumerate(comparisons):
        told = drawn.patterns[:, at] >= 0
        shares = np.bincount(drawn.patterns[told, at], drawn.counts[told], minlength=len(comparison.levels))
        found.append(shares.astype(np.float64))
    return found


def _chance(counts: Floats, comparison: Comparison, drawn: int, rarity: float, m: Floats) -> Floats:
    """u of each level: what random pairs show, less the matches among them, with the shipped belief."""
    believed = np.array([level.u for level in comparison.levels])
    said = counts.sum()
    others = np.maximum(counts - said * rarity * m, 0.0) if drawn else counts
    shares = (others + BELIEF_U * believed / believed.sum()) / (others.sum() + BELIEF_U)
    return np.maximum(shares / shares.sum(), [level.least for level in comparison.levels])


def _odds(patterns: Levels, model: Model) -> tuple[Floats, Floats]:
    """The chances of each pattern to be one person, and one family but not one person."""
    bits = np.column_stack([table[patterns[:, at]] for at, table in enumerate(model.tables)])
    total = model.prior + bits.sum(axis=1) - decide.household(model, patterns, bits)
    chance = np.where(decide.vetoed(model, patterns), 0.0, 1.0 / (1.0 + np.exp2(-np.clip(total, -1000, 1000))))
    kin = 1.0 / (1.0 + np.exp2(-np.clip(decide.home(model, bits) + np.log2(model.family), -1000, 1000)))
    return chance, (1.0 - chance) * kin


def _learned(levels: Levels, matches: Floats, comparison: Comparison) -> Floats:
    """m of each level from the expected matches; levels whose m is fixed keep it."""
    believed = np.array([level.m for level in comparison.levels])
    told = levels >= 0
    seen = np.bincount(levels[told], matches[told], minlength=believed.size)
    fixed = np.array([level.fixed for level in comparison.levels])
    seen[fixed] = 0.0
    if fixed.all():
        return believed
    shares = (seen + BELIEF_M * np.where(fixed, 0.0, believed)) / (seen.sum() + BELIEF_M * believed[~fixed].sum())
    return np.where(fixed, believed, shares * (1 - believed[fixed].sum()))
