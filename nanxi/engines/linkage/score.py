"""The weight of a pair: prior, plus the bits of each comparison's level, plus what the rarity of the shared word adds.

The same sum that Splink makes of the same model and columns, to the last digits of a float; a test and the bench hold it to that.
"""

from __future__ import annotations

import numpy as np

from .model import Model
from .table import Floats, Levels, Rows, Table
from .train import MOST_BITS

#: Rows that the model's own u counts for beside the list's frequencies: in ten rows every name looks frequent.
BELIEF_ROWS = 1000.0


def frequencies(table: Table, model: Model) -> dict[str, Floats]:
    """Column → share of the *other* rows that hold the row's word, float64[rows]; 1 where it does not say."""
    found: dict[str, Floats] = {}
    for column in frequency_columns(model):
        words = table.words(column)
        counts = words.counts()
        found[column] = shares_of(model, column, np.r_[counts, 0][words.codes], float(counts.sum()))
    return found


def frequency_columns(model: Model) -> list[str]:
    """Columns whose rare words weigh more."""
    return [column for _, _, column in model.by_frequency]


def shares_of(model: Model, column: str, counts: Rows, rows: float) -> Floats:
    """The share of other rows for words that `counts` of `rows` rows hold; never so small that the level passes its cap."""
    found: Floats = np.ones(counts.size)
    for at, number, frequent in model.by_frequency:
        if frequent == column:
            m, u = model.m[at][number], model.u[at][number]
            shares = (np.maximum(counts - 1, 0) + BELIEF_ROWS * u) / (rows + BELIEF_ROWS)
            found = np.clip(shares, m * 2.0**-MOST_BITS, 1.0)
    return found


def bits_of(model: Model, levels: Levels, left: Rows, shares: dict[str, Floats]) -> Floats:
    """float64[pairs, comparisons]: the bits of each comparison, frequency included; 0 where it says nothing."""
    found = np.empty(levels.shape, np.float64)
    for at, table in enumerate(model.tables):
        found[:, at] = table[levels[:, at]]
    for at, number, column in model.by_frequency:
        equal = np.flatnonzero(levels[:, at] == number)
        if equal.size:
            found[equal, at] += np.log2(model.u[at][number] / shares[column][left[equal]])
    return found


def weights_of(model: Model, bits: Floats) -> Floats:
    """float64[pairs]: the match weight in bits."""
    return model.prior + bits.sum(axis=1)


def probability(weights: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp2(-np.clip(weights, -1000.0, 1000.0)))
