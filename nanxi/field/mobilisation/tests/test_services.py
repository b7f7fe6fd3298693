"""Consent, call-up, answers within the rules, swap, handover, patrols, and the one roster."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nanxi.desk import queries as desk
from nanxi.desk import services as desk_services
from nanxi.field.mobilisation import queries, rules, services
from nanxi.field.mobilisation.models import Turn, Volunteer
from nanxi.field.mobilisation.tests.squad import Squad
from nanxi.field.sweep.tests.village import BRIDGE, NANXI, OUBEI
from nanxi.field.tests.folk import entries
from nanxi.foundation import scope
from nanxi.foundation.act import Refused
from nanxi.foundation.reach import EVERYWHERE


def test_nobody_is_listed_without_consent_and_the_name_lies_sealed(squad: Squad) -> None:
    with pytest.raises(Refused, match="without consent"):
        squad.enlist("丁一", consent=False)
    assert "白云".encode() not in bytes(squad.bai.sealed)
    with scope.enter(EVERYWHERE):
        assert queries.labels_of([squad.bai]) == {squad.bai.id: "白*"}
        assert queries.contact_of(squad.bai) == ("白云", "13800000001")


def test_a_contact_is_opened_on_record_and_only_by_its_unit(squad: Squad) -> None:
    with squad.as_officer("qian") as act:
        services.open_contact(act, squad.bai)
    assert len(entries("field.volunteer.read")) == 1
    with squad.as_officer("xia") as act, pytest.raises(Refused, match="another unit"):
        services.open_contact(act, squad.bai)
    with squad.as_officer("wei") as act, pytest.raises(Refused, match="right"):
        services.open_contact(act, squad.bai)


def test_the_end_of_consent_makes_the_name_unreadable_and_frees_turns(squad: Squad) -> None:
    shift = squad.shift(24)
    squad.comes(shift, squad.bai)
    squad.as_volunteer(squad.bai, services.end_consent, squad.bai)
    assert squad.on(shift) == set()
    with scope.enter(EVERYWHERE):
        row = Volunteer.objects.get(pk=squad.bai.pk)
        assert queries.contact_of(row) == ("…", "")
        assert row.link_version == 2
    assert squad.bai.id not in {one.id for one in _members(squad)}


def _members(squad: Squad) -> list[Volunteer]:
    shift = squad.shift(100, call=False)
    with scope.enter(EVERYWHERE):
        return queries.members(shift)


def test_a_shift_is_sized_by_the_open_tasks_due_before_its_end(squad: Squad) -> None:
    with squad.as_officer("qian") as act:
        for hours in (0.5, 1.5, 30):
            desk_services.open_task(act, kind="patrol", area=BRIDGE, title="x", due=act.now + timedelta(hours=hours))
    sized = [(one.sized_by, one.seats) for one in (squad.shift(0, 1, seats=None), squad.shift(1, 0.5, seats=None))]
    assert sized == [(1, 1), (1, 1)]
    assert squad.shift(1, 0.75, seats=None).sized_by == 2 and squad.shift(24, 8, seats=None).sized_by == 3


@pytest.mark.parametrize(
    ("begins", "hours", "more", "words"),
    [
        (1, 13, {}, "12 hours at most"),
        (1, -1, {}, "ends before it begins"),
        (24 * 40, 8, {}, "next 31 days"),
        (1, 8, {"area": NANXI}, "outside the one you answer for"),
    ],
)
def test_a_shift_that_cannot_be_is_refused(squad: Squad, begins: float, hours: float, more: dict, words: str) -> None:
    with pytest.raises(Refused, match=words):
        squad.shift(begins, hours, **more)


def test_the_call_goes_to_whoever_has_the_skill_and_the_rest(squad: Squad) -> None:
    asked = squad.shift(24, skill="medical")
    with scope.enter(EVERYWHERE):
        assert set(Turn.objects.filter(shift=asked).values_list("volunteer_id", flat=True)) == {squad.bai.id}
    squad.comes(asked, squad.bai)
    second = squad.shift(33)
    with scope.enter(EVERYWHERE):
        called = set(Turn.objects.filter(shift=second).values_list("volunteer_id", flat=True))
    assert called == {squad.chu.id, squad.desk.id}


def test_calling_twice_asks_nobody_twice(squad: Squad) -> None:
    shift = squad.shift(24)
    with squad.as_officer("qian") as act:
        services.call_up(act, shift)
    with scope.enter(EVERYWHERE):
        assert Turn.objects.filter(shift=shift).count() == 3


def test_a_shift_that_breaks_a_rule_is_refused_with_its_sentence(squad: Squad) -> None:
    first, second = squad.shift(24), squad.shift(34)
    squad.comes(first, squad.bai)
    with pytest.raises(Refused, match="11 hours of rest"):
        squad.comes(second, squad.bai)
    assert squad.on(second) == set()


def test_hours_on_the_desks_roster_count_as_well(squad: Squad) -> None:
    shift = squad.shift(24)
    starts = squad.clock.now() + timedelta(hours=14)
    with squad.as_officer("qian") as act:
        desk_services.set_duty(act, user=squad.users["qian"], part="duty", starts=starts, ends=starts + timedelta(hours=8))
    with pytest.raises(Refused, match="11 hours of rest"):
        squad.comes(shift, squad.desk)


def test_the_last_place_is_taken_once_and_given_back(squad: Squad) -> None:
    shift = squad.shift(24, seats=1)
    squad.comes(shift, squad.bai)
    with pytest.raises(Refused, match="taken"):
        squad.comes(shift, squad.chu)
    squad.as_volunteer(squad.bai, services.answer_call, squad.turn(shift, squad.bai), yes=False)
    squad.comes(shift, squad.chu)
    assert squad.on(shift) == {squad.chu.id}


def test_a_turn_at_the_desk_stands_on_the_roster_that_alerts_ask(squad: Squad) -> None:
    shift = squad.shift(24, work="desk")
    squad.comes(shift, squad.desk)
    during = shift.starts + timedelta(hours=1)
    assert [slot.user_id for slot in desk.on_duty(shift.unit_id, during)] == [squad.users["qian"].pk]
    assert desk.on_duty(shift.unit_id, shift.ends) == []
    squad.as_volunteer(squad.desk, services.answer_call, squad.turn(shift, squad.desk), yes=False)
    assert desk.on_duty(shift.unit_id, during) == []


def test_a_cancelled_shift_leaves_the_roster(squad: Squad) -> None:
    shift = squad.shift(24, work="desk")
    squad.comes(shift, squad.desk)
    with squad.as_officer("qian") as act:
        services.cancel_shift(act, shift)
    assert desk.on_duty(shift.unit_id, shift.starts + timedelta(hours=1)) == []
    with pytest.raises(Refused, match="cancelled"):
        squad.comes(shift, squad.chu)


def test_a_swap_holds_when_the_other_agrees(squad: Squad) -> None:
    first, second = squad.shift(24), squad.shift(72)
    mine, theirs = squad.comes(first, squad.bai), squad.comes(second, squad.chu)
    swap = squad.swap(squad.turn(first, squad.bai), squad.turn(second, squad.chu))
    assert (squad.on(first), squad.on(second)) == ({squad.bai.id}, {squad.chu.id})
    assert mine.on and theirs.on
    squad.as_volunteer(squad.chu, services.answer_swap, swap, yes=True)
    assert (squad.on(first), squad.on(second)) == ({squad.chu.id}, {squad.bai.id})
    with pytest.raises(Refused, match="already"):
        squad.as_volunteer(squad.chu, services.answer_swap, swap, yes=True)


def test_a_refused_swap_changes_nothing(squad: Squad) -> None:
    first, second = squad.shift(24), squad.shift(72)
    squad.comes(first, squad.bai)
    squad.comes(second, squad.chu)
    swap = squad.swap(squad.turn(first, squad.bai), squad.turn(second, squad.chu))
    squad.as_volunteer(squad.chu, services.answer_swap, swap, yes=False)
    assert (squad.on(first), squad.on(second)) == ({squad.bai.id}, {squad.chu.id})


def test_a_swap_that_would_tire_somebody_is_refused(squad: Squad) -> None:
    first, second, third = squad.shift(24), squad.shift(72), squad.shift(34)
    squad.comes(first, squad.bai)
    squad.comes(second, squad.chu)
    squad.comes(third, squad.chu)
    swap = squad.swap(squad.turn(first, squad.bai), squad.turn(second, squad.chu))
    with pytest.raises(Refused, match="11 hours of rest"):
        squad.as_volunteer(squad.chu, services.answer_swap, swap, yes=True)
    assert squad.on(first) == {squad.bai.id}


def test_a_swap_needs_the_skill(squad: Squad) -> None:
    first, second = squad.shift(24, skill="medical"), squad.shift(72)
    squad.comes(first, squad.bai)
    squad.comes(second, squad.chu)
    with pytest.raises(Refused, match="skill"):
        squad.swap(squad.turn(first, squad.bai), squad.turn(second, squad.chu))


def test_notes_are_read_before_the_shift_begins(squad: Squad) -> None:
    first, second = squad.shift(0, 4), squad.shift(4, 4)
    earlier = squad.comes(first, squad.bai)
    squad.comes(second, squad.chu)
    with pytest.raises(Refused, match="Come on first"):
        squad.as_volunteer(squad.bai, services.leave_note, squad.turn(first, squad.bai), "x")
    squad.as_volunteer(squad.bai, services.begin_turn, earlier)
    note = squad.as_volunteer(squad.bai, services.leave_note, squad.turn(first, squad.bai), "Lamp at the gate is broken")
    assert b"Lamp" not in bytes(note.text)
    squad.clock.forward(hours=4)
    with pytest.raises(Refused, match="Read the notes"):
        squad.as_volunteer(squad.chu, services.begin_turn, squad.turn(second, squad.chu))
    squad.as_volunteer(squad.chu, services.read_note, note, squad.chu)
    assert squad.as_volunteer(squad.chu, services.begin_turn, squad.turn(second, squad.chu)).begun_at == squad.clock.now()


def test_a_patrol_is_counted_by_whoever_came_on(squad: Squad) -> None:
    shift = squad.shift(0, 4)
    squad.comes(shift, squad.bai)
    counts = {"gatherings": 2, "people": 30, "premises": 1}
    with pytest.raises(Refused, match="Come on first"):
        squad.as_volunteer(squad.bai, services.log_patrol, squad.turn(shift, squad.bai), **counts)
    squad.as_volunteer(squad.bai, services.begin_turn, squad.turn(shift, squad.bai))
    squad.as_volunteer(squad.bai, services.log_patrol, squad.turn(shift, squad.bai), **counts)
    with pytest.raises(Refused, match="counts from 0"):
        squad.as_volunteer(squad.bai, services.log_patrol, squad.turn(shift, squad.bai), gatherings=-1, people=0, premises=0)
    with squad.as_officer("qian") as act:
        assert queries.patrol_sums(act.actor, act.now - timedelta(hours=1)) == {**counts, "rounds": 1}
        (line,) = queries.on_duty_now(act.actor, act.now)
    assert line == ("白*", rules.Work.PATROL, shift.ends, True)
    with squad.as_officer("xia") as act:
        assert queries.patrol_sums(act.actor, act.now - timedelta(hours=1))["rounds"] == 0


def test_teams_belong_to_their_unit(squad: Squad) -> None:
    with squad.as_officer("xia") as act, pytest.raises(Refused, match="another unit"):
        services.enlist(act, squad.team, name="戊", phone="", skills=[], consent=True)
    with squad.as_officer("wei") as act, pytest.raises(Refused, match="right"):
        services.found_team(act, area=OUBEI, name="x")
