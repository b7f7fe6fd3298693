"""The thread of this room up to the trace: report, result, confirmation, interview, sightings, chain; and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from nanxi.cases import followers, persons, queries, services, wording
from nanxi.cases.models import Case, CaseEvidence, LabResult, Sighting
from nanxi.cases.rules import Decision, Status
from nanxi.cases.services import Named, Stretch, Talk
from nanxi.cases.tests.story import DAY, HOUR, confirmed, interviewed, result, suspect
from nanxi.cases.tests.town import COUNTY, NANXI, NOW, OUBEI, Town
from nanxi.foundation import scope
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import COUNTY as COUNTY_TIME
from nanxi.foundation.models import LedgerEntry


def test_report_result_confirmation(county: Town) -> None:
    case = suspect(county)
    assert case.status is Status.SUSPECTED
    confirmed_case = services.confirm_case(county.act("chen"), case, lab_result=result(county))
    assert confirmed_case.status is Status.CONFIRMED
    kinds = set(LedgerEntry.objects.values_list("kind", flat=True))
    assert {"cases.case.reported", "cases.lab_result.recorded", "cases.case.confirmed"} <= kinds


@pytest.mark.parametrize(
    ("who", "change", "says"),
    [
        ("bao", {}, "A second person has to confirm"),
        ("chen", {"result": "negative"}, "not positive"),
        ("chen", {"name": "Somebody Else", "id_no": "B2"}, "another person"),
        ("ding", {}, "Your role does not include this right"),
    ],
)
def test_confirmation_is_refused(county: Town, who: str, change: dict[str, str], says: str) -> None:
    case, lab = suspect(county), result(county, **change)
    with pytest.raises(Refused, match=says):
        services.confirm_case(county.act(who), case, lab_result=lab)
    assert Case.objects.get().status is Status.SUSPECTED


def test_no_confirmation_without_a_result(county: Town) -> None:
    with pytest.raises(Refused, match="Enter the result first"):
        services.confirm_case(county.act("chen"), suspect(county), lab_result=None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"accession": "  "}, "accession number is missing"),
        ({"sampled_at": NOW + HOUR}, "lies in the future"),
        ({"result": "maybe"}, "positive, negative or unclear"),
        ({"name": "", "id_no": ""}, "The person is missing"),
    ],
)
def test_a_result_is_refused(county: Town, change: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        result(county, **change)
    assert not LabResult.objects.exists()


def test_an_accession_number_occurs_once(county: Town) -> None:
    result(county)
    with pytest.raises(Refused, match="entered already"):
        result(county, name="Other")


def test_evidence_rows_cannot_be_changed(county: Town) -> None:
    """A status that can be set would be a row that can be changed: the database refuses it to the web role."""
    from django.db import DatabaseError, transaction

    from nanxi.foundation import acts

    suspect(county)
    with pytest.raises(DatabaseError, match="permission denied"), acts.set_up(), transaction.atomic():  # type: ignore[attr-defined]
        CaseEvidence.objects.update(kind="confirm")


def test_interview_becomes_sightings_and_contacts(county: Town) -> None:
    case = interviewed(county, Named("Wang Yi", "household", NOW - HOUR))
    assert Sighting.objects.filter(source="interview").count() == 2
    (contact,) = queries.contacts_of(case)
    assert (contact.klass, contact.named, contact.decision) == ("close", True, Decision.OPEN)
    facts = wording.Facts.of(contact.exposures.get().word("facts", contact.record_id))
    assert facts.relation == "household"


@pytest.mark.parametrize(
    ("talk", "says"),
    [
        (Talk(onset=date(2020, 2, 2)), "onset lies in the future"),
        (Talk(itinerary=[Stretch("market", NOW, NOW - HOUR)]), "Itinerary line 1: The stay ends before"),
        (
            Talk(itinerary=[Stretch("a", NOW - HOUR), Stretch("market", NOW + 2 * DAY)]),
            "Itinerary line 2: This time lies in the future",
        ),
        (Talk(itinerary=[Stretch(" ", NOW - HOUR)]), "Itinerary line 1: The place is missing"),
        (Talk(named=[Named("Wang Yi", "household", NOW + DAY)]), "Named contact 1"),
    ],
)
def test_an_interview_is_refused_whole(county: Town, talk: Talk, says: str) -> None:
    case = confirmed(county)
    with pytest.raises(Refused, match=says):
        services.record_interview(county.act("ding"), case, talk)
    assert not Sighting.objects.exists()
    assert not case.interviews.exists()


def test_household_and_workplace_stand_for_their_usual_hours(county: Town) -> None:
    from nanxi.cases import stays

    case = confirmed(county)
    talk = Talk(onset=date(2020, 1, 30), household="Riverside 1", workplace="valve works")
    services.record_interview(county.act("ding"), case, talk)
    told = list(stays.opened(Sighting.objects.all()))
    at_home = sorted((stay.t0, stay.t1) for stay in told if stay.place == "Riverside 1")
    at_work = [stay for stay in told if stay.place == "valve works"]
    # Two days before onset on, at midnight of the county; NOW is noon there.
    midnight = datetime(2020, 1, 28, tzinfo=COUNTY_TIME)
    assert at_home[0] == (midnight, midnight + 7 * HOUR)
    assert at_home[1] == (midnight + 20 * HOUR, midnight + 31 * HOUR)
    assert max(stay.t1 for stay in at_work if stay.t1) == county.clock.now()
    assert {stay.conf for stay in told} == {0.5}


def test_places_visited_during_an_alert_become_sightings_once(county: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import dataclass
    from uuid import UUID, uuid4

    from nanxi.foundation import acts
    from nanxi.foundation.act import Act, house

    @dataclass
    class Visited:
        record_id: UUID
        place: str
        t0: datetime
        t1: datetime
        area_code: str

    record = persons.claim(county.act("ding"), area=NANXI, source_kind="test", source_ref="1", name="Wang Yi")
    places = [Visited(record, "market", NOW - 2 * HOUR, NOW - HOUR, NANXI), Visited(record, "clinic", NOW, NOW + DAY, NANXI)]
    monkeypatch.setattr(followers, "places_of_alert", lambda alert: places)
    entry = LedgerEntry(kind="desk.alert.closed", subject_id=uuid4(), facts={})
    for _ in range(2):
        with acts.set_up():
            followers.follow_visited(Act(actor=house("cases"), clock=county.clock), entry)
    (row,) = Sighting.objects.all()
    assert (row.source, row.area_code, row.record_id) == ("alert", NANXI, record)


def test_sightings_are_sealed_and_repeats_change_nothing(county: Town) -> None:
    act = county.act("ding")
    record = persons.claim(act, area=OUBEI, source_kind="test", source_ref="1", name="Wang Yi")
    for _ in range(2):
        services.record_sighting(
            act, record_id=record, place="market gate", t0=NOW - HOUR, source="post", area=OUBEI, key="post:1"
        )
    (row,) = Sighting.objects.all()
    assert b"market" not in bytes(row.sealed)


@pytest.mark.parametrize(("t0", "t1", "says"), [(NOW + HOUR, None, "future"), (NOW - HOUR, NOW - 2 * HOUR, "ends before")])
def test_an_impossible_sighting_is_refused(county: Town, t0: datetime, t1: datetime | None, says: str) -> None:
    act = county.act("ding")
    record = persons.claim(act, area=OUBEI, source_kind="test", source_ref="1", name="Wang Yi")
    with pytest.raises(Refused, match=says):
        services.record_sighting(act, record_id=record, place="gate", t0=t0, t1=t1, source="post", area=OUBEI, key="k")


def test_another_town_sees_no_case(town: Town) -> None:
    with scope.enter(town.reach("ding")):
        case = suspect(town)
    with scope.enter(town.reach("xu")):
        assert not queries.cases().exists()
        assert not Case.everything.filter(pk=case.pk).exists()
    with scope.enter(town.reach("wu")):
        assert queries.cases().get() == case
    assert COUNTY not in {case.area_code}


def test_rows_move_with_their_records(county: Town) -> None:
    from uuid import uuid4

    case, other = suspect(county), uuid4()
    entry = LedgerEntry(kind="people.link.changed", facts={"record": str(case.record_id), "before": None, "after": str(other)})
    from nanxi.foundation import acts
    from nanxi.foundation.act import Act, house

    with acts.set_up():
        followers.follow_links(Act(actor=house("cases"), clock=county.clock), entry)
    assert Case.objects.get().person_id == other


def test_a_chain_leads_into_and_out_of_a_case(county: Town) -> None:
    first = interviewed(county, Named("Wang Yi", "household", NOW - HOUR, id_no="W1"))
    second = suspect(county, "Wang Yi", "W1")
    (out,), (into,) = queries.chain(first), queries.chain(second)
    assert (out.source, out.case, into.source, into.case) == (first, second, first, second)
    assert out.contact == into.contact
    services.discard_case(county.act("chen"), first)
    assert queries.chain(second) == []
