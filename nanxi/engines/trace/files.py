# pyright: basic
"""Sightings, seeds and contacts as CSV or Parquet. Times are ISO 8601 with offset or epoch seconds; bad rows are named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from nanxi.cli import InputError
from nanxi.engines.trace.brute import Contact, Seed
from nanxi.engines.trace.stays import NO_ROW, Sighting, Stays

COLUMNS = ("seed", "entity", "visits", "places", "overlap_s", "longest_s", "first", "last", "exposure", "companionship", "class")
#: Raised when the layout changes; a store of another version is rebuilt, not guessed at.
STORE_VERSION = b"1"
TIME_FORM = "write ISO 8601 with offset (2020-01-20T08:00:00+08:00) or epoch seconds"
_FIELDS = ("entity", "place", "t0", "t1", "source", "conf", "row", "visit")


def read_sightings(paths: Iterable[Path]) -> list[Sighting]:
    """Rows `entity,place,t0[,t1][,source][,conf][,row]` of one or more files. Raises InputError naming file, row and column."""
    return [sighting for path in paths for sighting in _sightings(path)]


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


def _sightings(path: Path) -> Iterable[Sighting]:
    table = _table(path, required=("entity", "place", "t0"))
    for number, row in enumerate(_rows(table), start=_first_row(path)):
        where = f"{path.name} row {number}"
        t0 = _time(row["t0"], where, "t0")
        t1 = None if _empty(row.get("t1")) else _time(row["t1"], where, "t1")
        if t1 is not None and t1 < t0:
            raise InputError(f"{where}, column t1: the stay ends before it starts; correct t0 or t1, or leave t1 empty.")
        yield Sighting(
            _text(row["entity"], where, "entity"), _text(row["place"], where, "place"), t0, t1,
            "" if _empty(row.get("source")) else str(row["source"]), _conf(row.get("conf"), where), _seat(row.get("row"), where),
        )  # fmt: skip


def write_contacts(path: Path, contacts: Sequence[Contact], epoch: bool) -> None:
    """The result with the columns of `COLUMNS`; Parquet when the name ends so, else CSV. Appears whole or not at all."""
    stamp: Callable[[int], Any] = (lambda t: t) if epoch else _iso
    times = pa.int64() if epoch else pa.string()
    types = (pa.string(), pa.string(), *[pa.int64()] * 4, times, times, pa.float64(), pa.float64(), pa.string())
    rows = [_row(contact, stamp) for contact in contacts]
    columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(types)]
    table = pa.table(columns, names=list(COLUMNS))
    if path.suffix == ".parquet":
        _whole(path, lambda file: parquet.write_table(table, file))
    else:
        options = csv.WriteOptions(quoting_style="needed")
        _whole(path, lambda file: csv.write_csv(table, file, options))


def _row(c: Contact, stamp: Callable[[int], Any]) -> tuple[Any, ...]:
    first, last = stamp(c.first), stamp(c.last)
    return c.seed, c.entity, c.visits, c.places, c.overlap_s, c.longest_s, first, last, c.exposure, c.companionship, c.klass.value


def write_store(path: Path, stays: Stays) -> None:
    """The stays as one Parquet file, sorted by place and time. Appears whole or not at all."""
    sorted_stays = stays.take(np.lexsort((stays.entity, stays.t0, stays.place)).astype(np.int64))
    named = {"entity": stays.entities, "place": stays.places, "source": stays.sources}
    columns = {name: pa.array(getattr(sorted_stays, name)) for name in _FIELDS}
    for name, names in named.items():
        columns[name] = pa.DictionaryArray.from_arrays(columns[name].cast(pa.int32()), pa.array(list(names), pa.string()))
    table = pa.table(columns).replace_schema_metadata({b"nanxi.trace.store": STORE_VERSION})
    _whole(path, lambda file: parquet.write_table(table, file, compression="zstd"))


def read_store(path: Path) -> Stays:
    """A store made by `write_store`. Raises InputError when the file is missing, broken or of another version."""
    try:
        table = parquet.read_table(path, read_dictionary=["entity", "place", "source"])
    except (OSError, pa.ArrowException):
        raise InputError(f"{path.name}: is not a readable store; make it with `nanxi trace build`.") from None
    if (table.schema.metadata or {}).get(b"nanxi.trace.store") != STORE_VERSION:
        raise InputError(f"{path.name}: is not a store of this version; make it again with `nanxi trace build`.")
    columns: dict[str, Any] = {}
    for name in ("entity", "place", "source"):
        merged = table[name].combine_chunks()
        merged = merged.chunk(0) if isinstance(merged, pa.ChunkedArray) else merged
        columns[name] = np.asarray(merged.indices, np.int64)
        columns[{"entity": "entities", "place": "places", "source": "sources"}[name]] = merged.dictionary.to_pylist()
    for name in ("t0", "t1", "conf", "row", "visit"):
        columns[name] = table[name].to_numpy()
    return Stays(**columns)


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
