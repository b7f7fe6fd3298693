"""Files that are refused, each before anything is parsed or with only the child paying for it."""

from __future__ import annotations

import io
import zipfile

import pytest

from nanxi.people.intake import books, files
from nanxi.people.intake.books import open_book
from nanxi.people.intake.problems import Unreadable
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
        ("a.docx", GOOD, "wrong_type"),
        ("a.xlsx", zipped({"word/document.xml": b"<w/>"}), "wrong_type"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "web_page"),
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


def test_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "PATIENCE_S", 0.001)
    with pytest.raises(Unreadable) as refused:
        open_book("a.xlsx", GOOD)
    assert refused.value.code == "too_heavy"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_the_encodings_of_the_county(encoding: str) -> None:
    book = open_book("名单.csv", f"姓名,身份证号\n陈𠅤,{ALICE}\n".encode(encoding))
    assert book.sheets[0].rows == (("姓名", "身份证号"), ("陈𠅤", ALICE))


def test_the_child_is_not_told_where_the_database_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    seen = {}
    run = books.subprocess.run
    monkeypatch.setattr(books.subprocess, "run", lambda *a, **k: seen.update(k["env"]) or run(*a, **k))
    open_book("a.xlsx", GOOD)
    assert seen
    assert "DATABASE_URL" not in seen
