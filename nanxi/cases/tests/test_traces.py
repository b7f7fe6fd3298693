"""A trace and what may rest on it: what it finds, who may ask for it, the second person, evidence paths."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nanxi.cases import persons, queries, rules, services, wording
from nanxi.cases.models import CloseContact, TraceRun
from nanxi.cases.rules import Decision, Path
from nanxi.cases.services import Named, Seen, Talk
from nanxi.cases.tests.story import DAY, HOUR, interviewed, seen, suspect, traced, work
from nanxi.cases.tests.town import NANXI, NOW, Town
from nanxi.foundation.act import Refused


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


