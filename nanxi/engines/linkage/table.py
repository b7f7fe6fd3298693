"""Rows as columns of whole numbers: equal words have equal codes, so that comparing a million pairs is comparing integers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.signedinteger[Any]]
Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: int8[pairs, comparisons]: the level of each comparison; -1 where it says nothing.
Levels = NDArray[np.int8]

NOTHING = -1


@dataclass(frozen=True)
class Words:
    """One word a row. codes: int[n], -1 = the row does not say; vocabulary: the words by code, [] when the codes are digests."""

    codes: Codes
    vocabulary: list[str]

    @staticmethod
    def of(words: Iterable[str]) -> Words:
        known: dict[str, int] = {}
        codes = [known.setdefault(word, len(known)) if word else NOTHING for word in words]
        return Words(np.array(codes, np.int32), list(known))

    def words(self) -> list[str | None]:
        return [self.vocabulary[code] if code >= 0 else None for code in self.codes.tolist()]

    def counts(self) -> Rows:
        """Rows of each word."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.vocabulary)).astype(np.int64)


@dataclass(frozen=True)
class Bags:
    """Several words a row. codes: int[n, k] filled up with -1; vocabulary as in Words."""

    codes: Codes
    vocabulary: list[str]

    @staticmethod
    def of(bags: Sequence[Sequence[str]]) -> Bags:
        known: dict[str, int] = {}
        width = max((len(bag) for bag in bags), default=1) or 1
        codes = np.full((len(bags), width), NOTHING, np.int32)
        for row, bag in enumerate(bags):
            for at, word in enumerate(bag):
                codes[row, at] = known.setdefault(word, len(known))
        return Bags(codes, list(known))

    def words(self) -> list[list[str] | None]:
        rows: list[list[int]] = self.codes.tolist()
        return [[self.vocabulary[code] for code in row if code >= 0] or None for row in rows]


@dataclass
class Table:
    """The derived columns of all rows; with two lists, the first list's rows come first. `first`: how many those are."""

    rows: int
    first: int
    columns: dict[str, Words | Bags] = field(default_factory=dict[str, "Words | Bags"])

    @property
    def two_lists(self) -> bool:
        return self.first < self.rows

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def words(self, name: str) -> Words:
        column = self.columns[name]
        assert isinstance(column, Words)
        return column

    def bags(self, name: str) -> Bags:
        column = self.columns[name]
        assert isinstance(column, Bags)
        return column

    def all_pairs(self) -> float:
        """How many pairs there are to tell apart."""
        if self.two_lists:
            return float(self.first) * (self.rows - self.first)
        return self.rows * (self.rows - 1) / 2
