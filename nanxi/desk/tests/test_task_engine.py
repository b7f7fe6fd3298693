"""The engine of tasks: forms on tasks, tasks that wait, evidence that contradicts, rules with switches, acts on many tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from nanxi.desk import followers, queries, rules, services
from nanxi.desk.models import BulkAct, Finding, Ruling, Task
from nanxi.desk.queries.forms import shipped
from nanxi.desk.services import bulk as bulk_acts
from nanxi.desk.tests.folk import DAY, HILL, HOUR, NANXI, NOW, OUBEI, VILLAGE, County
from nanxi.foundation import acts, jobs, scope
from nanxi.foundation.act import Refused
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import JobRun, LedgerEntry
from nanxi.foundation.reach import EVERYWHERE

SPEC = Path("tests/spec/desk_contradictions.md")
PATROL = shipped()["patrol@1"]
LOOPED = PATROL.replace("relevant: \"${result} = 'dispersed'\"", 'relevant: "${people} > 1"')


def cases() -> list[list[str]]:
    lines = [line for line in SPEC.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] not in {"online says", ""} and not set(row[0]) <= {"-"}]


@pytest.mark.parametrize("row", cases(), ids=["-".join(row) for row in cases()])
def test_what_stands_where_two_findings_differ(row: list[str]) -> None:
    says = {one.code: one for one in rules.Says}
    online = rules.Told(says[row[0]], row[1], NOW + int(row[2]) * HOUR)
    spot = rules.Told(says[row[3]], row[4], NOW + int(row[5]) * HOUR)
    assert rules.verdict_on(online, spot).value == row[6]


def test_a_task_carries_the_form_of_its_kind_and_is_closed_by_its_answers(inside: County) -> None:
    task = inside.task()
    assert task.form == "verification@1"
    told = {
        "result": "found",
        "met_in": "person",
        "came_on": "2020-02-01",
        "signs": ["fever"],
        "temperature": "37.6",
        "note": "well",
    }
    closed = services.hand_in(inside.act("guo"), task, told)
    assert (closed.result, queries.note_of(closed)) == ("found", "well")
    assert queries.answers_of(closed) == {"met_in": "person", "came_on": "2020-02-01", "signs": ["fever"], "temperature": 37.6}
    assert b"37.6" not in bytes(closed.answers)
    entry = LedgerEntry.objects.get(kind="desk.task.closed")
    assert "37.6" not in str(entry.facts)


def test_an_answer_that_does_not_fit_closes_nothing(inside: County) -> None:
    task = inside.task()
    with pytest.raises(Refused, match="came_on"):
        services.hand_in(inside.act("guo"), task, {"result": "found", "came_on": "2020-02-09"})
    with pytest.raises(Refused, match="result"):
        services.hand_in(inside.act("guo"), task, {})
    task.refresh_from_db()
    assert task.is_open


def test_a_new_version_serves_new_tasks_and_open_ones_keep_theirs(inside: County) -> None:
    old = inside.task("patrol", record_id=None, person_id=None)
    version = services.publish_form(inside.act("hua"), PATROL.replace("Patrol}", "Night patrol}"))
    new = inside.task("patrol", record_id=None, person_id=None)
    assert (old.form, version.ref, new.form) == ("patrol@1", "patrol@2", "patrol@2")
    assert queries.form_at("patrol@1").title["en"] == "Patrol"
    assert queries.form_at("patrol@2").title["en"] == "Night patrol"
    with pytest.raises(Refused, match="word for word"):
        services.publish_form(inside.act("hua"), PATROL.replace("Patrol}", "Night patrol}"))
    with pytest.raises(Refused, match="does not include"):
        services.publish_form(inside.act("ailian"), PATROL)
    with pytest.raises(Refused, match="loop"):
        services.publish_form(
            inside.act("hua"), PATROL.replace("relevant: \"${result} = 'dispersed'\"", 'relevant: "${people} > 1"')
        )


def test_a_published_form_cannot_be_changed(inside: County) -> None:
    from django.db import ProgrammingError, transaction

    version = services.publish_form(inside.act("hua"), PATROL.replace("Patrol}", "Day patrol}"))
    version.text = PATROL
    with acts.set_up(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        version.save()


def test_a_task_that_waits_is_nobodys_turn(inside: County) -> None:
    first = inside.task("delivery")
    second = inside.task("call", waits_for=first.id)
    with pytest.raises(Refused, match="waits for another one"):
        services.close_task(inside.act("guo"), second, result="answered")
    guo = inside.users["guo"]
    ours = [task.id for task in queries.tasks_of_worker(guo.id, second.unit_id)]
    assert second.id not in ours
    services.close_task(inside.act("guo"), first, result="delivered")
    assert second.id in [task.id for task in queries.tasks_of_worker(guo.id, second.unit_id)]
    assert services.close_task(inside.act("guo"), second, result="answered").result == "answered"


def unit_of(county: County, who: str) -> Any:
    return county.users[who].unit_id


def test_a_visit_in_person_stands_against_an_older_claim_and_the_source_is_told(inside: County) -> None:
    task = inside.task()
    told = {"source": ("x.claim", uuid7()), "source_unit_id": unit_of(inside, "xu")}
    services.keep_claim(inside.by_house(), task, says="gone", how="declared", at=NOW - HOUR, **told)
    services.hand_in(inside.act("guo"), task, {"result": "found", "met_in": "person"})
    found = queries.evidence_of(task)
    assert [(one.way, one.says) for one in found.findings] == [("online", "gone"), ("offline", "here")]
    assert (found.ruling.rule, found.ruling.stands.says, found.undecided) == ("spot", "here", False)
    notice = Task.everything.get(kind="notice")
    assert (notice.unit_id, notice.subject_id) == (unit_of(inside, "xu"), task.id)


def test_where_no_rule_is_certain_a_person_decides_with_a_reason(inside: County) -> None:
    task = inside.task()
    claim = services.keep_claim(
        inside.by_house(), task, says="gone", how="declared", at=NOW - HOUR, source_unit_id=unit_of(inside, "xu")
    )
    services.hand_in(inside.act("guo"), task, {"result": "found", "met_in": "phone"})
    assert queries.evidence_of(task).undecided
    assert not Ruling.objects.exists()
    with pytest.raises(Refused, match="one sentence"):
        services.decide_between(inside.act("ailian"), task, stands=claim, reason=" ")
    with pytest.raises(Refused, match="does not include"):
        services.decide_between(inside.act("guo"), task, stands=claim, reason="x")
    spot = Finding.objects.get(way="offline")
    inside.clock.forward(minutes=5)
    ruling = services.decide_between(inside.act("ailian"), task, stands=spot, reason="Called back, he is at home")
    assert b"Called" not in bytes(ruling.reason)
    found = queries.evidence_of(task)
    assert (found.undecided, found.reason, len(found.findings)) == (False, "Called back, he is at home", 2)
    assert Task.everything.filter(kind="notice", unit_id=unit_of(inside, "xu")).count() == 1
    # A newer claim opens the question again; nothing that was decided is overwritten.
    inside.clock.forward(minutes=5)
    services.keep_claim(inside.by_house(), task, says="gone", how="declared", at=inside.clock.now())
    assert queries.evidence_of(task).undecided


def test_a_claim_told_twice_or_from_the_future_changes_nothing(inside: County) -> None:
    task, source = inside.task(), ("x.claim", uuid7())
    for _ in range(2):
        services.keep_claim(inside.by_house(), task, says="here", how="event", at=NOW, source=source)
    assert Finding.objects.count() == 1
    with pytest.raises(Refused, match="future"):
        services.keep_claim(inside.by_house(), task, says="here", how="event", at=NOW + HOUR)


def conflict(inside: County) -> LedgerEntry:
    record, pair = inside.register.somebody()[0], uuid7()
    inside.by_house().log("people.conflict.found", area=VILLAGE, subject=("people.pair", pair), record=record, other=uuid7())
    return LedgerEntry.objects.filter(kind="people.conflict.found").latest("id")


def test_a_rule_that_is_switched_off_makes_no_task(inside: County) -> None:
    services.switch_rule(inside.act("hua"), "desk.conflict", on=False)
    with acts.writing():
        followers.open_conflict(inside.by_house(), conflict(inside))
    assert not Task.objects.exists()
    inside.clock.forward(minutes=1)
    services.switch_rule(inside.act("hua"), "desk.conflict", on=True)
    with acts.writing():
        followers.open_conflict(inside.by_house(), conflict(inside))
    assert Task.objects.get().rule == "desk.conflict"
    with pytest.raises(Refused, match="no such rule"):
        services.switch_rule(inside.act("hua"), "desk.nothing", on=False)


def test_a_rule_makes_no_second_open_task_and_its_tasks_stop(inside: County) -> None:
    subject = ("x", uuid7())
    told = {"kind": "call", "area": VILLAGE, "title": "x", "due": NOW + HOUR, "stops_at": NOW + DAY}
    made = [services.open_generated(inside.by_house(), rule="desk.conflict", subject=subject, **told) for _ in range(2)]
    assert made[0].id == made[1].id  # type: ignore[union-attr]
    assert services.stop_overrun(inside.by_house()) == 0
    inside.clock.forward(days=2)
    assert services.stop_overrun(inside.by_house()) == 1
    task = Task.objects.get()
    assert (task.is_open, task.result, task.result_label) == (False, "", "ended by its rule")
    assert services.stop_overrun(inside.by_house()) == 0


def run(county: County, job: jobs.Job, bulk: BulkAct) -> None:
    """Carry out a job as the worker does, chunk after chunk, each in a transaction of its asker."""
    with scope.enter(EVERYWHERE):
        row = JobRun.everything.filter(name=job.name).latest("id")
    job.work(jobs.Run(row, county.actor("ailian")), bulk=str(bulk.id))


@pytest.fixture
def many(county: County) -> County:
    with scope.enter(EVERYWHERE, at=NOW):
        for number in range(12):
            county.task(area=VILLAGE if number % 2 else HILL)
        county.task("call", area=OUBEI)
        county.task(area=NANXI)
    return county


def asked(county: County, chosen: dict[str, str], **told: Any) -> BulkAct:
    county.clock.forward(minutes=1)
    with scope.enter(county.actor("ailian").reach, user_id=county.users["ailian"].id, at=county.clock.now()):
        return services.ask_bulk(county.act("ailian"), queries.Chosen.of(chosen), area=OUBEI, **told)


def all_tasks() -> list[Task]:
    with scope.enter(EVERYWHERE):
        return list(Task.objects.order_by("id"))


def test_many_tasks_are_closed_with_a_reason_and_put_back(many: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_acts, "CHUNK", 5)
    bulk = asked(many, {"kind": "verification"}, deed="close", reason="double")
    run(many, bulk_acts.carry_out, bulk)
    run(many, bulk_acts.carry_out, bulk)
    closed = [task for task in all_tasks() if not task.is_open]
    assert len(closed) == 12
    assert {(task.result, task.result_label) for task in closed} == {("", "same as another task")}
    with scope.enter(many.actor("ailian").reach, at=many.clock.now()):
        bulk.refresh_from_db()
        assert (bulk.done, bulk.skipped) == (12, 0)
        services.ask_undo(many.act("ailian"), bulk)
        with pytest.raises(Refused, match="undone already"):
            services.ask_undo(many.act("ailian"), bulk)
    run(many, bulk_acts.undo, bulk)
    assert all(task.is_open and task.ended_for == "" for task in all_tasks())
    with scope.enter(EVERYWHERE):
        assert LedgerEntry.objects.filter(kind="desk.task.ended").count() == 12
        assert LedgerEntry.objects.filter(kind="desk.task.put_back").count() == 12


def test_undoing_leaves_alone_what_somebody_worked_on(many: County) -> None:
    guo = many.users["guo"]
    bulk = asked(many, {"kind": "verification"}, deed="give", user=guo)
    run(many, bulk_acts.carry_out, bulk)
    mine = [task for task in all_tasks() if task.assignee_id == guo.id]
    assert len(mine) == 12
    assert {task.area_code for task in mine} == {VILLAGE}
    with scope.enter(EVERYWHERE, at=many.clock.now()):
        services.close_task(many.act("guo"), mine[0], result="found")
    with scope.enter(many.actor("ailian").reach, at=many.clock.now()):
        bulk.refresh_from_db()
        services.ask_undo(many.act("ailian"), bulk)
    with CaptureQueriesContext(connection) as said:
        run(many, bulk_acts.undo, bulk)
    # Both are locked: a task closed while its item waited must be seen as closed, not put back.
    assert any("desk_task" in query["sql"].partition("FOR UPDATE OF")[2] for query in said)
    with scope.enter(EVERYWHERE):
        bulk.refresh_from_db()
    assert bulk.undone == 11
    still = [task for task in all_tasks() if task.assignee_id == guo.id]
    assert [task.id for task in still] == [mine[0].id]


@pytest.mark.parametrize(
    ("chosen", "told", "says"),
    [
        ({"kind": "patrol"}, {"deed": "close", "reason": "moot"}, "shows no open task"),
        ({}, {"deed": "close", "reason": ""}, "why these tasks"),
        ({}, {"deed": "close", "reason": "withdrawn"}, "why these tasks"),
        ({}, {"deed": "give"}, "Choose an officer"),
    ],
)
def test_an_act_on_many_that_lacks_something_says_so(many: County, chosen: Any, told: Any, says: str) -> None:
    with pytest.raises(Refused, match=says):
        asked(many, chosen, **told)


def test_a_list_goes_on_after_its_last_row(inside: County) -> None:
    for number in range(7):
        inside.task(due=NOW + (number // 3) * HOUR)
    seen: list[Any] = []
    after = ""
    for _ in range(4):
        page = queries.page_of(queries.Chosen().rows(inside.actor("ailian"), NOW), after, size=3)
        seen += [task.id for task in page.tasks]
        after = page.after
        if not after:
            break
    every = list(Task.objects.order_by("due", "id").values_list("id", flat=True))
    assert seen == every
    assert queries.page_of(queries.Chosen().rows(inside.actor("ailian"), NOW), "nonsense", size=3).tasks[0].id == every[0]


def test_filters_are_kept_with_their_counters(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        county.task("patrol")
        county.task("call", due=NOW - DAY)
        county.task("call", area=NANXI)
    client = county.client("ailian")
    client.post(reverse("filter-keep"), {"name": "Late calls", "kind": "call", "due": "overdue", "for_unit": "on", "_key": "a"})
    client.post(reverse("filter-keep"), {"name": "Mine", "holder": "mine", "_key": "b"})
    page = client.get(reverse("tasks"))
    assert [(one.name, number) for one, number, _address in page.context["kept"]] == [("Late calls", "1"), ("Mine", "0")]
    other = county.client("deng").get(reverse("tasks"))
    assert [one.name for one, *_rest in other.context["kept"]] == ["Late calls"]
    drop = reverse("filter-drop", args=[other.context["kept"][0][0].pk])
    assert county.client("deng").post(drop).status_code == 404
    assert client.post(drop).status_code == 302
    assert len(client.get(reverse("tasks")).context["kept"]) == 1


def test_the_page_asks_the_questions_of_the_form_and_keeps_what_was_told(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        task = county.task(assignee_id=county.users["ailian"].id)
    client = county.client("ailian")
    page = client.get(reverse("task", args=[task.id])).content.decode()
    assert 'data-nx-question="temperature"' in page
    again = client.post(reverse("task-close", args=[task.id]), {"result": "found", "came_on": "2999-01-01", "_key": "k"})
    assert again.status_code == 422
    assert "cannot lie after today" in again.content.decode()
    assert 'value="2999-01-01"' in again.content.decode()
    client.post(reverse("task-close", args=[task.id]), {"result": "not_here", "temperature": "99", "note": "moved", "_key": "k2"})
    with scope.enter(EVERYWHERE):
        task.refresh_from_db()
        assert (task.result, queries.answers_of(task), queries.note_of(task)) == ("not_here", {}, "moved")


def test_a_form_is_checked_published_and_shown(county: County) -> None:
    client = county.client("hua")
    assert "patrol@1" in client.get(reverse("task-forms")).content.decode()
    checked = client.post(reverse("task-form-new"), {"text": LOOPED, "do": "publish"})
    assert checked.status_code == 422
    assert "people → people go round in a loop" in checked.content.decode()
    fine = {"text": PATROL.replace("Patrol}", "Evening patrol}"), "_key": "once"}
    assert "No fault found" in client.post(reverse("task-form-new"), {**fine, "do": "check"}).content.decode()
    assert client.post(reverse("task-form-new"), {**fine, "do": "publish"}).status_code == 302
    assert "Evening patrol" in client.get(reverse("task-form", args=["patrol@2"])).content.decode()
    shape = client.get(reverse("task-form-json", args=["patrol@2"])).json()
    assert shape["questions"][1]["relevant"] == ["=", ["ref", "result"], ["lit", "dispersed"]]
    assert client.get(reverse("task-form", args=["patrol@9"])).status_code == 404
    off = client.post(reverse("task-rule-switch"), {"rule": "desk.conflict", "on": "no", "_key": "s"})
    assert off.status_code == 302
    with scope.enter(EVERYWHERE):
        assert not queries.rule_is_on("desk.conflict")


def test_differing_findings_are_decided_on_the_page(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        task = county.task(assignee_id=county.users["ailian"].id)
        services.keep_claim(county.by_house(), task, says="gone", how="declared", at=NOW - HOUR)
        services.hand_in(county.act("ailian"), task, {"result": "found", "met_in": "phone"})
    client = county.client("ailian")
    page = client.get(reverse("task", args=[task.id]))
    assert "They differ" in page.content.decode()
    spot = next(line.finding for line in page.context["findings"] if line.finding.way == "offline")
    client.post(reverse("task-decide", args=[task.id]), {"stands": str(spot.id), "reason": "seen", "_key": "d"})
    assert "They differ" not in client.get(reverse("task", args=[task.id])).content.decode()
    assert county.client("guo").post(reverse("task-decide", args=[task.id]), {"stands": str(spot.id)}).status_code == 403


def test_many_tasks_are_given_on_the_page(many: County) -> None:
    client = many.client("ailian")
    sent = {"kind": "verification", "deed": "give", "officer": str(many.users["guo"].id), "_key": "bulk"}
    answer = client.post(reverse("tasks-bulk"), sent)
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert "give to an officer" in page.content.decode()
    assert county_of(many, "xu").get(answer["Location"]).status_code == 404
    with scope.enter(EVERYWHERE):
        assert BulkAct.objects.get().chosen == {"kind": "verification"}


def county_of(county: County, who: str) -> Any:
    return county.client(who)


@pytest.mark.usefixtures("inside")
def test_more_than_a_night_can_bear_is_refused(inside: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_IN_BULK", 2)
    for _ in range(3):
        inside.task()
    with pytest.raises(Refused, match="more than 2 tasks"):
        services.ask_bulk(inside.act("ailian"), queries.Chosen(), deed="close", area=OUBEI, reason="moot")


def test_a_bulk_act_takes_only_what_its_asker_saw(many: County) -> None:
    bulk = asked(many, {}, deed="close", reason="moot")
    many.clock.forward(minutes=1)
    with scope.enter(EVERYWHERE, at=many.clock.now()):
        late = many.task()
    run(many, bulk_acts.carry_out, bulk)
    opened = {task.id for task in all_tasks() if task.is_open}
    assert late.id in opened
    assert len(opened) == 2  # the late one and the other town's
