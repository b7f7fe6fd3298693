"""What the noise file lets the county's sources show of an encounter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nanxi.rehearsal.score import score
from nanxi.rehearsal.score.stated import stated
from nanxi.rehearsal.score.told import as_json, as_text
from nanxi.rehearsal.tests.test_score import GOOD, TRUTH

RATES = {"bus_scan": 0.6, "venue_check_in": 0.5, "market_check_in": 0.3, "firm_gate": 0.8, "interview": 0.7}


def chance(*kinds: str) -> float:
    return stated([met("p", kind) for kind in kinds], RATES)["c", "p"]


def met(person: str, kind: str, hours: int = 1) -> dict[str, str]:
    span = {"from": "2020-01-20T08:00:00+08:00", "until": f"2020-01-20T{8 + hours:02}:00:00+08:00"}
    return {"case": "c", "person": person, "kind": kind, **span}


def test_a_stranger_is_shown_when_both_were_recorded_or_the_case_remembers() -> None:
    assert chance("bus") == pytest.approx(0.6 * (1 - 0.3 * 0.4))
    assert chance("market") == pytest.approx(0.3 * (1 - 0.3 * 0.7))


def test_at_home_and_in_class_there_is_only_the_interview() -> None:
    assert chance("home") == pytest.approx(0.7)
    assert chance("class", "class", "class") == pytest.approx(0.7)


def test_colleagues_are_shown_by_the_gate_or_named() -> None:
    assert chance("firm") == pytest.approx(1 - (1 - 0.8 * (1 - 0.3 * 0.2)) * 0.3)


def test_more_meetings_show_more() -> None:
    assert chance("bus", "market") == pytest.approx(1 - (1 - chance("bus")) * (1 - chance("market")))


def test_a_paper_that_is_full_names_nobody_more() -> None:
    """Two lines: whom the case was with longest first; the third is named only when one of the two was forgotten."""
    rows = [met("third", "home", 1), met("first", "home", 3), met("second", "home", 2)]
    found = stated(rows, RATES | {"named_at_most": 2})
    assert found["c", "first"] == found["c", "second"] == pytest.approx(0.7)
    assert found["c", "third"] == pytest.approx(0.7 * (1 - 0.7**2))


def test_the_score_tells_what_was_found_of_what_could_be() -> None:
    rates = dict.fromkeys(TRUTH.encounters, 0.8)
    found = score(replace(TRUTH, stated=rates), replace(GOOD, contacts=frozenset({("A", "B")})))
    assert (found.contact_recall.rate, found.contact_stated) == (0.5, pytest.approx(0.8))
    assert found.contact_kept == pytest.approx(0.625)
    assert as_json(found)["contacts"]["recall_of_stated"] == pytest.approx(0.625)
    assert "0.625 of the 0.8000 that the noise file states" in as_text(found)


def test_without_the_noise_nothing_is_claimed() -> None:
    found = score(TRUTH, GOOD)
    assert found.contact_kept is None
    assert "noise file" not in as_text(found)
