"""Following contacts up: a task a day, what it finds, what ends it, and who need not be asked twice."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from nanxi.cases import followers, persons, queries, rules, services, timers
from nanxi.cases.models import Case, CloseContact, FollowUp, Isolated
from nanxi.cases.rules import Decision
from nanxi.cases.services import following
from nanxi.cases.tests.story import DAY, HOUR, interviewed, result, seen, traced
from nanxi.cases.tests.town import NANXI, NOW, OUBEI, Town
from nanxi.desk.models import Alert, Task
from nanxi.desk.services import close_task
from nanxi.foundation import acts, scope, units
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.clock import COUNTY, WALL, county_day
from nanxi.foundation.models import LedgerEntry


@pytest.fixture
def contact(county: Town) -> CloseContact:
    """Wang, met yesterday and accepted; the register knows him, and his town has an office."""
    units.found_unit(house_act(county), name="Nanxi town hall", kind="town", areas=[NANXI])
    case = interviewed(county)
    seen(county, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
    run = traced(county, case)
    (row,) = queries.contacts_of_run(run)
    services.decide_contact(county.act("ding"), row, "accepted")
    return CloseContact.objects.get(pk=row.pk)


def due(town: Town) -> int:
    """The slow clock's round at the town's noon; returns how many tasks are new."""
    day = county_day(town.clock.now())
    waiting = list(queries.to_follow(day).filter(done=False))
    return following.open_todays(house_act(town), waiting)


def told(town: Town, kind: str, **facts: Any) -> Any:
    """A ledger entry as a room above would have written it."""
    person = facts.pop("person", None)
    return SimpleNamespace(
        kind=kind, facts=facts, at=town.clock.now(), actor="person", area_code=NANXI, person_id=person,
        subject_id=facts.pop("subject", None),
    )  # fmt: skip


def house_act(town: Town) -> Act:
    return Act(actor=house("cases"), clock=town.clock)


@pytest.mark.parametrize(
    ("decision", "after", "retracted", "ill", "looked"),
    [
        (Decision.ACCEPTED, 0, False, False, True),
        (Decision.ACCEPTED, 14, False, False, True),
        (Decision.ACCEPTED, 15, False, False, False),
        (Decision.OPEN, 1, False, False, False),
        (Decision.NEEDS_INTERVIEW, 1, False, False, False),
        (Decision.REJECTED, 1, False, False, False),
        (Decision.ACCEPTED, 1, True, False, False),
        (Decision.ACCEPTED, 1, False, True, False),
    ],
)
def test_who_is_looked_at(decision: Decision, after: int, retracted: bool, ill: bool, looked: bool) -> None:
    day = date(2020, 1, 29) + timedelta(days=after)
    assert rules.follows(decision, NOW - DAY, retracted, ill, day) is looked


def test_the_last_day_is_the_county_s_not_utc_s() -> None:
    late = NOW.replace(hour=20)  # four in the morning of the next day
    assert rules.follows(Decision.ACCEPTED, late, False, False, date(2020, 2, 14))
    assert not rules.follows(Decision.ACCEPTED, late, False, False, date(2020, 2, 15))


def test_a_task_a_day_and_no_second_one(county: Town, contact: CloseContact) -> None:
    assert due(county) == 1
    assert due(county) == 0
    task = Task.objects.get(kind="follow_up")
    assert (task.subject_id, task.area_code, task.rule) == (contact.pk, contact.area_code, following.RULE)
    close_task(county.act("ding"), task, result="well")
    assert due(county) == 0
    county.clock.forward(days=1)
    assert due(county) == 1


@pytest.mark.parametrize(
    ("hour", "calls", "due_at"), [(6, False, 18), (7, True, 18), (15, True, 18), (17, True, 19), (20, True, 22), (21, False, 23)]
)
def test_nobody_is_sent_by_night_or_overdue_at_once(hour: int, calls: bool, due_at: int) -> None:
    """Hours of the county."""
    now = NOW.astimezone(COUNTY).replace(hour=hour)
    assert rules.calls_on(now) is calls
    assert rules.due_of_today(now) == now.replace(hour=due_at)


def test_what_the_task_found_is_the_day_s_follow_up(county: Town, contact: CloseContact) -> None:
    due(county)
    close_task(county.act("ding"), Task.objects.get(kind="follow_up"), result="no_answer")
    entry = LedgerEntry.objects.get(kind="desk.task.closed")
    for _again in range(2):
        followers.follow_task(house_act(county), entry)
    row = FollowUp.objects.get()
    assert (row.contact_id, row.outcome, row.by_id, row.day) == (
        contact.pk, "unreached", county.user_id("ding"), county_day(county.clock.now()),
    )  # fmt: skip


def test_symptoms_alert_the_town(county: Town, contact: CloseContact) -> None:
    services.record_follow_up(county.act("ding"), contact, day=county_day(county.clock.now()), outcome="symptoms")
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject_id, alert.person_id) == ("cases.symptoms", contact.pk, contact.person_id)
    assert alert.severity == "high"


def test_a_day_recorded_from_the_list_ends_its_task(county: Town, contact: CloseContact) -> None:
    due(county)
    services.record_follow_up(county.act("ding"), contact, day=county_day(county.clock.now()), outcome="well")
    assert Task.objects.get(kind="follow_up").ended_for == "stopped"


def test_who_reports_under_an_order_is_not_asked_again(county: Town, contact: CloseContact) -> None:
    due(county)
    followers.follow_report(house_act(county), told(county, followers.REPORTED, person=contact.person_id, outcome="well"))
    row = FollowUp.objects.get()
    assert (row.outcome, row.by_id) == ("well", None)
    assert not Task.objects.filter(kind="follow_up", ended_at=None).exists()
    assert due(county) == 0


def test_a_rejected_contact_is_looked_at_no_more(county: Town, contact: CloseContact) -> None:
    due(county)
    services.decide_contact(county.act("ding"), contact, "rejected")
    followers.follow_end(house_act(county), LedgerEntry.objects.get(kind="cases.contact.rejected"))
    assert not Task.objects.filter(kind="follow_up", ended_at=None).exists()
    county.clock.forward(days=1)
    assert due(county) == 0


def test_a_fallen_case_ends_the_looking(county: Town, contact: CloseContact) -> None:
    due(county)
    services.discard_case(county.act("chen"), Case.objects.get())
    with acts.writing():
        followers.follow_discard(house_act(county), LedgerEntry.objects.get(kind="cases.case.discarded"))
    assert not Task.objects.filter(kind="follow_up", ended_at=None).exists()


def test_a_contact_who_becomes_a_case_is_cared_for_as_one(county: Town, contact: CloseContact) -> None:
    due(county)
    case = services.report_suspect(county.act("bao"), area=OUBEI, name="Wang Yi", id_no="Wang Yi")
    lab = result(county, accession="YJ-2", name="Wang Yi", id_no="Wang Yi")
    services.confirm_case(county.act("chen"), case, lab_result=lab)
    entry = LedgerEntry.objects.get(kind="cases.case.confirmed", subject_id=case.pk)
    followers.follow_end(house_act(county), entry)
    assert not Task.objects.filter(kind="follow_up", ended_at=None).exists()
    assert not queries.to_follow(county_day(county.clock.now()))


def test_nobody_is_missing_on_days_before_he_was_accepted(county: Town, contact: CloseContact) -> None:
    assert not queries.to_follow(county_day(NOW - DAY))
    assert [row.pk for row in queries.to_follow(county_day(NOW))] == [contact.pk]


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_the_list_and_the_rule_agree_on_the_last_day(county: Town, contact: CloseContact, seconds: int) -> None:
    """The fourteenth day ends at midnight of the county, to the second."""
    day = county_day(NOW) + 13 * DAY
    last = queries._begin(day) - rules.QUARANTINE + timedelta(seconds=seconds)
    with acts.set_up():
        CloseContact.objects.filter(pk=contact.pk).update(last=last)
    contact.refresh_from_db()
    assert rules.follows(contact.decision, contact.last, False, False, day) is (seconds >= 0)
    assert [row.pk for row in queries.to_follow(day)] == ([contact.pk] if seconds >= 0 else [])


def test_a_place_that_no_unit_serves_keeps_nobody_else_from_a_task(
    county: Town, contact: CloseContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(act: Act, **task: Any) -> Any:
        raise Refused("No unit serves it.")

    monkeypatch.setattr(following.below, "open_generated", refuse)
    assert due(county) == 0
    assert LedgerEntry.objects.get(kind="cases.contacts.scheduled").facts["unserved"] == 1


def test_the_clock_opens_nothing_at_night(county: Town, contact: CloseContact) -> None:
    night = WALL.now().replace(hour=19, minute=0)  # three in the morning of the county
    assert timers.schedule(night) == 0


def test_a_town_lists_its_contact_of_a_case_elsewhere(town: Town) -> None:
    with scope.enter(town.reach("ding")):
        case = interviewed(town)
        seen(town, "Wang Yi", "market", NOW - DAY, NOW - DAY + HOUR)
        (row,) = queries.contacts_of_run(traced(town, case))
        services.decide_contact(town.act("ding"), row, "accepted")
    with scope.enter(town.reach("xu")):
        assert [one.pk for one in queries.to_follow(county_day(NOW))] == [row.pk]
        assert not Case.objects.exists()


def test_isolation_is_noted_once_and_its_end_too(county: Town) -> None:
    record = persons.claim(county.act("ding"), area=NANXI, source_kind="test", source_ref="w", name="Wang", id_no="W")
    order = record
    person = persons.person_of(record)
    served = told(county, followers.SERVED, person=person, subject=order)
    for _again in range(2):
        with acts.writing():
            followers.follow_isolation(house_act(county), served)
    assert Isolated.objects.get().since == county.clock.now()
    county.clock.forward(hours=3)
    with acts.writing():
        followers.follow_isolation(house_act(county), told(county, followers.RELEASED, person=person, subject=order))
    assert Isolated.objects.get().until == county.clock.now()
