"""What may be published, and how many wrong links are too many. Pure.

Small cells: counts below ten are hidden, and as many more as it takes that nobody can subtract them from the total
(trust notes S16). Figures are those of whole days that do not overlap, so two tables never differ by one person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

#: Counts from one to nine could point at somebody whom the neighbours know (trust notes S16).
SMALLEST = 10
#: Wrong links from one address in a window that are told to oversight once. Codes carry 128 random bits and a MAC of 64:
#: guessing is hopeless, so nobody who holds a true link is locked out behind a shared address.
MOST_GUESSES, GUESS_WINDOW = 20, timedelta(minutes=10)


@dataclass(frozen=True)
class Table:
    """One published table: cells by key, None = hidden; `total` None = hidden too."""

    cells: dict[str, int | None]
    total: int | None


def published(cells: Mapping[str, int]) -> Table:
    """A table with its small cells hidden, and further ones until at least two are hidden and hold ten together."""
    total = sum(cells.values())
    hidden = {key for key, n in cells.items() if 0 < n < SMALLEST}
    rest = sorted((n, key) for key, n in cells.items() if n >= SMALLEST)
    while hidden and (len(hidden) < 2 or sum(cells[key] for key in hidden) < SMALLEST) and rest:
        hidden.add(rest.pop(0)[1])
    alone = bool(hidden) and (len(hidden) < 2 or sum(cells[key] for key in hidden) < SMALLEST)
    shown = {key: None if key in hidden else n for key, n in cells.items()}
    return Table(shown, None if alone or 0 < total < SMALLEST else total)
