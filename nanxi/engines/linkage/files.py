# pyright: basic
"""Lists, specifications and models from files; pairs and clusters into files. What is bad is named, nothing half-written."""

from __future__ import annotations

import csv
import io
import json
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from nanxi.cli import InputError

from .kinds import ColumnError, recognise

#: Encodings that county lists come in, tried in this order.
ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Sheet:
    """A list: cells as text by column, and the row number a person sees of its first row."""

    path: Path
    cells: dict[str, list[str]]
    first_row: int

    @property
    def rows(self) -> int:
        return len(next(iter(self.cells.values()), []))

    def where(self, row: int) -> str:
        return f"{self.path.name} row {row + self.first_row}"


@dataclass(frozen=True)
class Lists:
    """One or two lists stacked. kinds: column → kind, without the id; ids: of every row; first: rows of the first list."""

    kinds: dict[str, str]
    cells: dict[str, list[str]]
    ids: list[str]
    first: int
    unused: tuple[str, ...]
    numbered: bool

    @property
    def shared_id(self) -> str:
        """An id that both lists use, or ""."""
        return next(iter(sorted(set(self.ids[: self.first]) & set(self.ids[self.first :]))), "")


def read_lists(paths: Sequence[Path], spec: Path | None) -> Lists:
    """The lists with their columns' kinds. Rows are put into an order of their own: the answer does not hang on theirs."""
    named = read_spec(spec) if spec else {}
    sheets = [read_sheet(path) for path in paths]
    every = list(dict.fromkeys(column for sheet in sheets for column in sheet.cells))
    if strange := [column for column in named if column not in every]:
        raise InputError(f"{spec.name}: [columns] names {strange[0]}, which no list has; its columns are {', '.join(every)}.")  # type: ignore[union-attr]
    try:
        kinds = [recognise(list(sheet.cells), named) for sheet in sheets]
    except ColumnError as problem:
        raise InputError(f"{(spec or paths[0]).name}: {problem}") from None
    columns = _shared(sheets, kinds)
    if not columns:
        known = "name, surname, sex, dob, id_no, phone, email, postcode, address, place"
        both = " that both lists have" if len(paths) > 1 else ""
        raise InputError(f"{paths[0].name}: no column to compare{both}; name columns {known}, or say their kinds with --spec.")
    ids = [_ids(sheet, found) for sheet, found in zip(sheets, kinds, strict=True)]
    cells = {column: [] for column in columns}
    stacked: list[str] = []
    for number, (sheet, own) in enumerate(zip(sheets, ids, strict=True)):
        taken = [sheet.cells[names[number]] for names, _ in columns.values()]
        order = sorted(range(sheet.rows), key=lambda row: (*(column[row] for column in taken), own[row]))
        stacked += [own[row] for row in order]
        for column, source in zip(columns, taken, strict=True):
            cells[column] += [source[row] for row in order]
    used = {name for names, _ in columns.values() for name in names}
    unused = [column for column in every if column not in used and all(found.get(column) != "id" for found in kinds)]
    numbered = any("id" not in found.values() for found in kinds)
    return Lists({c: kind for c, (_, kind) in columns.items()}, cells, stacked, sheets[0].rows, tuple(unused), numbered)


def read_sheet(path: Path) -> Sheet:
    """A CSV or Parquet file as text. Raises InputError naming the row."""
    if not path.is_file():
        raise InputError(f"{path.name}: there is no such file; check the path.")
    sheet = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    if not sheet.cells or not sheet.rows:
        raise InputError(f"{path.name}: holds no row below the header; give at least one.")
    return sheet


