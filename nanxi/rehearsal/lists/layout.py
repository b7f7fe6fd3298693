"""How a list looks: titles, headers of one or two rows, sheets, subtotals, notes, hidden parts; and whose each row is."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from nanxi.rehearsal.lists.cells import Written, write
from nanxi.rehearsal.lists.entries import Entry, People
from nanxi.rehearsal.lists.kinds import ListKind, group_of
from nanxi.rehearsal.lists.marks import ASK, MUST, REJECT
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.workbooks import Cell, Failed, Sheet

NO_PERSON = "no person"
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
SYNONYMS = {
    "number": "编号",
    "name": "人员姓名",
    "sex": "男/女",
    "id": "证件号",
    "phone": "电话号码",
    "address": "居住地址",
    "date": "日期",
    "firm": "单位名称",
    "fever": "今日体温",
    "house": "户编号",
    "origin": "来源地",
    "trip": "交通工具",
}
#: Fields that stand under one heading in a header of two rows.
_GROUPS = (
    ("基本信息", ("name", "sex", "id", "phone")),
    ("其他情况", ("date", "origin", "trip", "symptom", "contact", "fever", "firm")),
)
_YES_STYLES = ("yes_blank", "yes_sign", "yes_have", "yes_digit")
_YES = {"yes_sign": ("√", ""), "yes_have": ("有", "无"), "yes_digit": (1.0, 0.0), "yes_blank": ("是", "")}
#: Rows of one sheet at least, or a list is not worth several.
_SHEET_LEAST = 3


@dataclass(frozen=True)
class RowTruth:
    """A row as truth/list_rows.csv holds it. person: resident's handle, "stranger" or "no person"; who: also the stranger's."""

    file: str
    sheet: str
    row: int
    person: str
    mess: str = ""
    must: str = ""
    who: str = ""


@dataclass(frozen=True)
class CellTruth:
    """A damaged cell as truth/list_cells.csv holds it."""

    file: str
    sheet: str
    cell: str
    field: str
    mess: str
    written: str
    true: str


@dataclass(frozen=True)
class Form:
    """How a file is built; the marks of what is true of it."""

    marks: frozenset[str] = frozenset()

    def __contains__(self, mark: str) -> bool:
        return mark in self.marks


@dataclass
class Paper:
    """A list before it becomes a file: sheets with the truth of their rows and cells."""

    file: str
    form: Form
    sheets: list[Sheet] = field(default_factory=list)
    rows: list[RowTruth] = field(default_factory=list)
    cells: list[CellTruth] = field(default_factory=list)

    def aside(self, sheet: Sheet, mark: str, *cells: Cell) -> int:
        """A row that is nobody's."""
        row = sheet.add(*cells)
        self.rows.append(RowTruth(self.file, sheet.name, row, NO_PERSON, mark))
        return row

    def person(self, sheet: Sheet, fields: Sequence[str], entry: Entry, written: dict[str, Written], traits: list[str]) -> int:
        row = sheet.add(*[written[name].cell if name in written else "" for name in fields])
        marks = [one.mark for one in (written[name] for name in fields if name in written) if one.mark]
        for column, name in enumerate(fields):
            one = written.get(name)
            if one is not None and one.mark:
                at = f"{letters(column)}{row}"
                self.cells.append(CellTruth(self.file, sheet.name, at, name, one.mark, said(one.cell), one.true))
        must = must_of(marks, fields)
        self.rows.append(RowTruth(self.file, sheet.name, row, entry.person, " ".join([*marks, *traits]), must, entry.who))
        return row


def letters(column: int) -> str:
    """A column as Excel names it, from 0; our lists are narrower than 26."""
    return string.ascii_uppercase[column]


def said(cell: Cell) -> str:
    """A cell's content for the truth: a number with all its digits, a date as ISO."""
    if isinstance(cell, Failed):
        return cell.code
    if isinstance(cell, float):
        return repr(cell) if cell % 1 or cell > 1e15 else str(int(cell))
    return cell.isoformat() if isinstance(cell, date) else cell


def must_of(marks: Sequence[str], fields: Sequence[str]) -> str:
    """What must become of a row with these damages; "" = taken in."""
    found = {MUST[mark] for mark in marks if mark in MUST}
    nameless = "name_missing" in marks and ("id" not in fields or {"id_missing", "id_error"} & set(marks))
    if nameless or REJECT in found:
        return REJECT
    return ASK if found else ""


