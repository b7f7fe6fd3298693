"""Pages of the intake as officers open them."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from nanxi.foundation import acts, scope
from nanxi.foundation.models import User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people.intake.books import open_book
from nanxi.people.intake.problems import Weight
from nanxi.people.intake.tables import read_tables
from nanxi.people.intake.tests.old_workbooks import old_workbook
from nanxi.people.intake.tests.workbooks import workbook
from nanxi.people.list_books import TEMPLATES, error_book, template_book
from nanxi.people.list_sealing import contents_of
from nanxi.people.list_sheets import ErrorPage, ErrorSheet
from nanxi.people.models import ListBatch
from nanxi.people.tests.county import NOW, OUBEI, County, chen
from nanxi.people.tests.lists import HEADINGS, LIN, LOST, WANG, a_list, again, hand_in, staged, taken_in, work

CHEN = ["陈伟明", chen().id_no, "13800000001", ""]


def client(county: County, who: str) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.cookies["nanxi_language"] = "en"
    made.force_login(county.users[who])
    session = made.session
    session["mfa_ready"] = True
    session.save()
    return made


def upload(*files: tuple[str, bytes], **more: Any) -> dict[str, Any]:
    return {"file": [SimpleUploadedFile(*file) for file in files], "sender": "Oubei", "_key": "k", **more}


def batches() -> list[ListBatch]:
    with scope.enter(EVERYWHERE):
        return list(ListBatch.everything.order_by("received_at", "id"))


@pytest.fixture
def firm(county: County) -> str:
    """An enterprise user of Oubei's unit's area, in a unit of its own."""
    unit = county._unit("Shoe factory", OUBEI)
    with acts.set_up():
        user = User(username="shoes", display_name="Shoes", unit=unit, role_code="enterprise")
        user.set_unusable_password()
        user.save()
    county.users["shoes"] = user
    return "shoes"


def test_an_empty_page_says_what_to_do(county: County) -> None:
    page = client(county, "lin").get(reverse("lists")).content.decode()
    assert "No list yet." in page
    assert reverse("list-new") in page


def test_a_list_through_the_pages(county: County) -> None:
    county.take(chen())
    lin = client(county, "lin")
    page = lin.post(reverse("list-new"), upload(("list.xlsx", a_list(CHEN, LIN, LOST))), follow=True)
    assert "Read a list" in page.content.decode()
    batch = work(county, batches()[0])
    page = lin.get(reverse("list", args=[batch.pk])).content.decode()
    assert "林*红" in page
    assert LIN[0] not in page
    assert LIN[1] not in page
    assert "planned at most 5 in 10,000 wrong" in page
    assert "about 11 in 100 such rows are registered after all" in page
    page = lin.get(reverse("list", args=[batch.pk]) + "?show=rejected").content.decode()
    assert "its last digits are lost" in page
    assert lin.post(reverse("list-commit", args=[batch.pk]), {"_key": "c"}).status_code == 302
    assert work(county, batch).state == ListBatch.State.COMMITTED
    assert "taken in" in lin.get(reverse("lists")).content.decode()
    assert lin.post(reverse("list-commit", args=[batch.pk]), {"_key": "d"}).status_code == 409
    assert lin.post(reverse("list-withdraw", args=[batch.pk]), {"_key": "e"}, follow=True).status_code == 200
    assert work(county, batch).state == ListBatch.State.WITHDRAWN


def test_several_files_at_once_and_a_bad_one_among_them(county: County) -> None:
    lin = client(county, "lin")
    sent = upload(
        ("a.xlsx", a_list(LIN)), ("b.xlsx", b"PK broken"), ("c.csv", f"姓名,身份证号\n王芳,{WANG[1]}\n".encode("gb18030"))
    )
    page = lin.post(reverse("list-new"), sent, follow=True).content.decode()
    assert "b.xlsx: The file is damaged" in page
    assert len(batches()) == 2


def test_a_second_click_and_the_same_file_are_one_list(county: County) -> None:
    lin = client(county, "lin")
    for key in ("k", "k", "other"):
        page = lin.post(reverse("list-new"), upload(("a.xlsx", a_list(LIN)), _key=key), follow=True)
    assert "a.xlsx is here already; nothing was changed." in page.content.decode()
    assert len(batches()) == 1


@pytest.mark.parametrize(
    ("name", "content", "says"), [("a.pdf", b"%PDF-1.4", "no list that can be read"), ("a.xlsx", b"", "The file is empty")]
)
def test_a_bad_file_is_said_on_the_form(county: County, name: str, content: bytes, says: str) -> None:
    page = client(county, "lin").post(reverse("list-new"), upload((name, content)))
    assert says in page.content.decode()
    assert not batches()


def test_a_bad_file_is_said_in_chinese(county: County) -> None:
    lin = client(county, "lin")
    lin.cookies["nanxi_language"] = "zh-hans"
    page = lin.post(reverse("list-new"), upload(("a.xlsx", b"")), headers={"accept-language": "zh-hans"})
    assert "文件是空的" in page.content.decode()


def test_columns_are_corrected_on_the_preview(county: County) -> None:
    lin = client(county, "lin")
    batch = work(county, hand_in(county, workbook([["姓名", "号码", "身份证号"], ["林小红", "13800000002", LIN[1]]])))
    page = lin.get(reverse("list", args=[batch.pk])).content.decode()
    assert 'name="column-1"' in page
    sent = {"sheet": "0", "column-0": "name", "column-1": "phone", "column-2": "id_no", "_key": "m"}
    assert lin.post(reverse("list-mapping", args=[batch.pk]), sent).status_code == 302
    work(county, batch)
    sent["column-1"] = "name"
    assert "cannot both be" in lin.post(reverse("list-mapping", args=[batch.pk]), {**sent, "_key": "n"}).content.decode()
    assert lin.post(reverse("list-mapping", args=[batch.pk]), {"sheet": "x", "_key": "o"}).status_code == 409


def test_the_workbook_for_corrections_comes_back_as_the_corrected_file(county: County) -> None:
    lin = client(county, "lin")
    formula = ["=HYPERLINK(1)", LIN[1], "138", "Oubei"]
    batch = taken_in(county, WANG, LOST, formula)
    answer = lin.post(reverse("list-errors", args=[batch.pk]), {"_key": "x"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    wrong = "What is wrong"
    assert rows[0] == ["Row in the file", "姓名", wrong, "身份证号", wrong, "联系电话", wrong, "现住址"]
    assert [row[0] for row in rows[1:]] == [3, 4, 5]
    assert "last digits are lost" in str(rows[2][4])
    assert "no name" in str(rows[3][2])
    assert rows[3][1] == "'=HYPERLINK(1)"
    assert "no phone number" in str(rows[3][6])
    assert len(county.entries("people.batch.errors_handed_out")) == 1
    mended = [[str(cell) for cell in row] for row in rows]
    mended[2][3], mended[3][1], mended[3][5] = chen().id_no, "林小红", "13800000002"
    sent = {"file": SimpleUploadedFile("mended.xlsx", workbook(mended)), "_key": "y"}
    page = lin.post(reverse("list-correct", args=[batch.pk]), sent, follow=True)
    new = work(county, batches()[-1])
    assert (new.supersedes_id, page.status_code) == (batch.pk, 200)
    assert new.counts.get("rejected", 0) == 0
    lin.post(reverse("list-commit", args=[new.pk]), {"_key": "z"})
    work(county, new)
    assert again(batch).state == ListBatch.State.SUPERSEDED


def test_day_numbers_in_the_workbook_for_corrections_count_as_they_came(county: County) -> None:
    """A list of an old Macintosh goes out and comes back: the same number is the same day."""
    lin = client(county, "lin")
    content = old_workbook([["姓名", "身份证号", "返回日期"], ["林小红", LIN[1], 42393.0], LOST[:2]], from_1904=True)
    batch = work(county, hand_in(county, content, name="mac.xls"))
    answer = lin.post(reverse("list-errors", args=[batch.pk]), {"_key": "x"})
    reading = read_tables(open_book("back.xlsx", answer.content), day=date(2020, 2, 3))
    assert reading.rows[0].facts["date"] == "2020-01-25"


def test_the_list_in_full_goes_to_the_unit_that_handed_it_in(county: County) -> None:
    """A workbook of every row is a read of everybody on it: nobody gets it who did not hold the file before."""
    batch = taken_in(county, WANG, LOST)
    gao = client(county, "gao")
    assert "Workbook for corrections" not in gao.get(reverse("list", args=[batch.pk])).content.decode()
    assert gao.post(reverse("list-errors", args=[batch.pk]), {"_key": "x"}).status_code == 409
    assert not county.entries("people.batch.errors_handed_out")


def test_sheets_may_be_called_what_no_workbook_allows(county: County) -> None:
    names = ["a/b[c]:*?\\", "'quoted'", "", "同名" * 20, "同名" * 20 + "!", "history"]
    sheet = ErrorSheet([ErrorPage(name, ("姓名",), []) for name in names], 0)
    made = CalamineWorkbook.from_filelike(io.BytesIO(error_book(sheet))).sheet_names
    assert len({name.lower() for name in made}) == len(names)


@pytest.mark.parametrize("kind", sorted(TEMPLATES))
def test_a_template_is_read_as_it_says(county: County, kind: str) -> None:
    answer = client(county, "lin").get(reverse("list-template"), {"kind": kind})
    assert answer.status_code == 200
    from nanxi.people.intake.headings import find_heading

    found = find_heading(open_book("t.xlsx", template_book(kind)).sheets[0])
    assert found is not None
    assert found.keys == tuple(key for _heading, key in TEMPLATES[kind])


FILLED = {
    "name": "林小红", "sex": "女", "id_no": LIN[1], "passport": "", "phone": "13800000002", "place": "Oubei",
    "address": "Bridge village 3",
    "date": "2020-01-25", "trip": "G1234 5车12F", "temperature": "36.5", "yes_no": "否", "workplace": "鞋厂",
    "plate": "浙C12345",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TEMPLATES))
def test_a_template_filled_in_and_dropped_in_asks_nothing(county: County, kind: str) -> None:
    """Downloaded, filled as its hints say, handed in by the page: every column is known and no row has a remark."""
    lin = client(county, "lin")
    empty = lin.get(reverse("list-template"), {"kind": kind}).content
    (headings,) = CalamineWorkbook.from_filelike(io.BytesIO(empty)).get_sheet_by_index(0).to_python()
    row = [FILLED.get(key, "1" if heading == "序号" else "") for heading, key in TEMPLATES[kind]]
    filled = workbook([[str(cell) for cell in headings], row])
    page = lin.post(reverse("list-new"), upload((f"{kind}.xlsx", filled), list_day="2020-02-03"))
    (batch,) = batches()
    assert page.status_code == 302
    batch = work(county, batch)
    assert batch.counts == {"new": 1}
    with scope.enter(EVERYWHERE):
        (content,) = contents_of(list(batch.staged.all()))
    assert content
    assert [remark.code for remark in content.remarks if remark.weight is not Weight.CHANGED] == []
    assert (content.identity.name, content.identity.phone) == ("林小红", "13800000002")
    lin.post(reverse("list-commit", args=[batch.pk]), {"_key": "t"})
    assert work(county, batch).state == ListBatch.State.COMMITTED


def test_an_unknown_template_is_not_found(county: County) -> None:
    assert client(county, "lin").get(reverse("list-template"), {"kind": "x"}).status_code == 404


@pytest.mark.parametrize("address", ["list", "list-commit", "list-withdraw", "list-mapping", "list-correct", "list-errors"])
def test_a_list_of_another_town_is_not_found(county: County, address: str) -> None:
    batch = staged(county, LIN)
    he = client(county, "he")
    sent = {"_key": "k", "sheet": "0", "file": SimpleUploadedFile("a.xlsx", b"1")}
    answer = he.get(reverse(address, args=[batch.pk])) if address == "list" else he.post(reverse(address, args=[batch.pk]), sent)
    assert answer.status_code == 404


def test_a_grid_worker_has_no_business_here(county: County) -> None:
    assert client(county, "zhou").get(reverse("lists")).status_code == 403


def test_a_firm_sees_its_own_lists_only_and_not_who_is_known(county: County, firm: str) -> None:
    county.take(chen())
    offices = staged(county, LIN)
    shoes = client(county, firm)
    assert shoes.get(reverse("list", args=[offices.pk])).status_code == 404
    assert "No list yet." in shoes.get(reverse("lists")).content.decode()
    batch = staged(county, CHEN, WANG, LOST, who=firm)
    page = shoes.get(reverse("list", args=[batch.pk])).content.decode()
    assert "to take in" in page
    assert "known" not in page.split("<main")[1]
    assert "known" not in shoes.get(reverse("lists")).content.decode().split("<main")[1]


def test_query_counts_do_not_grow_with_the_rows(county: County, django_assert_max_num_queries: Any) -> None:
    few, many = staged(county, LIN), staged(county, *([f"人{n}", "", f"1390000{n:04d}", ""] for n in range(40)))
    lin = client(county, "lin")
    for batch in (few, many):
        with django_assert_max_num_queries(16):
            assert lin.get(reverse("list", args=[batch.pk])).status_code == 200
    with django_assert_max_num_queries(14):
        lin.get(reverse("lists"))


def test_the_headings_of_the_tests_are_those_of_the_county() -> None:
    assert HEADINGS == ["姓名", "身份证号", "联系电话", "现住址"]
    assert NOW.year == 2020
