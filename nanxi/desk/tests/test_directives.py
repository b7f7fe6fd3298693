"""A directive from receipt to answer: triage, tasks by town, coverage, the answer in the sender's columns."""

from __future__ import annotations

from typing import Any

import pytest

from nanxi.desk import followers, queries, rules, services
from nanxi.desk.models import Alert, AlertStep, Directive, Task
from nanxi.desk.tests.folk import COUNTY, DAY, HILL, HOUR, NANXI, NOW, OUBEI, VILLAGE, County
from nanxi.foundation import acts, scope, vault
from nanxi.foundation.act import Refused
from nanxi.foundation.followers import registry
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE


def triaged(county: County) -> LedgerEntry:
    return LedgerEntry.objects.filter(kind="desk.directive.triaged").latest("at")


def dispatched(county: County, *places: str) -> Directive:
    directive = county.directive(*places)
    with acts.writing():
        followers.dispatch_list(county.by_house(), triaged(county))
    return directive


def test_text_and_attachment_are_sealed(inside: County) -> None:
    directive = services.receive_directive(
        inside.act("hua"), kind="order", number="7", sender="City", deadline=NOW + DAY, text="Look for Lin Jia", area=COUNTY,
        file_name="Lin Jia.pdf", file=b"scan of Lin Jia",
    )  # fmt: skip
    stored = b"".join(bytes(getattr(directive, name)) for name in ("text", "file", "file_name"))
    assert b"Lin" not in stored
    assert queries.text_of(directive) == "Look for Lin Jia"
    assert services.open_attachment(inside.act("hua"), directive) == ("Lin Jia.pdf", b"scan of Lin Jia")
    entry = LedgerEntry.objects.get(kind="desk.directive.received")
    assert "Lin" not in str(entry.facts)


def test_a_list_goes_to_the_intake(inside: County) -> None:
    directive = services.receive_directive(
        inside.act("hua"),
        kind="request",
        number="8",
        sender="Wuhan",
        deadline=NOW + DAY,
        text="",
        area=COUNTY,
        file_name="list.XLSX",
        file=b"x",
    )
    (staged,) = inside.register.staged
    assert (staged["content"], staged["source_ref"], staged["area"]) == (b"x", f"directive:{directive.id}", COUNTY)
    assert directive.batch_id is not None
    assert directive.file is None


def test_a_number_of_a_sender_is_taken_once(inside: County) -> None:
    inside.directive(number="12")
    with pytest.raises(Refused, match="12 of this sender is already here"):
        inside.directive(number="12")
    assert Directive.objects.count() == 1


def test_a_second_click_takes_it_once(inside: County) -> None:
    told = {"kind": "order", "number": "9", "sender": "City", "deadline": NOW + DAY, "text": "", "area": COUNTY}
    first, second = (services.receive_directive(inside.act("hua", key="k"), **told) for _ in range(2))
    assert first.id == second.id


def test_rows_become_tasks_of_the_nearest_unit(inside: County) -> None:
    directive = dispatched(inside, VILLAGE, OUBEI, NANXI, "")
    found = {task.area_code: task.unit_id for task in Task.objects.filter(directive=directive)}
    unit = {name: user.unit_id for name, user in inside.users.items()}
    assert found == {VILLAGE: unit["guo"], OUBEI: unit["ailian"], NANXI: unit["xu"], COUNTY: unit["hua"]}
    assert [(one.name, one.total) for one in queries.coverage_of(directive)] == [("County", 1), ("Oubei", 2), ("Nanxi", 1)]
    assert {task.due for task in Task.objects.all()} == {directive.deadline}


def test_dispatch_waits_for_triage_and_list_whichever_comes_last(inside: County) -> None:
    directive = services.receive_directive(
        inside.act("hua"),
        kind="order",
        number="1",
        sender="City",
        deadline=NOW + DAY,
        text="",
        area=COUNTY,
        file_name="a.csv",
        file=b"x",
    )
    batch: Any = directive.batch_id
    inside.by_house().log("people.batch.committed", subject=("people.batch", batch), area=COUNTY)
    committed = LedgerEntry.objects.get(kind="people.batch.committed")
    with acts.writing():
        followers.dispatch_list(inside.by_house(), committed)
        assert not Task.objects.exists()
        services.triage_directive(inside.act("hua"), directive, priority=1, deadline=NOW + DAY)
        followers.dispatch_list(inside.by_house(), triaged(inside))
        assert not Task.objects.exists()
        inside.register.rows[batch] = inside.register.rows[inside.register.a_list(VILLAGE, NANXI)]
        followers.dispatch_list(inside.by_house(), committed)
    assert Task.objects.count() == 2


