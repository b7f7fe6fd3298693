"""At the door: what counts, who comes again, what came second or twice, and doors nobody knew."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction

from nanxi.desk.models import Task
from nanxi.field.sweep import queries, visits
from nanxi.field.sweep.models import Household, HouseholdVisit, SweepRound
from nanxi.field.sweep.rules import Tally
from nanxi.field.sweep.tests.village import BRIDGE, COUNTY, HILL, NANXI, OUBEI, SEEN, Village, lives
from nanxi.field.tests.folk import entries
from nanxi.foundation import acts, scope
from nanxi.foundation.act import Refused
from nanxi.foundation.grants import Purpose
from nanxi.foundation.models import AccessGrant
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import services as people


@pytest.fixture
def dwelling(village: Village) -> Household:
    """The one household of a round, Wei's."""
    village.take(lives("林海燕", "河滨路1号", phone="13800000001"), lives("林小宝", "河滨路1号", date(2015, 5, 1)))
    (home,) = village.homes(village.plan())
    village.give(home, "wei")
    return home


def again(dwelling: Household) -> Household:
    with scope.enter(EVERYWHERE):
        return Household.objects.select_related("round").get(pk=dwelling.pk)


def visit(
    village: Village, dwelling: Household, who: str = "wei", told: dict[str, str] | None = None, **more: object
) -> HouseholdVisit:
    with village.as_officer(who) as act:
        return visits.record_household(act, dwelling, told or SEEN, **more)  # type: ignore[arg-type]


def tally(village: Village, dwelling: Household, area: str = OUBEI) -> Tally:
    row = again(dwelling).round
    with village.as_officer("qian"):
        return queries.total(queries.tallies(row, area).values())


def test_one_adults_answer_settles_the_household(village: Village, dwelling: Household) -> None:
    made = visit(village, dwelling)
    assert (made.outcome, made.counted, made.living) == ("visited", True, 2)
    assert (again(dwelling).result, tally(village, dwelling)) == ("visited", Tally(known=1, visited=1))
    (entry,) = entries("field.household.visited")
    assert entry.facts["outcome"] == "visited"


def test_what_was_said_lies_sealed(village: Village, dwelling: Household) -> None:
    made = visit(village, dwelling, told={**SEEN, "note": "来自武汉的外甥"})
    assert made.answers is not None and "武汉".encode() not in bytes(made.answers)


def test_only_minors_at_home_means_come_again(village: Village, dwelling: Household) -> None:
    made = visit(village, dwelling, told={"result": "minors"})
    found = again(dwelling)
    assert made.living is None
    assert found.again_from == village.clock.now() + timedelta(hours=2)
    assert tally(village, dwelling) == Tally(known=1, absent=1)


def test_answers_of_nobody_are_not_taken(village: Village, dwelling: Household) -> None:
    with pytest.raises(Refused, match="answer the questions"):
        visit(village, dwelling, told={**SEEN, "answered_by": "child"})
    with pytest.raises(Refused, match="answer the questions"):
        visit(village, dwelling, told={"result": "visited"})


def test_after_three_parts_of_the_day_the_town_calls(village: Village, dwelling: Household) -> None:
    for _part in "mae":
        visit(village, dwelling, told={"result": "absent"}, at=village.clock.now())
        village.clock.forward(hours=4)
    assert again(dwelling).again_from is None
    assert tally(village, dwelling) == Tally(known=1, given_up=1)
    with scope.enter(EVERYWHERE):
        (call,) = Task.objects.filter(kind="call", ended_at=None)
    assert (call.rule, call.subject_id, call.record_id) == ("field.unmet", dwelling.id, dwelling.record_id)
    assert call.unit_id == village.users["qian"].unit_id and call.stops_at
    visit(village, dwelling, at=village.clock.now())
    with scope.enter(EVERYWHERE):
        call.refresh_from_db()
    assert call.ended_for == "stopped"


