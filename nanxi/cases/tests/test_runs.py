"""A run's page and what stands on it: crowds, late data and their difference, contacts of contacts, vehicles, editions."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.urls import reverse

from nanxi.cases import archive, followers, jobs, persons, queries, rules, services, watching, wording
from nanxi.cases.models import CloseContact, Comparison, IndirectContact, Isolated, Sighting, TraceRun
from nanxi.cases.services import Aboard, Seen
from nanxi.cases.tests.register import Register
from nanxi.cases.tests.story import DAY, HOUR, interviewed, seen, traced, work
from nanxi.cases.tests.test_pages import client, queries_of
from nanxi.cases.tests.town import NANXI, NOW, OUBEI, Town
from nanxi.foundation import acts, scope
from nanxi.foundation import jobs as queue
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import LedgerEntry

#: The page of a run, whatever it found.
RUN_QUERIES = 24


def crowd(town: Town, count: int, place: str = "market") -> None:
    act = town.act("ding")
    rows: list[Seen] = []
    for number in range(count):
        record = persons.claim(act, area=NANXI, source_kind="test", source_ref=f"{place}{number}", name=f"P{number}")
        rows.append(Seen(record, place, NOW - DAY, NANXI, "scan", f"{place}{number}", NOW - DAY + HOUR))
    services.record_sightings(act, rows)


def page_of(town: Town, run: TraceRun, who: str = "ding") -> str:
    return client(town, who).get(reverse("trace-run", args=[run.pk])).content.decode()


def words(contact: CloseContact) -> list[str]:
    return [wording.words(wording.Facts.of(row.word("facts", contact.record_id))) for row in contact.exposures.all()]


def test_a_crowd_becomes_a_notice_and_makes_nobody_a_contact(county: Town) -> None:
    case = interviewed(county)
    crowd(county, 31)
    seen(county, "Wang Yi", "trip#train#G7381#2020-01-28#3", NOW - 2 * DAY, NOW - 2 * DAY + HOUR, 4)
    run = traced(county, case, cap=30)
    assert run.candidates == 1
    (notice,) = run.notices.all()
    assert (notice.word("place", case.record_id), notice.crowd, notice.named) == ("market", 31, 0)
    exact = traced(county, case, cap=None)
    assert (exact.candidates, exact.notices.count()) == (32, 0)


def test_close_only_keeps_the_casual_ones_as_a_count(county: Town) -> None:
    case = interviewed(county)
    seen(county, "Zhao Bing", "market", NOW - DAY, NOW - DAY + HOUR / 12)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
    run = traced(county, case, close_only=True)
    assert (run.candidates, run.counts) == (1, {"close": 1, "general": 1})
    assert [row.klass for row in queries.contacts_of_run(run)] == ["close"]


def test_late_data_are_noticed_and_the_next_run_shows_the_difference(county: Town) -> None:
    case = interviewed(county)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
    run = traced(county, case)
    assert watching.look(county.clock.now()) == 0
    seen(county, "Zhao Bing", "harbour", NOW - DAY, NOW - DAY + HOUR)
    archive.catch_up(NOW)
    assert watching.look(county.clock.now()) == 0, "somebody elsewhere changes nothing"
    seen(county, "Li Ding", "market", NOW - DAY, NOW - DAY + HOUR)
    archive.catch_up(NOW)
    assert watching.look(county.clock.now()) == 1
    run.refresh_from_db()
    assert run.outdated_at
    again = services.trace_again(county.act("ding"), run)
    work(county, again)
    again.refresh_from_db()
    new = CloseContact.objects.get(pk=again.difference["new"][0])
    assert (len(again.difference["new"]), again.difference["gone"], again.difference["changed"]) == (1, [], [])
    assert new.first == NOW - DAY


def test_the_page_tells_what_changed(town: Town) -> None:
    with scope.enter(town.reach("ding")):
        case = interviewed(town)
        seen(town, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
        traced(town, case)
        seen(town, "Zhao Bing", "market", NOW - DAY, NOW - DAY + HOUR)
        again = traced(town, case)
    page = page_of(town, again)
    assert "1 new · 0 not found any more" in page
    assert "all 2 that are to be decided" in page


def test_everybody_still_open_is_decided_at_once(county: Town) -> None:
    case = interviewed(county)
    for name in ("Wang Yi", "Zhao Bing", "Li Ding"):
        seen(county, name, "market", NOW - DAY, NOW - DAY + HOUR)
    run = traced(county, case)
    first = queries.contacts_of_run(run)[0]
    services.decide_contact(county.act("ding"), first, "rejected")
    services.decide_contacts(county.act("ding"), run, None, "accepted")
    decided = sorted(row.decision.value for row in queries.contacts_of_run(run))
    assert decided == ["accepted", "accepted", "rejected"]


def test_nobody_is_decided_on_before_the_second_person(county: Town) -> None:
    case = interviewed(county)
    crowd(county, rules.MOST_CANDIDATES + 1)
    run = traced(county, case)
    with pytest.raises(Refused, match="second person"):
        services.decide_contacts(county.act("ding"), run, None, "accepted")


def test_contacts_of_contacts_are_counted_and_named_for_a_reason(county: Town) -> None:
    case = interviewed(county)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
    run = traced(county, case, start=NOW - 3 * DAY, end=NOW)
    seen(county, "Wang Yi", "harbour", NOW + HOUR / 4, NOW + HOUR / 2)
    seen(county, "Far One", "harbour", NOW + HOUR / 4, NOW + HOUR / 2)
    county.clock.forward(hours=1)
    run = traced(county, case)
    assert (run.indirect, IndirectContact.objects.count()) == (1, 0)
    with pytest.raises(Refused, match="State why"):
        services.ask_for_indirect(county.act("ding"), run, "because")
    run = services.ask_for_indirect(county.act("ding"), run, "cluster")
    work(county, run)
    (row,) = IndirectContact.objects.all()
    assert (row.via.record_id, row.first) == (CloseContact.objects.get().record_id, NOW + HOUR / 4)
    assert LedgerEntry.objects.filter(kind="cases.trace.indirect_asked").exists()


def test_what_is_told_in_pieces_at_different_times_is_one_time_together(county: Town) -> None:
    """A scan first, the venue's list a day later: together for an hour, not for an hour and forty minutes."""
    case = interviewed(county)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
    archive.catch_up(NOW)
    seen(county, "Wang Yi", "market", NOW - DAY + HOUR / 6, NOW - DAY + HOUR * 5 / 6)
    archive.catch_up(NOW)
    run = traced(county, case)
    (row,) = queries.contacts_of_run(run)
    assert (row.visits, row.overlap_s) == (1, 3600)
    assert len(words(row)) == 1


