"""Conditions: one table of cases in Python and in the browser's language, and both alike on conditions made at random."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from nanxi.desk.questions import conditions

SPEC = Path("tests/spec/desk_conditions.md")
SCRIPT = Path("nanxi/desk/static/desk/conditions.js")
TODAY = "2020-02-03"
RUN = """
const { holds } = await import(process.argv[1]);
let text = ""; for await (const part of process.stdin) text += part;
console.log(JSON.stringify(JSON.parse(text).map(({ tree, answers, own, today }) => holds(tree, answers, own, today))));
"""


def cases() -> list[tuple[str, dict[str, Any], Any, str]]:
    found = []
    for line in SPEC.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in {"condition", ""} and not set(cells[0]) <= {"-"}:
            text, answers, own, then = cells
            found.append((text, json.loads(answers), None if own == "–" else json.loads(own), then))
    return found


CASES = cases()
READABLE = [case for case in CASES if case[3] in {"true", "false"}]


def in_node(rows: list[dict[str, Any]]) -> list[bool]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run(
        [node, "--input-type=module", "-e", RUN, str(SCRIPT.resolve())],
        input=json.dumps(rows), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize(("text", "answers", "own", "then"), CASES, ids=[f"{one[0]} {one[1]}" for one in CASES])
def test_each_case_comes_to_what_the_table_says(text: str, answers: dict[str, Any], own: Any, then: str) -> None:
    if then in {"true", "false"}:
        assert conditions.holds(conditions.parse(text), answers, own=own, today=TODAY) is (then == "true")
    else:
        with translation.override("en"), pytest.raises(conditions.BadCondition, match=then):
            conditions.parse(text)


def test_the_browser_comes_to_the_same() -> None:
    rows = [{"tree": conditions.parse(t), "answers": a, "own": o, "today": TODAY} for t, a, o, _then in READABLE]
    assert len(rows) > 50
    assert in_node(rows) == [then == "true" for *_rest, then in READABLE]


LEAVES = ["${a}", "${b}", "${c}", ".", "today()", "'x'", "''", "1", "0.5", "'2020-02-01'", "'7'"]
SIGNS = ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod", "and", "or"]
VALUES = [None, "", "x", "7", "-1.5", "2020-02-01", "08:30", 0, 1, -2.5, True, False, [], ["x"], ["x", "y"], "𠮷"]


def at_random(dice: random.Random, depth: int = 3) -> str:
    if depth == 0 or dice.random() < 0.3:
        return dice.choice(LEAVES)
    one, other = at_random(dice, depth - 1), at_random(dice, depth - 1)
    return dice.choice(
        [
            f"({one} {dice.choice(SIGNS)} {other})",
            f"({other} {dice.choice(SIGNS)} {one})",
            f"not({one})",
            f"count-selected({one})",
            f"string-length({one})",
            f"selected({one}, {other})",
        ]
    )


def test_both_agree_on_conditions_made_at_random() -> None:
    dice = random.Random(2020)
    asked = [
        {
            "tree": conditions.parse(at_random(dice)),
            "answers": {name: dice.choice(VALUES) for name in "abc"},
            "own": dice.choice(VALUES),
            "today": TODAY,
        }
        for _ in range(4000)
    ]
    ours = [conditions.holds(one["tree"], one["answers"], own=one["own"], today=TODAY) for one in asked]
    assert {True, False} == set(ours)
    assert [(one, us) for one, us, them in zip(asked, ours, in_node(asked), strict=True) if us != them] == []
