"""Reads the answers that R's EpiEstim and surveillance gave; tests that need them skip, saying why, where they are absent."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parents[4].parent / "shared" / "data" / "epi"
Row = dict[str, str]


def table(name: str) -> list[Row]:
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"the reference answers {name} are not beside the project")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grouped(rows: list[Row], *columns: str) -> dict[tuple[str, ...], list[Row]]:
    out: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        out[tuple(row[column] for column in columns)].append(row)
    return out


def column(rows: list[Row], name: str) -> NDArray[np.float64]:
    """Numbers of one column; NA and empty cells are NaN."""
    return np.array([float("nan") if row[name] in ("", "NA") else float(row[name]) for row in rows])
