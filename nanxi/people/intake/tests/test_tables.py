"""Lists as departments send them, read from end to end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nanxi.people.intake.books import open_book
from nanxi.people.intake.places import Gazetteer, former_towns
from nanxi.people.intake.problems import Unreadable
from nanxi.people.intake.tables import Reading, read_tables
from nanxi.people.intake.tests.workbooks import ALICE, BOB, workbook

DAY = date(2020, 2, 3)
PLACES = Gazetteer(
    [
        ("330324001000", "北城街道"), ("330324006000", "瓯北街道"), ("330324110000", "岩头镇"), ("330324006201", "东桥村"),
        ("330324006202", "东桥头社区"), ("330324110201", "苍坡村"), ("330324001201", "东桥村"),
    ]
)  # fmt: skip


def read(*sheets: list[list[Any]], **options: Any) -> Reading:
    return read_tables(open_book("list.xlsx", workbook(*sheets, **options)), day=DAY, places=PLACES)


def test_a_heading_under_title_rows_and_notes_below() -> None:
    reading = read(
        [
            ["附件1 永嘉县岩头镇重点人员排查表"],
            ["填报单位：岩头镇", "", "", "填报日期：2020.2.1"],
            ["序号", "姓 名", "身份证号码（18位）", "联系电话*"],
            [1.0, "陈伟", ALICE, "13900001111"],
            ["小计", "1人"],
            [2.0, "李娜", BOB, 13900002222.0],
            [3.0],
            [],
            ["合计", "2人"],
            ["备注：请于2月5日前报送"],
            ["填表人：", "王", "审核人：", "赵"],
        ],
        merges=[(0, 0, 0, 3)],
    )
    table = reading.tables[0]
    assert table.heading.keys == ("", "name", "id_no", "phone")
    assert [(row.number, row.identity.name, row.identity.phone) for row in table.rows] == [
        (4, "陈伟", "13900001111"), (6, "李娜", "13900002222"),
    ]  # fmt: skip
    assert dict(table.left_out) == {"note": 4, "empty": 2}
    assert reading.day == date(2020, 2, 1)


def test_a_heading_of_two_merged_rows() -> None:
    reading = read(
        [
            ["人员登记"],
            ["姓名", "证件", "", "联系方式", ""],
            ["", "类型", "号码", "电话", "住址"],
            ["陈伟", "身份证", ALICE, "13900001111", "岩头镇苍坡村3号"],
        ],
        merges=[(0, 0, 0, 4), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4)],
    )
    table = reading.tables[0]
    assert (table.heading.row, table.heading.height) == (1, 2)
    assert table.heading.keys == ("name", "", "id_no", "phone", "address")
    assert table.rows[0].identity.id_no == ALICE
    assert table.rows[0].area_code == "330324110201"


@pytest.mark.parametrize(
    "labels",
    [
        ("姓名", "身份证号", "手机"), ("旅客姓名", "证件号码", "联系方式"), ("购药人", "公民身份号码", "手机号码"),
        ("员工姓名", "身份证号码", "本人电话"),
        ("Name", "ID No", "Mobile"), ("*姓名", "有效证件号码（必填）", "联系电话："), ("1.姓名", "2.身份证", "3.手机号"),
    ],
)  # fmt: skip
def test_synonyms_of_headings(labels: tuple[str, ...]) -> None:
    assert read([[*labels], ["陈伟", ALICE, "13900001111"]]).tables[0].heading.keys == ("name", "id_no", "phone")


def test_columns_of_other_people_are_kept_and_not_read() -> None:
    reading = read(
        [["姓名", "户主姓名", "监护人身份证号", "联系人电话", "身份证号"], ["陈小", "陈伟", BOB, "13900001111", ALICE]]
    )
    assert reading.tables[0].heading.keys == ("name", "", "", "", "id_no")
    assert reading.rows[0].cells[1] == "陈伟"


def test_a_number_that_lost_its_digits_is_rejected_and_never_guessed() -> None:
    row = read([["姓名", "身份证号", "电话"], ["陈伟", float(ALICE), "13900001111"]]).rows[0]
    assert row.rejected
    assert row.identity.id_no == ""


@pytest.mark.parametrize(
    ("cells", "rejected"),
    [
        (["", "", "13900001111"], True),
        (["", "990324199001011235", "13900001111"], True),
        (["", ALICE, ""], False),
        (["陈伟", "", ""], False),
        (["", "E12345678", ""], False),
    ],
)
def test_a_row_must_name_somebody(cells: list[str], rejected: bool) -> None:
    reading = read([["姓名", "身份证号", "电话"], ["李娜", BOB, ""], cells])
    assert reading.rows[1].rejected is rejected


def test_a_merged_household_shares_its_address_and_never_a_name() -> None:
    reading = read(
        [
            ["户号", "住址", "姓名", "身份证号"],
            ["H1", "岩头镇苍坡村1号", "陈伟", ALICE],
            ["", "", "", BOB],
            ["H2", "瓯北街道", "李娜", ""],
        ],
        merges=[(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 2, 2)],
    )
    assert [(row.household, row.area_code, row.identity.name) for row in reading.rows] == [
        ("H1", "330324110201", "陈伟"), ("H1", "330324110201", ""), ("H2", "330324006000", "李娜"),
    ]  # fmt: skip
    assert reading.rows[1].cells[1] is None


def test_several_sheets_a_hidden_one_and_one_without_heading() -> None:
    reading = read(
        [["姓名", "身份证号"], ["陈伟", ALICE]], [["证件号", "姓名", "村"], [BOB, "李娜", "苍坡村"]],
        [["姓名", "身份证号"], ["王五", ALICE]], [["说明"], ["略"]],
        hidden=2,
    )  # fmt: skip
    assert [(row.sheet, row.identity.name, row.area_code) for row in reading.rows] == [
        ("Sheet1", "陈伟", ""), ("Sheet2", "李娜", "330324110201"),
    ]  # fmt: skip
    assert reading.unread == {"Sheet3": "hidden", "Sheet4": "no_header"}


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("浙江省温州市永嘉县瓯北街道东桥村15号", "330324006201"),
        ("瓯北镇东桥头社区2幢", "330324006202"),
        ("北城街道东桥村1号", "330324001201"),
        ("苍坡村7号", "330324110201"),
        ("东桥村7号", ""),
        ("湖北省武汉市洪山区", ""),
        ("瓯北", "330324006000"),
    ],
)
def test_the_area_of_an_address(address: str, code: str) -> None:
    assert PLACES.find(address) == code


def test_an_area_code_of_its_own_counts_first() -> None:
    reading = read([["姓名", "住址", "网格编码"], ["陈伟", "岩头镇", "330324006201003"], ["李娜", "岩头镇", 999999999999.0]])
    assert [row.area_code for row in reading.rows] == ["330324006201003", "330324110000"]
    assert [remark.code for remark in reading.rows[1].remarks] == ["area_unknown"]


def test_what_does_not_fit_the_number_is_said() -> None:
    row = read(
        [["姓名", "身份证号", "性别", "出生日期"], ["陈伟", ALICE, "女" if int(ALICE[16]) % 2 else "男", "1991-01-01"]]
    ).rows[0]
    assert [remark.code for remark in row.remarks] == ["sex_other", "birth_other"]
    assert not row.rejected


def test_columns_chosen_by_a_person_are_taken() -> None:
    content = workbook([["姓名", "号码", "身份证号"], ["陈伟", "13900001111", ALICE]])
    keys = {("姓名", "号码", "身份证号"): ("name", "phone", "id_no")}
    assert read_tables(open_book("a.xlsx", content), day=DAY, keys=keys).rows[0].identity.phone == "13900001111"


def test_the_heading_repeated_on_every_printed_page_is_left_out() -> None:
    reading = read([["姓名", "身份证号"], ["陈伟", ALICE], ["姓名", "身份证号"], ["李娜", BOB]])
    assert [row.number for row in reading.rows] == [2, 4]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["会议通知"], ["请准时参加"]], "no_header"),
        ([["姓名", "身份证号"]], "no_rows"),
        ([["电话", "住址"], ["1", "2"]], "no_header"),
    ],
)
def test_a_file_without_people_is_refused(rows: list[list[str]], code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(rows)
    assert refused.value.code == code


def test_two_dates_and_a_plate_in_the_trip() -> None:
    row = read(
        [["姓名", "身份证号", "返回日期", "到岗日期", "交通方式"], ["陈伟", ALICE, date(2020, 1, 20), "2.1", "自驾 浙C12345"]]
    ).rows[0]
    assert row.facts == {"date": "2020-01-20", "dates": "2020-02-01", "trip": "自驾 浙C12345", "trip_kind": "car"}
    assert row.identity.plate == "浙C12345"


def test_columns_without_a_known_heading_are_judged_by_their_cells() -> None:
    rows = [["购药人员", "证号", "联系", "地点"], ["陈伟", ALICE, "13900001111", "a"], ["李娜", BOB, "13900002222", "b"]]
    assert read(rows).tables[0].heading.keys == ("name", "id_no", "phone", "")


def test_a_list_without_any_heading_is_read_by_its_cells() -> None:
    reading = read([["岩头镇来访登记"], ["陈伟", ALICE, "13900001111"], ["李娜", BOB, "13900002222"]])
    heading = reading.tables[0].heading
    assert (heading.labels, heading.keys) == (("A", "B", "C"), ("name", "id_no", "phone"))
    assert [(row.number, row.identity.name) for row in reading.rows] == [(2, "陈伟"), (3, "李娜")]


def test_a_column_of_other_people_is_never_guessed() -> None:
    reading = read([["姓名", "监护人证件", "监护人手机"], ["陈小", ALICE, "13900001111"], ["李小", BOB, "13900002222"]])
    assert reading.tables[0].heading.keys == ("name", "", "")


def test_the_same_as_above_is_filled_in_for_what_people_share_and_for_nothing_else() -> None:
    first = ["陈伟", ALICE, "岩头镇苍坡村1号", "13900001111"]
    row = read([["姓名", "身份证号", "住址", "电话"], first, ["李娜", BOB, "同上", "同上"]]).rows[1]
    assert (row.identity.address, row.area_code, row.identity.phone) == ("岩头镇苍坡村1号", "330324110201", "")
    assert [(remark.column, remark.code) for remark in row.remarks] == [(2, "ditto"), (3, "cell_ditto")]
    assert row.cells[2] == "同上"


def test_totals_and_signatures_below_a_list_are_no_people() -> None:
    below = [["", "合计：1人"], ["制表人：王", "", "审核：赵"], ["第1页"]]
    reading = read([["序号", "姓名", "身份证号"], [1.0, "陈伟", ALICE], *below])
    assert [row.identity.name for row in reading.rows] == ["陈伟"]


@pytest.mark.parametrize(
    ("address", "code"), [("上塘镇环城路1号", ""), ("下堡乡苍坡村", "330324110000"), ("岩头老街", "330324110000")]
)
def test_towns_of_before_the_merger_are_todays(address: str, code: str) -> None:
    former = [("上塘镇", "北城街道"), ("上塘(城)", "瓯北街道"), ("下堡乡", "岩头镇"), ("无关乡", "别处镇")]
    areas = [("330324001000", "北城街道"), ("330324006000", "瓯北街道"), ("330324110000", "岩头镇")]
    assert Gazetteer(areas, former).find(address) == code


def test_the_seats_of_former_townships_are_known() -> None:
    assert ("鲤溪乡", "岩头镇") in former_towns()
