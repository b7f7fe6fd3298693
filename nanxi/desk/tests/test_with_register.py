"""The desk with the real register behind it: a directive's list from the sender and back, and a lead that is found."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

pytest.importorskip("nanxi.people.services", reason="this run does not load the register", exc_type=RuntimeError)

from nanxi.desk.models import Directive, Task
from nanxi.desk.tests.folk import DAY, OUBEI, County, Register
from nanxi.desk.tests.test_directives import replay
from nanxi.desk.tests.test_pages import post, text, whole
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import LedgerEntry
from nanxi.people.models import ListBatch, SourceRecord
from nanxi.people.tests.lists import HEADINGS, LIN, LOST, WANG, a_list, work
from nanxi.web.fields import local


@pytest.fixture
def real(db: Any) -> Iterator[County]:
    from django.utils import translation

    from nanxi.foundation import vault

    vault.forget()
    with translation.override("en"):
        made = County(Register())
        made.clock.at = WALL.now()
        yield made
    vault.forget()


def taken_in(real: County) -> Directive:
    """Hua takes a directive in, looks the list through and takes it in, and triages."""
    hua = real.client("hua")
    sent = {
        "number": "12",
        "sender": "岩头镇",
        "kind": "request",
        "deadline": local(real.clock.now() + DAY),
        "priority": "2",
        "text": "Check them.",
        "file": SimpleUploadedFile("list.xlsx", a_list(LIN, WANG, LOST)),
    }
    assert "Look through the list" in text(post(hua, "directive-new", **sent, _key="1"))
    with whole():
        batch, directive = ListBatch.objects.get(), Directive.objects.get()
    assert directive.batch_id == batch.id
    work(real, batch, "hua")
    assert post(hua, "list-commit", batch.pk, _key="2").status_code == 200
    work(real, batch, "hua")
    post(hua, "directive-triage", directive.pk, priority="1", deadline=sent["deadline"], _key="3")
    with whole():
        replay(real)
        replay(real)
    return directive


def test_a_list_from_the_sender_and_back(real: County) -> None:
    directive, hua = taken_in(real), real.client("hua")
    with whole():
        tasks = list(Task.objects.filter(directive=directive).order_by("id"))
        records = dict(SourceRecord.everything.values_list("id", "person_id"))
    assert len(tasks) == 2
    assert {task.record_id: task.person_id for task in tasks} == records
    page = text(hua.get(reverse("tasks")))
    assert LIN[0] not in page
    assert "林*红" in page
    assert LIN[0] in text(post(hua, "task-open", tasks[0].pk))
    for number, task in enumerate(tasks):
        post(hua, "task-close", task.pk, result="found", note="lives there", _key=f"c{number}")
    assert "Answered and closed" in text(post(hua, "directive-answer", directive.pk, _key="a"))
    made = hua.post(reverse("directive-answer-file", args=[directive.pk]), {"reason": "answer"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(made.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == [*HEADINGS, "Result", "Found on the spot", "What stands", "Day", "Checked by town", "Remark"]
    for row, sent in zip(rows[1:3], (LIN, WANG), strict=True):
        assert (row[0], row[1], row[5], row[9]) == (sent[0], sent[1], "found here", "lives there")
    assert (rows[3][0], rows[3][4]) == (LOST[0], "row could not be read")
    with whole():
        entry = LedgerEntry.objects.get(kind="people.batch.read")
        assert (entry.facts["via_kind"], entry.facts["via"]) == ("desk.directive", str(directive.id))


def test_the_person_page_opens_by_the_check_and_closes_with_it(real: County) -> None:
    directive, hua = taken_in(real), real.client("hua")
    with whole():
        task = Task.objects.filter(directive=directive).exclude(person_id=None).earliest("id")
    page = hua.get(reverse("person", args=[task.person_id])).content.decode()
    opener = f"?via=desk.task:{task.id}&amp;purpose=verification"
    assert opener in page
    assert hua.get(reverse("person", args=[task.person_id]) + opener.replace("&amp;", "&")).status_code == 200
    post(hua, "task-close", task.pk, result="found", _key="9")
    assert opener not in hua.get(reverse("person", args=[task.person_id])).content.decode()


def test_a_withdrawn_list_takes_its_tasks_along(real: County) -> None:
    directive, hua = taken_in(real), real.client("hua")
    with whole():
        batch = ListBatch.objects.get()
    post(hua, "list-withdraw", batch.pk, _key="w")
    work(real, batch, "hua")
    with whole():
        replay(real)
        assert not Task.objects.filter(directive=directive, ended_at=None).exists()


def test_a_lead_is_found_inside_its_task(real: County) -> None:
    taken_in(real)
    with whole():
        record = SourceRecord.everything.order_by("id")[0]
    officer = real.client("hua")
    page = officer.post(reverse("lead-new"), {"told": "Somebody Lin came back", "area": OUBEI, "_key": "l"}, follow=True)
    assert page.redirect_chain[-1][0].startswith("/people/lead/")
    with whole():
        task = Task.objects.get(kind="lead")
    choose = reverse("lead-choose", args=[task.pk])
    assert officer.post(choose, {"record": str(record.id), "_key": "w"}).status_code == 409, "nobody is chosen unasked"
    found = officer.post(reverse("people-lead", args=[task.pk]), {"ask": "exact", "id_no": LIN[1]})
    assert str(record.id) in text(found)
    assert officer.post(choose, {"record": str(record.id), "_key": "x"}).status_code == 302
    with whole():
        task.refresh_from_db()
        assert (task.record_id, task.person_id) == (record.id, record.person_id)
