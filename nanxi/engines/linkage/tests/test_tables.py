# pyright: basic
"""The tables of tests/spec/linkage_names.md, line by line."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from nanxi.engines.linkage import block
from nanxi.engines.linkage.comparisons import comparisons_for
from nanxi.engines.linkage.derive import Shape, derive
from nanxi.engines.linkage.link import Scorer
from nanxi.engines.linkage.numbers import check_digit
from nanxi.engines.linkage.score import probability
from nanxi.engines.linkage.train import levels_of, train

SPEC = Path(__file__).resolve().parents[4] / "tests" / "spec" / "linkage_names.md"
TEXT = [line for line in SPEC.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
LINES = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT]
CELLS = [line for line in LINES if len(line) == 4 and line[0] != "cell"]
ROWS = [line for line in LINES if len(line) == 7 and line[0] != "name"]
KIND = {"name": "name", "ID": "id_no", "birth": "dob", "phone": "phone", "address": "address", "Latin name": "surname"}
COMPARISON = {**KIND, "ID": "identity", "birth": "birth", "address": "address_1"}


def test_the_tables_are_there() -> None:
    assert len(CELLS) > 50
    assert len(ROWS) == 9


@pytest.mark.parametrize("line", CELLS, ids="-".join)
def test_two_cells_agree_as_the_table_says(line: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    cell, one, other, said = line
    kind = KIND[cell]
    monkeypatch.setattr("nanxi.engines.linkage.derive.shape_of", lambda *_: Shape(cell == "name", cell == "ID"))
    cells = {kind: ["" if text == "–" else text for text in (one, other)]}
    table, shape = derive({kind: kind}, cells, 2, 2)
    comparisons = comparisons_for(table, shape)
    at = next(number for number, comparison in enumerate(comparisons) if comparison.name == COMPARISON[cell])
    left, right = np.array([0]), np.array([1])
    level = int(levels_of(table, comparisons, left, right)[0, at])
    back = int(levels_of(table, comparisons, right, left)[0, at])
    assert [comparisons[at].levels[n].label if n >= 0 else "says nothing" for n in (level, back)] == [said, said]


def crowd(size: int = 400) -> list[dict[str, str]]:
    """Strangers to everybody, so that names, phones and houses are as rare as in life."""
    dice, found = random.Random(5), []
    for number in range(size):
        first = f"330324{dice.randint(1930, 2010)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}{number:03d}"
        parts = ("林王李张金吴周徐郑叶胡朱潘黄谢刘杨麻戴陈", "国建英芳杰涛敏静超勇娟秀霞平", "刚桂兰文辉玲海燕洁鑫")
        name = "".join(dice.choice(part) for part in parts)
        number_of = {"id_no": first + check_digit(first), "phone": f"139{number:08d}"}
        row = {"name": name, **number_of, "address": f"桥头镇后村{number + 10}号"}
        found += [row, row] if number % 4 == 0 else [row]
    return found


@pytest.mark.parametrize("line", ROWS, ids="-".join)
def test_two_rows_are_linked_as_the_table_says(line: list[str]) -> None:
    meaning = {"A": "11010519491231002X", "B": "110105194912310038", "T1 H1": ("13800000001", "桥头镇前村1号"), "–": ""}
    pair = []
    for name, number, home in (line[:3], line[3:6]):
        phone, address = meaning[home] or ("", "")
        pair.append({"name": name, "id_no": str(meaning[number]), "phone": phone, "address": address})
    rows = pair + crowd()
    kinds = {kind: kind for kind in ("name", "id_no", "phone", "address")}
    table, shape = derive(kinds, {kind: [row[kind] for row in rows] for kind in kinds}, len(rows), len(rows))
    comparisons = comparisons_for(table, shape)
    found = block.candidates(table, block.CHINESE)
    model = train(table, comparisons, levels_of(table, comparisons, found.left, found.right))
    weights, vetoes, _ = Scorer.of(table, model).decided(np.array([0]), np.array([1]))
    linked = probability(weights)[0] >= 0.99
    assert ("never" if vetoes[0] else "yes" if linked else "no") == line[6]