def test_replaying_every_event_changes_nothing(inside: County) -> None:
    directive = dispatched(inside, VILLAGE, OUBEI)
    task = Task.objects.get(area_code=VILLAGE)
    services.close_task(inside.act("guo"), task, result="found")
    (record, _), (other, _), (_, person) = (inside.register.somebody() for _ in range(3))
    inside.by_house().log("people.conflict.found", area=OUBEI, subject=("people.pair", other), record=record, other=other)
    inside.by_house().log("people.record.linked", area=VILLAGE, record=task.record_id, person=person)
    alert = inside.alert()
    services.record_call(inside.act("ailian"), alert, result="no_answer")
    visit = services.send_somebody(inside.act("ailian"), alert, user=inside.users["guo"])
    services.close_task(inside.act("guo"), visit, result="met")
    replay(inside)
    before = state()
    assert Task.objects.filter(kind="conflict", record_id=record).count() == 1
    assert Task.objects.get(pk=task.pk).person_id == person
    assert alert.steps.filter(kind="visited").count() == 1
    replay(inside)
    assert state() == before
    assert queries.course_of(directive).tasks_done == 1


def committed(county: County, batch: Any, supersedes: Any = None, kind: str = "committed") -> LedgerEntry:
    county.by_house().log(f"people.batch.{kind}", subject=("people.batch", batch), area=COUNTY, supersedes=supersedes)
    return LedgerEntry.objects.filter(kind=f"people.batch.{kind}").latest("id")


def test_a_corrected_list_takes_the_place_of_the_old_one(inside: County) -> None:
    directive = dispatched(inside, VILLAGE, OUBEI)
    old: Any = directive.batch_id
    first = committed(inside, old)
    kept, dropped = inside.register.rows[old]
    new = inside.register.a_list(NANXI)
    inside.register.rows[new].append(kept)
    inside.register.rows[old] = [kept]
    with acts.writing():
        for entry in (committed(inside, new, old), first):
            followers.dispatch_list(inside.by_house(), entry)
    directive.refresh_from_db()
    assert directive.batch_id == new
    found = {task.area_code: task.is_open for task in Task.objects.filter(directive=directive)}
    assert found == {VILLAGE: True, OUBEI: False, NANXI: True}
    assert Task.objects.get(record_id=dropped.record_id).result == ""


def test_a_withdrawn_list_ends_its_tasks(inside: County) -> None:
    directive = dispatched(inside, VILLAGE, OUBEI)
    with acts.writing():
        followers.dispatch_list(inside.by_house(), committed(inside, directive.batch_id, kind="withdrawn"))
    assert not Task.objects.filter(ended_at=None).exists()


def test_one_list_of_two_directives_makes_tasks_for_both(inside: County) -> None:
    first, second = inside.directive(number="1"), inside.directive(number="2")
    batch = inside.register.a_list(VILLAGE)
    with acts.writing():
        Directive.objects.update(batch_id=batch)
        followers.dispatch_list(inside.by_house(), committed(inside, batch))
    assert {task.directive_id for task in Task.objects.all()} == {first.id, second.id}


def replay(county: County) -> None:
    """Tell every follower of this room everything that has ever happened."""
    entries = list(LedgerEntry.objects.order_by("id"))
    with acts.writing():
        for one in registry.values():
            for entry in entries:
                if one.name.startswith("desk.") and entry.kind in one.kinds:
                    one.handle(county.by_house(), entry)


def state() -> list[tuple]:
    """Everything this room keeps that an event could change."""
    tasks = Task.everything.order_by("id").values_list("id", "area_code", "result", "person_id", "unit_id", "assignee_id", "due")
    steps = AlertStep.everything.order_by("id").values_list("id", "kind")
    alerts = Alert.everything.order_by("id").values_list("id", "level", "person_id", "last_step_at")
    return [*tasks, *steps, *alerts]


