"""The tables `tests/spec/orders_*.md`, row by row."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nanxi.orders.rules import Decision, Evidence, LegalBasis, Reason, Step, home_among, standing_of, why_not_issue

SPEC = Path(__file__).resolve().parents[3] / "tests" / "spec"
START = datetime(2020, 2, 3, tzinfo=UTC)
UNITS = {"d": 86400, "h": 3600}


def rows(name: str) -> list[list[str]]:
    lines = [line for line in (SPEC / name).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def after(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+)([dh])", text)
    assert found, text
    return timedelta(seconds=int(found[1]) * UNITS[found[2]])


def decisions(text: str) -> list[Decision]:
    """`0h issue until 14d; 1h serve home` → decisions."""
    made: list[Decision] = []
    for part in text.split(";"):
        words = part.split()
        until = START + after(words[words.index("until") + 1]) if "until" in words else None
        made.append(Decision(Step(words[1]), START + after(words[0]), "user:x", until, "home" in words))
    return made


@pytest.mark.parametrize(("story", "given", "when", "result", "then"), rows("orders_standing.md"))
def test_standing(story: str, given: str, when: str, result: str, then: str) -> None:
    standing = standing_of(decisions(given), START + after(when), positive_result=result == "yes")
    found = standing.state.value + (f" ({standing.ended_how})" if standing.ended_how else "")
    assert found == then


@pytest.mark.parametrize(("reason", "evidence", "basis", "span", "then"), rows("orders_grounds.md"))
def test_grounds(reason: str, evidence: str, basis: str, span: str, then: str) -> None:
    kind = None if evidence == "none" else Evidence(evidence)
    article = next(one for one in LegalBasis if one.code == basis)
    until = None if span == "none" else START + after(span)
    problem = why_not_issue(Reason(reason), kind, article, START, until)
    assert (then in str(problem)) if then != "may be issued" else not problem


def test_every_reason_can_be_issued_and_none_is_called_other() -> None:
    for reason in Reason:
        terms = reason.terms
        for kind in terms.evidence:
            for basis in terms.bases:
                assert not why_not_issue(reason, kind, basis, START, START + terms.longest)
    assert "other" not in {reason.value for reason in Reason}


@pytest.mark.parametrize(
    ("homes", "home"),
    [
        ([], "990324101000"),
        (["990324102000"], "990324102000"),
        (["990324102000", "990324102203"], "990324102203"),
        (["990324102203001"], "990324102203"),
        (["990324103201", "990324102203"], "990324102203"),
    ],
)
def test_an_order_belongs_to_the_home_the_register_knows_best(homes: list[str], home: str) -> None:
    assert home_among(homes, "990324101000") == home
