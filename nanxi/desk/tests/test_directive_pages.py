"""Directives through their pages: received, triaged, answered, handed out. Time is the wall's: pages read it."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from nanxi.desk import answer, followers, services
from nanxi.desk.models import Directive, Task
from nanxi.desk.tests.folk import COUNTY, DAY, HOUR, NANXI, VILLAGE, County
from nanxi.desk.tests.pages import post, text, whole
from nanxi.foundation import acts
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.models import LedgerEntry
from nanxi.web.fields import local


def test_a_directive_through_the_pages(desk: County) -> None:
    hua = desk.client("hua")
    sent = {
        "number": "温防办〔2020〕12号",
        "sender": "City headquarters",
        "kind": "order",
        "deadline": local(desk.clock.now() + DAY),
        "priority": "2",
        "text": "Check whoever came back.",
        "file": SimpleUploadedFile("list.xlsx", b"PK"),
        "_key": "1",
    }
    page = post(hua, "directive-new", **sent)
    assert "Check whoever came back." in text(page)
    with whole():
        directive = Directive.objects.get()
        batch: Any = directive.batch_id
        desk.register.rows[batch] = desk.register.rows[desk.register.a_list(VILLAGE, NANXI)]
    assert "Choose the priority" in text(post(hua, "directive-triage", directive.pk, priority="1", deadline="soon", _key="2"))
    page = post(hua, "directive-triage", directive.pk, priority="1", deadline=local(desk.clock.now() + HOUR), _key="3")
    assert "Triage again" in text(page)
    with whole(), acts.writing():
        followers.dispatch_list(desk.by_house(), LedgerEntry.objects.get(kind="desk.directive.triaged"))
    page = hua.get(reverse("directive", args=[directive.pk]))
    assert "Oubei" in text(page)
    assert "0 / 1" in text(page)
    assert "still open" in text(hua.get(reverse("directive-answer", args=[directive.pk])))
    assert "still open" in text(post(hua, "directive-answer", directive.pk, text="done", _key="4"))
    with whole():
        tasks = list(Task.objects.order_by("area_code"))
    assert post(desk.client("guo"), "task-close", tasks[0].pk, result="found", note="lives there", _key="5").status_code == 200
    assert post(desk.client("xu"), "task-close", tasks[1].pk, result="not_here", _key="6").status_code == 200
    assert "Answered and closed" in text(post(hua, "directive-answer", directive.pk, text="Both checked.", _key="7"))
    made = hua.post(reverse("directive-answer-file", args=[directive.pk]), {"reason": "answer"})
    assert "attachment" in made["Content-Disposition"]  # pyright: ignore[reportIndexIssue]
    book = CalamineWorkbook.from_filelike(io.BytesIO(made.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == ["Name", "Phone", "Result", "Found on the spot", "What stands", "Day", "Checked by town", "Remark"]
    assert rows[1][0] == "'=Name 0"
    assert rows[1][2:] == ["is here", "found here", "", county_day(WALL.now()).isoformat(), "Oubei", "lives there"]
    assert rows[2][2:4] == ["not found here", "not here"]
    about = dict(book.get_sheet_by_index(1).to_python())
    assert about["Checked"] == "2 / 2"
    assert about["Handed out by"] == "Hua · Headquarters"
    assert "answered" in text(hua.get(reverse("directives"), {"state": "answered"}))


def test_the_same_answer_is_the_same_file_and_holds_no_formula(desk: County) -> None:
    told = {"created": desk.clock.now(), "titles": ("Answer", "Source")}
    about = [("Directive", "=12")]
    first, second = (answer.workbook(["Name"], [["=1+1"], ["@x"], ["-"], ["+86 1"]], about, **told) for _ in range(2))
    assert first == second
    book = CalamineWorkbook.from_filelike(io.BytesIO(first))
    assert [row[0] for row in book.get_sheet_by_index(0).to_python()] == ["Name", "'=1+1", "'@x", "-", "'+86 1"]
    assert book.get_sheet_by_index(1).to_python() == [["Directive", "'=12"]]


def test_a_wrong_directive_form_keeps_what_was_written(desk: County) -> None:
    page = desk.client("hua").post(reverse("directive-new"), {"number": "7", "text": "Look", "_key": "1"})
    assert page.status_code == 422
    assert "Look" in text(page)
    with whole():
        assert not Directive.objects.exists()


def test_a_number_twice_is_told_in_a_sentence(desk: County) -> None:
    sent = {
        "number": "7",
        "sender": "City",
        "kind": "order",
        "deadline": local(desk.clock.now() + DAY),
        "priority": "2",
        "text": "x",
    }
    hua = desk.client("hua")
    assert post(hua, "directive-new", **sent, _key="1").status_code == 200
    again = post(hua, "directive-new", **sent, _key="2")
    assert again.status_code == 409
    assert "already here" in text(again)
    assert post(hua, "directive-new", **sent, _key="1").status_code == 200


def test_an_attachment_that_is_no_list_stays_and_its_opening_is_kept(desk: County) -> None:
    hua = desk.client("hua")
    sent = {
        "number": "7",
        "sender": "City",
        "kind": "order",
        "deadline": local(desk.clock.now() + DAY),
        "priority": "2",
        "text": "x",
    }
    post(hua, "directive-new", **sent, file=SimpleUploadedFile("通知.pdf", b"%PDF"), _key="1")
    with whole():
        directive = Directive.objects.get()
    made = hua.post(reverse("directive-attachment", args=[directive.pk]))
    assert made.content == b"%PDF"
    with whole():
        assert LedgerEntry.objects.filter(kind="desk.directive.attachment_opened").count() == 1


def test_filters_and_counters_of_directives(desk: County) -> None:
    with whole():
        late = services.receive_directive(
            desk.act("hua"), kind="order", number="late", sender="City", deadline=desk.clock.now() - HOUR, text="x", area=COUNTY
        )
        desk.directive(number="fresh")
    hua = desk.client("hua")
    page = hua.get(reverse("directives"))
    assert page.context["counts"] == {"open": 2, "overdue": 1, "snoozed": 0, "incidents": 0, "untriaged": 1, "answered": 0}
    assert [line.directive.id for line in hua.get(reverse("directives"), {"state": "overdue"}).context["lines"]] == [late.id]
    post(hua, "directive-withdraw", late.pk, _key="1")
    assert hua.get(reverse("directives")).context["counts"]["open"] == 1
