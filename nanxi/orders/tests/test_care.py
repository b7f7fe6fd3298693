"""Care during an order: reports, needs, check-ins and learnt home points, as the services and the loop keep them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from nanxi.foundation import scope
from nanxi.foundation.act import Act, Actor, Refused, house
from nanxi.foundation.clock import COUNTY, county_day, day_bounds
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE, NOWHERE, Reach
from nanxi.orders import care_loop, care_queries, chain, daykeys, queries, services
from nanxi.orders.models import AskedCheckin, HealthReport, IsolationOrder, Need, Position
from nanxi.orders.owntracks import read
from nanxi.orders.rules import State
from nanxi.orders.sealing import Sender
from nanxi.orders.services import Home
from nanxi.orders.tests.folk import NOW, TOWN, again, issued

pytestmark = pytest.mark.usefixtures("inside")
LON, LAT = 120.69, 28.15


def served(known, clock, ailian, **more) -> IsolationOrder:
    order = issued(again(ailian), known.somebody())
    services.serve_order(again(ailian), order, how="in_person", **{"home": Home(LON, LAT, 10), **more})
    return order


def person(order: IsolationOrder, clock) -> Act:
    return Act(Actor(f"person:{order.id}", reach=Reach.over(["990324000000"])), clock)


def loop(part, clock) -> int:
    """One part of the loop as the worker runs it: in transactions of its own."""
    token = scope._current.set(NOWHERE)
    try:
        return part(clock)
    finally:
        scope._current.reset(token)
        scope._tell(EVERYWHERE, None, clock.now())


def test_a_well_report_asks_nothing_of_anybody(known, clock, ailian) -> None:
    order = served(known, clock, ailian)
    row = services.report_health(person(order, clock), order, temperature=36.6, symptoms=[])
    assert (row.outcome, row.task_id, [task["kind"] for task in known.tasks]) == ("well", None, ["serve"])
    assert care_queries.reported_today(order, clock.at) == row
    assert b"36.6" not in bytes(row.sealed)
    assert care_queries.told_in(order, row) == {"temperature": 36.6, "symptoms": []}
    entry = LedgerEntry.objects.get(kind="orders.health.reported")
    assert "36.6" not in json.dumps(entry.facts)


def test_symptoms_bring_a_call_and_restrict_nobody_more(known, clock, ailian) -> None:
    """S32: a report is a claim. Goes red when a report may change an order."""
    order = served(known, clock, ailian)
    before = chain.standing(order, clock.at)
    services.report_health(person(order, clock), order, temperature=38.4, symptoms=["cough"])
    urgent = services.report_health(person(order, clock), order, temperature=None, symptoms=["breath"])
    calls = [task for task in known.tasks if task["kind"] == "health"]
    assert [(call["due"] - clock.at, call["priority"]) for call in calls] == [(timedelta(hours=2), 2), (timedelta(minutes=30), 1)]
    assert urgent.outcome == "urgent"
    after = IsolationOrder.everything.prefetch_related("decisions").get(pk=order.pk)
    assert chain.standing(after, clock.at) == before
    assert after.decisions.count() == 2
    assert not known.alerts


@pytest.mark.parametrize(("temperature", "symptoms", "words"), [(366, [], "no temperature"), (36.6, ["bored"], "from the list")])
def test_what_cannot_be_is_refused_in_one_sentence(known, clock, ailian, temperature, symptoms, words) -> None:
    order = served(known, clock, ailian)
    with pytest.raises(Refused, match=words):
        services.report_health(person(order, clock), order, temperature=temperature, symptoms=symptoms)
    assert not HealthReport.everything.exists()


def test_an_ended_order_takes_no_report(known, clock, ailian) -> None:
    order = served(known, clock, ailian)
    clock.forward(days=15)
    with pytest.raises(Refused, match="ended"):
        services.report_health(person(order, clock), order, temperature=36.6, symptoms=[])


def test_a_missing_report_is_a_call_once_and_made_good_by_reporting(known, clock, ailian) -> None:
    reported, silent, unserved = (
        served(known, clock, ailian),
        served(known, clock, ailian),
        issued(again(ailian), known.somebody()),
    )
    clock.at = day_bounds(county_day(NOW) + timedelta(days=1))[0] + timedelta(hours=17)
    services.report_health(person(reported, clock), reported, temperature=36.5, symptoms=[])
    assert loop(care_loop.missed_reports, clock) == 0, "the hour has not come"
    clock.forward(hours=1)
    assert [loop(care_loop.missed_reports, clock) for _round in range(3)] == [1, 0, 0]
    row = HealthReport.everything.get(outcome="missed")
    assert (row.order_id, row.day) == (silent.pk, county_day(clock.at))
    assert unserved.pk != silent.pk, "nobody owes a report that he was not told of"
    with pytest.raises(Refused, match="already"):
        services.note_missed_report(Act(house("care"), clock), silent, day=row.day)
    clock.forward(minutes=30)
    services.report_health(person(silent, clock), silent, temperature=36.5, symptoms=[])
    clock.forward(minutes=30)
    assert loop(care_loop.missed_reports, clock) == 0


def test_a_need_is_a_task_of_the_town_and_its_words_are_sealed(known, clock, ailian) -> None:
    from nanxi.orders import followers

    order = served(known, clock, ailian)
    need = services.ask_need(person(order, clock), order, kind="medicine", words="insulin for Grandmother Zhu")
    task = known.tasks[-1]
    assert (task["kind"], task["subject"], task["due"] - clock.at) == ("need", ("orders.need", need.id), timedelta(hours=3))
    assert task["told"] == "insulin for Grandmother Zhu"
    assert b"Zhu" not in bytes(need.words_sealed or b"")
    assert not [row for row in LedgerEntry.objects.all() if "Zhu" in json.dumps(row.facts)]
    entry = LedgerEntry(
        kind="desk.task.closed", facts={"of_kind": "orders.need", "of": str(need.id), "result": "delivered"}, at=clock.at
    )
    for _again in range(2):
        followers.follow_needs(Act(house("orders"), clock), entry)
    need.refresh_from_db()
    assert (need.result, need.done_at) == ("delivered", clock.at)
    assert LedgerEntry.objects.filter(kind="orders.need.closed").count() == 1


def test_needs_and_reports_have_a_days_limit(known, clock, ailian) -> None:
    order = served(known, clock, ailian)
    for _n in range(6):
        services.ask_need(person(order, clock), order, kind="food")
        services.report_health(person(order, clock), order, temperature=36.6, symptoms=[])
    with pytest.raises(Refused, match="call the number"):
        services.ask_need(person(order, clock), order, kind="food")
    with pytest.raises(Refused, match="call the number"):
        services.report_health(person(order, clock), order, temperature=36.6, symptoms=[])
    assert Need.everything.count() == 6


def test_random_check_ins_are_asked_answered_and_missed(known, clock, ailian) -> None:
    order, other = served(known, clock, ailian), served(known, clock, ailian)
    services.set_watch(again(ailian), order, watch="checkin")
    missed = []
    for _quarter in range(4 * 24 * 2):
        clock.forward(minutes=8)
        loop(care_loop.checkins_to_ask, clock)
        loop(care_loop.checkins_missed, clock)
        missed.append(len([alert for alert in known.alerts if alert["kind"] == "orders.checkin"]))
    rows = list(AskedCheckin.everything.order_by("asked_at"))
    assert {row.order_id for row in rows} == {order.pk}, f"{other.number} is watched by its phone"
    assert len(rows) >= 2
    assert len({(row.day, row.turn) for row in rows}) == len(rows)
    assert all(9 <= row.asked_at.astimezone(COUNTY).hour < 20 for row in rows)
    assert all(row.missed_at for row in rows[:-1])
    calls = [task for task in known.tasks if task["kind"] == "call"]
    assert len(calls) == len([row for row in rows if row.missed_at])
    assert missed[-1] == len(calls) - 1, "the first miss is a call, each further one in a row an alert"


def test_an_answered_check_in_is_no_miss(known, clock, ailian) -> None:
    order = served(known, clock, ailian)
    row = services.ask_checkin(
        Act(house("care"), clock), order, day=county_day(clock.at), turn=1, answer_by=clock.at + timedelta(minutes=20)
    )
    assert care_queries.asked_checkin(order, clock.at) == row
    clock.forward(minutes=9)
    services.answer_checkin(person(order, clock), row, beyond_m=-70.0)
    clock.forward(minutes=30)
    assert loop(care_loop.checkins_missed, clock) == 0
    assert care_queries.asked_checkin(order, clock.at) is None


def positions(order: IsolationOrder, clock, n: int = 20, lon: float = LON) -> None:
    """A phone at rest, a fix every 90 seconds."""
    sender = Sender.to(*daykeys.public_of(clock.at))
    rows = []
    for i in range(n):
        at = clock.at + timedelta(seconds=90 * i)
        body = {
            "_type": "location",
            "tst": at.timestamp(),
            "lon": lon + (i % 5 - 2) * 1e-5,
            "lat": LAT + (i % 3 - 1) * 1e-5,
            "acc": 14,
        }
        fix = read(json.dumps(body).encode())[0][0]
        sealed = sender.seal(order.id, fix.tst, fix.digest, fix.content)
        rows.append(
            Position(order_id=order.id, tst=fix.tst, digest=fix.digest, area_code=TOWN, rx=at, source="phone", sealed=sealed)
        )
    Position.objects.bulk_create(rows)


def test_home_is_learnt_from_the_first_half_hour_and_confirmed_by_the_town(known, clock, ailian, monkeypatch) -> None:
    from nanxi.orders import below

    monkeypatch.setattr(below, "has_task", lambda order, kind: any(task["kind"] == kind for task in known.tasks))
    order = served(known, clock, ailian, home=None)
    services.make_device(again(ailian), order, label="own phone", model="Redmi 8")
    assert chain.standing(order, clock.at).state is State.SERVED
    clock.forward(minutes=5)
    positions(order, clock, n=6)
    with pytest.raises(Refused, match="not told enough"):
        services.confirm_home(again(ailian), order, care_queries.learnt_home(order))
    assert loop(care_loop.homes_to_confirm, clock) == 0
    Position.objects.all().delete()
    positions(order, clock)
    clock.forward(minutes=40)
    assert [loop(care_loop.homes_to_confirm, clock) for _round in range(2)] == [1, 0]
    assert known.tasks[-1]["kind"] == "home"
    learnt = care_queries.learnt_home(order)
    services.confirm_home(again(ailian), order, learnt)
    order = IsolationOrder.everything.prefetch_related("decisions").get(pk=order.pk)
    assert chain.standing(order, clock.at).state is State.RUNNING
    home = queries.home_of(order) or {}
    assert home["how"] == "learnt"
    assert abs(home["lon"] - LON) < 1e-4
    assert ("home", order.pk, "confirmed") in known.closed


def test_a_point_is_not_confirmed_before_the_person_was_told(known, clock, ailian) -> None:
    order = issued(ailian, known.somebody())
    with pytest.raises(Refused, match="Serve the order first"):
        services.retake_home(again(ailian), order, Home(LON, LAT, 10))


def test_a_household_is_served_once_and_one_page_reports_for_all(known, clock, ailian) -> None:
    lead, child, stranger = (issued(again(ailian), known.somebody()) for _n in range(3))
    services.join_household(again(ailian), lead, child)
    lead.refresh_from_db()
    services.serve_household(
        again(ailian), lead, how="to_adult_of_household", by="", language="zh", home=Home(LON, LAT, 10), datum="WGS-84"
    )
    states = [chain.standing(IsolationOrder.everything.get(pk=order.pk), clock.at).state for order in (lead, child, stranger)]
    assert states == [State.RUNNING, State.RUNNING, State.ISSUED]
    assert [order.pk for order in queries.household_of(lead, clock.at)] == [lead.pk, child.pk]
    with pytest.raises(Refused, match="same order"):
        services.join_household(again(ailian), lead, lead)
    services.release_order(again(ailian), child, because="negative_results")
    assert [order.pk for order in queries.household_of(lead, clock.at)] == [lead.pk]


def test_a_fallen_case_finds_its_orders_by_an_index(known, clock, ailian) -> None:
    from django.db import connection

    from nanxi.orders import followers

    orders = [issued(again(ailian), known.somebody()) for _n in range(3)]
    gone = known.paths.pop(orders[1].record_id).case_id
    entry = LedgerEntry(kind="cases.case.discarded", subject_id=gone, facts={})
    followers.follow_withdrawn(Act(house("orders"), clock), entry)
    states = [chain.standing(IsolationOrder.everything.get(pk=order.pk), clock.at).state for order in orders]
    assert states == [State.ISSUED, State.ENDED, State.ISSUED]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = IsolationOrder.everything.filter(open_until__gt=clock.at, grounds__evidence_id=gone).explain()
    assert "evidence_id" in plan


def test_a_wide_list_is_proposed_by_one_and_issued_by_another(known, clock, ailian, bowen) -> None:
    """S12. Goes red when the second officer is not asked for."""
    from nanxi.foundation.identifiers import uuid7
    from nanxi.orders.rules import WIDE, Kind, LegalBasis, Reason

    wanted = [
        services.Wanted(
            known.somebody(), Kind.HOME, services.Place(TOWN), Reason.CLOSE_CONTACT, LegalBasis.LAW_39_CONTACT,
            clock.at + timedelta(days=14), ("cases.contact", uuid7()),
        )
        for _n in range(WIDE + 1)
    ]  # fmt: skip
    outcome = services.issue_each(again(ailian), area=TOWN, source_ref="run", wanted=wanted)
    assert outcome is not None
    assert (outcome.issued, outcome.proposed) == (0, WIDE + 1)
    assert {chain.standing(row, clock.at).state for row in IsolationOrder.everything.all()} == {State.PROPOSED}
    assert not known.tasks, "nobody is told of a proposal"
    repeated = services.issue_each(again(ailian), area=TOWN, source_ref="run", wanted=wanted)
    assert repeated is not None
    assert repeated.already == WIDE + 1
    with pytest.raises(Refused, match="waits already"):
        issued(again(ailian), wanted[0].record_id)
    ids = [one.origin[1] for one in wanted if one.origin]
    with pytest.raises(Refused, match="another officer"):
        services.sign_each(again(ailian), source_ref="run", origins=ids)
    assert services.sign_each(again(bowen), source_ref="run", origins=ids) == WIDE + 1
    assert {chain.standing(row, clock.at).state for row in IsolationOrder.everything.all()} == {State.ISSUED}


def test_small_lists_one_after_the_other_add_up(known, clock, ailian, bowen) -> None:
    """S12. Goes red when what an officer issued alone from a case is not counted over the day."""
    from dataclasses import replace

    from nanxi.foundation.identifiers import uuid7
    from nanxi.orders.rules import WIDE, WIDE_WINDOW, Kind, LegalBasis, Reason

    case = uuid7()

    def contact_of_case():
        record = known.somebody()
        known.paths[record] = replace(known.paths[record], case_id=case)
        return record

    def listed(n: int):
        return [
            services.Wanted(
                contact_of_case(), Kind.HOME, services.Place(TOWN), Reason.CLOSE_CONTACT, LegalBasis.LAW_39_CONTACT,
                clock.at + timedelta(days=14),
            )
            for _n in range(n)
        ]  # fmt: skip

    half = WIDE // 2
    for _list in range(2):
        outcome = services.issue_each(again(ailian), area=TOWN, source_ref="run", wanted=listed(half))
        assert outcome is not None
        assert (outcome.issued, outcome.proposed) == (half, 0)
    with pytest.raises(Refused, match="Propose this one"):
        issued(again(ailian), contact_of_case())
    third = services.issue_each(again(ailian), area=TOWN, source_ref="run", wanted=listed(2))
    assert third is not None
    assert (third.issued, third.proposed) == (0, 2)
    issued(again(bowen), contact_of_case())
    clock.at += WIDE_WINDOW + timedelta(minutes=1)
    issued(again(ailian), contact_of_case())


def test_only_who_lives_at_one_place_is_one_household_and_anybody_may_leave(known, clock, ailian) -> None:
    """Goes red when an officer's word alone makes another's page report for somebody."""
    lead, child, other = (issued(again(ailian), known.somebody()) for _n in range(3))
    known.homes[other.record_id] = {f"{TOWN[:9]}999"}
    with pytest.raises(Refused, match="different places"):
        services.join_household(again(ailian), lead, other)
    services.join_household(again(ailian), lead, child)
    services.leave_household(again(ailian), child)
    lead.refresh_from_db()
    assert [order.pk for order in queries.household_of(lead, clock.at)] == [lead.pk]
    services.join_household(again(ailian), lead, child)
    services.leave_household(again(ailian), lead)
    child.refresh_from_db()
    assert child.household is None
    with pytest.raises(Refused, match="stands by itself"):
        services.leave_household(again(ailian), child)
