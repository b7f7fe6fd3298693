"""The pages: a round from planning to coverage, a worker's phone, entrances."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from nanxi.field.sweep.models import Household, HouseholdVisit, SweepRound
from nanxi.field.sweep.tests.village import BRIDGE, HILL, OUBEI, SEEN, Village, lives, street
from nanxi.foundation import scope
from nanxi.foundation.clock import county_day
from nanxi.foundation.reach import EVERYWHERE

#: Session, officer, unit areas, transaction with its scope, one aggregate, areas, names, staff: whatever the round's size.
COVERAGE_QUERIES = 16
DOORS_QUERIES = 14


@pytest.fixture
def row(village: Village) -> SweepRound:
    village.take(*street(4))
    village.take(lives("王强", "山前路1号"), area=HILL)
    made = village.plan()
    for home in village.homes(made):
        if home.area_code == BRIDGE:
            village.give(home, "wei")
    return made


def send(client: Any, url: str, /, **told: Any) -> Any:
    return client.post(url, told, follow=True)


def test_a_round_is_planned_by_the_form(village: Village) -> None:
    today = county_day(village.clock.now())
    told = {
        "title": "Second round", "area": OUBEI, "form": "household@1", "opens": today, "closes": today + timedelta(days=2),
        "goal": 95,
    }  # fmt: skip
    page = send(village.client("qian"), reverse("field:sweeps"), _key="1", **told)
    assert page.status_code == 200 and "Second round" in page.content.decode()
    with scope.enter(EVERYWHERE):
        assert SweepRound.objects.get().goal == 95


def test_a_faulty_form_is_named_and_nothing_is_planned(village: Village) -> None:
    page = send(village.client("qian"), reverse("field:sweeps"), _key="1", title="x")
    assert page.status_code == 422
    with scope.enter(EVERYWHERE):
        assert not SweepRound.objects.exists()


def test_coverage_tells_the_denominator_and_who_has_no_worker(
    village: Village, row: SweepRound, django_assert_max_num_queries: Any
) -> None:
    client = village.client("qian")
    with django_assert_max_num_queries(COVERAGE_QUERIES):
        page = client.get(reverse("field:sweep", args=[row.pk]))
    text = page.content.decode()
    assert "0 of 5 households reached: 5 known when the round was planned" in text
    assert "1 household has no worker" in text and "Bridge End" in text and "Hill" in text


def test_a_town_does_not_see_anothers_round(village: Village, row: SweepRound) -> None:
    assert village.client("xia").get(reverse("field:sweep", args=[row.pk])).status_code == 404
    page = village.client("qian").get(reverse("field:sweep", args=[row.pk]) + "?area=990324102000")
    assert page.status_code == 404


def test_the_phone_lists_own_households_masked(village: Village, row: SweepRound, django_assert_max_num_queries: Any) -> None:
    client = village.client("wei")
    with django_assert_max_num_queries(DOORS_QUERIES):
        page = client.get(reverse("field:doors"))
    text = page.content.decode()
    assert len(page.context["doors"]) == 4 and "河滨路" not in text and "陈伟" not in text
    assert village.client("tan").get(reverse("field:doors")).context["doors"] == []


def test_a_household_opens_on_record_and_is_kept(village: Village, row: SweepRound) -> None:
    home = next(one for one in village.homes(row) if one.area_code == BRIDGE)
    client, address = village.client("wei"), reverse("field:door", args=[home.pk])
    assert "河滨路" not in client.get(address).content.decode()
    assert "河滨路" in send(client, address, do="open", _key="1").content.decode()
    page = send(client, address, _key="2", **SEEN)
    assert page.redirect_chain and "Kept." in page.content.decode()
    send(client, address, _key="2", **SEEN)
    with scope.enter(EVERYWHERE):
        assert HouseholdVisit.objects.count() == 1
        assert Household.objects.get(pk=home.pk).result == "visited"


def test_missing_answers_are_named(village: Village, row: SweepRound) -> None:
    home = next(one for one in village.homes(row) if one.area_code == BRIDGE)
    page = send(village.client("wei"), reverse("field:door", args=[home.pk]), _key="1", result="visited")
    assert page.status_code == 422 and "How many people live here now" in page.content.decode()


def test_a_colleague_of_another_household_gets_nothing(village: Village, row: SweepRound) -> None:
    home = next(one for one in village.homes(row) if one.area_code == BRIDGE)
    assert village.client("tan").get(reverse("field:door", args=[home.pk])).status_code == 404
    assert village.client("qian").get(reverse("field:door", args=[home.pk])).status_code == 200


def test_the_town_lists_whom_nobody_serves_and_gives_them(village: Village, row: SweepRound) -> None:
    client, address = village.client("qian"), reverse("field:sweep", args=[row.pk])
    assert "王*" in client.get(f"{address}?area={HILL}&state=free").content.decode()
    told = {"area": HILL, "officer": str(village.users["qian"].pk), "only": "free"}
    page = send(client, reverse("field:sweep-give", args=[row.pk]), _key="1", **told)
    assert "1 households given to Qian." in page.content.decode()


def test_a_new_door_is_added_from_the_phone(village: Village, row: SweepRound) -> None:
    told = {"address": "河滨路99号", "name": "赵新", "persons": 2, "round": str(row.pk), "area": BRIDGE}
    page = send(village.client("wei"), reverse("field:door-found"), _key="1", **told)
    assert page.redirect_chain and "赵新" not in page.content.decode()
    again = send(village.client("wei"), reverse("field:door-found"), _key="2", **told)
    assert "on your list already" in again.content.decode()


def test_entrances_are_reported_and_counted(village: Village) -> None:
    page = send(village.client("wei"), reverse("field:control"), _key="1", area=BRIDGE, entrances=2, kept=2)
    assert "100.0 %" in page.content.decode()
    assert "communities" in village.client("qian").get(reverse("field:control")).content.decode()


def test_a_county_reads_entrances_town_by_town(village: Village) -> None:
    send(village.client("wei"), reverse("field:control"), _key="1", area=BRIDGE, entrances=2, kept=1)
    page = village.client("qian").get(reverse("field:control"))
    assert [line.area.code for line in page.context["lines"]] == [BRIDGE, HILL]
    assert page.context["towns"] == [] and "entrances open" in page.content.decode()
