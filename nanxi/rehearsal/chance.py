"""Seeded chance: one independent stream for each named purpose, so that adding a draw in one place moves no other."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Chance:
    """Streams of one seed. `chance.of("lists", 3)` is the same stream on every machine."""

    seed: int

    def of(self, purpose: str, number: int = 0) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, zlib.crc32(purpose.encode()), number])))


def happens(rng: np.random.Generator, rate: float, count: int) -> NDArray[np.bool_]:
    """bool[count], each true with probability `rate`."""
    return rng.random(count) < rate
