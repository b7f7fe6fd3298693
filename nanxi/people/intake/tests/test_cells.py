"""Every line of tests/spec/intake_cells.md."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nanxi.people.intake.cells import Cell, from_text, to_text
from nanxi.people.intake.columns import BY_KEY, Frame

SPEC = Path(__file__).resolve().parents[4] / "tests/spec/intake_cells.md"
OF_SECTION = {"ID number": "id_no", "Phone": "phone", "Date": "date"}
FRAME = Frame(date(2020, 2, 3))


def lines() -> list[tuple[str, str, str, str]]:
    found, section = [], ""
    for line in SPEC.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or cells[0] in ("cell", "column") or set(cells[0]) == {"-"}:
            continue
        found.append(tuple([OF_SECTION[section], *cells] if section in OF_SECTION else cells))
    return found  # type: ignore[return-value]


def said(value: Any) -> str:
    return "–" if not value else " ".join(value) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(("column", "cell", "read", "remark"), lines())
def test_what_is_made_of_a_cell(column: str, cell: str, read: str, remark: str) -> None:
    given: Cell = float(cell.removeprefix("num ")) if cell.startswith("num ") else cell
    value, codes = BY_KEY[column].clean(given, FRAME)
    assert (said(value), codes) == (read, (remark,) if remark else ())


def test_the_table_is_read_at_all() -> None:
    assert len(lines()) > 45


def test_a_day_number_of_an_old_macintosh_counts_from_1904() -> None:
    assert BY_KEY["date"].clean(42393.0, Frame(date(2020, 2, 3), from_1904=True))[0] == date(2020, 1, 25)


@pytest.mark.parametrize("cells", [("a", None, 1.5, True, date(2020, 1, 2)), (), ("㛃", None)])
def test_cells_survive_the_vaults_text(cells: tuple[Cell, ...]) -> None:
    assert from_text(to_text(cells)) == cells
