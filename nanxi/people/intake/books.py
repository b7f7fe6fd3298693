"""A file as sheets of cells: refused from outside, or parsed by the child within its limits."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from nanxi.people.intake.cells import Cell, load
from nanxi.people.intake.files import kind_of
from nanxi.people.intake.problems import Unreadable

#: Longer than the child's own CPU limit by what a loaded machine makes of it.
PATIENCE_S = 120
#: The child is told nothing else of our environment, least of all where the database is.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")
HOUSE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class SheetCells:
    """One sheet: rows from its first one, merges as (first row, first column, last row, last column) counted from 0."""

    name: str
    hidden: bool
    rows: tuple[tuple[Cell, ...], ...]
    merges: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True)
class Book:
    sheets: tuple[SheetCells, ...]
    from_1904: bool = False


def digest_of(content: bytes) -> bytes:
    """SHA-256 of the bytes: the same file sent twice is the same list."""
    return hashlib.sha256(content).digest()


def open_book(name: str, content: bytes) -> Book:
    """The sheets of a file. Raises Unreadable with the sentence for its sender."""
    answer = _ask_child(kind_of(name, content).value, content)
    if "refused" in answer:
        raise Unreadable(answer["refused"])
    sheets = tuple(
        SheetCells(sheet["name"], sheet["hidden"], tuple(map(load, sheet["rows"])), tuple(map(tuple, sheet["merges"])))
        for sheet in answer["sheets"]
    )
    return Book(sheets, answer["from_1904"])


def _ask_child(kind: str, content: bytes) -> dict:
    command = [sys.executable, "-m", "nanxi.people.intake.reader", kind]
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=PATIENCE_S, cwd="/", check=False,
            env={**passed, "PYTHONPATH": str(HOUSE), "PYTHONUTF8": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unreadable("too_heavy") from None
    if done.returncode < 0:
        # Killed by its own limits (or by the system's): memory, time.
        raise Unreadable("too_heavy")
    if done.returncode > 0:
        raise Unreadable("broken")
    return json.loads(done.stdout)
