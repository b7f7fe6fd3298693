"""The brief: from the ledger alone, the same day the same figures, small numbers held back from those whose duty they are not."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from nanxi.board import queries, sheet
from nanxi.board.tests.folk import NANXI, OUBEI, Folk
from nanxi.desk import services as desk
from nanxi.desk.models import Alert, Task
from nanxi.foundation import accounts, acts, scope
from nanxi.foundation.clock import county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import User
from nanxi.foundation.reach import EVERYWHERE


def brief(folk: Folk, user: User, day: date | None = None) -> queries.Brief:
    with scope.enter(accounts.actor_of(user).reach):
        return queries.brief_of(day or county_day(folk.clock.now()), folk.clock.now() + timedelta(seconds=1))


def laid_out(folk: Folk, user: User, *, paper: bool = False) -> sheet.Sheet:
    found = brief(folk, user)
    return sheet.sheet_of(found, accounts.actor_of(user), leaves_the_house=paper)


def passage(folk: Folk, area: str, *, hit: bool = False, fever: bool = False) -> None:
    act = folk.act(folk.han)
    with scope.enter(EVERYWHERE), acts.writing():
        act.log("field.passage.recorded", area=area, subject=("field.passage", uuid7()), hit=hit, fever=fever)


def cells_of(found: sheet.Sheet, label: str) -> tuple[str, str]:
    [line] = [line for part in found.parts for line in part.lines if line.label == label]
    return line.day, line.period


def test_a_day_of_work_is_counted(folk: Folk) -> None:
    folk.directive()
    alert = folk.alert()
    folk.clock.forward(seconds=90)
    with scope.enter(EVERYWHERE):
        desk.acknowledge_alert(folk.act(folk.tao), alert)
    folk.check()
    folk.check()
    for _ in range(3):
        passage(folk, OUBEI)
    passage(folk, OUBEI, hit=True, fever=True)
    found = brief(folk, folk.han).of_day
    assert (found.directives_received, found.directives_open) == (1, 1)
    assert (found.alerts_raised, found.alerts_acknowledged, found.acknowledged_worst_s) == (1, 1, 90)
    assert (found.checks, found.persons_checked) == (2, 2)
    assert (found.passages, found.passages_hit, found.passages_fever) == (4, 1, 1)


def test_the_brief_reads_the_ledger_and_nothing_else(folk: Folk) -> None:
    folk.alert()
    folk.check()
    with CaptureQueriesContext(connection) as asked:
        found = brief(folk, folk.han)
    read = {table for query in asked for table in re.findall(r'FROM "(\w+)"', query["sql"])}
    assert read - {"foundation_county"} == {"foundation_ledgerentry", "foundation_unitarea"}
    with scope.enter(EVERYWHERE), acts.set_up():
        Alert.everything.update(closed_at=folk.clock.now(), disposition="drift")
        Task.everything.update(ended_at=None, result="")
    assert brief(folk, folk.han) == found
    assert (found.of_day.alerts_raised, found.of_day.checks) == (1, 1)


def test_a_past_day_stays_what_it_was(folk: Folk) -> None:
    today = county_day(folk.clock.now())
    folk.alert()
    folk.clock.forward(days=1)
    then = brief(folk, folk.han, today)
    folk.clock.forward(hours=1)
    folk.alert()
    folk.check()
    assert brief(folk, folk.han, today) == then
    assert brief(folk, folk.han).of_period.alerts_raised == 2


def test_a_town_counts_its_own(folk: Folk) -> None:
    folk.alert(OUBEI)
    folk.alert(NANXI)
    folk.check(NANXI)
    found = brief(folk, folk.tao)
    assert (found.of_day.alerts_raised, found.of_day.checks) == (1, 0)
    assert set(found.towns) == {OUBEI}


def test_towns_are_exact_on_duty_and_held_back_for_others_and_on_paper(folk: Folk) -> None:
    for _ in range(12):
        folk.check(NANXI)
    for _ in range(3):
        folk.check(OUBEI)
    assert [(row.name, row.counts[0]) for row in laid_out(folk, folk.han).towns] == [("Oubei", "3"), ("Nanxi", "12")]
    for found in (laid_out(folk, folk.ou), laid_out(folk, folk.han, paper=True)):
        assert [row.counts[0] for row in found.towns] == ["*", "*"]
        assert found.held_back
        assert cells_of(found, "checks") == ("15", "15")


def test_paper_of_a_town_holds_small_numbers_and_the_period_back(folk: Folk) -> None:
    for _ in range(12):
        folk.check()
    folk.alert()
    desk_page, paper = laid_out(folk, folk.tao), laid_out(folk, folk.tao, paper=True)
    assert (cells_of(desk_page, "raised")[0], cells_of(paper, "raised")[0], cells_of(paper, "checks")[0]) == ("1", "*", "12")
    assert desk_page.with_period
    assert not paper.with_period


@pytest.mark.parametrize(("seconds", "shown"), [(None, "–"), (0, "0"), (1, "1"), (60, "1"), (61, "2"), (600, "10")])
def test_waits_are_told_in_begun_minutes(seconds: int | None, shown: str) -> None:
    assert sheet.minutes(seconds) == shown


def test_the_page_shows_the_day_and_leads_to_paper(folk: Folk) -> None:
    folk.alert()
    day = county_day(folk.clock.now())
    text = folk.client(folk.han).get(reverse("brief")).content.decode()
    assert f'href="{reverse("brief-print")}?day={day}"' in text
    assert "today, so far" in text
    paper = folk.client(folk.han).get(reverse("brief-print"), {"day": str(day)}).content.decode()
    assert "print.css" in paper
    assert "Recomputed from the ledger" in paper


@pytest.mark.parametrize(("day", "says"), [("10.2.2020", "YYYY-MM-DD"), ("2999-01-01", "has not come yet")])
def test_a_day_that_cannot_be_read_is_answered_with_one_sentence(folk: Folk, day: str, says: str) -> None:
    answer = folk.client(folk.han).get(reverse("brief"), {"day": day})
    assert answer.status_code == 409
    assert says in answer.content.decode()


def test_reading_the_brief_asks_little_however_long_the_log(folk: Folk, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        folk.alert()
        folk.check()
        passage(folk, OUBEI)
    client = folk.client(folk.han)
    client.get(reverse("brief"))
    with django_assert_max_num_queries(10):
        client.get(reverse("brief"))
