"""Files that are refused, each before anything is parsed or with only the child paying for it."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from nanxi.people.intake import books, files
from nanxi.people.intake.books import open_book
from nanxi.people.intake.problems import Unreadable
from nanxi.people.intake.tables import read_tables
from nanxi.people.intake.tests.workbooks import ALICE, workbook

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def zipped(parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


BOMB = zipped({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b"0" * (60 * 1024 * 1024)})
GOOD = workbook([["姓名", "身份证号"], ["陈伟", ALICE]])


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "empty"),
        ("a.xlsx", b"   \n", "empty"),
        ("a.xlsx", b"PK\x03\x04 broken", "broken"),
        ("a.xlsx", GOOD[:-200], "broken"),
        ("a.pdf", b"%PDF-1.4", "wrong_type"),
        ("a.xlsx", b"%PDF-1.4", "wrong_type"),
        ("a.csv", b"%PDF-1.4", "wrong_type"),
        ("a.csv", b"name,id\x00\x01", "wrong_type"),
        ("a.xls", b"just a sentence", "wrong_type"),
        ("a.xlsx", b"MZ\x90 a program\n,", "wrong_type"),
        ("a.docx", GOOD, "wrong_type"),
        ("a.xlsx", zipped({"word/document.xml": b"<w/>"}), "wrong_type"),
        ("a.xls", b"<html><p>1</p></html>", "web_page"),
        ("a.xlsx", COMPOUND + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("a.xls", COMPOUND + b"\x00" * 600 + "WordDocument".encode("utf-16-le"), "wrong_type"),
        ("a.xls", COMPOUND + b"\x00" * 600 + "Workbook".encode("utf-16-le"), "broken"),
        ("a.xlsx", BOMB, "bomb"),
        ("a.xlsx", zipped({"xl/workbook.xml": b"<w/>", **{f"xl/{n}.xml": b"" for n in range(1100)}}), "too_many_parts"),
        ("a.xlsx", zipped({"xl/workbook.xml": b"<workbook/>"}), "broken"),
        ("a.csv", "\n".join("a,b" for _ in range(70_000)).encode(), "too_long"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        open_book(name, content)
    assert refused.value.code == code


def test_a_large_file_is_refused_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    with pytest.raises(Unreadable, match="20 MB"):
        open_book("a.xlsx", GOOD)


def test_a_sheet_that_reaches_too_far_is_refused() -> None:
    rows: list[list[str]] = [["姓名", "身份证号"]] + [[""]] * 66_000 + [["x"]]
    with pytest.raises(Unreadable) as refused:
        open_book("a.xlsx", workbook(rows))
    assert refused.value.code == "too_long"


def test_a_child_that_dies_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that lies about its size: the child runs into its own limit, we go on."""
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    sheet += b'<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    sheet += b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>a</t></is></c></row></sheetData></worksheet>'
    parts = {part: zipfile.ZipFile(io.BytesIO(GOOD)).read(part) for part in zipfile.ZipFile(io.BytesIO(GOOD)).namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet
    with pytest.raises(Unreadable) as refused:
        open_book("a.xlsx", zipped(parts))
    assert refused.value.code in ("too_heavy", "too_long", "broken")


def sheet_with(body: bytes, declared: bytes = b"") -> bytes:
    """A workbook whose first sheet holds this XML behind its rows, and this before its root."""
    archive = zipfile.ZipFile(io.BytesIO(GOOD))
    parts = {part: archive.read(part) for part in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", body + b"</sheetData>")
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"<worksheet ", declared + b"<worksheet ", 1)
    return zipped(parts)


@pytest.mark.parametrize("cell", [b"", b'<c r="A%d" s="1"/>'], ids=["bare", "formatted"])
def test_a_million_empty_rows_are_no_rows(cell: bytes) -> None:
    """Rows down to 1,048,576 that somebody formatted: the list above them is read as if they were not there."""
    body = b"".join(b'<row r="%d">%s</row>' % (row, cell % row if cell else b"") for row in range(3, 1_048_577))
    assert len(open_book("a.xlsx", sheet_with(body)).sheets[0].rows) == 2


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE worksheet [<!ENTITY a "' + b"a" * 1000 + b'"><!ENTITY x "' + b"&a;" * 1000 + b'">]>',
    ],
    ids=["a file of ours", "a billion laughs"],
)
def test_no_entity_is_ever_resolved(declared: bytes) -> None:
    body = b'<row r="3"><c r="A3" t="inlineStr"><is><t>&x;</t></is></c></row>'
    with pytest.raises(Unreadable) as refused:
        open_book("a.xlsx", sheet_with(body, declared))
    assert refused.value.code == "broken"


def test_a_macro_is_never_run_and_its_sheet_is_read() -> None:
    archive = zipfile.ZipFile(io.BytesIO(GOOD))
    parts = {part: archive.read(part) for part in archive.namelist()}
    assert len(open_book("a.xlsm", zipped({**parts, "xl/vbaProject.bin": b"\xcc\x61" * 500})).sheets[0].rows) == 2


def test_a_formula_counts_by_the_value_that_it_showed() -> None:
    body = b'<row r="3"><c r="A3" t="str"><f>CONCATENATE("a","b")</f><v>\xe6\x9d\x8e\xe5\xa8\x9c</v></c></row>'
    assert open_book("a.xlsx", sheet_with(body)).sheets[0].rows[2][0] == "李娜"


def test_a_formula_that_failed_is_said_where_it_stands() -> None:
    body = b'<row r="3"><c r="A3" t="str"><v>\xe6\x9d\x8e\xe5\xa8\x9c</v></c>'
    body += b'<c r="B3" t="e"><f>VLOOKUP(1,2,3)</f><v>#N/A</v></c></row>'
    reading = read_tables(open_book("a.xlsx", sheet_with(body)), day=date(2020, 2, 3))
    assert [(remark.column, remark.code) for remark in reading.rows[1].remarks] == [(1, "cell_failed")]
    assert not reading.rows[1].rejected


def test_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "PATIENCE_S", 0.001)
    with pytest.raises(Unreadable) as refused:
        open_book("a.xlsx", GOOD)
    assert refused.value.code == "too_heavy"


@pytest.mark.parametrize("name", ["名单.csv", "名单.xls"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_the_encodings_of_the_county(encoding: str, mark: str, name: str) -> None:
    if (mark, name) == (";", "名单.xls"):
        return
    book = open_book(name, f"姓名{mark}身份证号\n陈𠅤{mark}{ALICE}\n".encode(encoding))
    assert book.sheets[0].rows == (("姓名", "身份证号"), ("陈𠅤", ALICE))


def test_the_child_is_not_told_where_the_database_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    seen = {}
    run = books.subprocess.run
    monkeypatch.setattr(books.subprocess, "run", lambda *a, **k: seen.update(k["env"]) or run(*a, **k))
    open_book("a.xlsx", GOOD)
    assert seen
    assert "DATABASE_URL" not in seen
