"""A laboratory's results as a workbook or CSV: every line is checked before any is kept. Bytes in, samples and sentences out."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from nanxi.cases import sheets
from nanxi.cases.services.laboratory import Sample

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
    rows = sheets.rows(name, data, HEADINGS, NEEDED)
    if isinstance(rows, str):
        return Sheet([], [rows])
    sheet, seen = Sheet([], []), set[str]()
    for row in rows:
        found = _line(row)
        if isinstance(found, str):
            sheet.problems.append(found)
        elif found.sample.accession in seen:
            sheet.problems.append(row.problem("accession", _("occurs twice in this file")))
        else:
            seen.add(found.sample.accession)
            sheet.lines.append(found)
    return sheet


def _line(row: sheets.Row) -> Line | str:
    if problem := row.lost_digits(("accession", "id_no", "phone")):
        return problem
    accession, result = row.text("accession"), RESULTS.get(row.text("result").lower())
    if not accession:
        return row.problem("accession", _("is empty"))
    if result is None:
        return row.problem("result", _("must be positive, negative or unclear"))
    sampled = row.moment("sampled_at")
    if sampled is None:
        return row.problem("sampled_at", _("is no time; write 2020-01-30 08:00"))
    if not row.text("name"):
        return row.problem("name", _("is empty"))
    who = (row.text("name"), row.text("id_no"), row.text("phone"))
    return Line(row.number, Sample(accession, row.text("laboratory"), sampled, result, *who))
