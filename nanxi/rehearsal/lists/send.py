"""All lists of the county as files, with their index and the truth of every file, row and cell."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

from nanxi.rehearsal.archive import Archive
from nanxi.rehearsal.county import COUNTY
from nanxi.rehearsal.life import DAY_S, SHANGHAI, iso
from nanxi.rehearsal.lists.containers import ENDINGS, FLAT, ending, write_paper
from nanxi.rehearsal.lists.entries import People
from nanxi.rehearsal.lists.kinds import KINDS, ListKind, choose, day_of, sizes
from nanxi.rehearsal.lists.layout import CellTruth, Form, Paper, RowTruth, Scribe
from nanxi.rehearsal.lists.marks import REJECT

#: Persons for one set of lists; a larger county receives more of them.
PERSONS_A_SET = 20_000
#: The first lists are what newcomers see: a title, a header and dirty cells are enough for them.
PLAIN = 3
LAYOUTS = ("two_row_header", "no_title", "synonyms", "several_sheets", "other_header", "hidden_rows", "hidden_column",
            "hidden_sheet", "book_1904", "foreman")  # fmt: skip
#: What only a workbook can be.
ONLY_WORKBOOKS = {"several_sheets", "other_header", "hidden_rows", "hidden_column", "hidden_sheet", "book_1904"}
#: Layouts that a kind of list cannot have.
_NEVER: dict[str, Callable[[ListKind], bool]] = {
    "several_sheets": lambda kind: not kind.groups,
    "foreman": lambda kind: kind.name != "roster",
    "book_1904": lambda kind: "date" not in kind.fields,
    "hidden_column": lambda kind: "sex" not in kind.fields,
}
#: Seconds after which somebody sends a list a second time, and after which a correction comes.
AGAIN_AFTER_S, CORRECTED_AFTER_S = 2 * 3600, 5 * 3600
#: Square roots of primes are irrational and have no rhythm in common.
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43)
_MARKS = (*LAYOUTS, "container", "corrected", "sent_again")


@dataclass(frozen=True)
class FileTruth:
    """A file as truth/list_files.csv holds it. must: "refuse", "same as FILE", "supersedes FILE" or nothing special."""

    file: str
    kind: str
    sheets: str
    mess: str
    rows: int
    must: str = ""


@dataclass
class Sent:
    """Everything that was written."""

    index: list[dict[str, Any]] = field(default_factory=list)
    files: list[FileTruth] = field(default_factory=list)
    rows: list[RowTruth] = field(default_factory=list)
    cells: list[CellTruth] = field(default_factory=list)


def how_many(archive: Archive) -> int:
    """Lists of a county that was not told how many."""
    return max(len(KINDS), archive.days) * max(1, len(archive.residents) // PERSONS_A_SET)


def write_lists(folder: Path, archive: Archive, count: int = 0, say: Callable[[str], None] = lambda step: None) -> Sent:
    """`count` lists (0: as many as the county's size and days ask for), and those that are sent once more."""
    count = count or how_many(archive)
    people, sender = People(archive), _Sender(folder, archive)
    wanted = sizes(archive.chance.of("list sizes"), archive.noise["lists", "rows_mean"], count)
    owed = 0
    before: list[int] = []
    for number in range(count):
        if number % 50 == 49:
            say(f"list {number + 1} of {count}")
        rng = archive.chance.of("list", number)
        kind = KINDS[number % len(KINDS)]
        day = archive.start + day_of(number, count, archive.days)
        size = wanted[number] + owed
        chosen = choose(rng, people, kind, day, size, before)
        # What a thin day could not fill falls to the next list, as far as it has people.
        owed = size - len(chosen)
        form = form_of(archive, kind, number)
        paper = Scribe(rng, people, kind, form, day, frozenset(before)).paper(
            f"{number + 1:04d}-{kind.name}{ending(form.marks)}", chosen
        )
        before = [one for one in chosen if one >= 0]
        moment = int(datetime.combine(day, time(8), SHANGHAI).timestamp()) + int(rng.integers(0, 9 * 3600))
        paper = sender.send(paper, kind, number, moment)
        sender.send_once_more(paper, kind, number, moment)
    sender.sent.index.sort(key=lambda entry: (entry["sent_at"], entry["file"]))
    return sender.sent


def form_of(archive: Archive, kind: ListKind, number: int) -> Form:
    """The forms of list `number`: each at its rate, spread evenly over the lists so that a short run has some of most."""
    if number < PLAIN:
        return Form()
    marks = {mark for mark in LAYOUTS if _spread(archive, mark, number) < archive.noise["list_files", mark]}
    marks -= {mark for mark, never in _NEVER.items() if never(kind)}
    container, share = "", _spread(archive, "container", number)
    for mark in ENDINGS:
        rate = archive.noise["list_files", mark]
        container = mark if not container and 0 <= share < rate else container
        share -= rate
    if container in FLAT:
        marks -= ONLY_WORKBOOKS
    if "several_sheets" not in marks:
        marks -= {"other_header"}
    return Form(frozenset(marks | {container} if container else marks))


def _spread(archive: Archive, mark: str, number: int) -> float:
    """Numbers between 0 and 1 that fill the line evenly along the lists, each mark in a rhythm of its own."""
    rhythm = math.sqrt(_PRIMES[_MARKS.index(mark)])
    return (float(archive.chance.of(f"form {mark}").random()) + number * rhythm) % 1


class _Sender:
    """Writes files and tells the truth about them."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        self.folder, self.archive, self.sent = folder, archive, Sent()

    def send(self, paper: Paper, kind: ListKind, number: int, moment: int, must: str = "", **more: str) -> Paper:
        """Write one file; returns the paper as it is in that file."""
        created = datetime.fromtimestamp(moment, SHANGHAI).date()
        paper = write_paper(self.folder / paper.file, paper, created, self.archive.chance.of("locked", number))
        marks = [*sorted(paper.form.marks), *(["corrected"] if more else [])]
        persons = sum(bool(row.who) for row in paper.rows)
        must = "refuse" if "password" in paper.form else must
        sheets = "|".join(sheet.name for sheet in paper.sheets)
        self.sent.files.append(FileTruth(paper.file, kind.name, sheets, " ".join(marks), persons, must))
        if must != "refuse":
            self.sent.rows += paper.rows
            self.sent.cells += paper.cells
        self._index(paper.file, paper.sheets[0].name, kind, number, moment, **more)
        return paper

    def send_once_more(self, paper: Paper, kind: ListKind, number: int, moment: int) -> None:
        """The same bytes again by somebody who did not know; or the list put right: unlocked, or its refused cells as text."""
        if "password" in paper.form:
            freed = replace(paper, form=Form(paper.form.marks - {"password"}))
            self._correct(freed, kind, number, moment + CORRECTED_AFTER_S)
        elif _spread(self.archive, "corrected", number) < self.archive.noise["list_files", "corrected"]:
            if number >= PLAIN and any(row.must == REJECT for row in paper.rows):
                self._correct(paper, kind, number, moment + CORRECTED_AFTER_S)
        elif number >= PLAIN and _spread(self.archive, "sent_again", number) < self.archive.noise["list_files", "sent_again"]:
            name, dot, end = paper.file.rpartition(".")
            again = f"{name}-again{dot}{end}"
            (self.folder / again).write_bytes((self.folder / paper.file).read_bytes())
            self.sent.files.append(FileTruth(again, kind.name, "", "sent_again", 0, f"same as {paper.file}"))
            self._index(again, paper.sheets[0].name, kind, number, moment + AGAIN_AFTER_S, again=paper.file)

    def _correct(self, paper: Paper, kind: ListKind, number: int, moment: int) -> None:
        name, dot, end = paper.file.rpartition(".")
        right = put_right(paper, f"{name}-corrected{dot}{end}")
        self.send(right, kind, number, moment, f"supersedes {paper.file}", corrects=paper.file)

    def _index(self, file: str, sheet: str, kind: ListKind, number: int, moment: int, **more: str) -> None:
        self.sent.index.append(
            {
                "file": file,
                "sheet": sheet,
                "kind": kind.name,
                "title": kind.title,
                "sender": kind.sender,
                "number": f"永防指令〔{self.archive.start.year}〕{number + 1}号",
                "area": COUNTY,
                "sent_at": iso(moment),
                "due_at": iso(moment + DAY_S),
                **more,
            }
        )


def put_right(paper: Paper, file: str) -> Paper:
    """The list once more: whatever made a row be refused is written as it ought to be, all else as before."""
    refused = {(row.sheet, row.row) for row in paper.rows if row.must == REJECT}
    named = {sheet.name: sheet for sheet in paper.sheets}
    rows = {name: [list(row) for row in sheet.rows] for name, sheet in named.items()}
    gone: dict[tuple[str, int], set[str]] = {}
    cells: list[CellTruth] = []
    for cell in paper.cells:
        at = (cell.sheet, int(cell.cell[1:]))
        if at in refused and cell.field in {"id", "name"}:
            rows[cell.sheet][at[1] - 1][ord(cell.cell[0]) - ord("A")] = cell.true
            gone.setdefault(at, set()).add(cell.mess)
        else:
            cells.append(replace(cell, file=file))
    told: list[RowTruth] = []
    for row in paper.rows:
        marks = [mark for mark in row.mess.split() if mark not in gone.get((row.sheet, row.row), ())]
        must = "" if (row.sheet, row.row) in refused else row.must
        told.append(replace(row, file=file, mess=" ".join(marks), must=must))
    sheets = [replace(sheet, rows=[tuple(row) for row in rows[sheet.name]]) for sheet in paper.sheets]
    return Paper(file, paper.form, sheets, told, cells)
