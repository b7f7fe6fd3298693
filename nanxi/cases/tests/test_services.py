"""The thread of this room: report, result, confirmation, interview, trace, decision, evidence path; and what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from nanxi.cases import followers, jobs, persons, queries, rules, services, wording
from nanxi.cases.models import Case, CaseEvidence, CloseContact, LabResult, Sighting, TraceRun
from nanxi.cases.rules import Decision, Path, Status
from nanxi.cases.services import Named, Sample, Seen, Stretch, Talk
from nanxi.cases.tests.town import COUNTY, NANXI, NOW, OUBEI, Town
from nanxi.foundation import jobs as queue
from nanxi.foundation import scope
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import COUNTY as COUNTY_TIME
from nanxi.foundation.models import LedgerEntry

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def result(town: Town, who: str = "chen", **more: Any) -> LabResult:
    told = {
        "accession": "YJ-1",
        "laboratory": "Centre",
        "sampled_at": NOW - DAY,
        "result": "positive",
        "name": "Lin Jia",
        "id_no": "A1",
    }
    return services.record_lab_result(town.act(who), area=OUBEI, sample=Sample(**{**told, **more}))


def suspect(town: Town, name: str = "Lin Jia", id_no: str = "A1") -> Case:
    return services.report_suspect(town.act("bao"), area=OUBEI, name=name, id_no=id_no)


def confirmed(town: Town) -> Case:
    case = suspect(town)
    town.clock.forward(hours=1)
    return services.confirm_case(town.act("chen"), case, lab_result=result(town))


def interviewed(town: Town, *named: Named) -> Case:
    case = confirmed(town)
    talk = Talk(
        onset=date(2020, 1, 26),
        itinerary=[
            Stretch("G7381", NOW - 2 * DAY, NOW - 2 * DAY + HOUR * 2, vehicle="train", coach="3", row=3),
            Stretch("market", NOW - DAY, NOW - DAY + HOUR),
        ],
        named=named,
    )  # fmt: skip
    services.record_interview(town.act("ding"), case, talk)
    return case


def seen(town: Town, name: str, place: str, t0: datetime, t1: datetime, row: int = -1) -> None:
    act = town.act("ding")
    record = persons.claim(act, area=NANXI, source_kind="test", source_ref=f"{name}{t0}", name=name, id_no=name)
    services.record_sightings(act, [Seen(record, place, t0, NANXI, "scan", f"{name}:{t0}", t1, 1.0, row)])


def traced(town: Town, case: Case, **asked: Any) -> TraceRun:
    run = services.run_trace(town.act("ding"), case, **asked)
    work(town, run)
    run.refresh_from_db()
    return run


def work(town: Town, run: TraceRun) -> None:
    """Do the job as the worker does, after the asker's transaction."""
    token = scope._current.set(scope.NOWHERE)
    try:
        jobs.trace.work(queue.Run(TraceRun.everything.get(pk=run.pk).job, town.actor("ding")), run_id=str(run.id))
    finally:
        scope._current.reset(token)
        scope._tell(town.reach("ding"), town.user_id("ding"), NOW)


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


def test_trace_finds_and_says_why(county: Town) -> None:
    case = interviewed(county)
    seen(county, "Wang Yi", "trip#train#G7381#2020-01-28#3", NOW - 2 * DAY, NOW - 2 * DAY + timedelta(minutes=130), 4)
    seen(county, "Zhao Bing", "market", NOW - DAY + HOUR / 2, NOW - DAY + 2 * HOUR)
    seen(county, "Far Away", "harbour", NOW - DAY, NOW)
    run = traced(county, case)
    rows = queries.contacts_of_run(run)
    assert (run.candidates, run.counts) == (2, {"close": 2})
    facts = [wording.Facts.of(e.word("facts", row.record_id)) for row in rows for e in row.exposures.all()]
    assert [wording.words(one) for one in facts] == [
        "same coach of train G7381 (no. 3), rows 3 and 4, 2 h",
        "same place: market, 30 min",
    ]


def test_a_trace_repeated_doubles_nothing_and_keeps_decisions(county: Town) -> None:
    case = interviewed(county)
    seen(county, "Zhao Bing", "market", NOW - DAY, NOW - DAY + HOUR)
    run = traced(county, case)
    (contact,) = queries.contacts_of_run(run)
    services.decide_contact(county.act("ding"), contact, "accepted")
    work(county, run)
    again = traced(county, case)
    (contact,) = queries.contacts_of_run(again)
    assert (contact.decision, contact.exposures.count(), CloseContact.objects.count()) == (Decision.ACCEPTED, 1, 1)


def test_only_a_confirmed_case_is_traced_and_not_by_its_confirmer(county: Town) -> None:
    case = suspect(county)
    with pytest.raises(Refused, match="Only a confirmed case"):
        services.run_trace(county.act("ding"), case)
    services.discard_case(county.act("chen"), case)
    with pytest.raises(Refused, match="was discarded"):
        services.run_trace(county.act("ding"), case)


def test_a_window_past_the_infectious_period_is_refused(county: Town) -> None:
    case = interviewed(county)
    with pytest.raises(Refused, match="more than two days past"):
        services.run_trace(county.act("ding"), case, start=NOW - 30 * DAY)