def _second_step(county: Town) -> TraceRun:
    """Wang met the case; a quarter of an hour after he could pass it on he met somebody at the harbour."""
    case = interviewed(county)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
    seen(county, "Wang Yi", "harbour", NOW + HOUR / 4, NOW + HOUR / 2)
    seen(county, "Far One", "harbour", NOW + HOUR / 4, NOW + HOUR / 2)
    county.clock.forward(hours=1)
    return traced(county, case, start=NOW - 3 * DAY, end=county.clock.now())


def _isolate(county: Town, since: datetime, until: datetime | None = None) -> None:
    contact = CloseContact.objects.get()
    with acts.set_up():
        Isolated(area_code=NANXI, order_id=uuid7(), person_id=contact.person_id, since=since, until=until).save()


def test_isolation_ends_the_second_step(county: Town) -> None:
    run = _second_step(county)
    assert run.indirect == 1
    _isolate(county, NOW - HOUR)
    assert traced(county, run.case, start=NOW - 3 * DAY, end=county.clock.now()).indirect == 0


def test_isolation_that_was_lifted_or_came_later_ends_nothing(county: Town) -> None:
    run = _second_step(county)
    _isolate(county, NOW - HOUR, until=NOW)
    _isolate(county, NOW + HOUR * 3 / 4)
    assert traced(county, run.case, start=NOW - 3 * DAY, end=county.clock.now()).indirect == 1


