"""A laboratory's results as a workbook or CSV: every line is checked before any is kept. Bytes in, samples and sentences out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from nanxi.cases.services.laboratory import Sample
from nanxi.foundation.clock import COUNTY

#: Our column → the headings that laboratories write over it.
HEADINGS = {
    "accession": ("accession", "accession no", "条码号", "样本编号", "标本编号", "检测编号"),
    "laboratory": ("laboratory", "检测机构", "检测单位"),
    "sampled_at": ("sampled_at", "sampled", "采样时间", "采样日期"),
    "result": ("result", "结果", "检测结果"),
    "name": ("name", "姓名"),
    "id_no": ("id_no", "id", "身份证号", "身份证号码", "证件号码"),
    "phone": ("phone", "电话", "联系电话", "手机号"),
}
NEEDED = ("accession", "sampled_at", "result", "name")
RESULTS = {
    "positive": "positive", "阳性": "positive", "+": "positive", "negative": "negative", "阴性": "negative", "-": "negative",
    "unclear": "unclear", "可疑": "unclear", "待复检": "unclear",
}  # fmt: skip
#: A day's output of a county laboratory is a few hundred samples; a longer file is something else.
MOST_ROWS = 5000


@dataclass(frozen=True)
class Line:
    """One line of the file: its number as a person sees it, and the sample."""

    number: int
    sample: Sample


@dataclass(frozen=True)
class Sheet:
    """What a file holds: good lines, and a sentence for each bad one."""

    lines: list[Line]
    problems: list[str]


def read(name: str, data: bytes) -> Sheet:
    """The lines of a file. A file that cannot be read gives one problem and no lines."""
    try:
        table = _csv(data) if name.lower().endswith(".csv") else _workbook(data)
    except (CalamineError, UnicodeDecodeError, csv.Error, ValueError):
        return Sheet([], [_("This file cannot be read. Save it as .xlsx or UTF-8 CSV without a password and try again.")])
    rows = iter(table)
    columns = _columns(next(rows, []))
    if missing := [column for column in NEEDED if column not in columns]:
        column, *others = HEADINGS[missing[0]]
        told = _("The column %(column)s is missing from the first row (also read: %(names)s).")
        return Sheet([], [told % {"column": column, "names": "、".join(others)}])
    return _lines(columns, rows)


def _lines(columns: dict[str, int], rows: Iterator[Sequence[Any]]) -> Sheet:
    sheet, seen = Sheet([], []), set[str]()
    for number, cells in enumerate(rows, start=2):
        if not any(str(cell).strip() for cell in cells if cell is not None):
            continue
        if number > MOST_ROWS + 1:
            sheet.problems.append(_("The file has more than %(n)d rows. Split it.") % {"n": MOST_ROWS})
            return sheet
        found = _line(number, columns, cells)
        if isinstance(found, str):
            sheet.problems.append(found)
        elif found.sample.accession in seen:
            sheet.problems.append(_at(number, "accession", _("occurs twice in this file")))
        else:
            seen.add(found.sample.accession)
            sheet.lines.append(found)
    return sheet


def _line(number: int, columns: dict[str, int], cells: Sequence[Any]) -> Line | str:
    def cell(column: str) -> Any:
        place = columns.get(column)
        return cells[place] if place is not None and place < len(cells) else ""

    for column in ("accession", "id_no", "phone"):
        if isinstance(cell(column), float) and not cell(column).is_integer():
            return _at(number, column, _("is a number with a fraction; format the column as text"))
    if isinstance(cell("id_no"), float) and abs(cell("id_no")) >= 1e15:
        return _at(number, "id_no", _("was stored as a number and has lost digits; format the column as text and enter it again"))
    accession, result = _text(cell("accession")), RESULTS.get(_text(cell("result")).lower())
    if not accession:
        return _at(number, "accession", _("is empty"))
    if result is None:
        return _at(number, "result", _("must be positive, negative or unclear"))
    sampled = _moment(cell("sampled_at"))
    if sampled is None:
        return _at(number, "sampled_at", _("is no time; write 2020-01-30 08:00"))
    if not _text(cell("name")):
        return _at(number, "name", _("is empty"))
    who = (_text(cell("name")), _text(cell("id_no")), _text(cell("phone")))
    return Line(number, Sample(accession, _text(cell("laboratory")), sampled, result, *who))


def _at(number: int, column: str, what: str) -> str:
    return _("Row %(row)d, column %(column)s: %(what)s.") % {"row": number, "column": column, "what": what}


def _columns(head: Sequence[Any]) -> dict[str, int]:
    words = [_text(cell).lower().replace(" ", "") for cell in head]
    found: dict[str, int] = {}
    for column, names in HEADINGS.items():
        place = next((i for i, word in enumerate(words) if word in {name.replace(" ", "") for name in names}), None)
        if place is not None:
            found[column] = place
    return found


def _csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def _workbook(data: bytes) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return book.get_sheet_by_index(0).to_python()


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=COUNTY)
    try:
        moment = datetime.fromisoformat(_text(value).replace("/", "-"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=COUNTY)