def test_a_wide_trace_shows_counts_until_a_second_person_approves(county: Town) -> None:
    case = interviewed(county)
    act = county.act("ding")
    rows = []
    for number in range(201):
        record = persons.claim(act, area=NANXI, source_kind="test", source_ref=str(number), name=f"P{number}")
        rows.append(Seen(record, "market", NOW - DAY, NANXI, "scan", f"w{number}", NOW - DAY + HOUR))
    services.record_sightings(act, rows)
    run = traced(county, case)
    assert (run.candidates, queries.contacts_of_run(run), CloseContact.objects.count()) == (201, [], 0)
    with pytest.raises(Refused, match="does not include this right"):
        services.approve_wide_trace(county.act("ding"), run)
    run = services.approve_wide_trace(county.act("fang"), run)
    work(county, run)
    run.refresh_from_db()
    assert len(queries.contacts_of_run(run)) == 201


def test_nobody_approves_his_own_wide_trace(county: Town) -> None:
    """A role may come to hold both rights, or a person two roles in turn."""
    from nanxi.foundation import acts

    run = services.run_trace(county.act("ding"), interviewed(county))
    with acts.set_up():
        TraceRun.objects.filter(pk=run.pk).update(candidates=201, asked_by=county.user_id("fang"))
    with pytest.raises(Refused, match="asked for this trace yourself"):
        services.approve_wide_trace(county.act("fang"), run)


def test_evidence_path_of_a_contact(county: Town) -> None:
    case = interviewed(county, Named("Wang Yi", "household", NOW - HOUR))
    (contact,) = queries.contacts_of(case)
    at = county.clock.now() + HOUR
    assert queries.evidence_path(contact.record_id, at) is None
    services.decide_contact(county.act("ding"), contact, "accepted")
    path = queries.evidence_path(contact.record_id, at)
    assert path
    assert (path.kind, path.case_id, path.contact_id, path.until) == (Path.CONTACT, case.id, contact.id, NOW - HOUR + 14 * DAY)
    assert queries.evidence_path(contact.record_id, NOW + 15 * DAY) is None
    services.discard_case(county.act("chen"), case)
    assert queries.evidence_path(contact.record_id, at) is None
    contact.refresh_from_db()
    assert contact.retracted_at is not None


def test_nobody_makes_a_crowd_of_contacts_by_naming_them(county: Town) -> None:
    """An interview names whom the interviewer writes down: more than a household and a workplace need a second person."""
    most = rules.MOST_ON_OWN_WORD
    case = interviewed(county, *(Named(f"Wang {n}", "household", NOW - HOUR) for n in range(most + 1)))
    *first, last = queries.contacts_of(case)
    for contact in first:
        services.decide_contact(county.act("ding"), contact, "accepted")
    with pytest.raises(Refused, match="another officer"):
        services.decide_contact(county.act("ding"), last, "accepted")
    services.decide_contact(county.act("ding"), last, "rejected")
    services.decide_contact(county.act("wu"), last, "accepted")
    kept = queries.contact_by_id(last.id)
    assert kept
    assert kept.decision is Decision.ACCEPTED


def test_nobody_makes_a_crowd_of_contacts_by_handing_in_a_list(county: Town) -> None:
    """Who was at a place by one officer's list alone is his word as much as an interview is."""
    most = rules.MOST_ON_OWN_WORD
    case = interviewed(county)
    for number in range(most + 1):
        seen(county, f"P{number}", "market", NOW - DAY, NOW - DAY + HOUR)
    *first, last = queries.contacts_of_run(traced(county, case))
    for contact in first:
        services.decide_contact(county.act("ding"), contact, "accepted")
    with pytest.raises(Refused, match="another officer"):
        services.decide_contact(county.act("ding"), last, "accepted")
    services.decide_contact(county.act("wu"), last, "accepted")


def test_narrow_windows_add_up_to_a_wide_trace(county: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_CANDIDATES", 3)
    case = interviewed(county)
    for number in range(2):
        seen(county, f"P{number}", "trip#train#G7381#2020-01-28#3", NOW - 2 * DAY, NOW - 2 * DAY + HOUR, 4)
        seen(county, f"Q{number}", "market", NOW - DAY, NOW - DAY + HOUR)
    early = traced(county, case, start=NOW - 3 * DAY, end=NOW - 2 * DAY + 3 * HOUR)
    late = traced(county, case, start=NOW - DAY - HOUR, end=NOW)
    assert (len(queries.contacts_of_run(early)), late.candidates, late.elsewhere) == (2, 2, 2)
    assert late.waits_for_approval
    assert queries.contacts_of_run(late) == []
    work(county, services.approve_wide_trace(county.act("fang"), late))
    assert len(queries.contacts_of_run(TraceRun.objects.get(pk=late.pk))) == 2


def test_evidence_path_of_a_suspected_case_lasts_three_days(county: Town) -> None:
    case = suspect(county)
    path = queries.evidence_path(case.record_id, NOW + HOUR)
    assert path
    assert (path.kind, path.until) == (Path.OWN_REPORT, NOW + 72 * HOUR)
    assert queries.evidence_path(case.record_id, NOW + 72 * HOUR) is None


def test_a_named_contact_of_an_unconfirmed_case_is_no_ground(county: Town) -> None:
    case = suspect(county)
    services.record_interview(county.act("ding"), case, Talk(named=[Named("Wang Yi", "household", NOW - HOUR)]))
    (contact,) = queries.contacts_of(case)
    with pytest.raises(Refused, match="accepted only from a confirmed case"):
        services.decide_contact(county.act("ding"), contact, "accepted")


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
