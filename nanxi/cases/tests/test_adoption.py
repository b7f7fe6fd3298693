"""Adopting an edition of the definition: compared first, proposed by one, decided by another, and never backwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from nanxi.cases import jobs, rules, services
from nanxi.cases.models import Adoption, CloseContact, Comparison
from nanxi.cases.rules import Adopted
from nanxi.cases.services.tracing import edition_for, edition_on
from nanxi.cases.tests.story import DAY, HOUR, interviewed, seen
from nanxi.cases.tests.test_pages import client
from nanxi.cases.tests.town import COUNTY, NOW, Town
from nanxi.foundation import acts, scope
from nanxi.foundation import jobs as queue
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import WALL, county_day

TODAY = county_day(NOW)


def compared(town: Town) -> Comparison:
    """All recent cases under every edition, as the worker counts them."""
    row = services.compare_editions(town.act("ding"))
    token = scope._current.set(scope.NOWHERE)
    try:
        jobs.compare.work(queue.Run(Comparison.everything.get(pk=row.pk).job, town.actor("ding")), comparison_id=str(row.id))
    finally:
        scope._current.reset(token)
        scope._tell(town.reach("ding"), town.user_id("ding"), NOW)
    row.refresh_from_db()
    return row


def fresh(town: Town) -> Comparison:
    """A finished comparison as old as the town's clock."""
    with acts.set_up():
        row = Comparison(
            area_code=COUNTY, asked_by=town.user_id("ding"), asked_at=town.clock.now(), finished_at=town.clock.now(),
            rows=[{"edition": "cn-2020-02", "start": "", "end": "", "counts": {}, "candidates": 0, "notices": 0, "cases": 0}],
        )  # fmt: skip
        row.save()
    return row


@pytest.mark.parametrize(
    ("decided", "day", "edition"),
    [
        ([], date(2020, 2, 25), "by-date"),
        ([Adopted("a", date(2020, 2, 25), NOW)], date(2020, 2, 24), "by-date"),
        ([Adopted("a", date(2020, 2, 25), NOW)], date(2020, 2, 25), "a"),
        ([Adopted("a", date(2020, 2, 1), NOW), Adopted("b", date(2020, 2, 20), NOW)], date(2020, 2, 25), "b"),
        ([Adopted("a", date(2020, 2, 1), NOW), Adopted("b", date(2020, 2, 1), NOW + HOUR)], date(2020, 2, 25), "b"),
        ([Adopted("a", date(2020, 2, 1), None)], date(2020, 2, 25), "by-date"),
    ],
)
def test_the_last_decision_in_force_chooses(decided: list[Adopted], day: date, edition: str) -> None:
    assert rules.edition_in_use(decided, day, "by-date") == edition


def test_all_recent_cases_are_compared_as_counts(county: Town) -> None:
    interviewed(county)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR / 5)
    row = compared(county)
    counted = {one["edition"]: one for one in row.rows}
    assert (counted["cn-2020-02"]["counts"], counted["cn-2021-05"]["counts"]) == ({"general": 1}, {"close": 1})
    assert {one["cases"] for one in row.rows} == {1}
    assert not CloseContact.objects.exists()


def test_adopted_by_two_it_holds_from_its_day_on(county: Town) -> None:
    case = interviewed(county)
    row = services.propose_edition(county.act("ding"), fresh(county), "cn-2021-05", since=TODAY + timedelta(days=2))
    assert edition_on(TODAY + timedelta(days=3)).id == "cn-2020-02", "a proposal is no decision"
    services.decide_edition(county.act("fang"), row, adopt=True)
    assert edition_on(TODAY + timedelta(days=2)).id == "cn-2021-05"
    assert edition_on(TODAY + timedelta(days=1)).id == "cn-2020-02"
    assert edition_for(case).id == "cn-2020-02", "a case reported before keeps its edition"


def test_sent_back_it_changes_nothing(county: Town) -> None:
    row = services.propose_edition(county.act("ding"), fresh(county), "cn-2021-05", since=TODAY)
    services.decide_edition(county.act("fang"), row, adopt=False)
    assert edition_on(TODAY).id == "cn-2020-02"
    with pytest.raises(Refused, match="decided on already"):
        services.decide_edition(county.act("fang"), row, adopt=True)


