"""The base register as the towns hold it: one workbook per town, in parts, clean except for what is true of real registers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from nanxi.rehearsal.county import GRIDS_A_VILLAGE, County
from nanxi.rehearsal.residents import CHILD, HEAD, NOWHERE, OLD, PARTNER, Residents
from nanxi.rehearsal.workbooks import Sheet, write_workbook

#: Rows of one workbook: small enough that a desk sees progress, large enough that a county is not a thousand files.
ROWS_A_BOOK = 1500
HEADER = (
    "序号",
    "户号",
    "与户主关系",
    "姓名",
    "性别",
    "出生日期",
    "身份证号码",
    "联系电话",
    "现住地址",
    "网格编码",
    "工作单位",
    "车牌号",
)
_RELATION = {HEAD: "户主", PARTNER: "配偶", CHILD: "子女", OLD: "父母"}


def write_register(
    folder: Path, county: County, residents: Residents, start: date
) -> tuple[list[dict[str, Any]], list[tuple[str, str, int, str]]]:
    """Smallest town first, so that a desk can open early. Returns the index and the truth rows: file, sheet, row, person."""
    towns = county.village_town[residents.house_village][residents.household]
    people = np.bincount(towns, minlength=len(county.towns))
    index: list[dict[str, Any]] = []
    truth: list[tuple[str, str, int, str]] = []
    for town in sorted(range(len(county.towns)), key=lambda t: (int(people[t]), t)):
        members = np.flatnonzero(towns == town)
        for part, first in enumerate(range(0, len(members), ROWS_A_BOOK), start=1):
            file = f"{len(index) + 1:04d}-{county.towns[town].code}-{part}.xlsx"
            sheet = Sheet("户籍与常住人口")
            sheet.add(*HEADER)
            for number, person in enumerate(members[first : first + ROWS_A_BOOK].tolist(), start=1):
                row = sheet.add(*_row(county, residents, person, number))
                truth.append((file, sheet.name, row, residents.handle(person)))
            write_workbook(folder / file, sheet, start)
            index.append(
                {
                    "file": file,
                    "sheet": sheet.name,
                    "town": county.towns[town].code,
                    "name": county.towns[town].name,
                    "rows": len(sheet.rows) - 1,
                }
            )
    return index, truth


def _row(county: County, residents: Residents, person: int, number: int) -> tuple[str | float, ...]:
    house = int(residents.household[person])
    firm = int(residents.firm[person])
    village = county.village_code[int(residents.house_village[house])]
    grid = f"{village}{int(residents.house_number[house]) % GRIDS_A_VILLAGE + 1:03d}"
    return (
        float(number),
        f"H{house:06d}",
        _RELATION[int(residents.role[person])],
        residents.name[person],
        "男" if residents.male[person] else "女",
        residents.born(person).isoformat(),
        residents.id_no[person],
        residents.phone[person],
        residents.address(county, person),
        grid,
        residents.firm_name[firm] if firm != NOWHERE else "",
        residents.house_plate[house] if residents.role[person] == HEAD else "",
    )
