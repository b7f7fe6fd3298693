"""The alert machine: one open alert per key, the climb on a set clock, calls before visits, closing once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from nanxi.desk import below, queries, services, shown, timers, wording
from nanxi.desk.models import Alert, AlertPlace, AlertStep, Task
from nanxi.desk.services import Place
from nanxi.desk.tests.folk import HOUR, NANXI, NOW, OUBEI, VILLAGE, County
from nanxi.foundation import acts, scope
from nanxi.foundation.act import Refused
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE, NOWHERE

MINUTES = 60


def kinds(alert: Alert) -> list[str]:
    return list(alert.steps.order_by("at", "id").values_list("kind", flat=True))


def told(kind: str) -> int:
    return LedgerEntry.objects.filter(kind=kind).count()


def rounds(county: County, **span: float) -> int:
    """The timer's round after some time, as the worker runs it: in a transaction of its own."""
    county.clock.forward(**span)
    token = scope._current.set(NOWHERE)
    try:
        return timers.one_round(county.clock)
    finally:
        scope._current.reset(token)
        scope._tell(EVERYWHERE, None, county.clock.now())


def test_one_open_alert_per_key(inside: County) -> None:
    first = inside.alert(key="k")
    second = inside.alert(key="k", severity="critical", title="Left home (confirmed)", facts={"distance_m": 900})
    assert first.id == second.id
    assert (second.severity, second.facts["distance_m"], second.facts["fixes"]) == ("critical", 900, 3)  # pyright: ignore[reportIndexIssue]
    assert inside.alert(key="k", severity="low").severity == "critical"
    assert Alert.objects.count() == 1
    assert kinds(first) == ["event", "event", "event"]


def test_an_event_told_twice_changes_nothing_even_after_closing(inside: County) -> None:
    alert = inside.alert(key="k", event="exit:1")
    inside.alert(key="k", event="exit:1")
    services.close_alert(inside.act("ailian"), alert, disposition="drift", measure="none_needed")
    again = inside.alert(key="k", event="exit:1")
    assert (again.id, Alert.objects.count(), kinds(alert)) == (alert.id, 1, ["event", "closed"])
    assert inside.alert(key="k", event="exit:2").id != alert.id


def test_an_open_alert_hears_once_that_its_cause_ended_and_stays_open(inside: County) -> None:
    alert = inside.alert(key="k")
    inside.clock.forward(minutes=6)
    told = {"key": alert.key, "how": "back", "at": inside.clock.now(), "event": "o:RETURNED:1"}
    for _again in range(2):
        services.ease_alert(inside.act("ailian"), **told)
    alert.refresh_from_db()
    assert kinds(alert) == ["event", "back"]
    assert alert.is_open
    assert "Call before closing" in wording.why(alert)[0]
    inside.alert(key="k")
    alert.refresh_from_db()
    assert not any("Call before closing" in words for words in wording.why(alert)), "gone again: what was told is over"
    assert services.ease_alert(inside.act("ailian"), **{**told, "key": "no such alert", "event": "o:RETURNED:2"}) is None


def test_a_call_told_to_the_minute_stands_after_what_it_answers(inside: County) -> None:
    """Raised at 12:00:20, called "at 12:00", written down at 12:00:50: the course must not show the call first."""
    inside.clock.forward(seconds=20)
    alert = inside.alert()
    inside.clock.forward(seconds=30)
    to_the_minute = inside.clock.now().replace(second=0, microsecond=0)
    services.record_call(inside.act("ailian"), alert, result="no_answer", at=to_the_minute)
    inside.clock.forward(minutes=9)
    services.record_call(inside.act("ailian"), alert, result="at_home", at=to_the_minute)
    services.acknowledge_alert(inside.act("ailian"), alert)
    moments = shown.course_of_alert(alert)
    assert [str(moment.title) for moment in moments] == ["Acknowledged", "Called", "Called", "Event"]
    assert moments[1].at == to_the_minute


def test_it_goes_to_the_duty_desk_of_the_town(inside: County) -> None:
    assert inside.alert().unit_id == inside.users["ailian"].unit_id
    assert inside.alert(area=NANXI).unit_id == inside.users["xu"].unit_id


def test_it_climbs_to_deputy_desk_and_leader(inside: County) -> None:
    alert = inside.alert()
    assert rounds(inside, minutes=4) == 0
    seen = []
    for minutes in (1, 5, 5, 30):
        rounds(inside, minutes=minutes)
        alert.refresh_from_db()
        seen.append(alert.level)
    assert seen == ["DEPUTY", "HEADQUARTERS", "LEADER", "LEADER"]
    assert kinds(alert) == ["event", "escalated", "escalated", "escalated"]
    steps = LedgerEntry.objects.filter(kind="desk.alert.escalated").order_by("id")
    assert [row.facts["level"] for row in steps] == ["DEPUTY", "HEADQUARTERS", "LEADER"]
    assert {row.subject_id for row in steps} == {alert.id}


def test_a_worker_that_was_down_tells_every_step(inside: County) -> None:
    alert = inside.alert()
    rounds(inside, minutes=16)
    rounds(inside, seconds=5)
    assert kinds(alert) == ["event", "escalated", "escalated", "escalated"]


