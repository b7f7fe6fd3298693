"""Parts of directives, reports and incidents: given by jurisdiction, duty and load; nothing closes without an answer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from nanxi.desk import dispatching, queries, rules, services
from nanxi.desk.models import Alert, Directive, Incident, Part, PartCell, Task
from nanxi.desk.tests.folk import DAY, HOUR, NANXI, NOW, OUBEI, VILLAGE, County
from nanxi.foundation import acts, scope
from nanxi.foundation.act import Refused
from nanxi.foundation.models import LedgerEntry, Unit
from nanxi.foundation.reach import EVERYWHERE

SPEC = Path("tests/spec")


def rows(name: str, head: str) -> list[list[str]]:
    lines = [line for line in (SPEC / name).read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] != head and not set(row[0]) <= {"-"}]


@pytest.mark.parametrize("row", rows("desk_parts.md", "so far"), ids=lambda row: " ".join(row[:2]))
def test_what_may_follow_what(row: list[str]) -> None:
    state = dispatching.state_of([step.strip() for step in row[0].split(",")])
    problem = dispatching.why_not_step(state, row[1])
    assert row[2] in (problem or dispatching.state_of([row[1]]))


@pytest.mark.parametrize("row", rows("desk_dispatch.md", "officers"), ids=lambda row: row[0])
def test_who_gets_it(row: list[str]) -> None:
    told = [text.split() for text in row[0].split(",") if text.strip() != "–"]
    chosen = dispatching.likeliest(dispatching.Candidate(name, int(turn), int(load)) for name, turn, load in told)
    assert (chosen.name if chosen else "nobody") == row[1]


def unit(name: str) -> Unit:
    return Unit.objects.get(name=name)


def split(county: County, directive: Directive, *names: str, columns: tuple[str, ...] = ()) -> list[Part]:
    given = [services.Given(unit(name), "Go through your files.", columns) for name in names]
    return services.split_directive(county.act("hua"), directive, given=given, deadline=NOW + 5 * HOUR)


def test_a_part_goes_to_the_officer_on_duty_with_the_fewest_tasks(inside: County) -> None:
    services.set_duty(inside.act("ailian"), user=inside.users["deng"], part="duty", starts=NOW - HOUR, ends=NOW + 8 * HOUR)
    [part] = split(inside, inside.directive(), "Oubei desk")
    task = Task.objects.get(subject_kind="desk.part")
    assert (task.assignee_id, task.unit_id, task.area_code) == (inside.users["deng"].id, part.unit_id, OUBEI)
    assert b"files" not in bytes(part.text)


def test_a_part_that_lacks_something_is_refused(inside: County) -> None:
    directive = inside.directive()
    split(inside, directive, "Oubei desk")
    with pytest.raises(Refused, match="has its part"):
        split(inside, directive, "Oubei desk")
    with pytest.raises(Refused, match="later than the directive"):
        services.split_directive(
            inside.act("hua"), directive, given=[services.Given(unit("Nanxi desk"), "x")], deadline=NOW + 9 * DAY
        )
    with pytest.raises(Refused, match="at most 6 columns"):
        split(inside, directive, "Nanxi desk", columns=tuple("abcdefg"))
    raw = services.receive_directive(
        inside.act("hua"), kind="order", number="n", sender="s", deadline=NOW + DAY, text="t", area=OUBEI
    )
    with pytest.raises(Refused, match="Triage"):
        split(inside, raw, "Oubei desk")


def test_a_directive_waits_for_its_parts_and_its_reply_is_made_from_them(inside: County) -> None:
    directive = inside.directive(VILLAGE, OUBEI)
    from nanxi.desk.services.dispatch import take_list

    with acts.writing():
        take_list(inside.by_house(), directive, directive.batch_id, inside.register.rows[directive.batch_id])
    for task in Task.objects.filter(kind="verification"):
        services.close_task(inside.act("ailian"), task, result="found")
    one, other = split(inside, directive, "Oubei desk", "Nanxi desk")
    services.acknowledge_part(inside.act("ailian"), one)
    services.report_part(inside.act("ailian"), one, text="Two families visited")
    with pytest.raises(Refused, match="still open"):
        services.answer_directive(inside.act("hua"), directive)
    services.report_part(inside.act("xu"), other, text="", nothing=True)
    reply = queries.reply_of(directive)
    assert "2 checks of 2 persons; 2 done" in reply
    assert "Oubei desk：Two families visited" in reply
    assert "Nanxi desk：nothing to report" in reply
    assert services.answer_directive(inside.act("hua"), directive, text=reply).answered_at


def test_a_report_is_returned_with_a_reason_and_asked_for_again(inside: County) -> None:
    directive = inside.directive()
    [part] = split(inside, directive, "Oubei desk")
    with pytest.raises(Refused, match="in words"):
        services.report_part(inside.act("ailian"), part, text=" ")
    with pytest.raises(Refused, match="another unit"):
        services.report_part(inside.act("xu"), part, text="done")
    services.report_part(inside.act("ailian"), part, text="done")
    with pytest.raises(Refused, match="reported back already"):
        services.report_part(inside.act("ailian"), part, text="again")
    inside.clock.forward(minutes=5)
    services.return_part(inside.act("hua"), part, reason="Which families?")
    assert Task.objects.filter(subject_id=part.id, ended_at=None).count() == 1
    inside.clock.forward(minutes=5)
    services.report_part(inside.act("ailian"), part, text="The Lins and the Pans")
    line = queries.part_line(part)
    assert [step.kind for step in line.steps] == ["given", "reported", "returned", "reported"]
    assert [queries.note_of_step(step) for step in line.steps][1:3] == ["done", "Which families?"]


def test_units_fill_in_their_own_columns_row_by_row(inside: County) -> None:
    directive = inside.directive(VILLAGE, VILLAGE, NANXI)
    from nanxi.desk.services.dispatch import take_list

    with acts.writing():
        take_list(inside.by_house(), directive, directive.batch_id, inside.register.rows[directive.batch_id])
    [part] = split(inside, directive, "Oubei desk", columns=("Car", "Work"))
    listed = queries.rows_of_part(part)
    first, second = listed[0].record_id, listed[1].record_id
    kept = services.fill_cells(inside.act("ailian"), part, {(first, 0): "none", (first, 1): "teacher", (second, 0): "A123"})
    assert kept == 3
    assert services.fill_cells(inside.act("ailian"), part, {(first, 0): "none"}) == 0
    assert all(b"teacher" not in bytes(cell.value) for cell in PartCell.objects.all())
    with pytest.raises(Refused, match="lack an entry"):
        services.report_part(inside.act("ailian"), part, text="done")
    services.fill_cells(inside.act("ailian"), part, {(row.record_id, n): "x" for row in listed for n in range(2)})
    assert queries.cells_of(part)[first] == {0: "x", 1: "x"}
    person = listed[0].person_id
    assert queries.part_opens(inside.actor("ailian"), part.id, person, NOW).allowed
    assert not queries.part_opens(inside.actor("xu"), part.id, person, NOW).allowed
    services.report_part(inside.act("ailian"), part, text="done")
    assert not queries.part_opens(inside.actor("ailian"), part.id, person, NOW).allowed
    with pytest.raises(Refused, match="closed"):
        services.fill_cells(inside.act("ailian"), part, {(first, 0): "late"})


def test_a_unit_is_reminded_once_then_the_duty_officer_is_alerted(inside: County) -> None:
    [part] = split(inside, inside.directive(), "Oubei desk")
    assert services.remind_and_escalate(inside.by_house()) == 0
    inside.clock.forward(hours=4)
    assert [services.remind_and_escalate(inside.by_house()) for _ in range(2)] == [1, 0]
    inside.clock.forward(hours=2)
    assert [services.remind_and_escalate(inside.by_house()) for _ in range(2)] == [1, 0]
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject_id, alert.area_code) == ("desk.part", part.id, OUBEI)
    services.report_part(inside.act("ailian"), part, text="late but here")
    inside.clock.forward(hours=9)
    assert services.remind_and_escalate(inside.by_house()) == 0


def test_a_directive_withdrawn_half_way_keeps_what_was_done_and_tells_the_units(inside: County) -> None:
    directive = inside.directive()
    done, begun, fresh = split(inside, directive, "Oubei desk", "Nanxi desk", "Riverside grid")
    services.report_part(inside.act("ailian"), done, text="done")
    services.acknowledge_part(inside.act("xu"), begun)
    services.withdraw_directive(inside.act("hua"), directive)
    assert [queries.part_line(part).state for part in (done, begun, fresh)] == ["reported", "withdrawn", "withdrawn"]
    assert not Task.objects.filter(directive=directive, ended_at=None).exists()
    assert [task.unit_id for task in Task.objects.filter(kind="notice")] == [begun.unit_id]
    with pytest.raises(Refused, match="took the directive back"):
        services.report_part(inside.act("xu"), begun, text="too late")


def told(**more: Any) -> services.Happened:
    return services.Happened(**{"at": NOW - HOUR, "place": "Market gate, No. 3", "outcome": "going_on", "staff_hurt": 1, **more})


def test_an_incident_stands_in_the_queue_with_its_facts_sealed(inside: County) -> None:
    row = services.report_up(inside.act("guo"), area=VILLAGE, text="A fight at the gate", happened=told())
    assert (row.kind, row.number, row.priority, row.sender) == ("incident", "J-20200203-001", 1, "Riverside grid")
    incident, place = queries.incident_of(row)  # type: ignore[misc]
    assert (place, incident.staff_hurt) == ("Market gate, No. 3", 1)
    assert b"Market" not in bytes(incident.place)
    assert "fight" not in str(list(LedgerEntry.objects.values_list("facts", flat=True)))
    with pytest.raises(Refused, match="future"):
        services.report_up(inside.act("guo"), area=VILLAGE, text="x", happened=told(at=NOW + HOUR))
    with pytest.raises(Refused, match="where"):
        services.report_up(inside.act("guo"), area=VILLAGE, text="x", happened=told(place=" "))


def test_the_same_incident_told_twice_is_joined_and_answered_with_the_first(inside: County) -> None:
    first = services.report_up(inside.act("guo"), area=VILLAGE, text="A fight", happened=told())
    second = services.report_up(inside.act("guo"), area=VILLAGE, text="People fight", happened=told(place="market gate no.3"))
    far = services.report_up(inside.act("guo"), area=VILLAGE, text="A fight", happened=told(at=NOW - 9 * HOUR))
    assert queries.likely_same(second) == [first]
    assert queries.likely_same(far) == []
    services.join_directive(inside.act("hua"), second, into=first)
    with pytest.raises(Refused, match="not itself joined"):
        services.join_directive(inside.act("hua"), far, into=second)
    with pytest.raises(Refused, match="the other way round"):
        services.join_directive(inside.act("hua"), first, into=far)
    services.answer_directive(inside.act("hua"), first, text="Settled")
    second.refresh_from_db()
    assert second.answered_at == first.__class__.objects.get(pk=first.pk).answered_at


def test_a_report_put_off_comes_back_and_never_past_its_deadline(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        row = services.report_up(county.act("guo"), area=VILLAGE, text="No masks left")
        with pytest.raises(Refused, match="within a day"):
            services.snooze_directive(county.act("ailian"), row, until=NOW + 9 * HOUR)
        services.snooze_directive(county.act("ailian"), row, until=NOW + 2 * HOUR)
        row.refresh_from_db()
        assert rules.stage_of(queries.course_of(row)) is rules.Stage.TRIAGED
        with acts.set_up():
            far = timedelta(days=9999)
            Directive.objects.filter(pk=row.pk).update(snoozed_until=NOW + far, deadline=NOW + far)
    page = county.client("ailian").get(reverse("directives"))
    assert (page.context["counts"]["open"], page.context["counts"]["snoozed"]) == (0, 1)


def test_parts_and_reports_through_the_pages(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        directive = county.directive(number="77")
        with acts.set_up():
            Directive.objects.filter(pk=directive.pk).update(deadline=NOW + timedelta(days=9999))
        town = str(unit("Oubei desk").id)
    hua, ailian, guo = county.client("hua"), county.client("ailian"), county.client("guo")
    sent = {
        "units": [town],
        "text": "Look at all inns",
        "columns_text": "Rooms\nGuests",
        "deadline": "2020-02-03T18:00",
        "_key": "s",
    }
    assert hua.post(reverse("directive-split", args=[directive.pk]), sent).status_code == 302
    with scope.enter(EVERYWHERE):
        part = Part.objects.get()
    assert part.columns == ["Rooms", "Guests"]
    address = reverse("part", args=[part.pk])
    page = ailian.get(address).content.decode()
    assert "Look at all inns" in page
    assert county.client("xu").get(address).status_code == 404
    ailian.post(reverse("part-acknowledge", args=[part.pk]), {"_key": "a"})
    ailian.post(reverse("part-report", args=[part.pk]), {"text": "Three inns closed", "_key": "r"})
    assert "Three inns closed" in hua.get(address).content.decode()
    assert "Three inns closed" in hua.get(reverse("directive-answer", args=[directive.pk])).content.decode()
    hua.post(reverse("part-return", args=[part.pk]), {"reason": "Which?", "_key": "b"})
    assert "Which?" in ailian.get(address).content.decode()
    assert guo.get(reverse("incident-new")).status_code == 200
    happened = {
        "at": "2020-02-03T08:00", "area": VILLAGE, "place": "East bridge", "outcome": "settled", "staff_hurt": "0",
        "text": "Crowd", "_key": "i",
    }  # fmt: skip
    assert guo.post(reverse("incident-new"), happened).status_code == 302
    guo.post(reverse("incident-new"), {**happened, "_key": "j"})
    guo.post(reverse("report-new"), {"area": VILLAGE, "text": "All quiet", "_key": "k"})
    with scope.enter(EVERYWHERE):
        first, second = Incident.objects.order_by("id")
    queue = ailian.get(reverse("directives") + "?state=incidents").content.decode()
    assert queue.count("J-") >= 2
    page = ailian.get(reverse("directive", args=[second.directive_id])).content.decode()  # type: ignore[attr-defined]
    assert "East bridge" in page and "may be the same" in page
    into = {"into": str(first.directive_id), "_key": "join"}  # type: ignore[attr-defined]
    assert ailian.post(reverse("directive-join", args=[second.directive_id]), into).status_code == 302  # type: ignore[attr-defined]
    ailian.post(reverse("directive-snooze", args=[first.directive_id]), {"until": "nonsense"})  # type: ignore[attr-defined]
