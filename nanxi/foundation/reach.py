"""Reach: the areas somebody answers for, as ranges of area codes. Pure.

An area code is the 12-digit statistical code (county 6 + town 3 + village 3), plus 3 digits for a grid or residential
compound. The codes below an area are exactly the texts that begin with its stem, so a reach is a few half-open
text ranges under byte order (collation "C").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

CODE_LENGTHS = (12, 15)


class BadCode(ValueError):
    """A text that is no area code; the message says what one looks like."""


def stem_of(code: str) -> str:
    """The part of a code that all its sub-areas share: 330324000000 → 330324, 330324101000 → 330324101."""
    if len(code) not in CODE_LENGTHS or not (code.isascii() and code.isdigit()):
        raise BadCode("An area code has 12 digits (county, town, village), or 15 for a grid or compound.")
    if len(code) == 15:
        return code
    for length in (2, 4, 6, 9):
        if set(code[length:]) == {"0"}:
            return code[:length]
    return code


def range_of(code: str) -> tuple[str, str]:
    """[low, high) under byte order holding the area and everything inside it."""
    stem = stem_of(code)
    return stem, stem[:-1] + chr(ord(stem[-1]) + 1)


@dataclass(frozen=True)
class Reach:
    """Ranges of area codes, sorted; empty = sees nothing."""

    ranges: tuple[tuple[str, str], ...] = ()

    @classmethod
    def over(cls, codes: Iterable[str]) -> Reach:
        """Everything inside the given areas; ranges inside another are dropped."""
        kept: list[tuple[str, str]] = []
        for low, high in sorted(range_of(code) for code in codes):
            if kept and low < kept[-1][1]:
                continue
            kept.append((low, high))
        return cls(tuple(kept))

    def covers(self, code: str) -> bool:
        return any(low <= code < high for low, high in self.ranges)

    def where(self, column: str = "area_code") -> Q:
        """The condition for the query layer; no range → nothing."""
        condition = Q(pk__in=[])
        for number, (low, high) in enumerate(self.ranges):
            here = Q(**{f"{column}__gte": low, f"{column}__lt": high})
            condition = here if number == 0 else condition | here
        return condition

    @property
    def more(self) -> str:
        """The ranges after the first, as the row policies read them."""
        return ",".join(f"{low}-{high}" for low, high in self.ranges[1:])


NOWHERE = Reach()
EVERYWHERE = Reach((("0", ":"),))  # ":" follows "9" in byte order


def home_of(reach: Reach) -> str:
    """The area under which an officer's own acts are kept: the whole of the first range; "" for an empty reach."""
    low = reach.ranges[0][0] if reach.ranges else ""
    return low.ljust(12, "0") if 0 < len(low) < 12 else low
