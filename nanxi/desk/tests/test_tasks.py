"""Tasks: served by the nearest unit, held by one officer, closed once; who may look through them at a person."""

from __future__ import annotations

import pytest

from nanxi.desk import followers, queries, services
from nanxi.desk.models import Task
from nanxi.desk.tests.folk import COUNTY, DAY, HILL, NANXI, NOW, OUBEI, VILLAGE, County
from nanxi.foundation import acts, scope
from nanxi.foundation.act import Refused
from nanxi.foundation.models import LedgerEntry, UnitArea
from nanxi.foundation.reach import EVERYWHERE


def test_a_task_goes_to_the_nearest_unit_that_serves_it(inside: County) -> None:
    unit = {name: user.unit_id for name, user in inside.users.items()}
    assert inside.task(area=VILLAGE).unit_id == unit["guo"]
    assert inside.task(area=OUBEI).unit_id == unit["ailian"]
    assert inside.task(kind="serve", area=VILLAGE).unit_id == unit["ailian"]
    assert inside.task(kind="contest", area=COUNTY).unit_id == unit["hua"]


def test_an_area_nobody_serves_is_named(inside: County) -> None:
    with acts.set_up():
        UnitArea.objects.all().delete()
    with pytest.raises(Refused, match=f"No unit serves area {VILLAGE}"):
        inside.task()


def test_one_officer_holds_a_task(inside: County) -> None:
    task = inside.task(area=OUBEI)
    services.claim_task(inside.act("ailian"), task)
    services.claim_task(inside.act("ailian"), task)
    with pytest.raises(Refused, match="colleague holds"):
        services.claim_task(inside.act("deng"), task)


def test_assigning_moves_a_task_into_the_officers_part_of_the_town(inside: County) -> None:
    task = services.assign_task(inside.act("ailian"), inside.task(area=OUBEI), user=inside.users["guo"])
    assert (task.area_code, task.unit_id) == (VILLAGE, inside.users["guo"].unit_id)
    task = services.assign_task(inside.act("ailian"), task, user=inside.users["shan"])
    assert task.area_code == HILL
    task = services.assign_task(inside.act("ailian"), task, user=inside.users["deng"])
    assert task.area_code == HILL
    with pytest.raises(Refused, match="choose somebody of that town"):
        services.assign_task(inside.act("hua"), task, user=inside.users["xu"])


def test_many_tasks_are_assigned_all_or_none(inside: County) -> None:
    tasks = [inside.task(area=OUBEI), inside.task(area=NANXI)]
    with pytest.raises(Refused, match="choose somebody of that town"):
        services.assign_tasks(inside.act("hua"), tasks, user=inside.users["guo"])
    assert not Task.objects.exclude(assignee_id=None).exists()
    assert services.assign_tasks(inside.act("hua"), tasks[:1], user=inside.users["guo"]) == 1
    with pytest.raises(Refused, match="Choose the tasks first"):
        services.assign_tasks(inside.act("hua"), [], user=inside.users["guo"])


def test_a_task_is_closed_once_with_a_result_of_its_kind(inside: County) -> None:
    task = inside.task()
    with pytest.raises(Refused, match="Choose one of the results"):
        services.close_task(inside.act("guo"), task, result="met")
    closed = services.close_task(inside.act("guo"), task, result="found", note="lives there")
    assert (closed.ended_by, queries.note_of(closed)) == (inside.users["guo"].id, "lives there")
    assert b"lives" not in bytes(closed.note)
    assert services.close_task(inside.act("guo"), task, result="found").ended_at == closed.ended_at
    with pytest.raises(Refused, match="closed with another result"):
        services.close_task(inside.act("ailian"), task, result="not_here")
    with pytest.raises(Refused, match="already closed"):
        services.claim_task(inside.act("ailian"), task)
    assert LedgerEntry.objects.filter(kind="desk.task.closed").count() == 1


def test_a_lead_keeps_what_was_told_sealed(inside: County) -> None:
    task = services.open_task(
        inside.act("ailian"), kind="lead", area=OUBEI, title="Phoned-in lead", due=NOW + DAY, told="Somebody came back from Wuhan"
    )
    assert b"Wuhan" not in bytes(task.told)
    closed = services.close_task(inside.act("ailian"), task, result="no_match", note="nobody of that name")
    assert (queries.told_of(closed), queries.note_of(closed)) == ("Somebody came back from Wuhan", "nobody of that name")