def test_decided_late_it_does_not_reach_back(county: Town) -> None:
    row = services.propose_edition(county.act("ding"), fresh(county), "cn-2021-05", since=TODAY)
    county.clock.forward(days=3)
    services.decide_edition(county.act("fang"), row, adopt=True)
    assert edition_on(TODAY + timedelta(days=2)).id == "cn-2020-02"
    assert edition_on(TODAY + timedelta(days=3)).id == "cn-2021-05"


def test_one_person_does_not_adopt(county: Town) -> None:
    row = services.propose_edition(county.act("ding"), fresh(county), "cn-2021-05", since=TODAY)
    with pytest.raises(Refused, match="does not include this right"):
        services.decide_edition(county.act("ding"), row, adopt=True)
    with acts.set_up():
        Adoption.objects.filter(pk=row.pk).update(proposed_by=county.user_id("fang"))
    with pytest.raises(Refused, match="second person"):
        services.decide_edition(county.act("fang"), row, adopt=True)
    assert edition_on(TODAY).id == "cn-2020-02"


def test_nothing_is_proposed_without_a_fresh_comparison_of_all_cases(county: Town) -> None:
    old = fresh(county)
    county.clock.forward(days=3)
    with pytest.raises(Refused, match="Compare the editions"):
        services.propose_edition(county.act("ding"), old, "cn-2021-05", since=TODAY + timedelta(days=5))
    one = fresh(county)
    with acts.set_up():
        Comparison.objects.filter(pk=one.pk).update(case=interviewed(county))
    one.refresh_from_db()
    with pytest.raises(Refused, match="Compare the editions"):
        services.propose_edition(county.act("ding"), one, "cn-2021-05", since=TODAY + timedelta(days=5))


@pytest.mark.parametrize(("edition", "days", "says"), [("cn-1999", 0, "not known"), ("cn-2021-05", -1, "today or a later day")])
def test_what_cannot_be_proposed(county: Town, edition: str, days: int, says: str) -> None:
    with pytest.raises(Refused, match=says):
        services.propose_edition(county.act("ding"), fresh(county), edition, since=TODAY + timedelta(days=days))


def test_one_proposal_at_a_time(county: Town) -> None:
    services.propose_edition(county.act("ding"), fresh(county), "cn-2021-05", since=TODAY)
    with pytest.raises(Refused, match="still waits"):
        services.propose_edition(county.act("ding"), fresh(county), "companion-2021", since=TODAY)


def test_the_day_stands_in_its_field_as_browsers_read_it() -> None:
    from django.utils import translation

    from nanxi.cases.forms import AdoptForm

    with translation.override("zh-hans"):
        assert 'value="2020-01-30"' in str(AdoptForm(initial={"since": TODAY})["since"])


def test_the_pages_lead_from_comparison_to_decision(town: Town) -> None:
    today = county_day(WALL.now())
    with scope.enter(town.reach("ding")), acts.set_up():
        row = fresh(town)
        Comparison.objects.filter(pk=row.pk).update(finished_at=WALL.now(), asked_at=WALL.now())
    ding, fang = client(town, "ding"), client(town, "fang")
    assert "No decision yet" in ding.get(reverse("editions")).content.decode()
    assert "Propose this edition" in ding.get(reverse("comparison", args=[row.pk])).content.decode()
    assert "Propose this edition" not in fang.get(reverse("comparison", args=[row.pk])).content.decode()
    wrong = ding.post(reverse("edition-propose", args=[row.pk]), {"edition": "cn-2021-05", "since": "soon", "_key": "0"})
    assert wrong.status_code == 422
    sent = {"edition": "cn-2021-05", "since": today.isoformat(), "_key": "1"}
    page = ding.post(reverse("edition-propose", args=[row.pk]), sent, follow=True).content.decode()
    assert "A second person has to decide" in page
    assert 'value="adopt"' not in page
    assert 'value="adopt"' in fang.get(reverse("editions")).content.decode()
    with scope.enter(town.reach("ding")):
        proposal = Adoption.objects.get()
    done = fang.post(reverse("edition-decide", args=[proposal.pk]), {"decision": "adopt", "_key": "2"}, follow=True)
    assert "the edition in use" in done.content.decode().split("eighth edition")[1][:200]
    assert edition_on(today).id == "cn-2021-05"