def test_who_was_not_met_is_on_the_list_only_at_another_time(village: Village, dwelling: Household) -> None:
    visit(village, dwelling, told={"result": "absent"})
    with village.as_officer("wei") as act:
        assert queries.doors_of(act.actor, act.now)[0] == []
    village.clock.forward(hours=2)
    with village.as_officer("wei") as act:
        (door,) = queries.doors_of(act.actor, act.now)[0]
    assert door.house == dwelling


def test_the_second_worker_is_told_and_nothing_is_lost(village: Village, dwelling: Household) -> None:
    visit(village, dwelling)
    second = visit(village, dwelling, "tan", told={**SEEN, "living": "9"})
    assert not second.counted
    assert (again(dwelling).result_by, tally(village, dwelling).visited) == (village.users["wei"].pk, 1)


def test_a_refusal_may_be_turned_by_another_worker_and_a_worker_may_correct(village: Village, dwelling: Household) -> None:
    visit(village, dwelling, told={"result": "refused"})
    assert visit(village, dwelling, "tan").counted
    assert visit(village, dwelling, "tan", told={"result": "moved"}).counted
    assert tally(village, dwelling) == Tally(known=1, moved=1)


def test_the_same_submission_twice_is_one_visit(village: Village, dwelling: Household) -> None:
    number = uuid4()
    first = visit(village, dwelling, submission=number)
    assert visit(village, dwelling, submission=number) == first
    with scope.enter(EVERYWHERE):
        assert HouseholdVisit.objects.count() == 1


def test_a_clock_ahead_is_not_believed(village: Village, dwelling: Household) -> None:
    assert visit(village, dwelling, at=village.clock.now() + timedelta(days=1)).at == village.clock.now()


def test_before_and_after_the_round_nothing_is_kept(village: Village, dwelling: Household) -> None:
    with pytest.raises(Refused, match="not begun"):
        visit(village, dwelling, at=village.clock.now() - timedelta(days=1))
    village.clock.forward(days=8)
    with pytest.raises(Refused, match="ask your town to prolong"):
        visit(village, dwelling)


def test_nobody_visits_for_another_unit(village: Village, dwelling: Household) -> None:
    with pytest.raises(Refused, match="another worker's"):
        visit(village, dwelling, "qian")
    with pytest.raises(Refused, match="outside the area"):
        visit(village, dwelling, "xia")


def test_fever_at_a_door_opens_one_task_for_the_town(village: Village, dwelling: Household) -> None:
    for _again in range(2):
        visit(village, dwelling, told={**SEEN, "unwell": "1"})
    with scope.enter(EVERYWHERE):
        (task,) = Task.objects.filter(rule="field.unwell")
    assert (task.kind, task.subject_id, task.priority) == ("health", dwelling.pk, 1)


def find(village: Village, row: SweepRound, who: str = "wei", **more: object) -> Household:
    told = {"area": BRIDGE, "address": "河滨路88号", "name": "赵新", "phone": "13900000009", "persons": 3}
    with village.as_officer(who) as act:
        return visits.find_household(act, row, **{**told, **more})  # type: ignore[arg-type]


def test_a_household_found_later_joins_the_denominator_with_its_date(village: Village, dwelling: Household) -> None:
    new = find(village, again(dwelling).round)
    assert new.found_at == village.clock.now() and new.worker_id == village.users["wei"].pk
    assert tally(village, dwelling) == Tally(known=1, found=1)
    assert visit(village, new).counted


def test_an_address_the_round_knows_is_not_counted_twice(village: Village, dwelling: Household) -> None:
    row = again(dwelling).round
    with pytest.raises(Refused, match="on your list already"):
        find(village, row, address="河滨路1号")
    with pytest.raises(Refused, match="with another worker"):
        find(village, row, "tan", address="河滨路 1 号")
    find(village, row)
    with pytest.raises(Refused, match="with another worker"):
        find(village, row, "tan")


def test_an_address_that_another_village_holds_is_told_without_showing_it(village: Village) -> None:
    village.take(lives("王强", "山前路1号"), area=HILL)
    row = village.plan()
    with pytest.raises(Refused, match="with another worker"):
        find(village, row, address="山前路1号")


