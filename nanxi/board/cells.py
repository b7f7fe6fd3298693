"""Small cells: which counts of a table by town are held back, so that nobody is found by subtraction (trust notes S16). Pure.

A count of 1 to 9 is held back. The county's total stays, so one held-back town could be computed from it: further towns
are held back until at least two remain unknown and no single value follows from their sum. One table stays open to
whoever knows its total: every town at exactly nine (or ten towns at exactly one); only holding back the total would help.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

#: Counts from here on are told (trust notes S16: "counts < 10 suppressed").
LEAST = 10
#: How a held-back count is written; the same for small ones and for those that protect them.
HELD_BACK = "*"


def held_back(counts: Mapping[str, int]) -> frozenset[str]:
    """Keys of the counts that are not told beside their total: the small ones, then others by key.

    By key and not by size: the next in size would tell that every shown figure is at least as high.
    """
    hidden = {key for key, n in counts.items() if 0 < n < LEAST}
    if not hidden:
        return frozenset()
    rest = sorted(key for key in counts if key not in hidden)
    while rest and not _open([counts[key] for key in hidden]):
        hidden.add(rest.pop(0))
    return frozenset(hidden)


def _open(values: Collection[int]) -> bool:
    """Whether the sum of the held-back counts leaves every single one open, also to whoever knows this rule."""
    total, n = sum(values), len(values)
    all_highest = total == n * (LEAST - 1)
    return n >= 2 and total >= LEAST and total > n and not all_highest


def alone(n: int) -> str:
    """A count that stands without others and without a total: the figure, or `*`."""
    return HELD_BACK if 0 < n < LEAST else str(n)


def told(counts: Mapping[str, int]) -> dict[str, str]:
    """The counts as they may be written: the figure, or `*`."""
    hidden = held_back(counts)
    return {key: HELD_BACK if key in hidden else str(n) for key, n in counts.items()}
