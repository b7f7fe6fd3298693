"""Rosters and handover notes: read by name before the desk opens."""

from __future__ import annotations

import pytest

from nanxi.desk import queries, services, turns
from nanxi.desk.rules.fatigue import Span
from nanxi.desk.tests.folk import DAY, HOUR, NOW, OUBEI, County
from nanxi.foundation import scope
from nanxi.foundation.act import Refused
from nanxi.foundation.reach import EVERYWHERE


def test_who_is_on_duty_at_a_time(inside: County) -> None:
    for name, part in (("deng", "deputy"), ("ailian", "duty")):
        services.set_duty(inside.act("ailian"), user=inside.users[name], part=part, starts=NOW, ends=NOW + 8 * HOUR)
    unit = inside.users["ailian"].unit_id
    names = {user.id: name for name, user in inside.users.items()}
    assert [names[slot.user_id] for slot in queries.on_duty(unit, NOW)] == ["ailian", "deng"]
    assert queries.on_duty(unit, NOW + 8 * HOUR) == []
    assert queries.on_duty(inside.users["xu"].unit_id, NOW) == []


def test_a_roster_is_kept_for_ones_own_unit_in_whole_spans(inside: County) -> None:
    with pytest.raises(Refused, match="own unit"):
        services.set_duty(inside.act("ailian"), user=inside.users["xu"], part="duty", starts=NOW, ends=NOW + HOUR)
    with pytest.raises(Refused, match="ends before it begins"):
        services.set_duty(inside.act("ailian"), user=inside.users["deng"], part="duty", starts=NOW, ends=NOW)


def test_the_roster_tires_nobody_out(inside: County) -> None:
    """The same rules as in mobilisation, one sentence each; a deputy waits for a call and counts as resting."""

    def put(begins: int, hours: int, part: str = "duty") -> None:
        starts = NOW + begins * HOUR
        services.set_duty(inside.act("ailian"), user=inside.users["deng"], part=part, starts=starts, ends=starts + hours * HOUR)

    put(0, 8)
    for begins, hours, why in ((4, 8, "overlaps"), (9, 8, "11 hours of rest"), (24, 13, "12 hours at most")):
        with pytest.raises(Refused, match=why):
            put(begins, hours)
    put(9, 24, "deputy")
    put(24, 12)


def test_rest_is_counted_over_turns_of_other_rooms(inside: County, monkeypatch: pytest.MonkeyPatch) -> None:
    deng = inside.users["deng"].pk
    monkeypatch.setitem(turns._sources, "tests", lambda users, since: {deng: [Span(NOW, NOW + 6 * HOUR)]})
    with pytest.raises(Refused, match="11 hours of rest"):
        services.set_duty(
            inside.act("ailian"), user=inside.users["deng"], part="duty", starts=NOW + 8 * HOUR, ends=NOW + 16 * HOUR
        )


def test_whoever_is_out_on_a_turn_is_dealt_work_first(inside: County, monkeypatch: pytest.MonkeyPatch) -> None:
    unit, deng = inside.users["deng"].unit_id, inside.users["deng"].pk
    assert queries.likely_officer(unit, NOW) == inside.users["ailian"]
    monkeypatch.setitem(turns._sources, "tests", lambda users, since: {deng: [Span(NOW, NOW + 6 * HOUR)]})
    assert queries.likely_officer(unit, NOW) == inside.users["deng"]
    assert queries.likely_officer(unit, NOW + 6 * HOUR) == inside.users["ailian"]


def test_an_officer_is_taken_off_the_roster(inside: County) -> None:
    slot = services.set_duty(inside.act("ailian"), user=inside.users["deng"], part="duty", starts=NOW, ends=NOW + 8 * HOUR)
    with pytest.raises(Refused, match="own unit"):
        services.end_duty(inside.act("xu"), slot)
    inside.clock.forward(hours=1)
    services.end_duty(inside.act("ailian"), slot)
    assert queries.on_duty(inside.users["deng"].unit_id, inside.clock.now()) == []
    with pytest.raises(Refused, match="over already"):
        services.end_duty(inside.act("ailian"), slot)


def test_a_note_is_read_by_name(inside: County) -> None:
    note = services.write_note(inside.act("ailian"), area=OUBEI, text="Lin Jia must be called at six.")
    assert b"Lin" not in bytes(note.text)
    assert queries.text_of_note(note) == "Lin Jia must be called at six."
    unread = {name: len(queries.unread_notes(inside.actor(name), NOW)) for name in ("ailian", "deng", "xu", "hua")}
    assert unread == {"ailian": 0, "deng": 1, "xu": 0, "hua": 0}
    services.read_note(inside.act("deng"), note)
    services.read_note(inside.act("deng"), note)
    assert queries.unread_notes(inside.actor("deng"), NOW) == []
    assert note.reads.count() == 2


def test_an_old_note_asks_nobody_any_more(inside: County) -> None:
    services.write_note(inside.act("ailian"), area=OUBEI, text="Nothing open.")
    assert queries.unread_notes(inside.actor("deng"), NOW + 2 * DAY) == []


def test_an_empty_note_is_refused(inside: County) -> None:
    with pytest.raises(Refused, match="nothing is open"):
        services.write_note(inside.act("ailian"), area=OUBEI, text="  ")


def test_another_town_sees_no_note(county: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        note = services.write_note(county.act("ailian"), area=OUBEI, text="Nothing open.")
    with scope.enter(county.actor("xu").reach, user_id=county.users["xu"].id, at=NOW):
        assert not type(note).objects.exists()
