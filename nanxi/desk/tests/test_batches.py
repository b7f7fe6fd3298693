"""Checked lists: coverage with honest denominators, checks and persons apart, rows of other counties handed over and not lost."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from nanxi.desk import queries, rules, services
from nanxi.desk.models import Directive, HandOver, Task
from nanxi.desk.queries import batches
from nanxi.desk.services import dispatch
from nanxi.desk.tests.folk import COUNTY, DAY, HILL, NANXI, NOW, OUBEI, VILLAGE, County, Row
from nanxi.desk.tests.test_parts import rows
from nanxi.foundation import scope
from nanxi.foundation.act import Refused
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE

YUEQING, RUIAN = "330382", "330381"


@pytest.mark.parametrize("row", rows("desk_result_classes.md", "row"), ids=lambda row: " ".join(row[:3]))
def test_result_classes(row: list[str]) -> None:
    what, result, ended, named, answers = row
    if what == "check":
        found = rules.class_of_check(result="" if result == "–" else result, ended=ended == "yes")
    else:
        other = YUEQING if what.startswith("other county") else ""
        found = rules.class_of_other(taken_in=what != "not read", elsewhere=other, handed_over="handed over" in what)
    assert found.label == named
    assert (found in rules.ANSWERED) is (answers == "yes")


def a_list(county: County, *places: str, number: str = "12") -> Directive:
    """A list dealt to its towns; `330382` and the like are rows of another county."""
    directive = county.directive(COUNTY, number=number)
    listed: list[Row] = []
    for at, place in enumerate(places):
        record, person = county.register.somebody()
        foreign = place if len(place) == 6 else ""
        listed.append(Row(record, person, COUNTY if foreign else place, foreign, [f"=cmd {at}", "13800000000"]))
    county.register.rows[directive.batch_id] = listed  # pyright: ignore[reportArgumentType]
    dispatch.take_list(county.by_house(), directive, directive.batch_id, listed)  # pyright: ignore[reportArgumentType]
    return directive


def close(county: County, area: str, *results: str) -> None:
    for task, result in zip(Task.objects.filter(area_code=area, ended_at=None).order_by("id"), results, strict=False):
        services.close_task(county.by_house(), task, result=result)


def test_refused_wrong_and_ended_checks_stay_in_the_denominator(inside: County) -> None:
    directive = a_list(inside, *[VILLAGE] * 4, HILL, NANXI)
    close(inside, VILLAGE, "found", "already_left", "refused", "wrong_person")
    oubei, nanxi = sorted(batches.by_town(directive, NOW + 2 * DAY), key=lambda one: one.code)
    assert (oubei.name, oubei.checks, oubei.answered, oubei.percent) == ("Oubei", 5, 2, 40)
    assert (oubei.here, oubei.left, oubei.refused, oubei.wrong, oubei.open, oubei.late) == (1, 1, 1, 1, 1, 1)
    assert (nanxi.checks, nanxi.percent) == (1, 0)
    places = {one.name: one.checks for one in batches.by_place(directive, NOW, OUBEI[:9])}
    assert places == {"Riverside": 4, "Hillside": 1}


def test_a_row_that_left_the_list_leaves_the_denominator(inside: County) -> None:
    directive = a_list(inside, VILLAGE, VILLAGE)
    kept = inside.register.rows[directive.batch_id][:1]  # pyright: ignore[reportArgumentType]
    dispatch.take_list(inside.by_house(), directive, directive.batch_id, kept)  # pyright: ignore[reportArgumentType]
    [town] = batches.by_town(directive, NOW)
    assert (town.checks, town.ended) == (1, 0)


def test_percent_is_rounded_down() -> None:
    assert rules.share(999, 1000) == 99
    assert rules.share(1000, 1000) == 100
    assert rules.share(0, 0) == 0


def test_checks_and_persons_are_counted_apart(inside: County) -> None:
    a_list(inside, VILLAGE, NANXI)
    other = inside.directive(number="13")
    same = Task.objects.first()
    assert same is not None
    record, _person = inside.register.somebody()
    dispatch.take_list(inside.by_house(), other, other.id, [Row(record, same.person_id, NANXI)])  # pyright: ignore
    assert batches.figures() == batches.Figures(lists=2, checks=3, persons=2)


def test_rows_of_three_counties_are_handed_over_and_answered(inside: County) -> None:
    directive = a_list(inside, VILLAGE, YUEQING, YUEQING, RUIAN)
    assert Task.objects.filter(directive=directive).count() == 1
    assert [(one.county, one.rows, one.handed_over) for one in batches.elsewhere_of(directive)] == [
        (YUEQING, 2, None), (RUIAN, 1, None),
    ]  # fmt: skip
    header, sent = services.hand_over(inside.act("hua"), directive, county=YUEQING)
    assert (header, [cells[0] for cells in sent]) == (["Name", "Phone"], ["=cmd 1", "=cmd 2"])
    entry = LedgerEntry.objects.get(kind="desk.batch.handed_over")
    assert (entry.facts["county"], entry.facts["rows"]) == (YUEQING, 2)
    assert HandOver.objects.get().rows == 2
    answer = services.hand_out_answer(inside.act("hua"), directive, reason="check")
    told = [(row.result, row.day, row.place) for row in answer.rows]
    assert told == [
        ("not checked yet", "", "Oubei"),
        ("handed over to another county", "2020-02-03", "温州市乐清市"),
        ("handed over to another county", "2020-02-03", "温州市乐清市"),
        ("belongs to another county", "", "温州市瑞安市"),
    ]
    with pytest.raises(Refused, match="No row of this list"):
        services.hand_over(inside.act("hua"), directive, county="110105")
    with pytest.raises(Refused, match="right"):
        services.hand_over(inside.act("guo"), directive, county=YUEQING)


def test_what_stands_is_told_to_the_sender(inside: County) -> None:
    directive = a_list(inside, VILLAGE)
    task = Task.objects.get()
    services.close_task(inside.act("guo"), task, result="found")
    inside.clock.at = NOW + DAY
    services.keep_claim(inside.by_house(), task, says="gone", how="event", at=NOW + DAY)
    [row] = services.hand_out_answer(inside.act("hua"), directive, reason="check").rows
    assert (row.result, row.stands) == ("is here", "is not here")


def test_the_pages(county: County, django_assert_max_num_queries: Any) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        directive = a_list(county, *[VILLAGE] * 3, NANXI, YUEQING)
        close(county, VILLAGE, "found")
    hua = county.client("hua")
    with django_assert_max_num_queries(22):
        page = hua.get(reverse("batches")).content.decode()
    assert "<b>4</b>" in page and "distinct persons" in page
    with django_assert_max_num_queries(34):
        page = hua.get(reverse("batch", args=[directive.pk])).content.decode()
    assert "Oubei" in page and "温州市乐清市" in page
    inside = hua.get(reverse("batch", args=[directive.pk]), {"town": OUBEI[:9]}).content.decode()
    assert "Riverside" in inside and "Nanxi" not in inside.split("<main")[1]
    made = hua.post(reverse("batch-hand-over", args=[directive.pk]), {"county": YUEQING})
    book = CalamineWorkbook.from_filelike(io.BytesIO(made.content)).get_sheet_by_index(0).to_python()
    assert book == [["Name", "Phone"], ["'=cmd 4", "13800000000"]]
    assert hua.post(reverse("batch-look-up", args=[directive.pk]), {"_key": "1"}).status_code == 302
    assert county.client("ailian").get(reverse("batch", args=[directive.pk])).status_code == 404
    assert county.client("guo").get(reverse("batches")).status_code == 403


def test_a_directive_without_a_list_is_no_checked_list(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        directive = county.directive()
        assert queries.course_of(directive).has_list is False
    assert county.client("hua").get(reverse("batch", args=[directive.pk])).status_code == 404
