"""A list is dealt by jurisdiction, turn and load; a village where nobody works falls to the duty queue of its town."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import pytest

from nanxi.desk import dispatching, knowing, services
from nanxi.desk.models import Finding, Task
from nanxi.desk.queries import serving
from nanxi.desk.services import dispatch, prechecks
from nanxi.desk.tests.folk import COUNTY, DAY, HILL, HOUR, NANXI, NOW, OUBEI, VILLAGE, County, Row
from nanxi.desk.tests.test_parts import rows, unit
from nanxi.foundation import acts, jobs
from nanxi.foundation.act import Refused
from nanxi.foundation.followers import registry
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import JobRun, LedgerEntry, User


@pytest.mark.parametrize("row", rows("desk_dealing.md", "officers"), ids=lambda row: " ".join(row[:2]))
def test_dealing(row: list[str]) -> None:
    told = [text.split() for text in row[0].split(",") if text.strip() != "–"]
    dealer = dispatching.Dealer(dispatching.Candidate(name, int(turn), int(load)) for name, turn, load in told)
    dealt = Counter(dealer.next() or "nobody" for _ in range(int(row[1])))
    assert ", ".join(f"{name} {number}" for name, number in sorted(dealt.items())) == row[2].replace("nobody", f"nobody {row[1]}")


def take(county: County, *places: str, number: str = "12") -> list[Task]:
    directive = county.directive(*places, number=number)
    dispatch.take_list(county.by_house(), directive, directive.batch_id, county.register.rows[directive.batch_id])  # pyright: ignore
    return list(Task.objects.filter(directive=directive).order_by("id"))


def test_a_check_goes_to_the_grid_worker_of_its_village_and_to_the_duty_officer_of_the_town(inside: County) -> None:
    services.set_duty(inside.act("ailian"), user=inside.users["deng"], part="duty", starts=NOW - HOUR, ends=NOW + 8 * HOUR)
    village, town = take(inside, VILLAGE, OUBEI)
    assert (village.unit_id, village.assignee_id) == (unit("Riverside grid").id, inside.users["guo"].id)
    assert (town.unit_id, town.assignee_id) == (unit("Oubei desk").id, inside.users["deng"].id)


def test_open_tasks_are_counted_until_somebody_is_full(inside: County, monkeypatch: pytest.MonkeyPatch) -> None:
    guo = inside.users["guo"]
    take(inside, VILLAGE, VILLAGE, VILLAGE)

    def load() -> int:
        return serving.candidates_of([guo.unit_id], NOW)[guo.unit_id]["guo"][1].load

    assert load() == 3
    monkeypatch.setattr(serving, "FULL", 2)
    assert load() == 2


def close_account(county: County, name: str) -> None:
    with acts.set_up():
        User.objects.filter(username=name).update(is_active=False)


def test_a_village_without_staff_falls_to_the_duty_queue_of_its_town(inside: County) -> None:
    close_account(inside, "guo")
    hill, village = take(inside, HILL, VILLAGE)
    assert hill.assignee_id == inside.users["shan"].id
    assert (village.unit_id, village.assignee_id, village.area_code) == (unit("Oubei desk").id, None, VILLAGE)
    assert village.facts["nobody_at"] == str(unit("Riverside grid").id)
    entry = LedgerEntry.objects.get(kind="desk.directive.dispatched")
    assert entry.facts["unstaffed"] == 1
    single = inside.task(area=VILLAGE)
    assert (single.unit_id, single.facts["nobody_at"]) == (unit("Oubei desk").id, str(unit("Riverside grid").id))


def test_a_row_outside_every_unit_stays_with_the_unit_that_received_the_list(inside: County) -> None:
    [task] = take(inside, "110101000000")
    assert (task.unit_id, task.assignee_id) == (unit("Headquarters").id, None)


def test_a_long_list_is_dealt_by_a_job_that_may_stop_anywhere(inside: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "CHUNK", 3)
    tasks = take(inside, *[VILLAGE] * 5, *[NANXI] * 3)
    assert len(tasks) == 3
    row = JobRun.everything.get(name="desk.deal_list")
    directive = tasks[0].directive
    run = jobs.Run(row, inside.by_house().actor)
    monkeypatch.setattr(run, "chunk", lambda: nullcontext(inside.by_house()))

    def stop(*_told: Any) -> None:
        raise jobs.Stopped

    deal = {"directive": str(directive.id), "batch": str(directive.batch_id)}  # type: ignore[union-attr]
    with monkeypatch.context() as patch:
        patch.setattr(run, "progress", stop)
        with pytest.raises(jobs.Stopped):
            dispatch.deal_rest.work(run, **deal)
    assert Task.objects.count() == 6
    monkeypatch.setattr(run, "progress", lambda *_told: None)
    for _ in range(2):
        dispatch.deal_rest.work(run, **deal)
    assert Counter(task.area_code for task in Task.objects.all()) == {VILLAGE: 5, NANXI: 3}


def test_a_job_that_is_faster_than_its_asker_is_tried_again(county: County) -> None:
    with pytest.raises(jobs.NotYet):
        dispatch.deal_rest._run(run=str(uuid7()), directive=str(uuid7()), batch=str(uuid7()))


def test_a_row_of_another_county_is_kept_for_handing_over_and_no_check_is_opened(inside: County) -> None:
    directive = inside.directive(VILLAGE)
    record, person = inside.register.somebody()
    listed = [*inside.register.rows[directive.batch_id], Row(record, person, COUNTY, "330382")]  # pyright: ignore
    dispatch.take_list(inside.by_house(), directive, directive.batch_id, listed)  # pyright: ignore[reportArgumentType]
    assert [task.area_code for task in Task.objects.all()] == [VILLAGE]


def post_saw(said: str) -> knowing.LookUp:
    return lambda records, persons, since, now: [
        knowing.Known(record, said, "event", NOW - HOUR, uuid7()) for record in records
    ]


def test_what_the_house_knows_stands_beside_the_check_and_decides_nothing(
    inside: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowing, "_sources", {"field.passage": knowing.Source("field.passage", "post", post_saw("gone"))})
    [task] = take(inside, VILLAGE)
    [finding] = Finding.objects.filter(task=task)
    assert (finding.way, finding.says, finding.how, finding.source_kind) == ("online", "gone", "event", "field.passage")
    assert task.is_open and not task.result
    assert not LedgerEntry.objects.filter(kind__in=["desk.task.closed", "desk.finding.ruled"]).exists()
    services.close_task(inside.act("guo"), task, result="found")
    assert LedgerEntry.objects.get(kind="desk.finding.ruled").facts["says"] == "here"


def test_a_check_of_another_list_is_known_with_what_it_found(inside: County) -> None:
    [first] = take(inside, VILLAGE)
    services.close_task(inside.act("guo"), first, result="already_left")
    directive = inside.directive(number="13")
    batch = uuid7()
    record, _person = inside.register.somebody()
    row = Row(record, first.person_id, OUBEI)
    dispatch.take_list(inside.by_house(), directive, batch, [row])  # pyright: ignore[reportArgumentType]
    [finding] = Finding.objects.filter(task__record_id=record)
    assert (finding.says, finding.how, finding.source_id) == ("gone", "list", first.id)


def test_an_officer_asks_for_another_look_and_nothing_is_kept_twice(inside: County, monkeypatch: pytest.MonkeyPatch) -> None:
    passage = UUID(int=7)
    [task] = take(inside, VILLAGE)
    assert not Finding.objects.exists()

    def saw(records: Any, persons: Any, since: Any, now: Any) -> list[knowing.Known]:
        return [knowing.Known(record, "here", "event", NOW - DAY, passage) for record in records]

    monkeypatch.setattr(knowing, "_sources", {"field.passage": knowing.Source("field.passage", "post", saw)})
    for _ in range(2):
        prechecks.ask_again(inside.act("hua"), task.directive)  # type: ignore[arg-type]
    for entry in LedgerEntry.objects.filter(kind="desk.batch.lookup_asked"):
        registry["desk.prechecks"].handle(inside.by_house(), entry)
    assert Finding.objects.filter(task=task).count() == 1
    services.close_task(inside.act("guo"), task, result="found")
    with pytest.raises(Refused, match="No check of this list is open"):
        prechecks.ask_again(inside.act("hua"), task.directive)  # type: ignore[arg-type]
