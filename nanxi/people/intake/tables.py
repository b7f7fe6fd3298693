"""A book as people: headings found, asides left out, every cell cleaned by its column, every row with its place in the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from nanxi.people.identity import Identity
from nanxi.people.intake.books import Book, SheetCells
from nanxi.people.intake.cells import Cell, folded, is_ditto, is_empty, text_of
from nanxi.people.intake.columns import BY_KEY, Draft, Frame
from nanxi.people.intake.columns.days import read_day
from nanxi.people.intake.columns.numbers import read_number
from nanxi.people.intake.elsewhere import county_of_code, county_of_text
from nanxi.people.intake.headings import Heading, find_heading
from nanxi.people.intake.places import NO_PLACES, Gazetteer
from nanxi.people.intake.problems import Remark, Unreadable, Weight

#: Rows below a list that speak about it and not about a person.
ASIDES = re.compile(
    r"^(合计|总计|小计|共计|总数|备注|说明|注[:：]|填表|填报|审核|制表|制单|经办|负责人|联系人|签字|签名|盖章|单位[(（:：]|日期[:：]|附[:：件注]"
    r"|第\d+页|共\d+[人页条])"
)
#: A line number may stand before the word.
TOTAL = re.compile(r"^(?:合计|总计|小计|共计)(?:[:：]|\d|$)")
_SIGNED = re.compile(r"(填报日期|填表日期|日期|时间)[:：]?(\d{4}[-./年]\d{1,2}[-./月]\d{1,2})")
#: What a household shares and a merged cell says once; a name or number is never copied to another person.
SHARED = {"address", "place", "area_code", "household", "workplace", "date", "trip", "plate"}


@dataclass(frozen=True)
class Row:
    """One person of a list: where the row stands as Excel counts, the sender's cells, what was read, and the remarks."""

    sheet: str
    number: int
    cells: tuple[Cell, ...]
    identity: Identity
    area_code: str = ""
    #: Six digits of another county that the row belongs to.
    elsewhere: str = ""
    household: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def rejected(self) -> bool:
        return any(remark.weight is Weight.BAD for remark in self.remarks)


