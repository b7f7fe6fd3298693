# pyright: basic
"""Sightings from CSV or Parquet files, read in columns: `entity,place,t0[,t1][,source][,conf][,row]`, lon and lat for place.

A column is checked whole; the first bad row is named with file, column and remedy. Only times written in a way that Arrow does
not read are read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from nanxi.cli import InputError
from nanxi.engines.trace.cells import place_at
from nanxi.engines.trace.files import TIME_FORM, first_row, read_table, time_of
from nanxi.engines.trace.stays import NO_ROW, Floats, Ints, Stays

#: Time zones told wrongly are at most this far ahead.
_AHEAD_S = 86_400
#: A part keeps times as 32-bit numbers.
_EARLIEST = -(2**31) + 1
Column = tuple[Ints, list[str]]
#: Arrow makes its functions when it is loaded; no checker sees them.
pc: Any = pyarrow.compute


def read_sightings(paths: Iterable[Path], now: int | None = None) -> Stays:
    """What the files tell, in order, no rule applied yet (ingest_columns). Raises InputError naming file, row and column.

    `now`: a stay that begins later than a day from it was told by a wrong clock.
    """
    read = [_File(path, now).stays() for path in paths]
    entity, entities = _end_to_end([(one.entity, list(one.entities)) for one in read])
    place, places = _end_to_end([(one.place, list(one.places)) for one in read])
    source, sources = _end_to_end([(one.source, list(one.sources)) for one in read])
    t0, t1, conf, row = (np.concatenate([getattr(one, name) for one in read]) for name in ("t0", "t1", "conf", "row"))
    return Stays(entity, place, t0, t1, source, conf, row, np.arange(len(t0)), entities, places, sources)


class _File:
    def __init__(self, path: Path, now: int | None) -> None:
        self.path, self.now = path, now
        self.table = read_table(path, required=("entity", "t0"))
        self.rows = self.table.num_rows

    def stays(self) -> Stays:
        entity, entities = self._names("entity")
        place, places = self._places()
        t0 = self._times("t0")
        t1 = self._times("t1", t0)
        self._refuse(t1 < t0, "t1", "the stay ends before it starts; correct t0 or t1, or leave t1 empty")
        if self.now is not None:
            self._refuse(t0 > self.now + _AHEAD_S, "t0", "lies in the future; correct the time or the clock of its source")
        self._refuse(t0 < _EARLIEST, "t0", "lies before 1902; write seconds since 1970, not days or years")
        source, sources = self._names("source", needed=False)
        return Stays(
            entity, place, t0, t1, source, self._confs(), self._seats(), np.arange(self.rows), entities, places, sources
        )  # fmt: skip

    def _refuse(self, bad: Any, column: str, why: str) -> None:
        if (rows := np.flatnonzero(np.asarray(bad, bool))).size:
            raise InputError(f"{self._row(int(rows[0]))}, column {column}: {why}.")

    def _row(self, number: int) -> str:
        return f"{self.path.name} row {number + first_row(self.path)}"

    def _text(self, name: str) -> Any:
        """A column as trimmed text, empty where nothing is told; None when the file has no such column."""
        if name not in self.table.column_names:
            return None
        try:
            text = self.table[name].cast(pa.large_string())
        except pa.ArrowException:
            raise InputError(f"{self.path.name}, column {name}: is neither text nor numbers; write one value a row.") from None
        whole = pc.fill_null(pc.utf8_trim_whitespace(text), "")
        return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole

    def _names(self, name: str, needed: bool = True) -> Column:
        text = self._text(name)
        if text is None:
            return np.zeros(self.rows, np.int64), [""]
        if needed:
            self._refuse(pc.equal(text, ""), name, "is empty; every row needs it")
        found = text.dictionary_encode()
        return found.indices.to_numpy(zero_copy_only=False).astype(np.int64), found.dictionary.to_pylist()

    def _places(self) -> Column:
        lon, lat, place = self._text("lon"), self._text("lat"), self._text("place")
        if lon is None or lat is None:
            if place is None:
                need = "entity,place,t0, or lon,lat in place of place"
                raise InputError(f"{self.path.name}: the column place is missing; the first row must hold {need}.")
            return self._names("place")
        told = pa.array([""] * self.rows, pa.large_string()) if place is None else place
        bare = np.asarray(pc.and_(pc.equal(told, ""), pc.and_(pc.not_equal(lon, ""), pc.not_equal(lat, ""))), bool)
        self._refuse(np.asarray(pc.equal(told, ""), bool) & ~bare, "place", "is empty; every row needs it")
        if not bare.any():
            return self._names("place")
        degrees = pa.table({"lon": lon, "lat": lat}).filter(pa.array(bare)).combine_chunks()
        joined = pc.binary_join_element_wise(degrees["lon"], degrees["lat"], pa.scalar(" ", pa.large_string()))
        pairs = joined.combine_chunks().dictionary_encode()
        names = [self._position(pair, bare, i, pairs) for i, pair in enumerate(pairs.dictionary.to_pylist())]
        known = {name: i for i, name in enumerate(dict.fromkeys(names))}
        numbers = np.zeros(self.rows, np.int64)
        found = told.dictionary_encode()
        words = found.dictionary.to_pylist()
        numbers[~bare] = found.indices.to_numpy(zero_copy_only=False)[~bare] + len(known)
        numbers[bare] = np.array([known[name] for name in names], np.int64)[pairs.indices.to_numpy(zero_copy_only=False)]
        return numbers, [*known, *words]

    def _position(self, pair: str, bare: Any, which: int, pairs: Any) -> str:
        try:
            lon, lat = pair.split(" ")
            return place_at(float(lon), float(lat))
        except ValueError:
            first = int(np.flatnonzero(pairs.indices.to_numpy(zero_copy_only=False) == which)[0])
            where = self._row(int(np.flatnonzero(bare)[first]))
            remedy = "write WGS-84 degrees, lon -180 to 180, lat -90 to 90"
            raise InputError(f"{where}, column lon: is no position; {remedy}.") from None

    def _times(self, name: str, otherwise: Ints | None = None) -> Ints:
        """Seconds since the epoch; `otherwise` where the column or its value is missing, which is an error without it."""
        if name not in self.table.column_names:
            return np.zeros(self.rows, np.int64) if otherwise is None else otherwise
        column = self.table[name].combine_chunks()
        column = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
        kind = column.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            known = np.asarray(pc.is_valid(column)) & ~np.asarray(pc.fill_null(pc.is_nan(pc.cast(column, pa.float64())), True))
            seconds = np.floor(np.nan_to_num(column.to_numpy(zero_copy_only=False))).astype(np.int64)
        elif pa.types.is_timestamp(kind) and kind.tz:
            known = np.asarray(pc.is_valid(column))
            micro = pc.fill_null(pc.cast(pc.cast(column, pa.timestamp("us", "UTC"), safe=False), pa.int64()), 0)
            seconds = micro.to_numpy(zero_copy_only=False) // 1_000_000
        else:
            known, seconds = self._written(name)
        if otherwise is None:
            self._refuse(~known, name, f"is no time; {TIME_FORM}")
            return seconds
        return np.where(known, seconds, otherwise)

    def _written(self, name: str) -> tuple[Any, Ints]:
        """Which times are told, and all of them in seconds: whole numbers, what Arrow reads as ISO 8601, then one by one."""
        text = self._text(name)
        told = np.asarray(pc.not_equal(text, ""), bool)
        epoch = np.asarray(pc.match_substring_regex(text, r"^[+-]?\d{1,18}$"), bool)
        seconds = np.zeros(self.rows, np.int64)
        if epoch.any():
            seconds[epoch] = pc.cast(text.filter(pa.array(epoch)), pa.int64()).to_numpy(zero_copy_only=False)
        rest = told & ~epoch
        if not rest.any():
            return told, seconds
        others = text.filter(pa.array(rest))
        try:
            micro = pc.cast(others, pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy(zero_copy_only=False)
            seconds[rest] = micro // 1_000_000
        except pa.ArrowInvalid:
            rows = np.flatnonzero(rest).tolist()
            seconds[rest] = [time_of(value, self._row(row), name) for value, row in zip(others.to_pylist(), rows, strict=True)]
        return told, seconds

    def _confs(self) -> Floats:
        text = self._text("conf")
        if text is None:
            return np.ones(self.rows)
        conf = self._numbers(text, "conf", pa.float64(), 1.0, "is no confidence; write a number from 0 to 1").astype(np.float64)
        self._refuse(~((conf >= 0) & (conf <= 1)), "conf", "is no confidence; write a number from 0 to 1")
        return conf

    def _seats(self) -> Ints:
        text = self._text("row")
        if text is None:
            return np.full(self.rows, NO_ROW)
        why = "is no seat row; write a whole number or leave it empty"
        # A table in which some seats are not known often writes 12 as 12.0.
        seats = self._numbers(text, "row", pa.float64(), float(NO_ROW), why)
        told = np.asarray(pc.not_equal(text, ""), bool)
        self._refuse(told & ~((seats >= 0) & (seats < 2**31) & (seats == np.floor(seats))), "row", why)
        return seats.astype(np.int64)

    def _numbers(self, text: pa.Array, name: str, kind: pa.DataType, empty: float, why: str) -> Floats:
        told = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.large_string()), text)
        try:
            return pc.fill_null(pc.cast(told, kind), empty).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            values: Sequence[str] = text.to_pylist()
            raise InputError(f"{self._row(_first_bad(values, float))}, column {name}: {why}.") from None


def _first_bad(values: Sequence[str], read: Callable[[str], object]) -> int:
    for number, value in enumerate(values):
        try:
            read(value or "0")
        except ValueError:
            return number
    return 0


def _end_to_end(columns: Sequence[Column]) -> Column:
    """Numbers of several columns one after the other, and their names likewise; the same name may come twice."""
    names: list[str] = []
    numbers: list[Ints] = []
    for mine, known in columns:
        numbers.append(mine + len(names))
        names += known
    return np.concatenate(numbers), names
