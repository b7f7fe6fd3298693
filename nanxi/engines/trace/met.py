"""Everybody whom a search met: how many, the most exposed of them, and all figures for those that are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nanxi.engines.trace.parts import Array
from nanxi.engines.trace.stays import Ints

#: What one entity had with the case. exposure in millionths; bound: companionship in thousandths, never too low (scores.BOUND).
RECORD = np.dtype(
    [
        ("entity", "<i4"), ("visits", "<i4"), ("places", "<i4"), ("longest", "<i4"), ("first", "<i4"), ("last", "<i4"),
        ("klass", "<i4"), ("overlap", "<i8"), ("exposure", "<i8"), ("bound", "<i8"),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Met:
    """best(n) → entities and exposures (ten-thousandths): the n most exposed, at least all who equal the last of them.

    records(entities) → RECORD. crowd: int64[visits] others at each visit; over: bool[visits], more than the cap; named:
    int64[visits], how many of them were met.
    """

    count: int
    best: Callable[[int], tuple[Ints, Ints]]
    records: Callable[[Ints], Array]
    crowd: Ints
    over: Array
    named: Ints
