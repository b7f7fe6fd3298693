"""An order from evidence to its end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from nanxi.foundation.act import Refused
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.rights import Role
from nanxi.orders import chain, queries, services
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason, State
from nanxi.orders.tests.folk import TOWN, again, issued, officer

pytestmark = pytest.mark.usefixtures("inside")


def state(order: IsolationOrder, at) -> State:
    return chain.standing(IsolationOrder.everything.get(pk=order.pk), at).state


def test_from_issue_to_running_to_its_own_end(known, clock, ailian) -> None:
    order = issued(ailian, known.somebody())
    assert state(order, clock.at) is State.ISSUED
    clock.forward(hours=1)
    services.serve_order(
        again(ailian), order, how="in_person", language="zh", home=services.Home(120.69, 28.15, 12), datum="GCJ-02"
    )
    assert state(order, clock.at) is State.RUNNING
    home = queries.home_of(order) or {}
    assert home["datum"] == "GCJ-02"
    assert 120.683 < home["lon"] < 120.688  # moved by the map's shift
    assert queries.status_of(order.person_id, clock.at).level is queries.Level.HOME
    clock.forward(days=14)
    assert state(order, clock.at) is State.ENDED
    assert queries.status_of(order.person_id, clock.at).level is queries.Level.FREE
    kinds = set(LedgerEntry.objects.values_list("kind", flat=True))
    assert {"orders.order.issued", "orders.order.served"} <= kinds


def test_no_order_without_a_path(known, ailian) -> None:
    with pytest.raises(Refused, match="no evidence path"):
        issued(ailian, known.somebody(None))
    assert not IsolationOrder.everything.exists()


def test_a_list_of_1317_names_gives_no_order_and_one_alarm(known, ailian) -> None:
    names = [known.somebody(None) for _ in range(1317)]
    outcome = services.issue_listed(
        ailian, source_ref="depositors.xlsx", record_ids=names, kind=Kind.HOME, place=services.Place(TOWN),
        reason=Reason.CLOSE_CONTACT, legal_basis=LegalBasis.LAW_39_CONTACT, until=ailian.now + timedelta(days=14),
    )  # fmt: skip
    assert (outcome.issued, outcome.refused, outcome.alarm) == (0, 1317, True)
    assert len(known.alerts) == 1
    assert not IsolationOrder.everything.exists()


def test_single_refusals_add_up_to_the_same_alarm(known, ailian) -> None:
    raised = [services.note_refusal(again(ailian), area=TOWN, source_ref="") for _ in range(11)]
    assert raised == [False] * 10 + [True]


def test_a_suspected_case_is_bound_by_the_report_and_no_longer(known, ailian) -> None:
    record = known.somebody("own_report", until=ailian.now + timedelta(hours=48))
    ask = {"reason": Reason.SUSPECTED, "evidence": Evidence.SUSPECT_REPORT, "legal_basis": LegalBasis.LAW_39_SUSPECT}
    with pytest.raises(Refused, match="cannot outlast"):
        issued(ailian, record, days=3, **ask)
    with pytest.raises(Refused, match="does not rest"):
        issued(ailian, record, days=2)
    assert state(issued(ailian, record, days=2, **ask), ailian.now) is State.ISSUED


def test_extending_is_a_new_decision_on_evidence_that_still_stands(known, clock, ailian) -> None:
    record = known.somebody()
    order = issued(ailian, record, days=7)
    clock.forward(days=5)
    with pytest.raises(Refused, match="not later"):
        services.extend_order(again(ailian), order, until=clock.at + timedelta(days=1))
    services.extend_order(again(ailian), order, until=clock.at + timedelta(days=10))
    del known.paths[record]
    with pytest.raises(Refused, match="does not stand any more"):
        services.extend_order(again(ailian), order, until=clock.at + timedelta(days=12))
    services.shorten_order(again(ailian), order, until=clock.at + timedelta(days=1))
    clock.forward(days=2)
    assert state(order, clock.at) is State.ENDED


def test_one_order_for_one_person(known, ailian) -> None:
    record = known.somebody()
    issued(ailian, record)
    with pytest.raises(Refused, match="under an order already"):
        issued(again(ailian), record)


def test_an_unanswered_contest_falls_to_freedom(known, clock, ailian) -> None:
    order = issued(ailian, known.somebody())
    services.contest_order(again(ailian), order, text="I was not there.", channel="paper")
    assert known.tasks[-1]["due"] == clock.at + timedelta(hours=24)
    clock.forward(hours=23)
    assert state(order, clock.at) is State.ISSUED
    clock.forward(hours=1)
    assert state(order, clock.at) is State.ENDED
    with pytest.raises(Refused, match="has ended"):
        services.answer_contest(officer(Role.HQ_DESK, clock), order, outcome="upheld")


def test_a_positive_result_outlives_an_unanswered_contest(known, clock, ailian) -> None:
    ask = {"reason": Reason.CONFIRMED, "evidence": Evidence.OWN_CASE, "legal_basis": LegalBasis.LAW_39_PATIENT}
    order = issued(ailian, known.somebody("own_case"), **ask)
    services.contest_order(again(ailian), order, text="", channel="phone")
    clock.forward(hours=25)
    assert state(order, clock.at) is State.ISSUED


def test_another_officer_answers(known, clock, ailian, bowen) -> None:
    issuer = officer(Role.HQ_DESK, clock)
    order = issued(issuer, known.somebody())
    services.contest_order(again(ailian), order, text="", channel="own_page")
    with pytest.raises(Refused, match="yourself"):
        services.answer_contest(again(issuer), order, outcome="upheld")
    with pytest.raises(Refused, match="does not include this right"):
        services.answer_contest(officer(Role.GRID_WORKER, clock), order, outcome="upheld")
    services.answer_contest(bowen, order, outcome="released")
    assert state(order, clock.at) is State.ENDED


@pytest.mark.parametrize("wrong", [
    "UPDATE orders_orderdecision SET until = until + interval '90 days'",
    "UPDATE orders_orderdecision SET facts = '{}'::jsonb",
    "DELETE FROM orders_orderdecision",
])  # fmt: skip
def test_the_web_role_cannot_change_a_decision(known, ailian, wrong: str) -> None:
    issued(ailian, known.somebody())
    from django.db import DatabaseError, transaction

    mark = transaction.savepoint()
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(wrong)
    transaction.savepoint_rollback(mark)


def test_a_forged_decision_is_not_believed(known, clock, ailian) -> None:
    """What a superuser could write still lacks the MAC: the page and the fence fall back to what verifies."""
    order = issued(ailian, known.somebody())
    row = order.decisions.get()
    forged = type(row)(
        area_code=TOWN,
        order=order,
        place=2,
        step="extend",
        at=clock.at,
        by="user:x",
        until=clock.at + timedelta(days=90),
        mac=b"0" * 32,
    )
    forged.save()
    fresh = IsolationOrder.everything.get(pk=order.pk)
    assert chain.standing(fresh, clock.at).until == row.until
    assert queries.decisions_of(fresh) == ([row], True)
    with pytest.raises(Refused, match="changed outside"):
        services.extend_order(again(ailian), order, until=clock.at + timedelta(days=14))


def test_area_orders_rest_on_a_notice_of_two_officers(known, clock, ailian, bowen) -> None:
    ask = {"reason": Reason.AREA_RESIDENT, "evidence": Evidence.AREA_NOTICE, "legal_basis": LegalBasis.LAW_41_AREA}
    notice = services.draft_notice(
        again(ailian), area=TOWN, legal_basis="law_41_area", valid_from=clock.at, valid_until=clock.at + timedelta(days=10)
    )
    with pytest.raises(Refused, match="no evidence path"):
        issued(ailian, known.somebody(None), days=5, **ask)
    with pytest.raises(Refused, match="another officer"):
        services.publish_notice(again(ailian), notice)
    services.publish_notice(bowen, notice)
    assert state(issued(ailian, known.somebody(None), days=5, **ask), clock.at) is State.ISSUED


def test_a_notice_is_ended_early_by_two_officers_and_carries_no_order_after(known, clock, ailian, bowen) -> None:
    from nanxi.foundation.act import Act, house
    from nanxi.orders import followers

    ask = {"reason": Reason.AREA_RESIDENT, "evidence": Evidence.AREA_NOTICE, "legal_basis": LegalBasis.LAW_41_AREA}
    until = clock.at + timedelta(days=10)
    notice = services.draft_notice(again(ailian), area=TOWN, legal_basis="law_41_area", valid_from=clock.at, valid_until=until)
    with pytest.raises(Refused, match="is a draft"):
        services.ask_notice_end(again(ailian), notice, reason="no_source")
    services.publish_notice(again(bowen), notice)
    bound = issued(ailian, known.somebody(None), days=5, **ask)
    case = issued(ailian, known.somebody(), days=5)
    with pytest.raises(Refused, match="ask first"):
        services.end_notice(again(bowen), notice)
    with pytest.raises(Refused, match="Choose from the list"):
        services.ask_notice_end(again(ailian), notice, reason="because")
    services.ask_notice_end(again(ailian), notice, reason="in_error")
    assert services.ask_notice_end(again(ailian), notice, reason="no_source").end_reason == "no_source"
    with pytest.raises(Refused, match="asked for the end already"):
        services.ask_notice_end(again(bowen), notice, reason="replaced")
    with pytest.raises(Refused, match="another officer agrees"):
        services.end_notice(again(ailian), notice)
    assert state(issued(ailian, known.somebody(None), days=5, **ask), clock.at) is State.ISSUED, "it goes on until then"
    clock.forward(hours=1)
    ended = services.end_notice(again(bowen), notice)
    assert (ended.valid_until, ended.ended_at, ended.stated_until) == (clock.at, clock.at, until)
    with pytest.raises(Refused, match="ended already"):
        services.end_notice(again(bowen), notice)
    with pytest.raises(Refused, match="no evidence path"):
        issued(again(ailian), known.somebody(None), days=5, **ask)
    followers.follow_withdrawn(Act(house("orders"), clock), LedgerEntry.objects.get(kind="orders.notice.ended"))
    fresh = {order.pk: state(IsolationOrder.everything.get(pk=order.pk), clock.at) for order in (bound, case)}
    assert fresh == {bound.pk: State.ENDED, case.pk: State.ISSUED}


def test_a_notice_carries_orders_for_those_who_live_under_it_only(known, clock, ailian, bowen) -> None:
    """The place on the form is typed by the officer; where the person lives is what the register says."""
    village = "990324101001"
    services.publish_notice(
        bowen,
        services.draft_notice(
            again(ailian), area=village, legal_basis="law_41_area", valid_from=clock.at, valid_until=clock.at + timedelta(days=10)
        ),
    )
    here, there = services.Place(village, "1 Riverside"), services.Place(TOWN, "9 Hill Road")
    resident = {"reason": Reason.AREA_RESIDENT, "evidence": Evidence.AREA_NOTICE, "legal_basis": LegalBasis.LAW_41_AREA}
    arrival = {**resident, "reason": Reason.AREA_ARRIVAL}
    for ask in (resident, arrival):
        with pytest.raises(Refused, match="no evidence path"):
            issued(ailian, known.somebody(None, home="990324101002"), days=5, place=here, **ask)
    with pytest.raises(Refused, match="no evidence path"):
        issued(ailian, known.somebody(None, home=village), days=5, place=there, **resident)
    assert state(issued(ailian, known.somebody(None, home=village), days=5, place=here, **resident), clock.at) is State.ISSUED
    assert state(issued(ailian, known.somebody(None, home=village), days=5, place=there, **arrival), clock.at) is State.ISSUED


def test_a_phone_sends_no_longer_than_an_unanswered_contest_lets_the_order_run(known, clock, ailian, bowen) -> None:
    order = issued(ailian, known.somebody())
    before = services.make_device(again(ailian), order, label="a")
    services.contest_order(again(ailian), order, text="I was not there.", channel="phone")
    order = IsolationOrder.everything.get(pk=order.pk)
    after = services.make_device(again(ailian), order, label="b")
    lapse = clock.at + timedelta(hours=24)
    ends = {device.valid_until for device in queries.devices_of(order)}
    assert (ends, order.open_until) == ({lapse}, lapse)
    services.answer_contest(again(bowen), order, outcome="upheld", text="You were seen.")
    ends = {device.valid_until for device in queries.devices_of(order)}
    assert ends == {clock.at + timedelta(days=14)}
    assert {before.pk, after.pk} == {device.pk for device in queries.devices_of(order)}
    assert ("contest", order.pk, "answered") in known.closed


def test_a_positive_result_keeps_the_phone_although_nobody_answered(known, clock, ailian) -> None:
    order = issued(
        ailian,
        known.somebody("own_case"),
        reason=Reason.CONFIRMED,
        evidence=Evidence.OWN_CASE,
        legal_basis=LegalBasis.LAW_39_PATIENT,
    )
    services.make_device(again(ailian), order, label="a")
    services.contest_order(again(ailian), order, text="I am well.", channel="paper")
    assert [device.valid_until for device in queries.devices_of(order)] == [clock.at + timedelta(days=14)]
