"""The tables `tests/spec/desk_*.md`, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nanxi.desk import rules
from nanxi.desk.rules import CallResult, Course, Disposition, Level, Measure, TaskKind

SPEC = Path(__file__).resolve().parents[3] / "tests" / "spec"
START = datetime(2020, 2, 3, tzinfo=UTC)


def rows(name: str) -> list[list[str]]:
    lines = [line for line in (SPEC / name).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def minute(text: str) -> datetime | None:
    return None if text == "–" else START + timedelta(minutes=int(text))


@pytest.mark.parametrize(("story", "acknowledged", "now", "idle", "asked", "again"), rows("desk_escalation.md"))
def test_escalation(story: str, acknowledged: str, now: str, idle: str, asked: str, again: str) -> None:
    at = START + timedelta(minutes=int(now))
    assert rules.level_at(START, minute(acknowledged), at).label == asked
    assert rules.rings_again(minute(acknowledged), at - timedelta(minutes=int(idle)), at) is (again == "yes")


@pytest.mark.parametrize(("role", "own", "part", "roster", "level"), rows("desk_hearing.md"))
def test_hearing(role: str, own: str, part: str, roster: str, level: str) -> None:
    found = rules.heard_from(role, own_unit=own == "yes", part="" if part == "–" else part, rostered=roster == "yes")
    assert found.label == level


@pytest.mark.parametrize(("disposition", "measure", "calls", "visits", "then"), rows("desk_closing.md"))
def test_closing(disposition: str, measure: str, calls: str, visits: str, then: str) -> None:
    what = next(one for one in Disposition if one.code == disposition)
    done = next(one for one in Measure if one.code == measure)
    problem = rules.why_not_close(what, done, int(calls), int(visits))
    assert (then in problem) if then != "may be closed" else not problem


@pytest.mark.parametrize(("triaged", "listed", "still", "done", "ended", "stage", "reason", "then"), rows("desk_directives.md"))
def test_directives(triaged: str, listed: str, still: str, done: str, ended: str, stage: str, reason: str, then: str) -> None:
    course = Course(triaged == "yes", int(still), int(done), ended == "answered", ended == "withdrawn", listed == "yes")
    assert rules.stage_of(course).value == stage
    problem = rules.why_not_answer(course, "asked for at once" if reason == "yes" else " ")
    assert (then in problem) if then != "may go out" else not problem


def test_a_late_timer_tells_every_step() -> None:
    assert rules.climb(Level.DUTY, Level.LEADER) == [Level.DEPUTY, Level.HEADQUARTERS, Level.LEADER]
    assert rules.climb(Level.HEADQUARTERS, Level.DEPUTY) == []


def test_a_call_lies_between_alert_and_now() -> None:
    now = START + timedelta(minutes=3)
    assert "before the alert" in rules.why_not_call(CallResult.AT_HOME, START - timedelta(minutes=1), START, now)
    assert "future" in rules.why_not_call(CallResult.AT_HOME, now + timedelta(minutes=5), START, now)
    assert "what came of the call" in rules.why_not_call(None, now, START, now)
    assert not rules.why_not_call(CallResult.NO_ANSWER, now, START, now)


def test_every_result_of_every_kind_has_its_word_and_none_is_called_other() -> None:
    assert not [result for kind in TaskKind for result in kind.results if result not in rules.RESULTS]
    assert "other" not in {one.code for one in (*Disposition, *Measure, *CallResult)}
