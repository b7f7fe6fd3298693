"""Answers checked in Python and in the browser's language: the same kept, the same refused, on answers made at random."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nanxi.desk.questions import answers, definition

SCRIPT = Path("nanxi/desk/static/desk/answers.js")
WORDS = Path("nanxi/desk/templates/desk/fault_words.html")
TODAY = "2020-02-03"
RUN = """
const { check } = await import(process.argv[1]);
let text = ""; for await (const part of process.stdin) text += part;
const { form, told, today } = JSON.parse(text);
console.log(JSON.stringify(told.map((one) => check(form, one, today))));
"""
#: Fault of the browser → sentence of Python.
SENTENCES = {
    "required": answers.REQUIRED, "number": answers.NUMBER, "whole": answers.WHOLE, "date": answers.DATE, "time": answers.TIME,
    "choice": answers.CHOICE, "long": answers.LONG, "place": answers.PLACE, "rule": answers.RULE, "photo": answers.PHOTO,
}  # fmt: skip
#: One line a question; WORDS stands for a label in both languages.
FORM = """form: every
title: WORDS
questions:
  - {name: kind, type: select_one, required: true, label: WORDS, choices: [{name: a, label: WORDS}, {name: b, label: WORDS}]}
  - {name: many, type: select_multiple, label: WORDS, relevant: "${kind} = 'a'", choices: CHOICES}
  - {name: whole, type: integer, label: WORDS, constraint: ". > 3"}
  - {name: part, type: decimal, label: WORDS, relevant: "selected(${many}, 'c')", constraint: ". <= 45", message: {zh: x, en: y}}
  - {name: day, type: date, label: WORDS, constraint: ". <= today()"}
  - {name: hour, type: time, label: WORDS}
  - {name: words, type: text, most: 5, required: true, label: WORDS}
  - {name: point, type: geopoint, label: WORDS}
  - {name: shot, type: image, label: WORDS}
""".replace("CHOICES", "[{name: c, label: WORDS}, {name: d, label: WORDS}]").replace("WORDS", "{zh: x, en: x}")
VALUES: list[Any] = [
    None, "", "a", "b", "z", ["c"], ["d", "c"], ["x"], [], "7", "2", "-1.5", "1.0", "nan", "44.5", "46", "2020-02-03",
    "2020-02-04",
    "2019-02-29", "2020-02-30", "08:30", "24:00", "8:30", "four", "too long", "𠮷𠮷𠮷𠮷𠮷", "28.15 120.69 12", "x y",
    "0190c2a8-0000-7000-8000-000000000000", " a ",
]  # fmt: skip


def in_node(form: dict[str, Any], told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run(
        [node, "--input-type=module", "-e", RUN, str(SCRIPT.resolve())],
        input=json.dumps({"form": form, "told": told, "today": TODAY}), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_both_keep_and_refuse_the_same() -> None:
    dice, form = random.Random(2020), definition.read(FORM)
    told = [{one.name: dice.choice(VALUES) for one in form.questions} for _ in range(4000)]
    apart = []
    faults = set()
    for one, theirs in zip(told, in_node(form.as_json(1), told), strict=True):
        ours = answers.check(form, one, today=TODAY)
        said = {name: SENTENCES[fault] if isinstance(fault, str) else fault for name, fault in theirs["faults"].items()}
        faults |= {fault for fault in theirs["faults"].values() if isinstance(fault, str)}
        if (ours.answers, ours.faults) != (theirs["answers"], said):
            apart.append((one, ours, theirs))
    assert apart[:1] == []
    assert faults == set(SENTENCES)


def test_the_page_says_each_fault_as_python_does() -> None:
    words = WORDS.read_text(encoding="utf-8")
    for fault, sentence in SENTENCES.items():
        assert f"data-{fault}=\"{{% translate '{sentence}' %}}\"" in words
