"""The register's weights: the same as Splink's row by row, and what no sum decides."""

from __future__ import annotations

import json
import random
from datetime import date

import numpy as np
import pytest

from bench.simulated_county import list_rows, register_row, residents
from nanxi.engines.linkage.comparisons import comparisons_of_a_register
from nanxi.engines.linkage.link import Scorer
from nanxi.engines.linkage.model import ModelError
from nanxi.engines.linkage.table import Bags, Table, Words
from nanxi.people import scoring
from nanxi.people.identity import Identity
from nanxi.people.rules.traits import BAGS, SLIPS, WORDS, Said, said_by, strip_of, strips_of
from nanxi.people.tests.test_rules import block

AREA = "990324101001"


def spoken(rows: int) -> list[Said]:
    """Register rows and messy ones of a small county."""
    dice = random.Random(9)
    people = residents(rows, dice)
    told = [register_row(one, dice) for one in people] + [row for row, _ in list_rows(people, rows, 0.9, dice)]
    return [
        said_by(Identity(**{name: value for name, value in row.items() if name != "area" and value}), row["area"]) for row in told
    ]


def words_table(said: list[Said]) -> Table:
    """The same columns in plain words, as `nanxi link` and Splink see them."""
    table = Table(len(said), len(said))
    for column in WORDS:
        table.columns[column] = Words.of(one.word(column) for one in said)
    for column, size in BAGS.items():
        if column.removesuffix("_slips") not in SLIPS:
            table.columns[column] = Bags.of([one.words[column][:size] for one in said])
    return table


def test_splink_weighs_every_pair_of_records_the_same() -> None:
    """Digests here, words there: within 1e-9 bits on every pair that shares a key, and on random ones."""
    oracle = pytest.importorskip("nanxi.engines.linkage.oracle")
    said = spoken(400)
    strips = strips_of(b"".join(strip_of(one, block) for one in said))
    model = scoring.shipped().model
    dice = np.random.default_rng(4)
    near = [(at, at + 400) for at in range(400)]
    pairs = np.unique(np.array([*near, *map(sorted, dice.integers(0, 800, (6000, 2)).tolist())], np.int64), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    scorer = Scorer(words_table(said), model, scoring.rarities(strips, model, scoring.NOBODY))
    ours = scoring.weigh(strips, pairs[:, 0], pairs[:, 1], scoring.shipped()).plain
    theirs = oracle.weights(scorer, pairs[:, 0], pairs[:, 1])
    assert np.abs(ours - theirs).max() < 1e-9
    assert np.abs(ours - scorer.raw(pairs[:, 0], pairs[:, 1])).max() < 1e-9
    assert np.unique(np.round(ours, 6)).size > 60


def weight(one: Identity, other: Identity, **more: object) -> scoring.Weighed:
    strips = strips_of(b"".join(strip_of(said_by(identity, AREA), block) for identity in (one, other)))
    return scoring.weigh(strips, np.array([0]), np.array([1]), scoring.shipped(), **more)  # type: ignore[arg-type]


def test_a_common_name_weighs_less() -> None:
    one = Identity(name="陈文", birth_date=date(1980, 1, 1))
    name = int(strips_of(strip_of(said_by(one, AREA), block))["name"][0])
    rare = weight(one, one).weight[0]
    common = weight(one, one, names=scoring.Names({name: 81}, 300_000)).weight[0]
    assert 1.5 < rare - common < 6


def test_a_household_counts_once() -> None:
    """Phone, house and surname of a daughter who is in no list yet: the plain sum would link her."""
    mother = Identity(name="陈丽华", phone="13800000001", address="桥头镇前村1号", sex="f", birth_date=date(1980, 1, 1))
    daughter = Identity(name="陈丽娟", phone="13800000001", address="桥头镇前村1号", sex="f")
    told = weight(mother, daughter)
    assert told.plain[0] > 6.63
    assert told.weight[0] < 0
    assert not told.evidence(0).links


def test_a_foremans_phone_says_nothing() -> None:
    """One phone under a roster of nine: two of one name are not one person by it."""
    names = ["陈文", "陈文", *(f"{surname}小{given}" for surname, given in zip("林李王徐叶胡周", "红丽华军强国建", strict=True))]
    said = [said_by(Identity(name=name, phone="13800000009"), f"9903241010{at + 10}") for at, name in enumerate(names)]
    strips = strips_of(b"".join(strip_of(one, block) for one in said))
    told = scoring.weigh(strips, np.array([0]), np.array([1]), scoring.shipped())
    alone = scoring.weigh(strips[:2], np.array([0]), np.array([1]), scoring.shipped())
    assert alone.weight[0] > 6.63
    assert told.weight[0] < 0


def test_the_sum_is_told_part_by_part() -> None:
    told = weight(Identity(name="陈伟明", phone="13800000001"), Identity(name="陈炜明", phone="13800000001"))
    parts = told.parts(0)
    assert [degree for degree, _ in parts] == ["start", "same sound", "same phone", "same village"]
    assert sum(bits for _, bits in parts) == pytest.approx(told.weight[0], abs=0.05)


def test_weights_of_another_engine_are_refused() -> None:
    kept = json.loads(scoring.SHIPPED.read_text(encoding="utf-8"))
    kept["comparisons"][0]["comparison_levels"][1]["sql_condition"] = "1=1"
    with pytest.raises(ModelError, match="levels are not those of this engine"):
        scoring.Weights.of("strange", kept)


def test_every_degree_has_its_words() -> None:
    from nanxi.people import wording

    labels = {level.label for comparison in comparisons_of_a_register() for level in comparison.levels}
    assert labels | {scoring.START, scoring.HOUSEHOLD} == set(wording.WEIGHTS)


def test_another_key_makes_another_strip() -> None:
    """Nothing in a strip is the word itself: with another key every digest is another."""
    said = said_by(Identity(name="陈伟明", phone="13800000001", id_no="110105194912310021"), AREA)

    def keyed(salt: str) -> list[int]:
        (strip,) = strips_of(strip_of(said, lambda kind, word: block(f"{salt}{kind}", word)))
        return [int(strip[column]) for column in WORDS]

    assert all(one != other or one == 0 for one, other in zip(keyed("a"), keyed("b"), strict=True))