@dataclass(frozen=True)
class Scribe:
    """Writes the rows of one list. numbers: the persons, as kinds.choose gave them."""

    rng: np.random.Generator
    people: People
    kind: ListKind
    form: Form
    today: date
    before: frozenset[int]

    @property
    def noise(self) -> Noise:
        return self.people.archive.noise

    def paper(self, file: str, numbers: list[int]) -> Paper:
        paper = Paper(file, self.form)
        groups = self._groups(numbers)
        foreman = self.people.entry(numbers[0], self.today).phone if numbers and "foreman" in self.form else ""
        style = _YES_STYLES[int(self.rng.integers(len(_YES_STYLES)))]
        for place, (name, members) in enumerate(groups):
            sheet = Sheet(name)
            paper.sheets.append(sheet)
            self._sheet(paper, sheet, members, place, foreman, style)
        if "hidden_sheet" in self.form:
            choices = Sheet("选项", hidden=True)
            paper.sheets.append(choices)
            for words in (("是", "男"), ("否", "女")):
                paper.aside(choices, "row_choices", *words)
        return paper

    def _groups(self, numbers: list[int]) -> list[tuple[str, list[int]]]:
        if "several_sheets" not in self.form:
            return [("名单" if len(numbers) % 2 else "Sheet1", numbers)]
        found: dict[str, list[int]] = {}
        for number in numbers:
            found.setdefault(group_of(self.people, self.kind, number)[:20] or "其他", []).append(number)
        small = [number for members in found.values() if len(members) < _SHEET_LEAST for number in members]
        sheets = [(name, members) for name, members in found.items() if len(members) >= _SHEET_LEAST]
        return [*sheets, ("其他人员", small)] if small and sheets else sheets or [("名单", numbers)]

    # -- one sheet

    def _sheet(self, paper: Paper, sheet: Sheet, numbers: list[int], place: int, foreman: str, style: str) -> None:
        columns = self._columns(place)
        fields = [name for _, name in columns]
        if "no_title" not in self.form:
            paper.aside(sheet, "row_title", self.kind.title)
            sheet.merges.append((0, 0, 0, len(columns) - 1))
            day = f"填报日期：{self.today.year}.{self.today.month}.{self.today.day}"
            paper.aside(sheet, "row_unit", f"填报单位：{self.kind.sender}", *[""] * (len(columns) - 2), day)
        self._header(paper, sheet, columns)
        header = tuple(word for word, _ in columns)
        house, top, blank = -1, 0, self._once("row_blank", len(numbers))
        again = self._once("row_header_again", len(numbers))
        half = len(numbers) // 2
        numbers, seconds = self._with_seconds(numbers)
        for at, number in enumerate(numbers):
            if at == blank:
                paper.aside(sheet, "row_blank")
            if at == again:
                paper.aside(sheet, "row_header_again", *header)
            row = self._person(paper, sheet, fields, number, at, foreman, style, second=at >= len(numbers) - seconds)
            if self.kind.name == "village":
                house, top = self._join(paper, sheet, number, row, house, top)
            if at + 1 == half and self.kind.name in {"fever", "returnees"}:
                paper.aside(sheet, "row_subtotal", "小计", f"{half}人")
        paper.aside(sheet, "row_total", "合计", f"{len(numbers)}人")
        paper.aside(sheet, "row_note", "填表人：", "", "审核人：", "", "单位（盖章）：")
        if "date" in fields:
            paper.aside(sheet, "row_note", "注：日期未填的，即为填报当日。")
        if "hidden_column" in self.form:
            sheet.hidden_columns.add(fields.index("sex") if "sex" in fields else len(fields) - 1)

    def _once(self, mark: str, count: int) -> int:
        """Before which row something stands once, at its rate per list; −1 when it does not."""
        drawn, at = self.rng.random(), int(self.rng.integers(2, max(3, count)))
        return at if drawn < self.noise["lists", mark] and count > 4 else -1

    def _with_seconds(self, numbers: list[int]) -> tuple[list[int], int]:
        """The persons in order, some of them a second time at the end, in the place of others: a list does not grow by it. Homes
        that share a merged cell stay together."""
        if self.kind.name == "village":
            return numbers, 0
        twice = [n for n in numbers[: len(numbers) * 2 // 3] if self.rng.random() < self.noise["lists", "twice_in_list"]]
        return [*numbers[: len(numbers) - len(twice)], *twice], len(twice)

    def _columns(self, place: int) -> list[tuple[str, str]]:
        columns = list(self.kind.columns)
        if "synonyms" in self.form or (place and "other_header" in self.form):
            columns = [(SYNONYMS.get(name, word), name) for word, name in columns]
        if place and "other_header" in self.form and self.kind.name != "village":
            at = next(i for i, (_, name) in enumerate(columns) if name == "phone")
            columns = [*columns[: at - 1], columns[at], columns[at - 1], *columns[at + 1 :]]
        return columns

    def _header(self, paper: Paper, sheet: Sheet, columns: list[tuple[str, str]]) -> None:
        if "two_row_header" not in self.form:
            paper.aside(sheet, "row_header", *[word for word, _ in columns])
            return
        heading = {name: title for title, names in _GROUPS for name in names}
        first = [heading.get(name, word) for word, name in columns]
        row = paper.aside(sheet, "row_header", *first)
        paper.aside(sheet, "row_header", *[word for word, _ in columns])
        start = 0
        for column in range(1, len(columns) + 1):
            same = column < len(columns) and first[column] == first[start] and columns[column][1] in heading
            if same:
                continue
            if column - start > 1:
                sheet.merges.append((row - 1, start, row - 1, column - 1))
            elif columns[start][1] not in heading:
                sheet.merges.append((row - 1, start, row, start))
            start = column

    # -- one row

    def _person(
        self, paper: Paper, sheet: Sheet, fields: list[str], number: int, at: int, foreman: str, style: str, *, second: bool
    ) -> int:
        entry = self.people.entry(number, self.today - timedelta(days=1))
        written = self._cells(fields, entry, at, foreman, style)
        traits = list(entry.traits)
        if number in self.before:
            traits.append("repeated")
        if second:
            traits.append("twice_in_list")
        hidden = "hidden_rows" in self.form and self.rng.random() < self.noise["lists", "hidden_row"]
        if hidden:
            traits.append("hidden_row")
        row = paper.person(sheet, fields, entry, written, traits)
        if hidden:
            sheet.hidden_rows.add(row - 1)
        return row

    def _cells(self, fields: list[str], entry: Entry, at: int, foreman: str, style: str) -> dict[str, Written]:
        true = {
            "number": str(at + 1),
            "name": entry.name,
            "sex": "男" if entry.male else "女",
            "id": entry.id_no,
            "phone": entry.phone,
            "date": entry.event.isoformat(),
            "address": entry.address,
            "origin": entry.origin,
            "county": entry.county,
            "trip": self._trip(entry),
            "firm": entry.firm,
            "house": f"H{entry.home:06d}",
            "fever": ("36.5", "36.7", "36.3", "37.2")[int(self.rng.integers(4))],
        }
        found = {name: write(self.rng, self.noise, name, entry, true[name]) for name in fields if name in true}
        for name in ("symptom", "contact"):
            if name in fields:
                found[name] = self._yes(style)
        if foreman and "phone" in found and entry.phone != foreman:
            found["phone"] = Written(foreman, "phone_foreman", entry.phone)
        if "date" in found:
            found["date"] = self._date(found["date"])
        for name in ("number", "fever"):
            if name in found and not found[name].mark:
                found[name] = replace(found[name], cell=float(found[name].true))
        return found

    def _date(self, one: Written) -> Written:
        """Without a mark a real Excel date; a serial number counts from the workbook's own first day."""
        if one.mark == "date_missing":
            return replace(one, true=self.today.isoformat())
        if one.mark in {"", "date_serial"}:
            day = date.fromisoformat(one.true)
            epoch = _EPOCH_1904 if "book_1904" in self.form else _EPOCH
            return replace(one, cell=float((day - epoch).days) if one.mark else day)
        return one

    def _trip(self, entry: Entry) -> str:
        if entry.plate and self.rng.random() < self.noise["lists", "by_car"]:
            return f"自驾 {entry.plate}"
        coach, row, seat = (int(self.rng.integers(1, most)) for most in (17, 20, 6))
        return f"G1234 {coach}车{row}{'ABCDF'[seat - 1]}"

    def _yes(self, style: str) -> Written:
        yes = bool(self.rng.random() < 0.12)
        cell = _YES[style][0 if yes else 1]
        return Written(cell, style if style != "yes_blank" or not yes else "", "yes" if yes else "no")

    def _join(self, paper: Paper, sheet: Sheet, number: int, row: int, house: int, top: int) -> tuple[int, int]:
        """House number and address stand in one merged cell for the whole household."""
        mine = int(self.people.archive.residents.household[number])
        if mine != house:
            return mine, row
        for column in (0, 1):
            sheet.merges = [merge for merge in sheet.merges if merge[:2] != (top - 1, column)]
            sheet.merges.append((top - 1, column, row - 1, column))
        # What the covered cells would have said is not in the file.
        hidden = {f"A{row}", f"B{row}"}
        gone = {cell.mess for cell in paper.cells if cell.sheet == sheet.name and cell.cell in hidden}
        paper.cells = [cell for cell in paper.cells if not (cell.sheet == sheet.name and cell.cell in hidden)]
        last = paper.rows[-1]
        paper.rows[-1] = replace(last, mess=" ".join([*(mark for mark in last.mess.split() if mark not in gone), "merged"]))
        return house, top
