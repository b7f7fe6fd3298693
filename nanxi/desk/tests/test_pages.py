"""Pages of the desk as officers open them. Time is the wall's: pages read it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from nanxi.desk import links, services
from nanxi.desk.models import AlertPlace, HandoverNote, Task
from nanxi.desk.tests.folk import HOUR, NANXI, OUBEI, VILLAGE, County
from nanxi.desk.tests.pages import alert_of, dispatched, post, text, whole
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import LedgerEntry
from nanxi.web.fields import local


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("directives", "No open directive"),
        ("tasks", "No open task here"),
        ("alerts", "No open alert"),
        ("shift", "nobody on the roster"),
    ],
)
def test_an_empty_page_says_what_to_do(desk: County, name: str, says: str) -> None:
    assert says in text(desk.client("hua").get(reverse(name)))


def test_work_lists_are_masked_filtered_and_assigned_in_bulk(desk: County) -> None:
    with whole():
        tasks = [desk.task(area=OUBEI), desk.task(area=VILLAGE, kind="visit", due=desk.clock.now() - HOUR), desk.task(area=NANXI)]
    ailian = desk.client("ailian")
    page = ailian.get(reverse("tasks"))
    assert text(page).count("Lin* ··0019") == 2
    assert {line.task.id for line in page.context["lines"]} == {tasks[0].id, tasks[1].id}
    for query, count in (
        ({"kind": "visit"}, 1),
        ({"due": "overdue"}, 1),
        ({"due": "later"}, 0),
        ({"holder": "mine"}, 0),
        ({"holder": "unit"}, 1),
    ):
        assert len(ailian.get(reverse("tasks"), query).context["lines"]) == count, query
    guo = str(desk.users["guo"].id)
    assert "2 tasks are assigned" in text(
        post(ailian, "tasks-assign", task=[str(t.id) for t in tasks[:2]], officer=guo, _key="1")
    )
    assert [line.task.id for line in desk.client("guo").get(reverse("tasks")).context["lines"]] == [tasks[1].id, tasks[0].id]
    foreign = post(ailian, "tasks-assign", task=[str(tasks[2].id)], officer=guo, _key="2")
    assert foreign.status_code == 409
    assert post(ailian, "tasks-assign", task=["x"], officer=guo, _key="3").status_code == 404


def test_opening_a_person_inside_a_task_is_recorded_first(desk: County) -> None:
    with whole():
        task = desk.task(area=VILLAGE)
    guo = desk.client("guo")
    page = guo.get(reverse("task", args=[task.pk]))
    assert "Lin Jia" not in text(page)
    page = post(guo, "task-open", task.pk)
    assert "Lin Jia" in text(page)
    assert "geo:0,0?q=1%20Riverside%20Road" in text(page)
    with whole():
        entry = LedgerEntry.objects.get(kind="people.person.read")
        assert (entry.subject_id, entry.person_id, entry.purpose) == (task.id, task.person_id, "verification")


def test_a_task_another_officer_holds_is_his(desk: County) -> None:
    with whole():
        task = desk.task(area=OUBEI)
        services.assign_task(desk.act("ailian"), task, user=desk.users["guo"])
    ding = desk.client("ding")
    assert ding.get(reverse("task", args=[task.pk])).status_code == 200
    for name, sent in (("task-open", {}), ("task-claim", {}), ("task-close", {"result": "found"})):
        assert post(ding, name, task.pk, **sent, _key=name).status_code == 409
    assert post(desk.client("guo"), "task-close", task.pk, result="", _key="1").status_code == 422


def test_a_lead_becomes_a_task_of_ones_own(desk: County) -> None:
    ailian = desk.client("ailian")
    assert ailian.post(reverse("lead-new"), {"told": "", "area": OUBEI}).status_code == 422
    assert ailian.post(reverse("lead-new"), {"told": "Somebody came", "area": NANXI}).status_code == 422
    ailian.post(reverse("lead-new"), {"told": "Somebody came back to Riverside", "area": OUBEI, "_key": "1"})
    with whole():
        task = Task.objects.get()
    assert (task.kind, task.assignee_id) == ("lead", desk.users["ailian"].id)
    assert "came back" not in text(ailian.get(reverse("task", args=[task.pk])))
    assert "came back to Riverside" in text(post(ailian, "task-open", task.pk))
    with whole():
        assert LedgerEntry.objects.filter(kind="desk.task.told_read").count() == 1
        record, person = desk.register.somebody()
        services.take_person(desk.act("ailian"), task.id, record, person)
    assert "came back to Riverside" in text(post(ailian, "task-open", task.pk))
    assert "Lin Jia" in text(post(ailian, "task-open", task.pk))


def test_the_register_is_told_about_tasks(desk: County) -> None:
    from nanxi.people import task_check

    with whole():
        task = desk.task(area=VILLAGE, kind="lead", record_id=None, person_id=None)
        assert task_check.area_of_open_task(desk.act("ailian"), task.id) == VILLAGE
        record, person = desk.register.somebody()
        task_check.tell_chosen(desk.act("ailian"), task.id, record, person)
        task.refresh_from_db()
        assert (task.record_id, task.person_id) == (record, person)


def test_an_alert_from_ringing_to_closing(desk: County) -> None:
    alert = alert_of(desk)
    ailian = desk.client("ailian")
    page = ailian.get(reverse("alerts"))
    assert 'data-nx-unacknowledged="1"' in text(page)
    assert "180 m from the place of isolation, measured to within 20 m." in text(page)
    assert 'data-nx-unacknowledged="1"' in text(ailian.get(reverse("alerts-corner")))
    assert "Acknowledged" in text(post(ailian, "alert-ack", alert.pk, _key="1"))
    assert 'data-nx-unacknowledged="0"' in text(ailian.get(reverse("alerts-corner")))
    page = ailian.get(reverse("alert", args=[alert.pk]))
    assert "Record a call first" in text(page)
    assert "Lin Jia" not in text(page)
    guo = str(desk.users["guo"].id)
    assert post(ailian, "alert-send", alert.pk, officer=guo, _key="2").status_code == 409
    page = post(ailian, "alert-open", alert.pk)
    assert "tel:13800000001" in text(page)
    assert "geo:0,0?q=1%20Riverside%20Road" in text(page)
    now = local(WALL.now())
    again = post(ailian, "alert-call", alert.pk, result="", said="engaged twice", at=now, _key="3")
    assert again.status_code == 422
    assert "engaged twice" in text(again), "what was typed stays"
    later = local(WALL.now() + HOUR)
    again = post(ailian, "alert-call", alert.pk, result="no_answer", said="engaged twice", at=later, _key="3b")
    assert again.status_code == 409
    assert "engaged twice" in text(again), "what was typed stays, beside the reason"
    again = post(ailian, "alert-close", alert.pk, disposition="violation", measure="returned", _key="3c")
    assert again.status_code == 409
    assert "nx-summary" in text(again)
    page = post(ailian, "alert-call", alert.pk, result="coming_back", said="at the market", at=now, _key="4")
    assert "picked up · says: on the way back" in text(page)
    assert "at the market" not in text(page)
    assert "at the market" in text(post(ailian, "alert-open", alert.pk))
    assert "on the phone now" in text(post(ailian, "alert-send", alert.pk, officer=guo, _key="5"))
    with whole():
        visit = Task.objects.get(kind="visit")
    assert post(desk.client("guo"), "task-close", visit.pk, result="returned", _key="6").status_code == 200
    page = post(ailian, "alert-close", alert.pk, disposition="violation", measure="", _key="7")
    assert page.status_code == 422
    page = post(ailian, "alert-close", alert.pk, disposition="violation", measure="returned", place_1="Old market", _key="8")
    assert page.status_code == 422
    assert "Say from when" in text(page)
    sent = {
        "disposition": "violation",
        "measure": "returned",
        "place_1": "Old market",
        "from_1": local(WALL.now() - HOUR),
        "to_1": now,
    }
    assert "No open alert" in text(post(ailian, "alert-close", alert.pk, **sent, _key="9"))
    assert "already closed" in text(post(ailian, "alert-close", alert.pk, **sent, _key="10"))
    with whole():
        assert AlertPlace.objects.count() == 1
        reads = LedgerEntry.objects.filter(kind="people.person.read", subject_id=alert.id)
        assert {entry.purpose for entry in reads} == {"alert"}
    assert "violation · returned home" in text(ailian.get(reverse("alerts"), {"state": "closed"}))
    page = text(ailian.get(reverse("alert", args=[alert.pk])))
    assert "Close the alert" not in page
    assert "Open: name" not in page


def test_a_second_click_changes_nothing(desk: County) -> None:
    alert = alert_of(desk)
    ailian = desk.client("ailian")
    for _ in range(2):
        post(ailian, "alert-call", alert.pk, result="no_answer", at=local(WALL.now()), _key="same")
    with whole():
        assert alert.steps.filter(kind="call").count() == 1


def test_fragments_for_live_pages_are_no_whole_pages(desk: County) -> None:
    alert = alert_of(desk)
    ailian = desk.client("ailian")
    for address in (reverse("alerts"), reverse("alert", args=[alert.pk]), reverse("alerts-corner")):
        part = text(ailian.get(address, headers={"HX-Request": "true"}))
        assert "<html" not in part


@pytest.mark.parametrize(
    "name",
    [
        "alert",
        "alert-open",
        "alert-ack",
        "alert-call",
        "alert-send",
        "alert-close",
        "task",
        "task-open",
        "task-claim",
        "task-close",
    ],
)
def test_another_towns_object_is_not_found(desk: County, name: str) -> None:
    with whole():
        pk = desk.alert().pk if name.startswith("alert") else desk.task().pk
    xu = desk.client("xu")
    address = reverse(name, args=[pk])
    found = xu.get(address) if name in {"alert", "task"} else xu.post(address, {"_key": "1"})
    assert found.status_code == 404


@pytest.mark.parametrize(
    "name", ["directive", "directive-triage", "directive-answer", "directive-answer-file", "directive-withdraw"]
)
def test_a_town_does_not_find_the_countys_directive(desk: County, name: str) -> None:
    directive = dispatched(desk, VILLAGE)
    ailian = desk.client("ailian")
    address = reverse(name, args=[directive.pk])
    assert (ailian.get(address) if name == "directive" else ailian.post(address, {"reason": "check"})).status_code == 404


def test_a_town_reads_its_task_without_the_countys_directive(desk: County) -> None:
    dispatched(desk, VILLAGE)
    with whole():
        task = Task.objects.get()
    assert text(desk.client("hua").get(reverse("task", args=[task.pk]))).count("Directive 12") == 1
    page = desk.client("ailian").get(reverse("task", args=[task.pk]))
    assert (page.status_code, "Directive 12" in text(page)) == (200, False)
    assert "12 City headquarters" in text(page)


def test_links_to_other_rooms_are_registered(desk: County) -> None:
    links.register("tests.thing", lambda object_id: f"/thing/{object_id}/")
    with whole():
        thing = desk.register.somebody()[0]
        task = desk.task(subject=("tests.thing", thing))
    assert f"/thing/{thing}/" in text(desk.client("hua").get(reverse("task", args=[task.pk])))
    assert links.address_of("tests.nothing", thing) == ""
    assert links.address_of("tests.thing", None) == ""


def test_the_desk_opens_when_the_notes_are_read(desk: County) -> None:
    alert = alert_of(desk)
    assert "waits for the next shift" in text(post(desk.client("ailian"), "shift-note", text="Call Lin Jia at six.", _key="1"))
    deng = desk.client("deng")
    page = deng.get(reverse("alerts"), follow=True)
    assert page.redirect_chain[0][0] == reverse("shift")
    assert "Call Lin Jia at six." in text(page)
    assert deng.get(reverse("alert", args=[alert.pk])).status_code == 200
    with whole():
        note = HandoverNote.objects.get()
    assert desk.client("xu").post(reverse("shift-read", args=[note.pk])).status_code == 404
    page = deng.post(reverse("shift-read", args=[note.pk]), {"_key": "2"}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("alerts")
    assert deng.get(reverse("alerts")).status_code == 200


def test_the_roster_says_who_answers(desk: County) -> None:
    now = WALL.now()
    sent = {"officer": str(desk.users["deng"].id), "part": "deputy", "starts": local(now - HOUR), "ends": local(now + HOUR)}
    page = post(desk.client("ailian"), "shift-duty", **sent, _key="1")
    assert "Deng · deputy" in text(page)
    assert "Deng" in text(desk.client("hua").get(reverse("shift")))
    alert = alert_of(desk)
    assert "Deng" in text(desk.client("hua").get(reverse("alert", args=[alert.pk])))
    assert post(desk.client("ailian"), "shift-duty", **{**sent, "officer": str(desk.users["xu"].id)}, _key="2").status_code == 409


def test_pages_read_chinese(desk: County) -> None:
    alert = alert_of(desk)
    ailian = desk.client("ailian")
    ailian.cookies["nanxi_language"] = "zh-hans"
    page = text(ailian.get(reverse("alert", args=[alert.pk])))
    assert "接警" in page
    assert "Record the call" not in page


#: Sign-in, scope and savepoint included. A change here is a change of what a desk waits for.
QUERIES = {"directives": 12, "tasks": 14, "alerts": 16, "alert": 23, "alerts-corner": 9}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_queries_do_not_grow_with_rows(desk: County, name: str, django_assert_num_queries: Any) -> None:
    with whole():
        alert = desk.alert()
        for number in range(12):
            desk.alert(key=f"k{number}")
            desk.task(area=OUBEI, assignee_id=desk.users["ailian"].id)
            desk.directive(VILLAGE, who="ailian", number=f"n{number}", area=OUBEI)
        for _ in range(8):
            services.record_call(desk.act("ailian"), alert, result="no_answer")
        services.send_somebody(desk.act("ailian"), alert, user=desk.users["guo"])
    ailian = desk.client("ailian")
    address = reverse(name, args=[alert.pk] if name == "alert" else [])
    ailian.get(address)
    with django_assert_num_queries(QUERIES[name]):
        assert ailian.get(address).status_code == 200
