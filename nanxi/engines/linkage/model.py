"""A model: comparisons with the learned m and u, and how rare a match is. As JSON it is a settings file that Splink 5 reads.

Weights are bits, log2(m/u) (Fellegi & Sunter 1969). The JSON carries the SQL of every level, so that whoever reads a model knows
what was asked; a model whose questions are not this engine's is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from .comparisons import Comparison
from .table import Floats


class ModelError(ValueError):
    """The model does not fit the list or is not whole; the message says where."""


@dataclass(frozen=True)
class Model:
    """m, u: one share for each level of each comparison, in the order of the levels. `rarity`: two random rows are a match."""

    comparisons: tuple[Comparison, ...]
    m: tuple[tuple[float, ...], ...]
    u: tuple[tuple[float, ...], ...]
    rarity: float
    #: Two random rows are of one family, and not one person. Of the list, not of the weights, and so not kept; 0 = not asked.
    family: float = 0.0

    @property
    def prior(self) -> float:
        """The weight of knowing nothing but that there are two rows, in bits."""
        return math.log2(self.rarity / (1 - self.rarity))

    def bits(self) -> list[list[float]]:
        """The weight of every level."""
        return [[math.log2(m / u) for m, u in zip(ms, us, strict=True)] for ms, us in zip(self.m, self.u, strict=True)]

    @cached_property
    def tables(self) -> list[Floats]:
        """The weights of each comparison by level; last, where level -1 looks, the 0 of what says nothing."""
        return [np.array([*weights, 0.0]) for weights in self.bits()]

    @cached_property
    def by_frequency(self) -> list[tuple[int, int, str]]:
        """Comparison, level and column of the levels whose rare words weigh more."""
        return [
            (at, number, level.frequency)
            for at, comparison in enumerate(self.comparisons)
            for number, level in enumerate(comparison.levels)
            if level.frequency
        ]

    @cached_property
    def numbers(self) -> dict[str, tuple[int, dict[str, int]]]:
        """Comparison by its name: its number, and the number of each level by its label."""
        return {
            comparison.name: (at, {level.label: number for number, level in enumerate(comparison.levels)})
            for at, comparison in enumerate(self.comparisons)
        }


def as_json(model: Model, *, two_lists: bool) -> dict[str, Any]:
    """The model in the shape of Splink's settings."""
    return {
        "link_type": "link_only" if two_lists else "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": model.rarity,
        "retain_intermediate_calculation_columns": False,
        "retain_matching_columns": False,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [
            _comparison(comparison, ms, us) for comparison, ms, us in zip(model.comparisons, model.m, model.u, strict=True)
        ],
    }


def _comparison(comparison: Comparison, ms: Sequence[float], us: Sequence[float]) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.missing.sql(), "label_for_charts": "says nothing", "is_null_level": True}
    ]
    for level, m, u in zip(comparison.levels, ms, us, strict=True):
        kept: dict[str, Any] = {
            "sql_condition": level.test.sql(), "label_for_charts": level.label, "m_probability": m, "u_probability": u,
        }  # fmt: skip
        if level.frequency:
            kept |= {"tf_adjustment_column": level.frequency, "tf_adjustment_weight": 1.0}
        levels.append(kept)
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def from_json(kept: object, comparisons: Sequence[Comparison]) -> Model:
    """The model of a file for the comparisons that the list allows. Raises ModelError for a gap or a strange question."""
    settings = _mapping(kept, "the model")
    rarity = _share(settings.get("probability_two_random_records_match"), "probability_two_random_records_match")
    entries = [_mapping(entry, "a comparison") for entry in _list(settings.get("comparisons"), "comparisons")]
    by_name = {str(entry.get("output_column_name")): entry for entry in entries}
    ms: list[tuple[float, ...]] = []
    us: list[tuple[float, ...]] = []
    for comparison in comparisons:
        entry = by_name.get(comparison.name)
        if entry is None:
            raise ModelError(f"has no comparison {comparison.name}, which the list needs; train one on lists with its columns.")
        levels = [_mapping(level, comparison.name) for level in _list(entry.get("comparison_levels"), comparison.name)]
        told = [level for level in levels if not level.get("is_null_level")]
        asked = [" ".join(str(level.get("sql_condition")).split()) for level in told]
        if asked != [level.test.sql() for level in comparison.levels]:
            raise ModelError(f"comparison {comparison.name}: its levels are not those of this engine; train the model again.")
        for key, into in (("m_probability", ms), ("u_probability", us)):
            where = [f"{comparison.name}, {level.get('label_for_charts')}, {key}" for level in told]
            into.append(tuple(_share(level.get(key), place) for level, place in zip(told, where, strict=True)))
    return Model(tuple(comparisons), tuple(ms), tuple(us), rarity)


def _mapping(kept: object, where: str) -> dict[str, Any]:
    if not isinstance(kept, dict):
        raise ModelError(f"{where} is no JSON object; give a model file as `nanxi link --model-out` writes it.")
    return cast("dict[str, Any]", kept)


def _list(kept: object, where: str) -> list[object]:
    if not isinstance(kept, list):
        raise ModelError(f"{where} is no JSON list; give a model file as `nanxi link --model-out` writes it.")
    return cast("list[object]", kept)


def _share(kept: object, where: str) -> float:
    if not isinstance(kept, int | float) or not 0 < kept <= 1:
        raise ModelError(f"{where}: is no share between 0 and 1; the level is not trained.")
    return float(kept)