def test_it_is_answered_when_its_tasks_are_closed_or_with_a_reason(inside: County) -> None:
    directive = dispatched(inside, VILLAGE, NANXI)
    with pytest.raises(Refused, match="still open"):
        services.answer_directive(inside.act("hua"), directive)
    first, second = Task.objects.order_by("area_code")
    services.close_task(inside.act("guo"), first, result="found", note="lives there")
    services.close_task(inside.act("xu"), second, result="not_here")
    assert rules.stage_of(queries.course_of(directive)) is rules.Stage.READY
    services.answer_directive(inside.act("hua"), directive, text="Both checked.")
    with pytest.raises(Refused, match="already closed"):
        services.answer_directive(inside.act("hua"), directive)
    directive.refresh_from_db()
    assert queries.answer_of(directive) == ("Both checked.", "")


def test_an_early_answer_states_its_reason(inside: County) -> None:
    directive = dispatched(inside, VILLAGE)
    services.answer_directive(inside.act("hua"), directive, without_reason="The sender needs it today.")
    directive.refresh_from_db()
    assert queries.answer_of(directive)[1] == "The sender needs it today."
    assert LedgerEntry.objects.get(kind="desk.directive.answered").facts == {"done": 0, "open": 1}


def test_the_answer_stands_in_the_senders_columns(inside: County) -> None:
    directive = dispatched(inside, VILLAGE, NANXI)
    task = Task.objects.get(area_code=VILLAGE)
    services.close_task(inside.act("guo"), task, result="found", note="lives there")
    sheet = services.hand_out_answer(inside.act("hua"), directive, reason="check")
    assert sheet.header == ["Name", "Phone"]
    first, second = sheet.rows
    assert (first.cells[0], first.result, first.detail) == ("=Name 0", "is here", "found here")
    assert (first.day, first.place, first.remark) == ("2020-02-03", "Oubei", "lives there")
    assert (second.result, second.detail, second.day, second.remark) == ("not checked yet", "", "", "")
    entry = LedgerEntry.objects.get(kind="desk.directive.exported")
    assert (entry.facts["reason"], entry.facts["rows"]) == ("check", 2)
    with pytest.raises(Refused, match="Choose why"):
        services.hand_out_answer(inside.act("hua"), directive, reason="because")


def test_a_withdrawn_directive_ends_its_tasks_and_is_dispatched_no_more(inside: County) -> None:
    directive = dispatched(inside, VILLAGE, NANXI)
    services.withdraw_directive(inside.act("hua"), directive)
    assert not Task.objects.filter(ended_at=None).exists()
    with acts.writing():
        followers.dispatch_list(inside.by_house(), triaged(inside))
    assert Task.objects.count() == 2
    directive.refresh_from_db()
    with pytest.raises(Refused, match="was withdrawn"):
        services.hand_out_answer(inside.act("hua"), directive, reason="check")
    with pytest.raises(Refused, match="already closed"):
        services.triage_directive(inside.act("hua"), directive, priority=1, deadline=NOW + DAY)


def test_a_later_triage_moves_the_open_tasks(inside: County) -> None:
    directive = dispatched(inside, VILLAGE)
    services.triage_directive(inside.act("hua"), directive, priority=3, deadline=NOW + 2 * DAY)
    assert (Task.objects.get().due, Task.objects.get().priority) == (NOW + 2 * DAY, 3)


def test_a_town_sees_its_tasks_and_not_the_countys_directive(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        directive = dispatched(county, VILLAGE, NANXI)
    with scope.enter(county.actor("ailian").reach, user_id=county.users["ailian"].id, at=NOW):
        assert [task.area_code for task in Task.objects.all()] == [VILLAGE]
        assert not Directive.objects.exists()
        with pytest.raises(Refused, match="outside the area"):
            services.answer_directive(county.act("ailian"), directive)


def test_a_directive_opens_the_persons_of_its_list(inside: County) -> None:
    directive = dispatched(inside, VILLAGE)
    task = Task.objects.get()
    hua, guo = inside.actor("hua"), inside.actor("guo")
    assert queries.directive_opens(hua, directive.id, task.person_id, NOW).allowed
    assert not queries.directive_opens(hua, directive.id, inside.register.somebody()[1], NOW).allowed
    assert not queries.directive_opens(guo, directive.id, task.person_id, NOW).allowed


def test_a_purged_text_shows_nothing(inside: County) -> None:
    directive = inside.directive()
    with acts.writing():
        vault.destroy_keys([directive.id])
    assert queries.text_of(directive) == ""


def test_distinct_persons_are_counted_once(inside: County) -> None:
    directive = dispatched(inside, VILLAGE, HILL)
    with acts.writing():
        Task.objects.update(person_id=inside.register.somebody()[1])
    assert queries.distinct_persons(directive) == 1
    assert HOUR < DAY
