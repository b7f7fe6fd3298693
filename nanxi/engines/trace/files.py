# pyright: basic
"""Seeds, rides and contacts as CSV or Parquet (sightings: told.py). Times are ISO 8601 with offset or epoch seconds."""

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
from nanxi.engines.trace.compare import Counted
from nanxi.engines.trace.protocol import ContactClass
from nanxi.engines.trace.visits import Seed

COLUMNS = ("seed", "entity", "visits", "places", "overlap_s", "longest_s", "first", "last", "exposure", "companionship", "class")
TIME_FORM = "write ISO 8601 with offset (2020-01-20T08:00:00+08:00) or epoch seconds"


def read_onsets(path: Path) -> dict[str, int]:
    """Entity → second of onset, where the seeds have a column `onset` and it is told."""
    table = read_table(path, required=("entity",))
    if "onset" not in table.column_names:
        return {}
    told = [(number, row) for number, row in enumerate(_rows(table), start=first_row(path)) if not _empty(row["onset"])]
    return {str(row["entity"]).strip(): time_of(row["onset"], f"{path.name} row {number}", "onset") for number, row in told}


def read_seeds(path: Path) -> tuple[list[Seed], bool]:
    """Rows `entity,start,end`, and whether their times were epoch seconds (the answer is then written the same way)."""
    table = read_table(path, required=("entity", "start", "end"))
    seeds: list[Seed] = []
    for number, row in enumerate(_rows(table), start=first_row(path)):
        where = f"{path.name} row {number}"
        start, end = time_of(row["start"], where, "start"), time_of(row["end"], where, "end")
        seed = Seed(_text(row["entity"], where, "entity"), start, end)
        if seed.end < seed.start:
            raise InputError(f"{where}, column end: the window ends before it starts; exchange start and end.")
        seeds.append(seed)
    if not seeds:
        raise InputError(f"{path.name}: holds no seed; give at least one row entity,start,end.")
    return seeds, all(_is_epoch(row["start"]) for row in _rows(table))


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
    _write(path, table)


def _write(path: Path, table: pa.Table) -> None:
    if path.suffix == ".parquet":
        _whole(path, lambda file: parquet.write_table(table, file))
    else:
        options = csv.WriteOptions(quoting_style="needed")
        _whole(path, lambda file: csv.write_csv(table, file, options))


def write_counts(path: Path, rows: Sequence[Counted], epoch: bool) -> None:
    """`edition,seed,start,end,contacts,close,general,lead,crowds`, a row for each edition and seed."""
    stamp: Callable[[int], Any] = (lambda t: t) if epoch else _iso
    columns: dict[str, list[Any]] = {
        "edition": [row.edition for row in rows], "seed": [row.seed for row in rows],
        "start": [stamp(row.start) for row in rows], "end": [stamp(row.end) for row in rows],
        "contacts": [row.contacts for row in rows],
        **{klass.value: [row.by_class[klass] for row in rows] for klass in ContactClass},
        "crowds": [row.crowds for row in rows],
    }  # fmt: skip
    _write(path, pa.table(columns))


def read_associations(path: Path) -> list[Association]:
    """Rows `entity,vehicle,start,end,kind[,conf]`; kind: occupant, ticket, passenger or owner. Raises InputError."""
    found: list[Association] = []
    for number, row in enumerate(_rows(read_table(path, ("entity", "vehicle", "start", "end", "kind"))), start=first_row(path)):
        where = f"{path.name} row {number}"
        start, end = time_of(row["start"], where, "start"), time_of(row["end"], where, "end")
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


def read_table(path: Path, required: Sequence[str]) -> pa.Table:
    """The file as a table whose column names are trimmed. Raises InputError: no file, no table, a column missing."""
    try:
        table = parquet.read_table(path) if path.suffix == ".parquet" else _csv(path)
        table = table.rename_columns([name.strip() for name in table.column_names])
    except FileNotFoundError:
        raise InputError(f"{path.name}: there is no such file; check the path.") from None
    except (OSError, pa.ArrowException) as problem:
        # Arrow ends some messages with the row itself; what a row holds is nobody's business on a screen.
        reason = ": ".join(str(problem).splitlines()[0].split(": ")[:2])[:120]
        raise InputError(f"{path.name}: cannot be read as a table ({reason}); save it as UTF-8 CSV or Parquet.") from None
    if missing := [name for name in required if name not in table.column_names]:
        raise InputError(f"{path.name}: the column {missing[0]} is missing; the first row must hold {','.join(required)}.")
    return table


def _csv(path: Path) -> pa.Table:
    head = path.read_bytes()[:65536].decode("utf-8-sig", errors="replace").splitlines()
    names = head[0].split(",") if head else []
    options = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    return csv.read_csv(path, convert_options=options)


def _rows(table: pa.Table) -> Iterable[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=65_536):
        yield from batch.to_pylist()


def first_row(path: Path) -> int:
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


def time_of(value: Any, where: str, column: str) -> int:
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


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