def test_an_acknowledgement_stops_the_climb_and_idleness_starts_it_anew(inside: County) -> None:
    alert = inside.alert()
    inside.clock.forward(minutes=2)
    alert = services.acknowledge_alert(inside.act("ailian"), alert)
    assert rounds(inside, minutes=29) == 0
    assert rounds(inside, minutes=1) == 1
    alert.refresh_from_db()
    assert (alert.acknowledged_at, alert.level) == (None, "DUTY")
    rounds(inside, minutes=5)
    alert.refresh_from_db()
    assert alert.level == "DEPUTY"
    assert kinds(alert) == ["event", "acknowledged", "rang_again", "escalated"]


def test_two_timers_make_one_step(inside: County) -> None:
    alert = inside.alert()
    inside.clock.forward(minutes=6)
    services.escalate_alert(inside.by_house(), alert)
    with pytest.raises(Refused, match="Nothing is due"):
        services.escalate_alert(inside.by_house(), alert)
    assert kinds(alert) == ["event", "escalated"]


def test_the_call_comes_before_the_visit(inside: County) -> None:
    alert = inside.alert()
    with pytest.raises(Refused, match="Call first"):
        services.send_somebody(inside.act("ailian"), alert, user=inside.users["guo"])
    inside.clock.forward(minutes=3)
    services.record_call(inside.act("ailian"), alert, result="no_answer", said="rang twice", at=NOW + timedelta(minutes=2))
    task = services.send_somebody(inside.act("ailian"), alert, user=inside.users["guo"])
    assert (task.assignee_id, task.area_code, task.person_id) == (inside.users["guo"].id, VILLAGE, alert.person_id)
    call = alert.steps.get(kind="call")
    assert (call.facts["answered"], call.facts["result"]) == (False, "no_answer")
    assert queries.said_in(call, alert) == "rang twice"
    assert b"rang" not in bytes(call.note)


