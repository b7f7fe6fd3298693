"""Who lives together and which adult answers for all: read from what lists say, never set by anybody.

A household is everybody whom some list puts at one full address. One call reaches them: the adult whose phone most of them share,
else the oldest adult with a phone. A minor has no call of its own (rules.minors), and whoever is known as guardian or parent of a
minor there answers before other adults.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from nanxi.people.rules.minors import ADULT

#: An address with more people is a dormitory, a hotel or a village without house numbers.
MOST = 12


@dataclass(frozen=True)
class Member:
    """One person at the address. `year` of birth, 0 = unknown; `phones`: digests."""

    person: UUID
    year: int = 0
    phones: frozenset[int] = frozenset()

    def is_minor(self, this_year: int) -> bool:
        return bool(self.year) and this_year - self.year < ADULT


def is_household(members: Sequence[Member]) -> bool:
    return 2 <= len(members) <= MOST


def who_answers(members: Sequence[Member], this_year: int, guardians: Collection[UUID] = ()) -> UUID | None:
    """The adult who answers for all; None when no adult of the household has a phone. `guardians`: of minors of the household."""
    shared = Counter(phone for member in members for phone in member.phones)
    able = [member for member in members if member.phones and not member.is_minor(this_year)]
    ranked = sorted(
        able,
        key=lambda member: (
            member.person not in guardians, -max(shared[phone] for phone in member.phones), member.year or 9999, member.person,
        ),
    )  # fmt: skip
    return ranked[0].person if ranked else None
