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
from nanxi.engines.linkage.train import Tally, levels_of, train
from nanxi.engines.linkage.train import learn as learn_tallied
from nanxi.people.neighbours import MOST_PER_KEY
from nanxi.people.rules.traits import Key, table_of

#: Of the rows that come so many are in the register, which the notes had with 300,000 persons (identity-scoring notes §2b).
KNOWN, PERSONS = 0.85, 300_000
RARITY = KNOWN / PERSONS
#: Rows with an ID number that the belief above counts for; a register that was just founded has hardly anybody twice.
BELIEF_KNOWN, LEAST_KNOWN = 20, 0.5


def learn(strips: NDArray[Any], left: Rows, right: Rows, *, first: int = 0, rarity: float = RARITY) -> dict[str, Any]:
    """A model in Splink's shape from candidate pairs. `first`: rows of the register, when lists follow them."""
    table = table_of(strips)
    table = Table(table.rows, first or table.rows, table.columns)
    comparisons = comparisons_of_a_register()
    model = train(table, comparisons, levels_of(table, comparisons, left, right))
    return as_json(replace(model, rarity=rarity), two_lists=table.two_lists)


def learn_from_register(met: Tally, drawn: Tally, *, pairs: float, rarity: float) -> dict[str, Any]:
    """A model from what records of a register showed beside their candidates. pairs: all that these records could have met."""
    model = learn_tallied(comparisons_of_a_register(), met, drawn, pairs=pairs, matches=max(pairs * rarity, 1.0))
    return as_json(replace(model, rarity=rarity), two_lists=False)


def rarity_of(asked: int, known: int, persons: int) -> float:
    """How rare a match is: of the rows that came with a valid ID number, `known` of `asked` found theirs among the persons.

    A register smaller than a county's people stays as careful: those who are not in it bear the same names.
    """
    share = (known + BELIEF_KNOWN * KNOWN) / (asked + BELIEF_KNOWN)
    return max(share, LEAST_KNOWN) / max(persons, PERSONS)


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