def _csv(path: Path) -> Sheet:
    data = path.read_bytes()
    if b"\0" in data:
        raise InputError(f"{path.name}: is no text (a workbook?); save it as UTF-8 CSV or Parquet.")
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(f"{path.name}: is neither UTF-8 nor GB18030; save it as UTF-8 CSV.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header)
        rows: list[list[str]] = []
        for row in reader:
            if row and len(row) != len(header):
                counts = f"has {len(row)} cells, the header {len(header)}"
                raise InputError(f"{path.name} row {len(rows) + 2}: {counts}; quote cells that hold commas.")
            rows.append(row or [""] * len(header))
    except csv.Error as problem:
        raise InputError(f"{path.name} line {reader.line_num}: is no CSV ({problem}); close its quotes.") from None
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return Sheet(path, {name: [row[at] for row in rows] for at, name in enumerate(header)}, 2)


def _check_header(path: Path, header: Sequence[str]) -> None:
    if len(set(header)) != len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise InputError(f"{path.name} row 1: the column {twice or 'without a name'} occurs twice; give each its own name.")


def _parquet(path: Path) -> Sheet:
    try:
        table = parquet.read_table(path)
    except (OSError, pa.ArrowException) as problem:
        reason = str(problem).splitlines()[0][:120]
        raise InputError(f"{path.name}: cannot be read as a table ({reason}); save it as UTF-8 CSV or Parquet.") from None
    _check_header(path, table.column_names)
    return Sheet(path, {name: [_text(cell) for cell in table[name].to_pylist()] for name in table.column_names}, 1)


def _text(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def read_spec(path: Path) -> dict[str, str]:
    """`[columns]` of a specification: column → kind."""
    try:
        kept = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.name}: there is no such file; check the path.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InputError(f'{path.name}: is no TOML ({problem}); write [columns] and lines of column = "kind".') from None
    columns = kept.get("columns", {})
    if strange := [key for key in kept if key != "columns"]:
        raise InputError(f'{path.name}: {strange[0]} is not known here; write [columns] and lines of column = "kind".')
    if not isinstance(columns, dict) or not all(isinstance(kind, str) for kind in columns.values()):
        raise InputError(f'{path.name}: [columns] must hold lines of column = "kind".')
    return columns


def _shared(sheets: Sequence[Sheet], kinds: Sequence[dict[str, str]]) -> dict[str, tuple[tuple[str, ...], str]]:
    """The columns compared: name → its name in each list, and its kind. Two lists pair by column name, else by a lone kind."""
    first = {column: kind for column, kind in kinds[0].items() if kind != "id"}
    if len(sheets) == 1:
        return {column: ((column,), kind) for column, kind in first.items()}
    second = {column: kind for column, kind in kinds[1].items() if kind != "id"}
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    for column, kind in first.items():
        mine = [name for name in first if first[name] == kind]
        theirs = [name for name in second if second[name] == kind]
        if second.get(column) == kind:
            found[column] = ((column, column), kind)
        elif len(mine) == len(theirs) and not set(mine) & set(theirs) and kind != "category":
            found[column] = ((column, theirs[mine.index(column)]), kind)
    return found


def _ids(sheet: Sheet, kinds: Mapping[str, str]) -> list[str]:
    column = next((name for name, kind in kinds.items() if kind == "id"), None)
    if column is None:
        return [str(row + sheet.first_row) for row in range(sheet.rows)]
    ids = [cell.strip() for cell in sheet.cells[column]]
    seen: dict[str, int] = {}
    for row, own in enumerate(ids):
        if not own:
            raise InputError(f"{sheet.where(row)}, column {column}: is empty; every row needs its own id.")
        if own in seen:
            other = seen[own] + sheet.first_row
            raise InputError(f"{sheet.where(row)}, column {column}: occurs twice (see row {other}); make ids unique.")
        seen[own] = row
    return ids


def read_model(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.name}: there is no such file; check the path.") from None
    except (OSError, ValueError):
        raise InputError(f"{path.name}: is no model; give a file as `nanxi link --model-out` writes it.") from None


def write_all(tables: Mapping[Path, tuple[tuple[str, ...], Sequence[Sequence[Any]]]], texts: Mapping[Path, str]) -> None:
    """All files or none: each is written beside its place, then all are put there. tables: path → columns and rows."""
    work: dict[Path, Callable[[Path], object]] = {path: _table_writer(path, *table) for path, table in tables.items()}
    work |= {path: (lambda draft, text=text: draft.write_text(text, encoding="utf-8")) for path, text in texts.items()}
    with ExitStack() as after:
        drafts: dict[Path, Path] = {}
        for path, write in work.items():
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            after.callback(draft.unlink, missing_ok=True)
            drafts[path] = draft
            try:
                if path.is_dir():
                    raise IsADirectoryError(21, "is a folder")
                write(draft)
            except OSError as problem:
                reason = problem.strerror or problem
                raise InputError(f"{path.name}: cannot be written ({reason}); choose another place.") from None
        for path, draft in drafts.items():
            draft.replace(path)


def _table_writer(path: Path, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> Callable[[Path], object]:
    if path.suffix == ".parquet":
        types = [pa.float64() if column in ("probability", "weight") else pa.string() for column in columns]
        table = pa.table([pa.array([row[at] for row in rows], kind) for at, kind in enumerate(types)], names=list(columns))
        return lambda draft: parquet.write_table(table, draft)

    def write(draft: Path) -> None:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)

    return write