@pytest.mark.parametrize(
    ("more", "words"),
    [({"address": " "}, "Give the address"), ({"name": "", "phone": ""}, "name or phone"), ({"area": HILL}, "outside")],
)
def test_a_found_household_needs_its_facts(village: Village, dwelling: Household, more: dict, words: str) -> None:
    with pytest.raises(Refused, match=words):
        find(village, again(dwelling).round, **more)


def test_only_its_own_worker_opens_a_household_and_only_while_the_round_runs(village: Village, dwelling: Household) -> None:
    def opened(who: str) -> str:
        with village.as_officer(who) as act:
            person = queries.below.person_of(dwelling.record_id)
            via = ("field.household", dwelling.pk)
            return people.open_record(
                act, record_id=dwelling.record_id, via=via, purpose=Purpose.VERIFICATION, person_id=person
            ).name

    assert opened("wei") == "林海燕"
    with scope.enter(EVERYWHERE):
        assert AccessGrant.objects.get().via_id == dwelling.pk
    for who in ("tan", "qian"):
        with pytest.raises(Refused):
            opened(who)
    village.clock.forward(days=8)
    with pytest.raises(Refused):
        opened("wei")


def test_a_household_opens_no_other_person(village: Village, dwelling: Household) -> None:
    other, *_ = village.take(lives("陈伟明", "河滨路3号"))
    via = ("field.household", dwelling.pk)
    with village.as_officer("wei") as act, pytest.raises(Refused):
        people.open_record(act, record_id=other, via=via, purpose=Purpose.VERIFICATION)


def test_coverage_goes_down_level_by_level(village: Village, dwelling: Household) -> None:
    village.take(lives("王强", "山前路1号"), area=HILL)
    village.take(lives("李四", "镇前街1号"), area=OUBEI)
    row = village.plan()
    with village.as_officer("qian"):
        assert {code: one.all for code, one in queries.tallies(row, OUBEI).items()} == {BRIDGE: 1, HILL: 1, OUBEI: 1}
        assert queries.tallies(row, NANXI) == {}
    with scope.enter(EVERYWHERE):
        assert {code: one.all for code, one in queries.tallies(row, COUNTY).items()} == {OUBEI: 3}


def test_a_worker_counts_no_other_village(village: Village, dwelling: Household) -> None:
    village.take(lives("王强", "山前路1号"), area=HILL)
    row = village.plan()
    with village.as_officer("wei"):
        assert set(queries.tallies(row, OUBEI)) == {BRIDGE}


def test_visits_are_only_ever_added(village: Village, dwelling: Household) -> None:
    made = visit(village, dwelling)
    with scope.enter(EVERYWHERE), acts.set_up(), pytest.raises(ProgrammingError), transaction.atomic():
        HouseholdVisit.everything.filter(pk=made.pk).update(outcome="moved")


def test_entrances_count_for_a_day(village: Village) -> None:
    from nanxi.foundation.models import Area

    with village.as_officer("wei") as act:
        visits.report_control(act, Area.objects.get(pk=BRIDGE), entrances=3, kept=3)
    with village.as_officer("qian") as act:
        rates = {
            rate.sort: (rate.kept, rate.all) for rate in queries.control_rates(queries.control_lines(act.actor.reach, act.now))
        }
    assert rates == {"community": (1, 1), "village": (0, 1)}
    village.clock.forward(hours=25)
    with village.as_officer("qian") as act:
        assert queries.control_rates(queries.control_lines(act.actor.reach, act.now))[0].kept == 0


@pytest.mark.parametrize(
    ("code", "entrances", "kept", "words"),
    [(HILL, 3, 3, "outside"), (BRIDGE, 0, 0, "1 to 500"), (BRIDGE, 2, 3, "no more guarded")],
)
def test_a_report_that_cannot_be_is_refused(village: Village, code: str, entrances: int, kept: int, words: str) -> None:
    from nanxi.foundation.models import Area

    with village.as_officer("wei") as act, pytest.raises(Refused, match=words):
        visits.report_control(act, Area.objects.get(pk=code), entrances=entrances, kept=kept)
