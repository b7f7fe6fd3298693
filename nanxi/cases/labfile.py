"""A laboratory's results as a workbook or CSV: every line is checked before any is kept. Bytes in, samples and sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from nanxi.cases.services.laboratory import Sample
from nanxi.foundation.clock import COUNTY
from nanxi.people.intake.books import open_book
from nanxi.people.intake.cells import Cell, folded, is_empty, text_of
from nanxi.people.intake.problems import Unreadable

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
#: Whole numbers up to here are exact in a cell; a longer identifier has lost its last digits.
EXACT = 1e15
#: A title and a note or two stand above the heading, not more.
HEADING_WITHIN = 10


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
    """The lines of a file, parsed by the register's guarded reader. A file that cannot be read gives one problem and no lines."""
    try:
        book = open_book(name, data)
    except Unreadable as problem:
        return Sheet([], [_(problem.sentence)])
    rows = next((sheet.rows for sheet in book.sheets if not sheet.hidden and sheet.rows), ())
    head, columns = _heading(rows)
    if missing := [column for column in NEEDED if column not in columns]:
        column, *others = HEADINGS[missing[0]]
        told = _("The column %(column)s is missing from the heading (also read: %(names)s).")
        return Sheet([], [told % {"column": column, "names": "、".join(others)}])
    return _lines(columns, enumerate(rows[head + 1 :], start=head + 2))


def _heading(rows: Sequence[Sequence[Cell]]) -> tuple[int, dict[str, int]]:
    """The row with most of our headings among the first ones, and their places; titles may stand above it."""
    found = [(number, _columns(cells)) for number, cells in enumerate(rows[:HEADING_WITHIN])]
    return max(found, key=lambda row: len(row[1]), default=(0, {}))


def _lines(columns: dict[str, int], rows: Iterable[tuple[int, Sequence[Cell]]]) -> Sheet:
    sheet, seen = Sheet([], []), set[str]()
    for number, cells in rows:
        if all(is_empty(cell) for cell in cells):
            continue
        if len(sheet.lines) >= MOST_ROWS:
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


def _line(number: int, columns: dict[str, int], cells: Sequence[Cell]) -> Line | str:
    def cell(column: str) -> Cell:
        place = columns.get(column)
        return cells[place] if place is not None and place < len(cells) else None

    for column in ("accession", "id_no", "phone"):
        if isinstance(value := cell(column), float) and (not value.is_integer() or abs(value) >= EXACT):
            lost = _("was stored as a number and may have lost digits; format the column as text, enter it again")
            return _at(number, column, lost)
    accession, result = text_of(cell("accession")), RESULTS.get(text_of(cell("result")).lower())
    if not accession:
        return _at(number, "accession", _("is empty"))
    if result is None:
        return _at(number, "result", _("must be positive, negative or unclear"))
    sampled = _moment(cell("sampled_at"))
    if sampled is None:
        return _at(number, "sampled_at", _("is no time; write 2020-01-30 08:00"))
    if not text_of(cell("name")):
        return _at(number, "name", _("is empty"))
    who = (text_of(cell("name")), text_of(cell("id_no")), text_of(cell("phone")))
    return Line(number, Sample(accession, text_of(cell("laboratory")), sampled, result, *who))


def _at(number: int, column: str, what: str) -> str:
    return _("Row %(row)d, column %(column)s: %(what)s.") % {"row": number, "column": column, "what": what}


def _columns(head: Sequence[Cell]) -> dict[str, int]:
    words = [folded(cell).lower() for cell in head]
    found: dict[str, int] = {}
    for column, names in HEADINGS.items():
        place = next((i for i, word in enumerate(words) if word in {name.replace(" ", "") for name in names}), None)
        if place is not None:
            found[column] = place
    return found


def _moment(value: Cell) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=COUNTY)
    try:
        moment = datetime.fromisoformat(text_of(value).replace("/", "-"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=COUNTY)
