"""What a score may not decide: the household counted once, and pairs that no score links (identity-scoring notes §0.3, §0.4).

In Latin lists the household is a third class beside one person and strangers: alike in phone, home and surname as rows of one
person are, and in the rest as strangers are. Its share is learned, so a list without families loses nothing to it.
"""

from __future__ import annotations

import numpy as np

from .comparisons import ANOTHER_NAME, MASKED_ID, MISTYPED_ID, ONE_CHARACTER, ONE_SOUND, SAME_ID, SURNAME, TWO_IDS
from .model import Model
from .table import NOTHING, Bools, Floats, Levels

#: What members of one household share beyond the strongest of it is worth no more than this loss says (notes §0.3).
HOUSEHOLD_LOSS = 1.0


def household(model: Model, levels: Levels, bits: Floats) -> Floats:
    """Bits to take off for what a family shares: by the rule of the notes, in a Latin list as `family` weighs."""
    if weighs_families(model):
        return np.logaddexp2(np.log2(1 - model.family), np.log2(model.family) + home(model, bits))
    return _counted_once(model, levels, bits)


def weighs_families(model: Model) -> bool:
    """Is it a list in Latin letters, where a family is a class of its own beside one person and strangers?"""
    return _place(model, "name") is None


def home(model: Model, bits: Floats) -> Floats:
    """Bits of all that the members of one family share: phone, home and, of a Latin list, the surname."""
    names = [comparison.name for comparison in model.comparisons]
    return bits[:, [at for at, name in enumerate(names) if _of_a_home(name) or name == "surname"]].sum(axis=1)


def _counted_once(model: Model, levels: Levels, bits: Floats) -> Floats:
    """Phone, home and a name that is no more than the family's count as the largest of them, less one bit.

    The family's: the surname alone or one differing character, since brothers share a character. Where the ID agrees it is no
    family's: no two of it have the same.
    """
    at = _place(model, "name")
    assert at is not None
    unnamed: Bools = levels[:, at] == NOTHING
    family = _at(model, levels, "name", (ONE_CHARACTER, ONE_SOUND, SURNAME, ANOTHER_NAME)) | unnamed
    shared = [number for number, comparison in enumerate(model.comparisons) if _of_a_home(comparison.name)]
    parts = np.maximum(np.column_stack([bits[:, number] for number in [*shared, at]]), 0.0)
    several = family & ~_at(model, levels, "identity", (SAME_ID,)) & (np.count_nonzero(parts > 0, axis=1) > 1)
    return np.where(several, parts.sum(axis=1) - parts.max(axis=1) + HOUSEHOLD_LOSS, 0.0)


def two_ids(model: Model, levels: Levels) -> Bools:
    """Two valid different IDs: never one person, whoever decides."""
    return _at(model, levels, "identity", (TWO_IDS,))


def same_id(model: Model, levels: Levels) -> Bools:
    return _at(model, levels, "identity", (SAME_ID,))


def other_name(model: Model, levels: Levels) -> Bools:
    """The names say more than a slip against one person."""
    return _at(model, levels, "name", (SURNAME, ANOTHER_NAME))


def vetoed(model: Model, levels: Levels) -> Bools:
    """Two valid different IDs; or another name with nothing to overrule it: in a Chinese list one ID under two names neither."""
    found = two_ids(model, levels)
    if weighs_families(model):
        return found
    other = other_name(model, levels)
    excused = _at(model, levels, "identity", (MISTYPED_ID, MASKED_ID)) & _at(model, levels, "name", (SURNAME,))
    return found | (other & ~excused)


def _of_a_home(name: str) -> bool:
    return name in ("phone", "postcode", "plate") or name.startswith(("address_", "place_"))


def _place(model: Model, name: str) -> int | None:
    return model.numbers[name][0] if name in model.numbers else None


def _at(model: Model, levels: Levels, name: str, labels: tuple[str, ...]) -> Bools:
    """Pairs whose comparison of this name stands at one of the labelled levels."""
    if name not in model.numbers:
        return np.zeros(len(levels), np.bool_)
    at, numbers = model.numbers[name]
    found = np.zeros(len(levels), np.bool_)
    for label in labels:
        if label in numbers:
            found |= levels[:, at] == numbers[label]
    return found