def test_late_data_that_make_many_of_few_keep_the_second_step_unnamed(county: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for while there was one; when the job comes to it there are two, and the bound is one."""
    run = _second_step(county)
    monkeypatch.setattr(rules, "MOST_CANDIDATES", 1)
    run = services.ask_for_indirect(county.act("ding"), run, "cluster")
    seen(county, "Far Two", "harbour", NOW + HOUR / 4, NOW + HOUR / 2)
    work(county, run)
    run.refresh_from_db()
    assert run.indirect == 2
    assert not IndirectContact.objects.exists()


def test_a_stranger_who_is_found_to_be_somebody_joins_him_in_the_next_run(county: Town, register: Register) -> None:
    """A terminal knew a number only; later the register says whose it is, and that one is a contact already."""
    case = interviewed(county)
    act = county.act("ding")
    stranger = persons.stranger(act, area=NANXI, source_ref="s", id_no="", phone="13800000001")
    services.record_sightings(act, [Seen(stranger, "market", NOW - DAY, NANXI, "scan", "s", NOW - DAY + HOUR)])
    seen(county, "Wang Yi", "market", NOW - DAY + HOUR / 2, NOW - DAY + HOUR)
    run = traced(county, case)
    assert run.candidates == 2
    services.decide_contacts(act, run, None, "accepted")
    wang = next(row for row in CloseContact.objects.all() if row.record_id != stranger)
    register.links[stranger] = register.links[wang.record_id]
    entry = LedgerEntry(kind="people.record.linked", facts={"record": str(stranger), "person": str(wang.person_id)})
    with acts.set_up():
        followers.follow_links(Act(actor=house("cases"), clock=county.clock), entry)
    assert CloseContact.objects.get(record_id=stranger).person_id == wang.person_id
    archive.catch_up(NOW)
    assert watching.look(county.clock.now()) == 1
    again = services.trace_again(act, run)
    work(county, again)
    again.refresh_from_db()
    assert again.candidates == 1
    assert (len(again.difference["new"]), len(again.difference["gone"])) == (0, 1)
    assert {row.decision.value for row in queries.gone_since(again)} == {"accepted"}, "nobody's acceptance vanishes"


def test_a_contact_no_longer_found_stays_accepted_and_is_told(town: Town, register: Register) -> None:
    with scope.enter(town.reach("ding")):
        case = interviewed(town)
        seen(town, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
        run = traced(town, case)
        services.decide_contacts(town.act("ding"), run, None, "accepted")
        with acts.set_up():
            Sighting.objects.filter(record_id=CloseContact.objects.get().record_id).delete()
        archive.rebuild()
        again = traced(town, case)
        assert CloseContact.objects.get().decision.value == "accepted"
    assert "1 of those no longer found were accepted" in page_of(town, again)


def test_the_page_before_keeps_whom_it_named(town: Town) -> None:
    with scope.enter(town.reach("ding")):
        case = interviewed(town)
        seen(town, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
        run = traced(town, case)
        traced(town, case)
        assert len(queries.contacts_of_run(run)) == 1
        work(town, run)
        run.refresh_from_db()
    assert run.difference == {}, "the first run of a case has none before it"


def test_a_job_done_again_tells_the_same_difference(county: Town) -> None:
    case = interviewed(county)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
    traced(county, case)
    seen(county, "Zhao Bing", "market", NOW - DAY, NOW - DAY + HOUR)
    again = traced(county, case)
    told = again.difference
    assert len(told["new"]) == 1
    work(county, again)
    again.refresh_from_db()
    assert again.difference == told


def test_late_data_are_told_with_what_they_would_count(town: Town) -> None:
    with scope.enter(town.reach("ding"), at=town.clock.now()):
        case = interviewed(town)
        seen(town, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
        run = traced(town, case)
        seen(town, "Li Ding", "market", NOW - DAY, NOW - DAY + HOUR)
        archive.catch_up(NOW)
        assert watching.look(town.clock.now()) == 1
    assert "close contact: 2 instead of 1" in page_of(town, run)


def test_the_case_s_vehicle_opens_to_its_occupants(county: Town) -> None:
    case = interviewed(county)
    act = county.act("ding")
    wang, owner = (
        persons.claim(act, area=NANXI, source_kind="test", source_ref=name, name=name, id_no=name) for name in ("Wang", "Zhou")
    )
    ride = NOW - DAY, NOW - DAY + HOUR
    services.record_rides(
        act,
        [
            Aboard(case.record_id, "浙C 12345", ride[0], OUBEI, "a", ride[1]),
            Aboard(wang, "浙c12345", ride[0], OUBEI, "b", ride[1]),
            Aboard(owner, "浙C12345", ride[0], OUBEI, "c", ride[1], "owner"),
        ],
    )
    run = traced(county, case)
    rows = {row.record_id: row for row in queries.contacts_of_run(run)}
    assert {record: row.klass for record, row in rows.items()} == {wang: "close", owner: "lead"}
    assert words(rows[wang]) == ["same vehicle 浙C12345, listed as aboard, 1 h"]
    assert "not known to have been aboard" in words(rows[owner])[0]
    assert run.candidates == 1


def test_a_vehicle_that_the_case_met_opens_to_its_occupants(county: Town) -> None:
    case = interviewed(county)
    act = county.act("ding")
    wang = persons.claim(act, area=NANXI, source_kind="test", source_ref="1", name="Wang", id_no="W")
    from nanxi.foundation import acts

    with acts.writing():
        services.keep_vehicle_seen(
            act, plate="浙C99999", place="market", t0=NOW - DAY, t1=NOW - DAY + HOUR, source="checkpoint", area=OUBEI, key="v"
        )
    services.record_rides(act, [Aboard(wang, "浙C99999", NOW - DAY, OUBEI, "r", NOW - DAY + HOUR)])
    run = traced(county, case)
    (row,) = queries.contacts_of_run(run)
    assert (row.record_id, words(row)) == (wang, ["same vehicle 浙C99999, listed as aboard, 1 h"])


def test_an_officer_starts_so_many_traces_a_day(county: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_TRACES_A_DAY", 1)
    case = interviewed(county)
    services.run_trace(county.act("ding"), case)
    with pytest.raises(Refused, match="as many traces today"):
        services.run_trace(county.act("ding"), case)


def test_editions_are_compared_as_counts_and_nobody_is_named(county: Town) -> None:
    case = interviewed(county)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR / 5)
    row = services.compare_editions(county.act("ding"), case)
    token = scope._current.set(scope.NOWHERE)
    try:
        jobs.compare.work(queue.Run(Comparison.everything.get(pk=row.pk).job, county.actor("ding")), comparison_id=str(row.id))
    finally:
        scope._current.reset(token)
        scope._tell(county.reach("ding"), county.user_id("ding"), NOW)
    row.refresh_from_db()
    counted = {one["edition"]: one["counts"] for one in row.rows}
    assert {name: counted[name] for name in ("cn-2020-02", "cn-2021-05")} == {
        "cn-2020-02": {"general": 1}, "cn-2021-05": {"close": 1},
    }  # fmt: skip
    assert not CloseContact.objects.exists()


def test_an_edition_is_chosen_for_a_run(county: Town) -> None:
    case = interviewed(county)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR / 5)
    assert traced(county, case, edition="cn-2021-05").counts == {"close": 1}
    with pytest.raises(Refused, match="not known"):
        services.run_trace(county.act("ding"), case, edition="cn-1999")


def test_a_contact_elsewhere_is_its_own_town_s_row_and_counted_here(town: Town) -> None:
    with scope.enter(town.reach("ding")):
        case = interviewed(town)
        seen(town, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
        run = traced(town, case)
    assert "1 more contacts belong to areas outside yours" in page_of(town, run, "wu")
    with scope.enter(town.reach("xu")):
        assert CloseContact.objects.get().area_code == NANXI
    assert "market" not in page_of(town, run, "wu").split("Notices")[0].split("Slack")[0]


def test_the_page_asks_the_database_no_more_for_many_contacts(town: Town) -> None:
    with scope.enter(town.reach("ding")):
        case = interviewed(town)
        seen(town, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
        one = traced(town, case)
        crowd(town, 60)
        many = traced(town, case)
    address = [reverse("trace-run", args=[run.pk]) for run in (one, many)]
    counted = [queries_of(town, "ding", each) for each in address]
    assert max(counted) <= RUN_QUERIES, counted


def test_a_wrong_window_is_told_beside_its_field(town: Town) -> None:
    with scope.enter(town.reach("ding")):
        case = interviewed(town)
    sent = {"start": "2019-01-01T00:00", "end": "2020-01-30T00:00", "edition": "cn-2020-02"}
    page = client(town, "ding").post(reverse("case-trace", args=[case.pk]), sent)
    assert page.status_code == 422
    assert "more than two days past" in page.content.decode()
    assert 'value="2019-01-01T00:00"' in page.content.decode()


def test_the_day_s_follow_up_is_listed_and_done_from_the_list(town: Town) -> None:
    from nanxi.foundation.clock import WALL, county_day

    now = WALL.now()
    with scope.enter(town.reach("ding")):
        case = interviewed(town)
        seen(town, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
        run = traced(town, case)
        (contact,) = queries.contacts_of_run(run)
        services.decide_contact(town.act("ding"), contact, "accepted")
        day = county_day(contact.last + 3 * DAY)
        assert [row.pk for row in queries.to_follow(day)] == [contact.pk]
        assert not queries.to_follow(county_day(contact.last + 20 * DAY))
    browser = client(town, "ding")
    page = browser.get(reverse("contact-schedule"), {"day": day.isoformat()}).content.decode()
    assert "day 3 of 14" in page
    sent = {"day": day.isoformat(), "outcome": "well", "back": "schedule"}
    browser.post(reverse("contact-follow", args=[contact.pk]), sent)
    assert "reached, no symptoms" in browser.get(reverse("contact-schedule"), {"day": day.isoformat()}).content.decode()
    empty = browser.get(reverse("contact-schedule"), {"day": now.date().isoformat()}).content.decode()
    assert "Nobody is to be followed" in empty
