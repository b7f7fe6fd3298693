"""How likely two records are one person: the weights of a trained model over the digests of both, as Splink would add them up.

The model is a versioned file in Splink's shape (`engines.linkage.model`). What the sum may not decide stands behind it: the
household counted once, a phone of many names that says nothing, and the vetoes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.linkage import decide
from nanxi.engines.linkage.comparisons import comparisons_of_a_register
from nanxi.engines.linkage.model import Model, from_json
from nanxi.engines.linkage.score import bits_of, frequency_columns, shares_of, weights_of
from nanxi.engines.linkage.table import NOTHING, Bools, Floats, Levels, Rows
from nanxi.engines.linkage.train import levels_of
from nanxi.people.rules.traits import HALF, StripTable
from nanxi.people.rules.who import Evidence

SHIPPED = Path(__file__).parent / "weights" / "shipped.json"
SHIPPED_VERSION = "shipped-1"
#: A phone under which more names than a household has were written down is a foreman's or a hotline.
NAMES_OF_A_PHONE = 5
#: Not a degree of any field: where every sum begins, and what the household rule takes off.
START, HOUSEHOLD = "start", "household"


@dataclass(frozen=True)
class Weights:
    """A model with the name that links keep."""

    version: str
    model: Model

    @staticmethod
    def of(version: str, kept: object) -> Weights:
        return Weights(version, from_json(kept, comparisons_of_a_register()))


@lru_cache(maxsize=1)
def shipped() -> Weights:
    """The weights that come with the house, learned on a simulated county (bench/make_weights.py)."""
    return Weights.of(SHIPPED_VERSION, shipped_model())


def shipped_model() -> dict[str, Any]:
    return json.loads(SHIPPED.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Names:
    """How many persons of the register bear a name, by the name's digest; `persons`: all of them. Nothing known = all rare."""

    bearers: Mapping[int, int]
    persons: int = 0


NOBODY = Names({})


@dataclass(frozen=True)
class Weighed:
    """Pairs by place. weight: bits after the household rule; bits: float64[pairs, comparisons], as Splink has them."""

    weights: Weights
    left: Rows
    right: Rows
    weight: Floats
    plain: Floats
    taken: Floats
    levels: Levels
    bits: Floats
    same_id: Bools
    never: Bools
    other_name: Bools
    veto: Bools

    def joined(self, later: Weighed) -> Weighed:
        """These pairs and, behind them, later ones."""
        names = ("left", "right", "weight", "plain", "taken", "levels", "bits", "same_id", "never", "other_name", "veto")
        return Weighed(self.weights, *(np.concatenate([getattr(self, name), getattr(later, name)]) for name in names))

    def evidence(self, at: int) -> Evidence:
        return self.evidences(np.array([at]))[0]

    def evidences(self, places: Rows, held: Bools | bool = False) -> list[Evidence]:
        """Evidence of many pairs at once. `held`: of each, whether its records stand with one person."""
        judged = (self.weight, self.same_id, self.never, self.other_name, self.veto)
        columns = [*(column[places] for column in judged), np.broadcast_to(held, places.shape), places]
        return [Evidence(*told) for told in zip(*(column.tolist() for column in columns), strict=True)]

    def parts(self, at: int) -> list[tuple[str, float]]:
        """The sum, part by part: where it begins, each field's degree, what the household rule takes off."""
        model = self.weights.model
        said = [
            (comparison.levels[int(self.levels[at, number])].label, round(float(self.bits[at, number]), 2))
            for number, comparison in enumerate(model.comparisons)
            if self.levels[at, number] != NOTHING
        ]
        off = [(HOUSEHOLD, -round(float(self.taken[at]), 2))] if self.taken[at] else []
        return [(START, round(model.prior, 2)), *said, *off]


def no_pairs(weights: Weights) -> Weighed:
    """Nothing weighed yet."""
    rows, bits, told = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)
    wide = (0, len(weights.model.comparisons))
    return Weighed(weights, rows, rows, bits, bits, bits, np.zeros(wide, np.int8), np.zeros(wide), told, told, told, told)


def weigh(
    strips: NDArray[Any], left: Rows, right: Rows, weights: Weights, names: Names = NOBODY, crowded: Sequence[int] = ()
) -> Weighed:
    """Weigh pairs of the strips. `crowded`: phones known to have more names than could be looked up, by digest."""
    model, many = weights.model, _crowded(strips, crowded)
    spoken, one, other = _in_question(strips, left, right)
    levels = levels_of(StripTable(spoken), model.comparisons, one, other)
    shares = rarities(spoken, model, names)
    bits = bits_of(model, levels, one, shares)
    plain = weights_of(model, bits)
    heard = _without_crowds(model, spoken, levels, one, other, many)
    if heard is not levels:
        bits = bits_of(model, heard, one, shares)
    taken = decide.household(model, heard, bits)
    return Weighed(
        weights, left, right, weights_of(model, bits) - taken, plain, taken, heard, bits, decide.same_id(model, heard),
        decide.two_ids(model, heard), decide.other_name(model, heard), decide.vetoed(model, heard),
    )  # fmt: skip


def _in_question(strips: NDArray[Any], left: Rows, right: Rows) -> tuple[NDArray[Any], Rows, Rows]:
    """The strips that stand in a pair, and where the pairs' sides are among them: a few late pairs do not cost a whole town."""
    own, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    if 2 * own.size > strips.size:
        return strips, left, right
    return strips[own], places[: left.size], places[left.size :]


def rarities(strips: NDArray[Any], model: Model, names: Names) -> dict[str, Floats]:
    """Names by how many bear them; of everything else one bearer is expected."""
    one = np.ones(1, np.int64)
    found = {
        column: np.broadcast_to(shares_of(model, column, one, 0.0), strips.size)
        for column in frequency_columns(model)
        if column != "name"
    }
    counts = np.ones(strips.size, np.int64)
    if names.bearers:
        counts = np.array([names.bearers.get(name, 1) for name in strips["name"].tolist()], np.int64)
    return {**found, "name": shares_of(model, "name", counts, float(names.persons))}


def _without_crowds(model: Model, strips: NDArray[Any], levels: Levels, left: Rows, right: Rows, many: NDArray[Any]) -> Levels:
    """The levels with a phone of too many names heard as no phone. many: those phones, as they stand in the strips."""
    if not many.size:
        return levels
    flagged = np.isin(strips["phones"], many).any(axis=1)
    at = next(number for number, comparison in enumerate(model.comparisons) if comparison.name == "phone")
    heard = levels.copy()
    agree = (levels[:, at] == 0) | (levels[:, at] == 1)
    heard[agree & flagged[left] & flagged[right], at] = NOTHING
    return heard


def _crowded(strips: NDArray[Any], known: Sequence[int]) -> NDArray[Any]:
    """Phones (32-bit digests) that stand beside more names than NAMES_OF_A_PHONE."""
    more = np.array([digest & HALF or 1 for digest in known], np.int64)
    phones, sounds = strips["phones"], strips["name_sound"]
    row, at = np.nonzero(phones)
    row, at = row[sounds[row] != 0], at[sounds[row] != 0]
    if row.size <= NAMES_OF_A_PHONE:
        return more
    digests, names = phones[row, at].astype(np.int64), sounds[row]
    order = np.lexsort((names, digests))
    digests, names = digests[order], names[order]
    begins = np.r_[True, digests[1:] != digests[:-1]]
    another = begins | np.r_[True, names[1:] != names[:-1]]
    first = np.flatnonzero(begins)
    return np.concatenate([digests[first[np.add.reduceat(another, first, dtype=np.int64) > NAMES_OF_A_PHONE]], more])
