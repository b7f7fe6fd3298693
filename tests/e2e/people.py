"""Made-up persons of the desk's county as its own register files name them, and lists made from them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook


@dataclass(frozen=True)
class Somebody:
    """One row of a town's register workbook."""

    name: str
    id_no: str
    phone: str
    address: str
    house: str
    grid: str

    @property
    def town(self) -> str:
        return self.grid[:9] + "000"

    @property
    def village(self) -> str:
        return self.grid[:12]


@dataclass(frozen=True)
class Register:
    """One town's workbook and the people in it."""

    file: Path
    town: str
    name: str
    people: list[Somebody]

    @property
    def officer(self) -> str:
        return f"town-{self.town[6:9]}-1"


def largest_register(folder: Path) -> Register:
    """The town with most people: its lists are like those of any other."""
    index = json.loads((folder / "register" / "index.json").read_text(encoding="utf-8"))
    entry = max(index, key=lambda one: one["rows"])
    file = folder / "register" / entry["file"]
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    head = [str(cell) for cell in rows[0]]
    at = {name: head.index(name) for name in ("姓名", "身份证号码", "联系电话", "现住地址", "户号", "网格编码")}
    people = [Somebody(*(str(row[at[name]]).strip() for name in at)) for row in rows[1:]]
    return Register(file, entry["town"], entry["name"], [one for one in people if one.id_no and one.phone])


def write_list(path: Path, title: str, rows: list[list[object]]) -> Path:
    """A list as a county sends it: a title over the heading, text cells; a float stays a number."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("名单")
    sheet.merge_range(0, 0, 0, 5, title)
    for column, heading in enumerate(("序号", "姓名", "身份证号", "联系电话", "现住址", "备注")):
        sheet.write(1, column, heading)
    for number, row in enumerate(rows):
        for column, cell in enumerate([number + 1, *row]):
            sheet.write(number + 2, column, cell)
    book.close()
    return path
