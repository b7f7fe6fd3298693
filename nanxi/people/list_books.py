"""Workbooks that leave the intake: the rows to be corrected, and the empty templates. All text is written as text.

A cell that a spreadsheet would take for a formula gets an apostrophe in front; reading the file again takes it off.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from nanxi.people.intake.columns import BY_KEY
from nanxi.people.list_sheets import ErrorPage, ErrorSheet

#: What makes a spreadsheet calculate (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Signs no sheet may be called by; of the 31 UTF-16 units a name may have, four are left for a number behind it.
FORBIDDEN, LONGEST_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]"), 2 * 27
#: Headings that a re-read leaves alone: no column answers to them.
ROW, REASON = gettext_noop("Row in the file"), gettext_noop("What is wrong")

#: Template → its columns as (heading in the county's words, column).
TEMPLATES: dict[str, tuple[tuple[str, str], ...]] = {
    "persons": (
        ("序号", ""), ("姓名", "name"), ("性别", "sex"), ("身份证号码", "id_no"), ("护照号码", "passport"), ("联系电话", "phone"),
        ("乡镇（街道）", "place"), ("村（社区）", "place"), ("现住址", "address"), ("返回日期", "date"),
        ("交通方式", "trip"), ("体温", "temperature"), ("是否有症状", "yes_no"), ("备注", ""),
    ),
    "roster": (
        ("序号", ""), ("员工姓名", "name"), ("性别", "sex"), ("身份证号码", "id_no"), ("联系电话", "phone"),
        ("工作单位", "workplace"), ("现住址", "address"), ("到岗日期", "date"), ("车牌号", "plate"), ("备注", ""),
    ),
}  # fmt: skip
HINTS = {
    "name": gettext_noop("as on the card, without a title"),
    "id_no": gettext_noop("18 characters; this column is formatted as text, keep it so"),
    "phone": gettext_noop("the person's own; several with a slash between"),
    "date": gettext_noop("like 2020-01-25"),
    "sex": gettext_noop("男 or 女"),
    "yes_no": gettext_noop("是 or 否"),
}
CHOICES = {"sex": ["男", "女"], "yes_no": ["是", "否"]}
#: Rows of a template that are formatted and checked; a longer list goes on below as text.
FORMATTED = 2000


def error_book(sheet: ErrorSheet) -> bytes:
    """Every row of the list in the sender's columns; beside each column with a mistake stands what is wrong."""
    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "date_1904": sheet.from_1904}
    book = xlsxwriter.Workbook(held, options)
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    plain, bad = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bg_color": "#F9D6D5"})
    told = book.add_format({"font_color": "#9C1C1C", "text_wrap": True})
    for name, page in zip(_names(page.name for page in sheet.pages), sheet.pages, strict=True):
        _write_page(book.add_worksheet(name), page, (head, plain, bad, told))
    book.close()
    return held.getvalue()


def _names(wanted: Iterable[str]) -> list[str]:
    """Names as workbooks allow them, each once: the sender's program may have allowed others."""
    taken: list[str] = []
    for number, name in enumerate(wanted, start=1):
        short = FORBIDDEN.sub(" ", name).strip(" '").encode("utf-16-le")[:LONGEST_NAME].decode("utf-16-le", "ignore")
        plain = short.strip(" '")
        known = {other.lower() for other in taken}
        taken.append(plain if plain and plain.lower() not in known else f"{plain} ({number})".strip())
    return taken


def _write_page(target: Worksheet, page: ErrorPage, formats: tuple[Format, Format, Format, Format]) -> None:
    head, plain, bad, told = formats
    reasoned = sorted({remark.column for row in page.rows for remark in row.remarks})
    places, at = {}, 1
    target.write_string(0, 0, _(ROW), head)
    if -1 in reasoned:
        target.write_string(0, at, _(REASON), head)
        places[-1], at = at - 1, at + 1
    for column, label in enumerate(page.labels):
        places[column] = at
        target.write_string(0, at, safe(label), head)
        if column in reasoned:
            target.write_string(0, at + 1, _(REASON), head)
        at += 2 if column in reasoned else 1
    target.freeze_panes(1, 1)
    target.set_column(1, at, 18)
    for line, row in enumerate(page.rows, start=1):
        target.write_number(line, 0, row.number)
        reasons: dict[int, list[str]] = defaultdict(list)
        for remark in row.remarks:
            reasons[remark.column].append(_(remark.sentence))
        for column, text in enumerate(row.cells[: len(page.labels)]):
            target.write_string(line, places[column], safe(text), bad if column in reasons else plain)
        for column, sentences in reasons.items():
            target.write_string(line, places[column] + 1, " ".join(sentences), told)
    if page.rows:
        target.autofilter(0, 0, len(page.rows), at - 1)


def template_book(kind: str) -> bytes:
    """An empty list to fill in: headings that are read for sure, columns as text, choices to pick from."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet("名单")
    head, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
    _columns(page, TEMPLATES[kind], head, text)
    page.freeze_panes(1, 0)
    book.close()
    return held.getvalue()


def _columns(page: Worksheet, columns: Sequence[tuple[str, str]], head: Format, text: Format) -> None:
    for at, (heading, key) in enumerate(columns):
        page.set_column(at, at, 22 if key in ("id_no", "address", "phone") else 12, text)
        page.write_string(0, at, heading, head)
        hint = _(HINTS[key]) if key in HINTS else ""
        if hint:
            page.write_comment(0, at, hint)
        if key in CHOICES:
            page.data_validation(1, at, FORMATTED, at, {"validate": "list", "source": CHOICES[key]})


def safe(text: str) -> str:
    """The text, made harmless for whoever saves the workbook as CSV and opens that."""
    return f"'{text}" if text.startswith(FORMULA) else text


def column_choices() -> list[tuple[str, str]]:
    """All columns by their names, for the page where a person corrects what was proposed."""
    return [("", _("kept, not read")), *((key, _(column.label)) for key, column in BY_KEY.items())]
