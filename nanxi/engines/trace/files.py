# pyright: basic
"""Sightings, seeds and contacts as CSV or Parquet. Times are ISO 8601 with offset or epoch seconds; bad rows are named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from pyarrow import csv, parquet

from nanxi.cli import InputError
from nanxi.engines.trace.associations import KINDS, Association
from nanxi.engines.trace.cells import cell_of
from nanxi.engines.trace.stays import NO_ROW, Sighting
from nanxi.engines.trace.visits import Seed

COLUMNS = ("seed", "entity", "visits", "places", "overlap_s", "longest_s", "first", "last", "exposure", "companionship", "class")
#: Time zones told wrongly are at most this far ahead.
_AHEAD_S = 86_400
TIME_FORM = "write ISO 8601 with offset (2020-01-20T08:00:00+08:00) or epoch seconds"


def read_sightings(paths: Iterable[Path], now: int | None = None) -> list[Sighting]:
    """Rows `entity,place,t0[,t1][,source][,conf][,row]` of one or more files. Raises InputError naming file, row and column.

    Without a place, lon and lat stand for one. `now`: a stay that begins later than a day from it was told by a wrong clock.
    """
    return [sighting for path in paths for sighting in _sightings(path, now)]


def read_seeds(path: Path) -> tuple[list[Seed], bool]:
    """Rows `entity,start,end`, and whether their times were epoch seconds (the answer is then written the same way)."""
    table = _table(path, required=("entity", "start", "end"))
    seeds: list[Seed] = []
    for number, row in enumerate(_rows(table), start=_first_row(path)):
        where = f"{path.name} row {number}"
        seed = Seed(_text(row["entity"], where, "entity"), _time(row["start"], where, "start"), _time(row["end"], where, "end"))
        if seed.end < seed.start:
            raise InputError(f"{where}, column end: the window ends before it starts; exchange start and end.")
        seeds.append(seed)
    if not seeds:
        raise InputError(f"{path.name}: holds no seed; give at least one row entity,start,end.")
    return seeds, all(_is_epoch(row["start"]) for row in _rows(table))


def _sightings(path: Path, now: int | None) -> Iterable[Sighting]:
    table = _table(path, required=("entity", "t0"))
    if "place" not in table.column_names and not {"lon", "lat"} <= set(table.column_names):
        need = "entity,place,t0, or lon,lat in place of place"
        raise InputError(f"{path.name}: the column place is missing; the first row must hold {need}.")
    for number, row in enumerate(_rows(table), start=_first_row(path)):
        where = f"{path.name} row {number}"
        t0 = _time(row["t0"], where, "t0")
        t1 = None if _empty(row.get("t1")) else _time(row["t1"], where, "t1")
        if t1 is not None and t1 < t0:
            raise InputError(f"{where}, column t1: the stay ends before it starts; correct t0 or t1, or leave t1 empty.")
        if now is not None and t0 > now + _AHEAD_S:
            raise InputError(f"{where}, column t0: lies in the future; correct the time or the clock of its source.")
        yield Sighting(
            _text(row["entity"], where, "entity"), _place(row, where), t0, t1,
            "" if _empty(row.get("source")) else str(row["source"]), _conf(row.get("conf"), where), _seat(row.get("row"), where),
        )  # fmt: skip


class Row(NamedTuple):
    """One line of the answer."""

    seed: str
    entity: str
    visits: int
    places: int
    overlap_s: int
    longest_s: int
    first: int
    last: int
    exposure: float
    companionship: float
    klass: str
    order: int = 1
    path: str = ""


def write_rows(path: Path, rows: Sequence[Row], epoch: bool, more: bool = False) -> None:
    """The result with the columns of `COLUMNS`; Parquet when the name ends so, else CSV. Appears whole or not at all.

    `more`: with the columns order (1 = met the seed, 2 = met somebody who did) and path (through whom or which vehicle).
    """
    stamp: Callable[[int], Any] = (lambda t: t) if epoch else _iso
    times = pa.int64() if epoch else pa.string()
    text, whole, score = pa.string(), pa.int64(), pa.float64()
    types = (text, text, *[whole] * 4, times, times, score, score, text, whole, text)
    names = (*COLUMNS, "order", "path") if more else COLUMNS
    told = [row._replace(first=stamp(row.first), last=stamp(row.last)) for row in rows]
    columns = [pa.array([row[i] for row in told], types[i]) for i in range(len(names))]
    table = pa.table(columns, names=list(names))
    if path.suffix == ".parquet":
        _whole(path, lambda file: parquet.write_table(table, file))
    else:
        options = csv.WriteOptions(quoting_style="needed")
        _whole(path, lambda file: csv.write_csv(table, file, options))


def read_associations(path: Path) -> list[Association]:
    """Rows `entity,vehicle,start,end,kind[,conf]`; kind: occupant, ticket, passenger or owner. Raises InputError."""
    found: list[Association] = []
    for number, row in enumerate(_rows(_table(path, ("entity", "vehicle", "start", "end", "kind"))), start=_first_row(path)):
        where = f"{path.name} row {number}"
        start, end = _time(row["start"], where, "start"), _time(row["end"], where, "end")
        if end < start:
            raise InputError(f"{where}, column end: the ride ends before it starts; exchange start and end.")
        kind = _text(row["kind"], where, "kind")
        if kind not in KINDS:
            raise InputError(f"{where}, column kind: is not known; write one of {', '.join(KINDS)}.")
        conf = KINDS[kind] if _empty(row.get("conf")) else _conf(row["conf"], where)
        person, vehicle = _text(row["entity"], where, "entity"), _text(row["vehicle"], where, "vehicle")
        found.append(Association(person, vehicle, start, end, kind, conf))
    return found


def _whole(path: Path, write: Callable[[str], object]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(str(draft))
        descriptor = os.open(draft, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        draft.replace(path)
    except OSError as problem:
        raise InputError(f"{path.name}: cannot be written ({problem.strerror or problem}); choose another place.") from None
    finally:
        draft.unlink(missing_ok=True)


def _table(path: Path, required: Sequence[str]) -> pa.Table:
    try:
        table = parquet.read_table(path) if path.suffix == ".parquet" else _csv(path)
    except FileNotFoundError:
        raise InputError(f"{path.name}: there is no such file; check the path.") from None
    except (OSError, pa.ArrowException) as problem:
        reason = str(problem).splitlines()[0][:120]
        raise InputError(f"{path.name}: cannot be read as a table ({reason}); save it as UTF-8 CSV or Parquet.") from None
    if missing := [name for name in required if name not in table.column_names]:
        raise InputError(f"{path.name}: the column {missing[0]} is missing; the first row must hold {','.join(required)}.")
    return table


def _csv(path: Path) -> pa.Table:
    head = path.read_bytes()[:65536].decode("utf-8-sig", errors="replace").splitlines()
    names = [name.strip() for name in head[0].split(",")] if head else []
    options = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    return csv.read_csv(path, convert_options=options)


def _rows(table: pa.Table) -> Iterable[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=65_536):
        yield from batch.to_pylist()


def _first_row(path: Path) -> int:
    """The number a person sees: a CSV's first row is its header."""
    return 1 if path.suffix == ".parquet" else 2


