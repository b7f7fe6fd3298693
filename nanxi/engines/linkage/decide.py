"""What a score may not decide: the household counted once, and pairs that no score links (identity-scoring notes §0.3, §0.4)."""

from __future__ import annotations

import numpy as np

from .comparisons import ANOTHER_NAME, MASKED_ID, MISTYPED_ID, ONE_CHARACTER, ONE_SOUND, SAME_ID, SURNAME, TWO_IDS
from .model import Model
from .score import Bits
from .table import Bools, Floats
from .train import NULL, Levels

#: What members of one household share beyond the strongest of it is worth no more than this loss says (notes §0.3).
HOUSEHOLD_LOSS = 1.0


def household(model: Model, levels: Levels, bits: Bits) -> Floats:
    """Bits to take off: phone, address and a name that is no more than the family's count as the largest of them, less one bit.

    The family's: the surname alone or one differing character of a Chinese name, since brothers share a character; of a Latin
    name the surname beside another given name.
    """
    family, name_bits = _family_only(model, levels, bits)
    shared = [at for at, comparison in enumerate(model.comparisons) if comparison.name == "phone" or _is_address(comparison.name)]
    parts = np.maximum(np.column_stack([bits[:, at] for at in shared] + [name_bits]), 0.0)
    several = family & (np.count_nonzero(parts > 0, axis=1) > 1)
    return np.where(several, parts.sum(axis=1) - parts.max(axis=1) + HOUSEHOLD_LOSS, 0.0)


def vetoed(model: Model, levels: Levels) -> Bools:
    """Two valid different IDs; one ID under two names; or another name with nothing of an ID to overrule it."""
    found = _at(model, levels, "identity", (TWO_IDS,))
    if _place(model, "name") is None:
        stranger = _at(model, levels, "given", ("another given",)) & _at(model, levels, "surname", ("another surname",))
        return found | (stranger & _at(model, levels, "identity", (SAME_ID,)))
    other = _at(model, levels, "name", (SURNAME, ANOTHER_NAME))
    excused = _at(model, levels, "identity", (MISTYPED_ID, MASKED_ID)) & _at(model, levels, "name", (SURNAME,))
    return found | (other & ~excused)


def _family_only(model: Model, levels: Levels, bits: Bits) -> tuple[Bools, Floats]:
    """Pairs whose names agree in no more than the family's, and what their names weigh."""
    if (at := _place(model, "name")) is not None:
        unnamed: Bools = levels[:, at] == NULL
        return _at(model, levels, "name", (ONE_CHARACTER, ONE_SOUND, SURNAME, ANOTHER_NAME)) | unnamed, bits[:, at]
    given, surname = _place(model, "given"), _place(model, "surname")
    if given is None or surname is None:
        return np.ones(len(levels), np.bool_), np.zeros(len(levels))
    return bits[:, given] <= 0, bits[:, surname]


def _is_address(name: str) -> bool:
    return name.startswith("address_")


def _place(model: Model, name: str) -> int | None:
    return next((at for at, comparison in enumerate(model.comparisons) if comparison.name == name), None)


def _at(model: Model, levels: Levels, name: str, labels: tuple[str, ...]) -> Bools:
    """Pairs whose comparison of this name stands at one of the labelled levels."""
    at = _place(model, name)
    if at is None:
        return np.zeros(len(levels), np.bool_)
    numbers = [number for number, level in enumerate(model.comparisons[at].levels) if level.label in labels]
    found = np.zeros(len(levels), np.bool_)
    for number in numbers:
        found |= levels[:, at] == number
    return found
