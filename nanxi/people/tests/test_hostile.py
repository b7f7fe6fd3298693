"""Bad input through the real intake: handed in by an officer, read by the job, refused in one sentence, and nothing is kept.

What single cells and files do is in `intake/tests`; two officers at once and a killed worker are in `test_intake_at_once` and
`tests/faults`.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from nanxi.foundation import scope
from nanxi.foundation.act import Refused
from nanxi.foundation.jobs import Failed
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import services
from nanxi.people.intake import files
from nanxi.people.intake.tests.locked_workbooks import locked_workbook
from nanxi.people.intake.tests.test_files import BOMB, GOOD, sheet_with, zipped
from nanxi.people.intake.tests.workbooks import workbook
from nanxi.people.list_sealing import contents_of
from nanxi.people.models import ListBatch, Person, SourceRecord, StagedRow
from nanxi.people.tests.county import County, id_of
from nanxi.people.tests.lists import a_list, again, hand_in, rows_of, work

ENTITY = b'<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
USES_IT = b'<row r="3"><c r="A3" t="inlineStr"><is><t>&x;</t></is></c></row>'


def refused_by(county: County, name: str, content: bytes) -> str:
    """The sentence with which a file is refused, at the counter or by the job; nothing of it is kept."""
    try:
        batch = hand_in(county, content, name=name)
    except Refused as problem:
        sentence = str(problem)
        with scope.enter(EVERYWHERE):
            assert not ListBatch.everything.exists()
    else:
        with contextlib.suppress(Failed):
            work(county, batch)
        batch = again(batch)
        sentence = batch.refusal
        assert batch.state == ListBatch.State.REFUSED
    with scope.enter(EVERYWHERE):
        assert not (StagedRow.everything.exists() or SourceRecord.everything.exists() or Person.objects.exists())
    return sentence


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("list.xlsx", lambda: BOMB, "unpack", id="zip bomb"),
        pytest.param("list.xlsx", lambda: sheet_with(USES_IT, ENTITY), "damaged", id="XXE"),
        pytest.param("list.xlsx", lambda: locked_workbook(GOOD, "永嘉"), "password", id="password"),
        pytest.param("list.xlsx", lambda: b"%PDF-1.4 a scan", "no list", id="wrong extension"),
        pytest.param("list.docx", lambda: GOOD, "no list", id="other extension"),
        pytest.param("list.xlsx", lambda: GOOD[: len(GOOD) // 2], "damaged", id="torn off"),
        pytest.param("list.xlsx", lambda: b"", "empty", id="empty"),
        pytest.param("list.csv", lambda: b"a,b\n" * 70_000, "rows", id="too long"),
    ],
)
def test_a_hostile_file_is_one_sentence_and_leaves_nothing(
    county: County, name: str, content: Callable[[], bytes], says: str
) -> None:
    assert says in refused_by(county, name, content()).lower()


def test_a_file_beyond_the_bound_is_refused_before_it_is_parsed(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", len(GOOD) - 1)
    monkeypatch.setattr("nanxi.people.intake.books.subprocess.run", lambda *a, **k: pytest.fail("it was parsed"))
    assert "20 mb" in refused_by(county, "list.xlsx", GOOD).lower()


def names_in(county: County, batch: ListBatch) -> list[str]:
    rows = rows_of(batch)
    with scope.enter(EVERYWHERE):
        return [content.identity.name if content else "" for content in contents_of(rows)]


def test_1048576_empty_rows_are_a_list_of_one(county: County) -> None:
    body = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (row, row) for row in range(3, 1_048_577))
    assert names_in(county, work(county, hand_in(county, sheet_with(body)))) == ["陈伟"]


def test_a_macro_and_a_formula_count_by_what_they_showed(county: County) -> None:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, ["姓名", "身份证号", "联系电话"])
    page.write_formula(1, 0, '=HYPERLINK("http://evil.example","x")', None, "李娜")
    page.write_string(1, 1, id_of("19850505", 2))
    page.write_string(1, 2, "=cmd|' /C calc'!A0")
    book.close()
    archive = zipfile.ZipFile(held)
    parts = {part: archive.read(part) for part in archive.namelist()}
    batch = work(county, hand_in(county, zipped({**parts, "xl/vbaProject.bin": b"\xcc\x61" * 500}), name="list.xlsm"))
    assert names_in(county, batch) == ["李娜"]
    with county.as_officer("lin") as act:
        (row,) = services.hand_out_errors(act, batch).pages[0].rows
    assert {remark.column for remark in row.remarks} == {2}


def outcomes(county: County, *rows: list[Any], content: bytes = b"", name: str = "list.xlsx") -> list[tuple[str, set[str]]]:
    """Of each row what would become of it, and what is said about it."""
    batch = work(county, hand_in(county, content or a_list(*rows), name=name))
    staged = rows_of(batch)
    with scope.enter(EVERYWHERE):
        return [
            (row.outcome, {remark.code for remark in content.remarks} if content else set())
            for row, content in zip(staged, contents_of(staged), strict=True)
        ]


def test_3_30324e17_has_lost_its_digits_and_is_never_guessed(county: County) -> None:
    """As a number of the workbook and as the text that somebody copied from the screen."""
    found = outcomes(county, ["赵六", 3.30324e17, "13800000004", ""], ["钱七", "3.30324E+17", "13800000005", ""])
    assert [outcome for outcome, _codes in found] == ["rejected", "rejected"]


def identity_of(county: County, *rows: list[Any], content: bytes = b"", name: str = "list.xlsx", **more: Any) -> Any:
    batch = work(county, hand_in(county, content or a_list(*rows), name=name, **more))
    row = rows_of(batch)
    with scope.enter(EVERYWHERE):
        (found,) = contents_of(row)
    assert found
    return found.identity


def test_two_phones_in_a_cell_are_two_phones(county: County) -> None:
    found = identity_of(county, ["王芳", "", "13800000003/0577-67222222", ""])
    assert found.all_phones() == ("13800000003", "057767222222")


def test_fifteen_digits_are_the_eighteen_they_stand_for(county: County) -> None:
    from nanxi.people.rules import ids

    full = id_of("19600606", 3)
    found = identity_of(county, ["王芳", full[:6] + full[8:17], "", ""])
    assert ids.normal_id(found.id_no) == full


def test_gb18030_with_a_rare_character(county: County) -> None:
    text = f"姓名,身份证号\n王㛃,{id_of('19900606', 3)}\n".encode("gb18030")
    assert identity_of(county, content=text, name="list.csv").name == "王㛃"


def test_two_merged_heading_rows(county: County) -> None:
    rows = [["附件1 重点人员排查表", "", "", ""], ["基本情况", "", "联系方式", ""], ["姓名", "身份证号", "电话", "住址"],
            ["王芳", id_of("19900606", 3), "13800000003", ""]]  # fmt: skip
    content = workbook(rows, merges=[(0, 0, 0, 3), (1, 0, 1, 1), (1, 2, 1, 3)])
    found = identity_of(county, content=content)
    assert (found.name, found.phone) == ("王芳", "13800000003")


def test_a_workbook_that_counts_from_1904(county: County) -> None:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "date_1904": True})
    page = book.add_worksheet()
    page.write_row(0, 0, ["姓名", "联系电话", "出生日期"])
    page.write_row(1, 0, ["王芳", "13800000003", 31321 - 1462])
    book.close()
    assert identity_of(county, content=held.getvalue()).birth_date == date(1985, 10, 1)


def test_twins_with_consecutive_numbers_and_a_foremans_phone_stay_apart(county: County) -> None:
    """A whole roster under the foreman's phone, two of it twins: as many persons as rows."""
    from nanxi.people import matching

    crowd = [[f"陈{given}", id_of("19900606", 10 + at), "13800000001", ""] for at, given in enumerate("文武双全忠孝仁义礼智信勇")]
    batch = work(county, hand_in(county, a_list(*crowd)))
    with county.as_officer("lin") as act:
        services.commit_batch(act, batch)
    batch = work(county, batch)
    records = [row.record_id for row in rows_of(batch) if row.record_id]
    matching.match_records(records)
    assert len({county.person(record) for record in records}) == len(crowd)


def test_the_same_file_again_changes_nothing(county: County) -> None:
    content = a_list(["王芳", id_of("19900606", 3), "13800000003", ""])
    first = work(county, hand_in(county, content))
    assert hand_in(county, content, name="renamed.xlsx").pk == first.pk
    assert len(rows_of(first)) == 1
