"""How many contacts another edition of the definition would mean, before anybody adopts it: counts, no names.

Each edition is asked with its own slack, seat rows and minimum duration. Where the day of onset is known it also sets its own
window, look-back days before it to infectious days after, and never later than the seed's end (isolation).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nanxi.engines.trace.protocol import ContactClass, Edition
from nanxi.engines.trace.query import CLASSES, Asking, contacts
from nanxi.engines.trace.scores import DAY_S
from nanxi.engines.trace.stays import DAY_STARTS_S
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.visits import Seed


@dataclass(frozen=True)
class Counted:
    """One seed under one edition. by_class: people of each class; crowds: visits whose people are told by notice only."""

    edition: str
    seed: str
    start: int
    end: int
    by_class: Mapping[ContactClass, int]
    crowds: int

    @property
    def contacts(self) -> int:
        return sum(self.by_class.values())


def compare(
    store: Store, seeds: Sequence[Seed], editions: Sequence[Edition], asking: Asking, onsets: Mapping[str, int] | None = None
) -> list[Counted]:
    """A row for each edition and seed entity, in that order. `onsets`: name → second of onset."""
    rows: list[Counted] = []
    for edition in editions:
        windows = [window_of(edition, seed, (onsets or {}).get(seed.entity)) for seed in seeds]
        for answer in contacts(store, windows, replace(asking, edition=edition, top=None, onsets=onsets or {})):
            mine = [seed for seed in windows if seed.entity == answer.seed]
            people = np.bincount(answer.klass, minlength=len(CLASSES)).tolist()
            start, end = min(seed.start for seed in mine), max(seed.end for seed in mine)
            rows.append(
                Counted(edition.id, answer.seed, start, end, dict(zip(CLASSES, people, strict=True)), len(answer.notices))
            )  # fmt: skip
    return rows


def window_of(edition: Edition, seed: Seed, onset: int | None) -> Seed:
    """The seed's window; from the start of the county's day so many days before onset, when this is known."""
    if onset is None:
        return seed
    midnight = (onset + DAY_STARTS_S) // DAY_S * DAY_S - DAY_STARTS_S
    start = midnight - edition.look_back_days * DAY_S
    return Seed(seed.entity, start, max(start, min(seed.end, midnight + (edition.infectious_days + 1) * DAY_S - 1)))