def test_the_grid_worker_sees_his_task_and_not_the_alert(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        alert = county.alert()
        services.record_call(county.act("ailian"), alert, result="no_answer")
        task = services.send_somebody(county.act("ailian"), alert, user=county.users["guo"])
    with scope.enter(county.actor("guo").reach, user_id=county.users["guo"].id, at=NOW):
        assert [one.id for one in queries.tasks_of_worker(county.users["guo"].id, county.users["guo"].unit_id)] == [task.id]
        assert not Alert.objects.exists()
        assert not Alert.everything.exists()
    with scope.enter(county.actor("shan").reach, user_id=county.users["shan"].id, at=NOW):
        assert queries.task_by_id(task.id) is None


def test_closing_needs_a_try_a_measure_and_happens_once(inside: County) -> None:
    alert, act = inside.alert(), inside.act("ailian")
    with pytest.raises(Refused, match="Record a call or a visit"):
        services.close_alert(act, alert, disposition="violation", measure="returned")
    with pytest.raises(Refused, match="what was done"):
        services.close_alert(act, alert, disposition="violation", measure="")
    services.record_call(act, alert, result="coming_back")
    with pytest.raises(Refused, match="needs a measure"):
        services.close_alert(act, alert, disposition="violation", measure="none_needed")
    closed = services.close_alert(act, alert, disposition="violation", measure="returned")
    assert (closed.closed_by, closed.measure) == (inside.users["ailian"].id, "returned")
    with pytest.raises(Refused, match="already closed"):
        services.close_alert(act, alert, disposition="drift", measure="none_needed")
    with pytest.raises(Refused, match="already closed"):
        services.record_call(act, alert, result="no_answer")
    assert told("desk.alert.closed") == 1


def test_places_visited_are_sealed_and_told_to_cases(inside: County) -> None:
    alert, act = inside.alert(), inside.act("ailian")
    services.record_call(act, alert, result="coming_back")
    inside.clock.forward(hours=2)
    places = [Place("Old market", NOW, NOW + HOUR), Place("Ferry", NOW + HOUR, NOW + HOUR)]
    services.close_alert(inside.act("ailian"), alert, disposition="violation", measure="returned", places=places)
    found = queries.places_of_alert(alert.id)
    assert [(one.place, one.record_id) for one in found] == [("Old market", alert.record_id), ("Ferry", alert.record_id)]
    assert not [row for row in AlertPlace.objects.all() if b"market" in bytes(row.place)]
    entry = LedgerEntry.objects.get(kind="desk.alert.closed")
    assert (entry.facts["places"], entry.facts["disposition"], entry.facts["measure"]) == (2, "violation", "returned")
    assert "market" not in str(entry.facts)


@pytest.mark.parametrize(
    ("start", "end", "says"), [(HOUR, 0 * HOUR, "ends before it begins"), (9 * HOUR, 10 * HOUR, "lies in the future")]
)
def test_a_wrong_place_leaves_the_alert_open(inside: County, start: timedelta, end: timedelta, says: str) -> None:
    alert = inside.alert()
    services.record_call(inside.act("ailian"), alert, result="coming_back")
    inside.clock.forward(hours=2)
    places = [Place("Old market", NOW, NOW + HOUR), Place("Ferry", NOW + start, NOW + end)]
    with pytest.raises(Refused, match=says):
        services.close_alert(inside.act("ailian"), alert, disposition="violation", measure="returned", places=places)
    alert.refresh_from_db()
    assert (alert.is_open, AlertPlace.objects.count()) == (True, 0)


def test_a_visit_shows_in_its_alert_once(inside: County) -> None:
    from nanxi.desk import followers

    alert = inside.alert()
    services.record_call(inside.act("ailian"), alert, result="no_answer")
    task = services.send_somebody(inside.act("ailian"), alert, user=inside.users["guo"])
    inside.clock.forward(minutes=20)
    services.close_task(inside.act("guo"), task, result="returned")
    entry = LedgerEntry.objects.get(kind="desk.task.closed")
    with acts.writing():
        for _ in range(2):
            followers.show_visit(inside.by_house(), entry)
    assert kinds(alert).count("visited") == 1
    alert.refresh_from_db()
    assert alert.last_step_at == entry.at
    assert services.close_alert(inside.act("ailian"), alert, disposition="violation", measure="returned").measure == "returned"


def test_another_towns_officer_cannot_touch_it(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        alert = county.alert()
    with scope.enter(county.actor("xu").reach, user_id=county.users["xu"].id, at=NOW):
        assert not Alert.objects.exists()
        with pytest.raises(Refused, match="outside the area"):
            services.acknowledge_alert(county.act("xu"), alert)


def test_what_sounds_at_whose_desk(inside: County) -> None:
    def counts() -> dict[str, int]:
        return {name: queries.sounding(inside.actor(name), inside.clock.now()) for name in ("ailian", "deng", "xu", "hua", "lei")}

    alert = inside.alert()
    assert counts() == {"ailian": 1, "deng": 1, "xu": 0, "hua": 0, "lei": 0}
    for name, part in (("ailian", "duty"), ("deng", "deputy")):
        services.set_duty(inside.act(name), user=inside.users[name], part=part, starts=NOW, ends=NOW + 12 * HOUR)
    assert counts() == {"ailian": 1, "deng": 0, "xu": 0, "hua": 0, "lei": 0}
    rounds(inside, minutes=5)
    assert counts() == {"ailian": 1, "deng": 1, "xu": 0, "hua": 0, "lei": 0}
    rounds(inside, minutes=5)
    assert counts()["hua"] == 1
    rounds(inside, minutes=5)
    assert counts()["lei"] == 1
    services.acknowledge_alert(inside.act("hua"), alert)
    assert not any(counts().values())


def test_an_alert_opens_its_person_until_it_is_closed(inside: County) -> None:
    alert = inside.alert()
    person: UUID = alert.person_id  # type: ignore[assignment]
    ailian, guo = inside.actor("ailian"), inside.actor("guo")
    assert queries.alert_opens(ailian, alert.id, person, NOW).allowed
    assert not queries.alert_opens(ailian, alert.id, inside.register.somebody()[1], NOW).allowed
    assert not queries.alert_opens(guo, alert.id, person, NOW).allowed
    services.close_alert(inside.act("ailian"), alert, disposition="drift", measure="device_fixed")
    assert "closed" in queries.alert_opens(ailian, alert.id, person, NOW).why_not


def test_an_area_nobody_serves_loses_no_alert(inside: County) -> None:
    from nanxi.foundation.models import UnitArea

    with acts.set_up():
        UnitArea.objects.filter(unit__kind__in=["headquarters", "town"]).delete()
    assert inside.alert().unit_id is None
    assert Alert.objects.count() == 1


def test_steps_are_only_ever_added(inside: County) -> None:
    from django.db import ProgrammingError, transaction

    inside.alert()
    with pytest.raises(ProgrammingError), transaction.atomic(), acts.writing():  # pyright: ignore[reportGeneralTypeIssues]
        AlertStep.objects.update(kind="x")


def test_a_visit_of_somebody_without_a_record_still_opens(inside: County) -> None:
    alert = inside.alert(person_id=None, record_id=None)
    services.record_call(inside.act("ailian"), alert, result="other_person", said="the neighbour")
    assert queries.said_in(alert.steps.get(kind="call"), alert) == "the neighbour"
    services.send_somebody(inside.act("ailian"), alert, user=inside.users["deng"])
    assert Task.objects.get().area_code == OUBEI
    with pytest.raises(Refused, match="names nobody"):
        services.close_alert(
            inside.act("ailian"), alert, disposition="unrelated", measure="none_needed", places=[Place("Ferry", NOW, NOW)]
        )


def test_somebody_of_another_area_is_not_called_unknown(inside: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person is known and the record opens inside the alert; only its masked label lies outside one's area."""
    alert = inside.alert()
    monkeypatch.setattr(below, "masked_labels", lambda persons: {})
    assert shown.labels_of([alert]) == {alert.id: "name kept by another area"}
    nobody = inside.alert(person_id=None, record_id=None)
    assert shown.labels_of([nobody]) == {nobody.id: None}
