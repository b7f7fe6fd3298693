"""From published running totals to daily counts: what was lowered later is repaired, what was not published stays unknown.

Totals by report date take cases back (moved to another place, counted twice, not confirmed after all). The smallest total
published from a day on is the largest that was never taken back; nothing later than the last day given is looked at, so
a history cut at a day says what could be known on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanxi.cli import InputError

from .distributions import Floats, floats
from .files import Row, read_rows

JUMP_FACTOR = 4.0  # times the largest of the seven days before
JUMP_LEAST = 50.0  # cases; below it four times the usual is chance
JUMP_DAYS = 7
CLOSED_LEAST = 10.0  # cases on each of the days before a zero


@dataclass(frozen=True, slots=True)
class Repair:
    """All [n, T]. cumulative, daily: float64, NaN = not known; the rest bool flags that belong on the screen.

    stepped: the published total is below the one before; lowered: the repair changed the day's total; absent: nothing was
    published; jump: one day of another kind (a new definition, a prison), to be annotated and not modelled.
    """

    cumulative: Floats
    daily: Floats
    stepped: NDArray[np.bool_]
    lowered: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    jump: NDArray[np.bool_]

    def words(self, row: int, index: int) -> str:
        """The flags of a day for a person, empty when there is nothing to say."""
        said = ((self.stepped, "total taken back"), (self.lowered, "lowered by repair"))
        more = ((self.absent, "not published"), (self.jump, "jump"))
        return ", ".join(text for flags, text in (*said, *more) if flags[row, index])


def repair_cumulative(published: Floats) -> Repair:
    """Daily counts from running totals, float64[n, T] or [T], NaN = nothing published that day.

    Backward cumulative minimum over the published totals. The first total counts as new on its day. A day without a
    total, and the first day after it, whose count covers several days, are NaN: how the cases fell on the days is not
    known. ValueError for a negative total.
    """
    raw = np.atleast_2d(floats(published))
    if bool((raw < 0).any()):
        row, day = (int(i[0]) for i in np.nonzero(raw < 0))
        raise ValueError(f"series {row + 1}, day {day + 1}: a running total must not be negative")
    absent = np.isnan(raw)
    least = np.minimum.accumulate(np.where(absent, np.inf, raw)[:, ::-1], axis=1)[:, ::-1]
    cumulative = np.where(absent, np.nan, least)
    before = np.concatenate([np.zeros((raw.shape[0], 1)), cumulative[:, :-1]], axis=1)
    # Before the first total nothing was published because there was nothing: that is no gap.
    begun = np.logical_or.accumulate(~absent, axis=1)
    before[:, 1:] = np.where(begun[:, :-1], before[:, 1:], 0.0)
    daily = np.where(begun, cumulative - before, np.nan)
    last = _last_published(raw)
    stepped = ~absent & (raw < last)
    lowered = ~absent & (cumulative < raw)
    return Repair(cumulative, daily, stepped, lowered, absent & begun, find_jumps(daily))


def _last_published(raw: Floats) -> Floats:
    """The latest total published before each day, 0 before the first."""
    out = np.zeros_like(raw)
    for t in range(1, raw.shape[1]):
        out[:, t] = np.where(np.isnan(raw[:, t - 1]), out[:, t - 1], raw[:, t - 1])
    return out


def find_jumps(daily: Floats) -> NDArray[np.bool_]:
    """Days with at least 50 cases and more than four times the largest of the seven days before; [n, T], first week never."""
    counts = np.atleast_2d(floats(daily))
    out = np.zeros(counts.shape, dtype=np.bool_)
    for t in range(JUMP_DAYS, counts.shape[1]):
        usual = np.nan_to_num(counts[:, t - JUMP_DAYS : t]).max(axis=1)
        out[:, t] = (counts[:, t] >= JUMP_LEAST) & (counts[:, t] > JUMP_FACTOR * usual)
    return out


def find_closed_days(daily: Floats) -> NDArray[np.bool_]:
    """Zeros that look like a closed counter, bool[n, T]: 0 after seven known days of which none was below 10.

    Even with the spread of an outbreak such a zero is rarer than one in ten thousand; an empty cell says "not known".
    """
    counts = np.atleast_2d(floats(daily))
    out = np.zeros(counts.shape, dtype=np.bool_)
    for t in range(JUMP_DAYS, counts.shape[1]):
        out[:, t] = (counts[:, t] == 0) & (counts[:, t - JUMP_DAYS : t].min(axis=1) >= CLOSED_LEAST)
    return out


@dataclass(frozen=True, slots=True)
class History:
    """Published running totals of one place. first: ordinal of its first day; totals: float64[T], NaN = not published."""

    province: str
    place: str
    code: str
    first: int
    totals: Floats

    @property
    def days(self) -> list[str]:
        """Its days as ISO dates."""
        return [date.fromordinal(self.first + t).isoformat() for t in range(self.totals.size)]

    def as_known(self, day: str) -> History:
        """The same place as far as it was published on `day` (ISO); possibly no day at all."""
        known = date.fromisoformat(day).toordinal() - self.first + 1
        return History(self.province, self.place, self.code, self.first, self.totals[: max(known, 0)])


def read_history(path: Path, column: str = "confirmed") -> list[History]:
    """Places of a file `date,province,city,city_code,<column>` in its order. InputError names the row."""
    rows, _ = read_rows(path, ("date", "province", "city", column))
    found: dict[tuple[str, str, str], dict[int, Row]] = {}
    for row in rows:
        key = (row.text("province"), row.text("city"), row.cells.get("city_code", "").strip())
        kept = found.setdefault(key, {})
        day = _day(row)
        if day in kept:
            raise InputError(f"{row.where}, column date: {key[1]} has it twice (see {kept[day].where}); keep one of the rows.")
        kept[day] = row
    return [_history(key, kept, column) for key, kept in found.items()]


def _day(row: Row) -> int:
    try:
        return date.fromisoformat(row.text("date")).toordinal()
    except ValueError:
        raise InputError(f"{row.where}, column date: is no day; write YYYY-MM-DD.") from None


def _history(key: tuple[str, str, str], kept: dict[int, Row], column: str) -> History:
    first, last = min(kept), max(kept)
    totals = np.full(last - first + 1, np.nan)
    for day, row in kept.items():
        totals[day - first] = row.count(column)
    return History(*key, first, totals)


def aligned(places: Sequence[History], first: int, last: int) -> Floats:
    """Totals of several places on the same days (ordinals), float64[n, last − first + 1]; NaN before a place's first day."""
    out = np.full((len(places), last - first + 1), np.nan)
    for row, place in zip(out, places, strict=True):
        begin, end = max(place.first, first), min(place.first + place.totals.size - 1, last)
        if end >= begin:
            row[begin - first : end - first + 1] = place.totals[begin - place.first : end - place.first + 1]
    return out
