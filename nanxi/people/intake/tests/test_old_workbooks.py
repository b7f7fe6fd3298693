"""Real .xls files, record by record, and web pages that bear the name."""

from __future__ import annotations

from datetime import date

import pytest

from nanxi.people.intake import compound
from nanxi.people.intake.books import open_book
from nanxi.people.intake.problems import Unreadable
from nanxi.people.intake.tables import Reading, read_tables
from nanxi.people.intake.tests.locked_workbooks import locked_workbook
from nanxi.people.intake.tests.old_workbooks import old_workbook
from nanxi.people.intake.tests.workbooks import ALICE, BOB, workbook

DAY = date(2020, 2, 3)
ROWS = [
    ["永嘉县返乡人员登记表"],
    ["姓名", "身份证号", "联系电话", "返回日期", "体温"],
    ["陈伟", ALICE, 13900001111.0, date(2020, 1, 25), 36.5],
    ["李娜", BOB, "13900002222", 43855.0, "正常"],
    ["王芳", 990324199001011236.0, "13900003333", "1月25日", "#N/A"],
]


def read(content: bytes, name: str = "名单.xls") -> Reading:
    return read_tables(open_book(name, content), day=DAY)


def test_an_old_workbook_is_read_as_a_new_one_is() -> None:
    rows = read(old_workbook(ROWS, merges=[(0, 0, 0, 4)])).rows
    assert [(row.number, row.identity.name, row.identity.id_no) for row in rows] == [
        (3, "陈伟", ALICE), (4, "李娜", BOB), (5, "王芳", ""),
    ]  # fmt: skip
    assert [row.facts["date"] for row in rows] == ["2020-01-25"] * 3
    assert [row.rejected for row in rows] == [False, False, True]
    assert rows[0].identity.phone == "13900001111"


def test_an_old_workbook_of_a_macintosh_counts_its_days_from_1904() -> None:
    rows = [*ROWS[:3], ["李娜", BOB, "13900002222", 42393.0, "正常"]]
    reading = read(old_workbook(rows, from_1904=True))
    assert reading.from_1904
    assert [row.facts["date"] for row in reading.rows] == ["2020-01-25", "2020-01-25"]


def test_several_sheets_and_a_hidden_one() -> None:
    reading = read(old_workbook(ROWS, [["证件号", "姓名"], [BOB, "李娜"]], [["姓名"], ["赵"]], hidden=2))
    assert [(table.sheet, len(table.rows)) for table in reading.tables] == [("Sheet1", 3), ("Sheet2", 1)]
    assert reading.unread == {"Sheet3": "hidden"}


@pytest.mark.parametrize("name", ["a.xls", "a.et", "a.xlsx"])
def test_a_locked_old_workbook_is_said_to_be_locked(name: str) -> None:
    with pytest.raises(Unreadable) as refused:
        open_book(name, old_workbook(ROWS, locked=True))
    assert refused.value.code == "password"


@pytest.mark.parametrize("name", ["名单.xlsx", "名单.xls", "名单.et"])
def test_a_new_workbook_behind_a_password_gets_the_one_sentence(name: str) -> None:
    """As Excel encrypts it: the reading library sees a compound file without a workbook and would call it damaged."""
    content = locked_workbook(workbook([["姓名", "身份证号"], ["陈伟", ALICE]]), "yongjia")
    with pytest.raises(Unreadable) as refused:
        open_book(name, content)
    assert refused.value.code == "password"
    assert refused.value.sentence == "The workbook is protected by a password. Remove the password and send it again."


def test_a_long_old_workbook_is_found_through_its_allocation_table() -> None:
    rows = [["姓名", "身份证号"], *([f"陈{chr(0x4E00 + n % 900)}", f"{n:018d}"] for n in range(20_000))]
    content = old_workbook(rows, from_1904=True)
    assert len(content) > 128 * 512 * 4
    assert compound.facts_of(content) == (False, True)
    assert len(open_book("a.xls", content).sheets[0].rows) == 20_001


@pytest.mark.parametrize("cut", [0, 8, 30, 200, 511, 700, 4000])
def test_a_broken_container_says_neither_and_never_hangs(cut: int) -> None:
    whole = old_workbook(ROWS, from_1904=True)
    assert compound.facts_of(whole[:cut]) in ((False, False), (False, True))
    looped = whole[:-512] + bytes(512)
    assert compound.facts_of(looped)[0] is False


PAGE = f"""<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset="gb2312">
<style>td {{mso-number-format:"@"}}</style></head><body><table><tr><td colspan=3>旅客名单</td></tr>
<tr><th>姓名</th><th>证件号码</th><th>手机号</th></tr>
<tr><td>陈&nbsp;伟</td><td>{ALICE}</td><td>13900001111</td></tr><tr><td rowspan="2">李娜</td><td>{BOB}<td>13900002222</td></tr>
<tr><td></td><td>13900003333</td></tr></table><script>alert(1)</script></body></html>"""


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_a_web_page_named_xls_is_read_by_its_table(encoding: str) -> None:
    reading = read(PAGE.encode(encoding))
    assert [(row.number, row.identity.name, row.identity.id_no) for row in reading.rows[:2]] == [
        (3, "陈伟", ALICE), (4, "李娜", BOB),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [b"<html><body>no list</body></html>", b'<?xml version="1.0"?><Workbook/>', b"MIME-Version: 1.0\r\nContent-Type: x"],
)
def test_a_page_without_a_table_is_refused_with_the_remedy(content: bytes) -> None:
    with pytest.raises(Unreadable, match="save it as") as refused:
        open_book("a.xls", content)
    assert refused.value.code == "web_page"
