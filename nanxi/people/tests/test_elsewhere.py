"""A row that begins with another county's full name or code belongs there; what is not written out says nothing."""

from __future__ import annotations

import pytest

from nanxi.foundation import scope
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import queries, services
from nanxi.people.intake.elsewhere import county_of_code, county_of_text, name_of
from nanxi.people.intake.tests.workbooks import workbook
from nanxi.people.tests.county import COUNTY, OUBEI, County, id_of
from nanxi.people.tests.lists import LIN, a_list, hand_in, work

OWN = frozenset({"330324"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("浙江省温州市永嘉县瓯北街道", ""),
        ("永嘉县上塘镇", ""),
        ("乐清市柳市镇下村", "330382"),
        ("浙江乐清市", "330382"),
        ("温州市鹿城区五马街道", "330302"),
        ("湖北武汉市洪山区", "420111"),
        ("武汉市", "420100"),
        ("南京市鼓楼区", "320106"),
        ("北京市朝阳区", "110105"),
        # A name of several cities, a stem, a province, one's own city alone, and a county that is not named first.
        ("鼓楼区", ""),
        ("乐清柳市", ""),
        ("福建省", ""),
        ("温州市", ""),
        ("瓯北镇乐清市场", ""),
        ("城区路1号", ""),
        ("", ""),
    ],
)
def test_a_text_names_another_county(text: str, code: str) -> None:
    assert county_of_text(text, OWN) == code


def test_an_area_code_names_another_county() -> None:
    assert county_of_code("330382101000", OWN) == "330382"
    assert county_of_code("330324101000", OWN) == ""
    assert county_of_code("999999101000", OWN) == ""


def test_a_county_is_shown_with_its_city() -> None:
    assert (name_of("330382"), name_of("110105"), name_of("993456")) == ("温州市乐清市", "北京市朝阳区", "993456")


def test_a_list_tells_who_comes_when_and_what_belongs_elsewhere(county: County) -> None:
    headings = ["姓名", "身份证号", "联系电话", "现住址", "来永日期", "车次", "来源地"]
    rows = [
        ["林小红", id_of("19850505", 2), "13800000002", "Oubei Bridge village 3", "2020-02-07", "G1234 5车12F", "湖北武汉"],
        ["王芳", id_of("19900606", 3), "13800000003", "浙江省乐清市柳市镇", "2020-02-08", "", ""],
        ["陈明", id_of("19910707", 4), "13800000004", "", "", "", ""],
    ]
    batch = work(county, hand_in(county, workbook([headings, *rows])))
    with county.as_officer("lin") as act:
        services.commit_batch(act, batch)
    work(county, batch)
    with scope.enter(EVERYWHERE):
        assert queries.has_arrivals(batch.id)
        [coming] = queries.arrivals_of_batch(batch.id)
        assert (coming.day, coming.way, coming.origin, coming.route) == ("2020-02-07", "train", "420100", "G1234 5车12F")
        assert not queries.has_more(batch.id, 3) and queries.has_more(batch.id, 2)
        [other] = queries.rows_elsewhere(batch.id)
        assert other.elsewhere == "330382"
        assert [row.elsewhere for row in queries.rows_of_batch(batch.id)] == ["", "330382", ""]


def test_a_list_without_a_day_of_arrival_expects_nobody(county: County) -> None:
    batch = work(county, hand_in(county, a_list(LIN)))
    with scope.enter(EVERYWHERE):
        assert not queries.has_arrivals(batch.id)


def test_who_is_known_to_live_here_is_checked_here(county: County) -> None:
    first = work(county, hand_in(county, a_list(LIN)))
    again = [LIN[0], LIN[1], LIN[2], "浙江省乐清市柳市镇"]
    second = work(county, hand_in(county, a_list(again), who="gao", area=COUNTY, name="other.xlsx"), "gao")
    for batch, who in ((first, "lin"), (second, "gao")):
        with county.as_officer(who) as act:
            services.commit_batch(act, batch)
        work(county, batch, who)
    with scope.enter(EVERYWHERE):
        [row] = queries.rows_of_batch(second.id)
        assert row.elsewhere == "" and row.area_code.startswith(OUBEI[:9])