@dataclass(frozen=True)
class Table:
    """One sheet that was read: its heading with the columns in force, its rows, and how many rows were left out, by reason."""

    sheet: str
    heading: Heading
    rows: tuple[Row, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class Reading:
    tables: tuple[Table, ...]
    #: Sheets that were not read: name → "hidden" or "no_header".
    unread: Mapping[str, str]
    day: date
    from_1904: bool = False

    @property
    def rows(self) -> list[Row]:
        return [row for table in self.tables for row in table.rows]


def read_tables(
    book: Book, *, day: date, places: Gazetteer = NO_PLACES, keys: Mapping[tuple[str, ...], Sequence[str]] | None = None
) -> Reading:
    """All persons of a book. `day`: used when the list does not say its own. `keys`: labels → columns, as chosen by hand.

    Raises Unreadable when no sheet has a heading, or none of them a row.
    """
    tables: list[Table] = []
    unread: dict[str, str] = {}
    for sheet in book.sheets:
        if not any(not is_empty(cell) for row in sheet.rows for cell in row):
            continue
        if sheet.hidden:
            unread[sheet.name] = "hidden"
            continue
        heading = find_heading(sheet)
        if heading is None:
            unread[sheet.name] = "no_header"
            continue
        if keys and heading.labels in keys:
            heading = replace(heading, keys=tuple(keys[heading.labels]))
        day = _written_day(sheet, heading) or day
        tables.append(_table(sheet, heading, Frame(day, book.from_1904, places.regions), places))
    if not tables:
        raise Unreadable("no_header")
    if not any(table.rows for table in tables):
        raise Unreadable("no_rows")
    return Reading(tuple(tables), unread, day, book.from_1904)


def _written_day(sheet: SheetCells, heading: Heading) -> date | None:
    """The day that a line above the heading states ("填报日期：2020.2.3")."""
    for row in sheet.rows[: heading.row]:
        for cell in row:
            if match := _SIGNED.search(folded(cell)):
                return read_day(match[2], Frame(date(2020, 1, 1)))[0]
    return None


def _table(sheet: SheetCells, heading: Heading, frame: Frame, places: Gazetteer) -> Table:
    left_out: Counter[str] = Counter()
    rows: list[Row] = []
    shared = _shared_cells(sheet, heading)
    labels = [folded(label) for label in heading.labels]
    above: Sequence[Cell] = ()
    for place in range(heading.row + heading.height, len(sheet.rows)):
        cells = sheet.rows[place]
        if reason := _aside(cells, labels, heading):
            left_out[reason] += 1
            continue
        filled = [shared.get((place, at), cell) for at, cell in enumerate(cells)] if shared else cells
        filled, same = _undittoed(filled, above, heading)
        above = filled
        rows.append(_row(sheet.name, place + 1, (cells, filled), heading, frame, places, same))
    return Table(sheet.name, heading, tuple(rows), left_out)


def _undittoed(cells: Sequence[Cell], above: Sequence[Cell], heading: Heading) -> tuple[Sequence[Cell], list[Remark]]:
    """"Same as above" filled in where it is about what people share; a name or a number is never copied."""
    same = [
        at
        for at, key in heading.read
        if key in SHARED and at < len(cells) and is_ditto(cells[at]) and at < len(above) and not is_empty(above[at])
    ]
    if not same:
        return cells, []
    return [above[at] if at in same else cell for at, cell in enumerate(cells)], [Remark(at, "ditto") for at in same]


def _aside(cells: Sequence[Cell], labels: list[str], heading: Heading) -> str:
    """Why a row is no person: empty, total or note, the heading once more; "" when it may be one."""
    said = [at for at, cell in enumerate(cells) if not is_empty(cell)]
    if not said:
        return "empty"
    first = folded(cells[said[0]])
    if ASIDES.match(first) or any(TOTAL.match(folded(cells[at])) for at in said[1:3]):
        return "note"
    if first in labels and _repeats(cells, labels, said):
        return "heading"
    # A number of the line alone, or one sentence over the width, names nobody.
    if not any(heading.keys[at] for at in said if at < len(heading.keys)) or (len(said) == 1 and len(first) > 20):
        return "empty" if len(said) == 1 and first.isdigit() else "note"
    return ""


def _repeats(cells: Sequence[Cell], labels: list[str], said: list[int]) -> bool:
    same = sum(at < len(labels) and folded(cells[at]) == labels[at] for at in said)
    return same >= max(2, len(said) - 1)


def _shared_cells(sheet: SheetCells, heading: Heading) -> dict[tuple[int, int], Cell]:
    """What merged cells below the heading say for every row they span, in columns that a household shares."""
    found: dict[tuple[int, int], Cell] = {}
    for top, left, bottom, _right in sheet.merges:
        if bottom <= top or top < heading.row + heading.height or left >= len(heading.keys) or heading.keys[left] not in SHARED:
            continue
        if left < len(sheet.rows[top]):
            found.update({(row, left): sheet.rows[top][left] for row in range(top, bottom + 1)})
    return found


def _row(
    sheet: str, number: int, held: tuple[tuple[Cell, ...], Sequence[Cell]], heading: Heading, frame: Frame, places: Gazetteer,
    remarks_so_far: list[Remark],
) -> Row:  # fmt: skip
    cells, filled = held
    draft = Draft(remarks=remarks_so_far)
    for at, key in heading.read:
        if at < len(filled) and not is_empty(filled[at]):
            BY_KEY[key].fill(draft, at, filled[at], frame)
    _agree(draft)
    identity = Identity(
        name=draft.name, id_no=draft.id_no, phone=draft.phones[0] if draft.phones else "", phones=tuple(draft.phones[1:]),
        passport=draft.passport, sex=draft.sex, birth_date=draft.birth, address=draft.address, plate=draft.plate,
        workplace=draft.workplace,
    )  # fmt: skip
    elsewhere = _elsewhere(draft, places)
    area = "" if elsewhere else _area(draft, places)
    remarks = tuple(sorted(draft.remarks, key=lambda remark: remark.column))
    return Row(sheet, number, cells, identity, area, elsewhere, draft.household, draft.facts, remarks)


def _agree(draft: Draft) -> None:
    """What needs more than one cell: somebody must be named, and sex and birth date must fit a valid ID number."""
    number = read_number(draft.id_no)
    lost = any(remark.weight is Weight.BAD for remark in draft.remarks)
    if not draft.name and not number.valid and not draft.passport and not lost:
        draft.remarks.append(Remark(draft.at.get("name", -1), "nobody"))
    if number.valid and draft.sex and draft.sex != number.sex:
        draft.remarks.append(Remark(draft.at["sex"], "sex_other"))
    if number.valid and draft.birth and draft.birth != number.birth:
        draft.remarks.append(Remark(draft.at["birth"], "birth_other"))


def _elsewhere(draft: Draft, places: Gazetteer) -> str:
    """The other county that the area code, the town's column or the address names; "" for one's own or none for sure."""
    if not places.regions:
        return ""
    told = county_of_code(draft.area_code, places.regions) if draft.area_code else ""
    for text in (*draft.places, draft.address) if not told and not draft.area_code else ():
        told = told or county_of_text(text, places.regions)
    if told:
        at = next((draft.at[key] for key in ("area_code", "place", "address") if key in draft.at), -1)
        draft.remarks.append(Remark(at, "elsewhere"))
    return told


def _area(draft: Draft, places: Gazetteer) -> str:
    """The area code of its own column, else what the address or the columns of town and village name; "" = the list's."""
    if draft.area_code:
        if code := places.holding(draft.area_code):
            return code
        if places.known:
            draft.remarks.append(Remark(draft.at["area_code"], "area_unknown"))
    return places.find("".join(draft.places) + draft.address) if draft.places or draft.address else ""


def shown(cells: Sequence[Cell]) -> list[str]:
    """Cells as text, for pages and workbooks."""
    return [text_of(cell) for cell in cells]
