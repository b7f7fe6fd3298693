"""Stays: who was where from when to when, as columns. Entities and places are small integers with a list of names beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Stays are kept by the day of the county (UTC+8) on which they began: one day, one part, one key.
DAY_STARTS_S = 28_800
#: Seat row of a stay whose row is not known.
NO_ROW = -1


class Sighting(NamedTuple):
    """One stay as its source tells it. Times are seconds since the epoch, UTC; `t1` None = the end is not known."""

    entity: str
    place: str
    t0: int
    t1: int | None = None
    source: str = ""
    conf: float = 1.0
    row: int = NO_ROW


class Numbered(Sequence[str]):
    """Names of entities that have none: their numbers, so many digits wide that order of names is order of numbers."""

    def __init__(self, count: int) -> None:
        self.size = count

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(self.size))]
        if not 0 <= at < self.size:
            raise IndexError(at)
        return f"{at:010d}"


@dataclass(frozen=True)
class Stays:
    """Columns of equal length n. `visit`: stays cut from one longer stay share it and count once.

    entity, place, source: int64[n], index into the names; t0, t1: int64[n] s UTC, t0 <= t1; conf: float64[n] in 0..1;
    row: int64[n] seat row or -1; visit: int64[n].
    """

    entity: Ints
    place: Ints
    t0: Ints
    t1: Ints
    source: Ints
    conf: Floats
    row: Ints
    visit: Ints
    entities: Sequence[str]
    places: Sequence[str]
    sources: Sequence[str]

    def __len__(self) -> int:
        return len(self.t0)

    def take(self, chosen: Ints) -> Stays:
        """The rows with the given numbers, in that order."""
        columns = (self.entity, self.place, self.t0, self.t1, self.source, self.conf, self.row, self.visit)
        entity, place, t0, t1, source, conf, row, visit = (column[chosen] for column in columns)
        return Stays(
            entity.astype(np.int64), place.astype(np.int64), t0.astype(np.int64), t1.astype(np.int64), source.astype(np.int64),
            conf.astype(np.float64), row.astype(np.int64), visit.astype(np.int64), self.entities, self.places, self.sources,
        )  # fmt: skip

    def sightings(self) -> list[Sighting]:
        """The rows with names, for people and tests."""
        return [
            Sighting(
                self.entities[int(self.entity[i])], self.places[int(self.place[i])], int(self.t0[i]), int(self.t1[i]),
                self.sources[int(self.source[i])], float(self.conf[i]), int(self.row[i]),
            )
            for i in range(len(self))
        ]  # fmt: skip


def days_of(t0: Ints) -> Ints:
    """int64[n]: the county's day on which each time lies, counted from 1970-01-01."""
    return ((t0 + DAY_STARTS_S) // 86_400).astype(np.int64)


def joined_stays(a: Stays, b: Stays) -> Stays:
    """The rows of both, which use the same names; visits of `b` are numbered after those of `a`."""
    shift = int(a.visit.max(initial=-1)) + 1
    return Stays(
        np.r_[a.entity, b.entity], np.r_[a.place, b.place], np.r_[a.t0, b.t0], np.r_[a.t1, b.t1], np.r_[a.source, b.source],
        np.r_[a.conf, b.conf], np.r_[a.row, b.row], np.r_[a.visit, b.visit + shift], a.entities, a.places, a.sources,
    )  # fmt: skip


def stays_of(sightings: Iterable[Sighting], visits: Sequence[int] | None = None) -> Stays:
    """Columns from rows. Names are numbered in sorted order, so that the same rows in any order give the same numbers."""
    rows = list(sightings)
    entities = sorted({row.entity for row in rows})
    places = sorted({row.place for row in rows})
    sources = sorted({row.source for row in rows})
    return Stays(
        entity=_numbers((row.entity for row in rows), entities),
        place=_numbers((row.place for row in rows), places),
        t0=np.array([row.t0 for row in rows], np.int64),
        t1=np.array([row.t0 if row.t1 is None else row.t1 for row in rows], np.int64),
        source=_numbers((row.source for row in rows), sources),
        conf=np.array([row.conf for row in rows], np.float64),
        row=np.array([row.row for row in rows], np.int64),
        visit=np.array(visits if visits is not None else range(len(rows)), np.int64),
        entities=entities,
        places=places,
        sources=sources,
    )


def _numbers(names: Iterable[str], known: Sequence[str]) -> Ints:
    number = {name: i for i, name in enumerate(known)}
    return np.array([number[name] for name in names], np.int64)
