# pyright: basic
"""Day or week series, line lists and answers as CSV. Bad rows are named; an empty cell is "not known", never zero."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from nanxi.cli import InputError

from .distributions import Floats

#: Larger counts are a definition gone wrong (a cumulative column), not a county's day.
LARGEST = 10_000_000
LARGEST_TIME = 4_000_000  # beyond the calendar
ONE = ""  # the name of the only series of a file without the column `series`


@dataclass(frozen=True)
class Row:
    """One row of a file with its place, so that errors can name it."""

    where: str
    cells: dict[str, str]

    def text(self, column: str) -> str:
        value = self.cells.get(column, "").strip()
        if not value:
            raise InputError(f"{self.where}, column {column}: is empty; every row needs it.")
        return value

    def number(self, column: str, *, empty: bool = False) -> float:
        """A number of at least 0; NaN for an empty cell where `empty` is allowed."""
        value = self.cells.get(column, "").strip()
        if not value and empty:
            return float("nan")
        try:
            found = float(value)
        except ValueError:
            found = float("nan")
        if not np.isfinite(found):
            raise InputError(
                f"{self.where}, column {column}: {value!r} is no number; write one, or leave the cell empty for 'not known'."
            )
        if found < 0:
            raise InputError(
                f"{self.where}, column {column}: {value} is below 0; correct it, or leave the cell empty for 'not known'."
            )
        return found

    def count(self, column: str) -> float:
        """A day's or week's count; an empty cell is NaN."""
        found = self.number(column, empty=True)
        if found > LARGEST:
            raise InputError(
                f"{self.where}, column {column}: {found:g} is more than {LARGEST:,} in a day; is the column cumulative?"
            )
        return found


@dataclass(frozen=True)
class Series:
    """One series without gaps. `first`: the first time as number; `dated`: times are days of the calendar."""

    name: str
    first: int
    dated: bool
    values: dict[str, Floats]
    places: tuple[str, ...] = ()

    def place(self, index: int) -> str:
        """File and row of an index, so that a refusal can name it."""
        return self.places[index] if self.places else self.label(index)

    def label(self, index: int) -> str:
        """The time of an index from 0, as the file wrote times."""
        return date.fromordinal(self.first + index).isoformat() if self.dated else str(self.first + index)

    @property
    def length(self) -> int:
        return next(iter(self.values.values())).size


def read_rows(path: Path, required: Sequence[str], *, either: Sequence[Sequence[str]] = ()) -> tuple[list[Row], list[str]]:
    """Rows and columns of a CSV file. `either`: groups of columns of which one must be there. Raises InputError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = names
            rows = [
                Row(f"{path.name} row {n}", {k: v or "" for k, v in cells.items() if k})
                for n, cells in enumerate(reader, start=2)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"{path.name}: cannot be read as a table ({problem}); save it as UTF-8 CSV.") from None
    for group in [[name] for name in required] + [list(group) for group in either]:
        if not set(group) & set(names):
            raise InputError(f"{path.name}: the column {' or '.join(group)} is missing; the first row must hold it.")
    if not rows:
        raise InputError(f"{path.name}: holds no row below the header; give at least one.")
    return rows, names


def read_series(
    path: Path, columns: Sequence[str], *, optional: Sequence[str] = (), aliases: dict[str, str] | None = None
) -> list[Series]:
    """Series of `t|date,<columns>[,<optional>][,series]` in the order of the file.

    Times may come in any order but each once; a time between first and last that is missing is an error, since absent is
    not zero. An empty cell is NaN.
    """
    known = aliases or {}
    rows, names = read_rows(path, [], either=[("t", "date"), *((c, *(a for a, b in known.items() if b == c)) for c in columns)])
    taken = {c: next((a for a in (c, *(a for a, b in known.items() if b == c)) if a in names), "") for c in (*columns, *optional)}
    dated = "date" in names
    by_name: dict[str, dict[int, Row]] = {}
    for row in rows:
        time = _time(row, dated)
        kept = by_name.setdefault(row.cells.get("series", ONE).strip() if "series" in names else ONE, {})
        if time in kept:
            raise InputError(
                f"{row.where}, column {'date' if dated else 't'}: occurs twice (see {kept[time].where}); keep one of the rows."
            )
        kept[time] = row
    return [_series(path, name, kept, dated, {c: a for c, a in taken.items() if a}) for name, kept in by_name.items()]


def _time(row: Row, dated: bool) -> int:
    text = row.text("date" if dated else "t")
    try:
        time = date.fromisoformat(text).toordinal() if dated else int(text)
        if abs(time) > LARGEST_TIME:
            raise ValueError
        return time
    except ValueError:
        form = "write the day as YYYY-MM-DD" if dated else "write a whole number"
        raise InputError(f"{row.where}, column {'date' if dated else 't'}: {text!r} is no time; {form}.") from None


def _series(path: Path, name: str, kept: dict[int, Row], dated: bool, columns: dict[str, str]) -> Series:
    first, last = min(kept), max(kept)
    if last - first + 1 != len(kept):
        gap = next(time for time in range(first, last) if time not in kept)
        shown = date.fromordinal(gap).isoformat() if dated else str(gap)
        of = f" of series {name}" if name else ""
        raise InputError(f"{path.name}: {shown}{of} is missing; add its row with 0, or with an empty cell when it is not known.")
    ordered = [kept[time] for time in range(first, last + 1)]
    values = {c: np.array([row.count(a) for row in ordered]) for c, a in columns.items()}
    return Series(name, first, dated, values, tuple(row.where for row in ordered))


def read_weights(path: Path) -> Floats:
    """A serial interval `k,w`; lags in any order, each once, none left out."""
    rows, _ = read_rows(path, ("k", "w"))
    found: dict[int, float] = {}
    for row in rows:
        text = row.text("k")
        if not text.isdigit() or int(text) > 1000:
            raise InputError(f"{row.where}, column k: {text!r} is no lag; write whole days from 0.")
        if int(text) in found:
            raise InputError(f"{row.where}, column k: lag {text} occurs twice; keep one of the rows.")
        found[int(text)] = row.number("w")
    if missing := sorted(set(range(max(found) + 1)) - set(found)):
        raise InputError(f"{path.name}: the lag k={missing[0]} is missing; add its row, with 0 if nobody infects then.")
    return np.array([found[k] for k in range(len(found))])


def read_day(row: Row, column: str) -> int:
    """A day of the calendar or a whole number, as an ordinal."""
    text = row.text(column)
    try:
        return int(text) if text.lstrip("-").isdigit() else date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        raise InputError(f"{row.where}, column {column}: {text!r} is no day; write YYYY-MM-DD.") from None


def shown(value: Any) -> str:
    """A cell: empty for what cannot be said, integers without a point, else ten digits."""
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else format(float(value), ".10g")
    return str(value)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The answer; appears whole or not at all. The column `series` is left out when no series has a name."""
    content = [[shown(cell) for cell in row] for row in rows]
    names = list(columns)
    if names and names[0] == "series" and not any(row[0] for row in content):
        names, content = names[1:], [row[1:] for row in content]
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            writer.writerows(content)
        draft.replace(path)
    except OSError as problem:
        raise InputError(f"{path.name}: cannot be written ({problem.strerror or problem}); choose another place.") from None
    finally:
        draft.unlink(missing_ok=True)


def later(label: str, days: int, dated: bool) -> str:
    """The time `days` after a label."""
    try:
        return (date.fromisoformat(label) + timedelta(days=days)).isoformat() if dated else str(int(label) + days)
    except OverflowError:
        raise InputError(f"{days} days after {label} is beyond the calendar; correct the dates.") from None