def _empty(value: Any) -> bool:
    return value is None or str(value).strip() == ""


def _text(value: Any, where: str, column: str) -> str:
    if _empty(value):
        raise InputError(f"{where}, column {column}: is empty; every row needs it.")
    return str(value).strip()


def _place(row: dict[str, Any], where: str) -> str:
    """The place, or the cell of lon and lat where there is none."""
    if not _empty(row.get("place")) or _empty(row.get("lon")) or _empty(row.get("lat")):
        return _text(row.get("place"), where, "place")
    try:
        return cell_of(float(row["lon"]), float(row["lat"]))
    except ValueError:
        raise InputError(f"{where}, column lon: is no position; write WGS-84 degrees, lon -180 to 180, lat -90 to 90.") from None


def _is_epoch(value: Any) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.strip().lstrip("-").isdigit())


def _time(value: Any, where: str, column: str) -> int:
    if _is_epoch(value):
        return int(value)
    try:
        moment: datetime | None = datetime.fromisoformat(str(value).strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InputError(f"{where}, column {column}: is no time; {TIME_FORM}.")
    return int(moment.timestamp())


def _conf(value: Any, where: str) -> float:
    try:
        conf = 1.0 if _empty(value) else float(value)
    except ValueError:
        conf = -1.0
    if not 0 <= conf <= 1:
        raise InputError(f"{where}, column conf: is no confidence; write a number from 0 to 1.")
    return conf


def _seat(value: Any, where: str) -> int:
    if _empty(value):
        return NO_ROW
    if not str(value).strip().isdigit():
        raise InputError(f"{where}, column row: is no seat row; write a whole number or leave it empty.")
    return int(value)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
