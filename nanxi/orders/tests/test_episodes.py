"""One departure keeps one number, however often and in whatever order the log is read."""

from __future__ import annotations

from nanxi.orders.episodes import Told, numbered, told_of


def test_the_first_exit_is_the_first_episode() -> None:
    assert numbered([], [(120, 240), (120, 360)]) == {120: 1}


def test_an_exit_whose_begin_moved_is_the_same_episode() -> None:
    assert numbered([Told(1, 120, 240)], [(60, 300)]) == {60: 1}
    assert numbered([Told(1, 0, 180)], [(120, 240)]) == {120: 1}


def test_after_an_alarm_that_later_messages_took_back_the_next_departure_has_a_number_of_its_own() -> None:
    """The engine counts it as its first; under the first number the real departure would never have been told."""
    assert numbered([Told(1, 0, 180)], [(4000, 4120)]) == {4000: 2}


def test_a_departure_found_before_the_one_told_does_not_take_its_number() -> None:
    assert numbered([Told(1, 2000, 2120)], [(500, 620), (2000, 2120)]) == {500: 2, 2000: 1}


def test_two_departures_told_as_one() -> None:
    assert numbered([Told(1, 0, 2000)], [(0, 400), (1500, 2000)]) == {0: 1, 1500: 2}


def test_what_was_told() -> None:
    assert told_of([(1, 240, 120), (1, 360, 240), (1, 900, 0), (2, 2000, 130)]) == [Told(1, 120, 900), Told(2, 1870, 2000)]
