"""What may decide a level: equality, a shared word, an edit distance of ASCII, and absence; on codes here, as SQL elsewhere.

Only such tests are allowed (identity-scoring notes §0.1): with them a score here and in Splink's database are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from .table import Bools, Codes, Rows, Table

#: Pairs whose bags are laid against each other in one go: a few megabytes.
AT_ONCE = 1 << 13


class Agreement(Protocol):
    """A question about pairs of rows. `holds`: bool[pairs]; `sql`: the same for `<column>_l` and `<column>_r`."""

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools: ...
    def sql(self) -> str: ...


@dataclass(frozen=True)
class Same:
    """The left row's word in `column` is the right row's in `other` (by default the same column)."""

    column: str
    other: str = ""

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools:
        one, two = table.words(self.column), table.words(self.other or self.column)
        keyed = not one.vocabulary and not two.vocabulary
        theirs = two.codes if keyed or one is two else _translated(two.codes, two.vocabulary, one.vocabulary)
        mine = one.codes[left]
        return (mine == theirs[right]) & (mine >= 0)

    def sql(self) -> str:
        return f'"{self.column}_l" = "{self.other or self.column}_r"'


@dataclass(frozen=True)
class Share:
    """The two rows have a word of the column in common."""

    column: str

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools:
        codes = table.bags(self.column).codes
        found = np.zeros(left.size, np.bool_)
        for start in range(0, left.size, AT_ONCE):
            part = slice(start, start + AT_ONCE)
            one, two = codes[left[part]], codes[right[part]]
            found[part] = ((one[:, :, None] == two[:, None, :]) & (one >= 0)[:, :, None]).any(axis=(1, 2))
        return found

    def sql(self) -> str:
        return f'list_has_any("{self.column}_l", "{self.column}_r")'


@dataclass(frozen=True)
class Near:
    """At most `edits` insertions, losses, changes or exchanges of neighbours apart. The column must be ASCII."""

    column: str
    edits: int

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools:
        column = table.words(self.column)
        mine, theirs = column.codes[left].astype(np.int64), column.codes[right].astype(np.int64)
        found = np.zeros(left.size, np.bool_)
        told = np.flatnonzero((mine >= 0) & (theirs >= 0))
        # The same two words meet in many pairs.
        distinct, back = np.unique(mine[told] * len(column.vocabulary) + theirs[told], return_inverse=True)
        if not distinct.size:
            return found
        words, codes = column.vocabulary, np.divmod(distinct, len(column.vocabulary))
        one, two = ([words[int(code)] for code in side] for side in codes)
        apart = process.cpdist(one, two, scorer=DamerauLevenshtein.distance, score_cutoff=self.edits, dtype=np.int32)
        found[told] = (apart <= self.edits)[back]
        return found

    def sql(self) -> str:
        return f'damerau_levenshtein("{self.column}_l", "{self.column}_r") <= {self.edits}'


@dataclass(frozen=True)
class Slip:
    """Alike but for one character that was changed, left out, added or moved: less one character each they are the same.

    Unlike an edit distance it can be asked of keyed digests: a table of digests brings the bag `<column>_slips` (forms of
    `slips`), a table of words is measured.
    """

    column: str

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools:
        if self.bag in table:
            return Share(self.bag).holds(table, left, right)
        found = Near(self.column, 2).holds(table, left, right)
        words = table.words(self.column)
        for pair in np.flatnonzero(found):
            one, two = (words.vocabulary[int(words.codes[side[pair]])] for side in (left, right))
            found[pair] = not slips(one).isdisjoint(slips(two))
        return found

    @property
    def bag(self) -> str:
        return f"{self.column}_slips"

    def sql(self) -> str:
        return f'list_has_any("{self.bag}_l", "{self.bag}_r")'


@lru_cache(maxsize=1 << 16)
def slips(word: str) -> frozenset[str]:
    """The word and what is left of it without each of its characters."""
    return frozenset((word, *(word[:at] + word[at + 1 :] for at in range(len(word))))) if word else frozenset()


@dataclass(frozen=True)
class Both:
    """Both rows say something in the column."""

    column: str

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools:
        codes = table.words(self.column).codes
        return (codes[left] >= 0) & (codes[right] >= 0)

    def sql(self) -> str:
        return f'("{self.column}_l" IS NOT NULL AND "{self.column}_r" IS NOT NULL)'


@dataclass(frozen=True)
class Either:
    """At least one row says something in the column."""

    column: str

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools:
        codes = table.words(self.column).codes
        return (codes[left] >= 0) | (codes[right] >= 0)

    def sql(self) -> str:
        return f'("{self.column}_l" IS NOT NULL OR "{self.column}_r" IS NOT NULL)'


@dataclass(frozen=True)
class Lacks:
    """At least one row says nothing in any of the columns' common ground: no column is filled on both sides."""

    columns: tuple[str, ...]

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools:
        lacking = np.ones(left.size, np.bool_)
        for column in self.columns:
            lacking &= ~Both(column).holds(table, left, right)
        return lacking

    def sql(self) -> str:
        return " AND ".join(f'("{column}_l" IS NULL OR "{column}_r" IS NULL)' for column in self.columns)


@dataclass(frozen=True)
class Every:
    """All of the tests hold."""

    tests: tuple[Agreement, ...]

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools:
        # A later test is asked only of the pairs that the earlier ones left.
        found = np.zeros(left.size, np.bool_)
        still = np.arange(left.size)
        for test in self.tests:
            still = still[test.holds(table, left[still], right[still])]
        found[still] = True
        return found

    def sql(self) -> str:
        return " AND ".join(f"({test.sql()})" for test in self.tests)


@dataclass(frozen=True)
class Otherwise:
    """Always holds: the last level of a comparison."""

    def holds(self, table: Table, left: Rows, right: Rows) -> Bools:
        del table, right
        return np.ones(left.size, np.bool_)

    def sql(self) -> str:
        return "ELSE"


def _translated(codes: Codes, vocabulary: list[str], into: list[str]) -> Codes:
    """The codes of one vocabulary in another; -2 for words that the other does not know."""
    known = {word: code for code, word in enumerate(into)}
    table = np.array([known.get(word, -2) for word in vocabulary] + [-1], np.int32)
    return table[codes]
