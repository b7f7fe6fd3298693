"""The rows that `bench/identity.py` measures: those of a rehearsal's files as the intake's reader reads them, and whom each is about."""

from __future__ import annotations

import csv
import os
import pickle
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

#: True person of a row that nobody in the register is.
STRANGER = "stranger"


@dataclass(frozen=True)
class Line:
    """One row of a file: its area, what it says, and the person it is about."""

    file: str
    area: str
    identity: Any
    person: str


def prepare(home: Path) -> None:
    """Read every file of the register and the lists; keep rows whose truth is known. A list that a corrected file replaces is
    left out: its rows leave the register when the correction is taken in.
    """
    gazetteer = _gazetteer(home)
    replaced = _replaced(home)
    found = {}
    for folder in ("register", "lists"):
        truth = _truth(home / "truth" / ("register_rows.csv" if folder == "register" else "list_rows.csv"))
        files = sorted(path for path in (home / folder).iterdir() if path.name in {file for file, _, _ in truth} - replaced)
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            read = pool.map(_read, files, [gazetteer] * len(files), chunksize=4)
            found[folder] = [
                Line(path.name, area, identity, truth[path.name, sheet, number])
                for path, rows in zip(files, read, strict=True)
                for sheet, number, area, identity in rows
                if truth.get((path.name, sheet, number), "no person") != "no person"
            ]
    with (home / "rows.pickle").open("wb") as file:
        pickle.dump((found["register"], found["lists"]), file)
    print({name: len(rows) for name, rows in found.items()}, "rows kept")


def _read(path: Path, areas: list[tuple[str, str]]) -> list[tuple[str, int, str, Any]]:
    from nanxi.people.intake.books import open_book
    from nanxi.people.intake.places import Gazetteer
    from nanxi.people.intake.problems import Unreadable
    from nanxi.people.intake.tables import read_tables

    try:
        reading = read_tables(open_book(path.name, path.read_bytes()), day=date(2020, 1, 30), places=Gazetteer(areas))
    except Unreadable:
        return []
    return [
        (row.sheet, row.number, row.area_code, row.identity) for table in reading.tables for row in table.rows if not row.rejected
    ]


def _gazetteer(home: Path) -> list[tuple[str, str]]:
    import json

    towns = {line["town"]: line["name"] for line in json.loads((home / "register" / "index.json").read_text(encoding="utf-8"))}
    found: dict[str, str] = dict(towns)
    for row in _rows(home / "feeds" / "houses.csv"):
        village = re.sub(r"\d.*$", "", row["address"].partition(towns.get(f"{row['area'][:9]}000", "?"))[2])
        if village:
            found[row["area"]] = village
    return sorted(found.items())


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _replaced(home: Path) -> set[str]:
    must = (row["must"].partition(" ") for row in _rows(home / "truth" / "list_files.csv"))
    return {file for what, _, file in must if what == "supersedes"}


def _truth(path: Path) -> dict[tuple[str, str, int], str]:
    return {(row["file"], row["sheet"], int(row["row"])): row["person"] for row in _rows(path)}


class _Rows(pickle.Unpickler):
    """Rows as `--prepare` kept them, whichever script reads them."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        return Line if global_name == "Line" else super().find_class(module_name, global_name)


def rows_of(folder: Path) -> tuple[list[Line], list[Line]]:
    """The rows of the register and of the lists."""
    with (folder / "rows.pickle").open("rb") as file:
        return _Rows(file).load()