def test_a_task_opens_its_person_to_those_who_work_on_it(inside: County) -> None:
    task = inside.task()
    person = task.person_id
    may = {name: queries.task_opens(inside.actor(name), task.id, person, NOW).allowed for name in inside.users}
    assert may == {"hua": True, "lei": False, "ailian": True, "deng": True, "xu": True, "guo": True, "shan": False, "ding": False}
    assert not queries.task_opens(inside.actor("guo"), task.id, inside.register.somebody()[1], NOW).allowed
    services.close_task(inside.act("guo"), task, result="found")
    assert "closed" in queries.task_opens(inside.actor("guo"), task.id, person, NOW).why_not


def test_a_task_of_another_town_opens_nobody(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        task = county.task()
    with scope.enter(county.actor("xu").reach, user_id=county.users["xu"].id, at=NOW):
        assert not queries.task_opens(county.actor("xu"), task.id, task.person_id, NOW).allowed
        assert queries.area_of_open_task(county.actor("xu"), task.id, NOW) is None
        with pytest.raises(Refused, match="outside the area"):
            services.close_task(county.act("xu"), task, result="found")


def test_inside_an_open_task_somebody_may_be_looked_up(inside: County) -> None:
    task = inside.task()
    assert queries.area_of_open_task(inside.actor("guo"), task.id, NOW) == VILLAGE
    assert queries.area_of_open_task(inside.actor("shan"), task.id, NOW) is None
    services.close_task(inside.act("guo"), task, result="found")
    assert queries.area_of_open_task(inside.actor("guo"), task.id, NOW) is None


def test_a_conflict_becomes_one_task(inside: County) -> None:
    record, other = inside.register.somebody()[0], inside.register.somebody()[0]
    pair = inside.register.somebody()[0]
    inside.by_house().log("people.conflict.found", area=VILLAGE, subject=("people.pair", pair), record=record, other=other)
    entry = LedgerEntry.objects.get(kind="people.conflict.found")
    with acts.writing():
        for _ in range(2):
            followers.open_conflict(inside.by_house(), entry)
    task = Task.objects.get()
    assert (task.kind, task.record_id, task.subject_kind, task.subject_id) == ("conflict", record, "people.pair", pair)
    inside.by_house().log("people.pair.decided", area=VILLAGE, subject=("people.pair", pair), same=False)
    decided = LedgerEntry.objects.get(kind="people.pair.decided")
    with acts.writing():
        for _ in range(2):
            followers.close_conflict(inside.by_house(), decided)
    task.refresh_from_db()
    assert (task.result, task.is_open) == ("not_same", False)


def test_tasks_and_alerts_follow_their_record(inside: County) -> None:
    task, alert = inside.task(), inside.alert()
    for row in (task, alert):
        other = inside.register.somebody()[1]
        inside.by_house().log("people.link.changed", area=OUBEI, record=row.record_id, before=row.person_id, after=other)
        with acts.writing():
            followers.follow_record(inside.by_house(), LedgerEntry.objects.filter(kind="people.link.changed").latest("id"))
        row.refresh_from_db()
        assert row.person_id == other
    inside.by_house().log("people.link.changed", area=OUBEI, record=task.record_id, before=task.person_id, after=None)
    with acts.writing():
        followers.follow_record(inside.by_house(), LedgerEntry.objects.filter(kind="people.link.changed").latest("id"))
    task.refresh_from_db()
    assert task.person_id is None


def test_who_can_be_sent_the_nearest_grid_worker_first(inside: County) -> None:
    def names(area: str) -> list[str]:
        return [user.username for user in queries.field_staff(area)]  # pyright: ignore[reportReturnType]

    assert names(VILLAGE) == ["guo", "shan", "ailian", "deng"]
    assert names(HILL) == ["shan", "guo", "ailian", "deng"]
    assert names(f"{HILL}001") == ["shan", "guo", "ailian", "deng"]
    assert names(OUBEI) == ["guo", "shan", "ailian", "deng"]
    assert names(NANXI) == ["xu"]
    assert sorted(names(COUNTY)) == ["ailian", "deng", "xu"]
    assert [user.username for user in queries.assignable(inside.actor("ailian"))] == ["shan", "guo", "ailian", "deng"]
    assert [user.username for user in queries.assignable(inside.actor("hua"))] == ["xu", "ailian", "deng"]
