"""Weights learned without labels from the digests of records: the same training that `nanxi link` does on words.

How rare a match is comes with the county, not with the records that taught: a register without duplicates has no matches at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.linkage.comparisons import comparisons_of_a_register
from nanxi.engines.linkage.model import as_json
from nanxi.engines.linkage.table import Rows, Table
from nanxi.engines.linkage.train import levels_of, train
from nanxi.people.neighbours import MOST_PER_KEY
from nanxi.people.rules.traits import Key, table_of

#: A match is one register row in 300,000, for most rows that come (identity-scoring notes §2b).
RARITY = 0.85 / 300_000


def learn(strips: NDArray[Any], left: Rows, right: Rows, *, first: int = 0, rarity: float = RARITY) -> dict[str, Any]:
    """A model in Splink's shape from candidate pairs. `first`: rows of the register, when lists follow them."""
    table = table_of(strips)
    table = Table(table.rows, first or table.rows, table.columns)
    comparisons = comparisons_of_a_register()
    model = train(table, comparisons, levels_of(table, comparisons, left, right))
    return as_json(replace(model, rarity=rarity), two_lists=table.two_lists)


def pairs_under(keys: Sequence[tuple[int, int, int]], *, first: int = 0) -> tuple[Rows, Rows]:
    """Pairs of rows that share a key (n, kind, value), keys of too many left out; with `first` only pairs across."""
    under: dict[tuple[int, int], list[int]] = defaultdict(list)
    for n, kind, value in keys:
        under[kind, value].append(n)
    bare = {value for kind, value in under if kind == Key.BARE}
    for kind, value in list(under):
        if kind == Key.NAME and value not in bare:
            del under[kind, value]
    packed = {
        min(a, b) << 32 | max(a, b)
        for group in under.values()
        if 1 < len(group) <= MOST_PER_KEY
        for place, a in enumerate(group)
        for b in group[place + 1 :]
        if a != b and (not first or (a < first) != (b < first))
    }
    pairs = np.array(sorted(packed), np.int64)
    return pairs >> 32, pairs & 0xFFFFFFFF
