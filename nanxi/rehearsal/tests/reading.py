"""Reads list files from their bytes with the standard library alone: neither what wrote them nor what the intake reads with."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
Read = str | float


@dataclass
class Page:
    """A sheet: cells by address ("D7"); floats are number cells, Excel's errors are their text."""

    name: str
    hidden: bool = False
    cells: dict[str, Read] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[str] = field(default_factory=list)
    errors: set[str] = field(default_factory=set)


@dataclass
class Book:
    pages: list[Page]
    from_1904: bool = False

    def page(self, name: str) -> Page:
        return next(page for page in self.pages if page.name == name)


def read_book(path: Path) -> Book:
    content = path.read_bytes()
    if content[:2] == b"PK":
        return _workbook(content)
    if content[:5].lower() == b"<html":
        return Book([_html(content.decode("utf-8"))])
    text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "gb18030")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return Book(
        [Page("", cells={f"{_letter(c)}{r}": cell for r, row in enumerate(rows, 1) for c, cell in enumerate(row) if cell})]
    )


def _letter(column: int) -> str:
    return chr(ord("A") + column)


def _workbook(content: bytes) -> Book:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        shared = _strings(parts)
        book = ET.fromstring(parts.read("xl/workbook.xml"))
        targets = {one.attrib["Id"]: one.attrib["Target"] for one in ET.fromstring(parts.read("xl/_rels/workbook.xml.rels"))}
        pages: list[Page] = []
        for sheet in book.findall("m:sheets/m:sheet", _NS):
            root = ET.fromstring(parts.read(f"xl/{targets[sheet.attrib[_REL]]}"))
            pages.append(_page(sheet.attrib["name"], sheet.attrib.get("state") == "hidden", root, shared))
    properties = book.find("m:workbookPr", _NS)
    return Book(pages, properties is not None and properties.attrib.get("date1904") in {"1", "true"})


def _strings(parts: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in parts.namelist():
        return []
    root = ET.fromstring(parts.read("xl/sharedStrings.xml"))
    return ["".join(text.text or "" for text in one.iterfind(".//m:t", _NS)) for one in root.findall("m:si", _NS)]


def _page(name: str, hidden: bool, root: ET.Element, shared: list[str]) -> Page:
    page = Page(name, hidden, merges=[one.attrib["ref"] for one in root.findall("m:mergeCells/m:mergeCell", _NS)])
    for column in root.findall("m:cols/m:col", _NS):
        if column.attrib.get("hidden") == "1":
            page.hidden_columns |= set(range(int(column.attrib["min"]) - 1, int(column.attrib["max"])))
    for row in root.findall("m:sheetData/m:row", _NS):
        if row.attrib.get("hidden") == "1":
            page.hidden_rows.add(int(row.attrib["r"]))
        for cell in row.findall("m:c", _NS):
            value = cell.find("m:v", _NS)
            if value is None or value.text is None:
                continue
            kind, at = cell.attrib.get("t", "n"), cell.attrib["r"]
            page.cells[at] = shared[int(value.text)] if kind == "s" else float(value.text) if kind == "n" else value.text
            if kind == "e":
                page.errors.add(at)
    return page


class _Table(HTMLParser):
    """The cells of the one table, each at the place where Excel would put it."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page("")
        self.row, self.column, self.text, self.taken = 0, 0, None, set[tuple[int, int]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.row, self.column = self.row + 1, 0
        if tag == "td":
            while (self.row, self.column) in self.taken:
                self.column += 1
            said = dict(attrs)
            down, across = int(said.get("rowspan") or 1), int(said.get("colspan") or 1)
            self.taken |= {(self.row + r, self.column + c) for r in range(down) for c in range(across)}
            self.text = ""

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "td" and self.text is not None:
            if self.text:
                self.page.cells[f"{_letter(self.column)}{self.row}"] = self.text
            self.text = None


def _html(text: str) -> Page:
    table = _Table()
    table.feed(text)
    return table.page


def row_of(address: str) -> int:
    return int(re.sub(r"\D", "", address))
