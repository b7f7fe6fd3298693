# pyright: basic
"""Editions of the definition as data, and what another one would mean."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nanxi.cli import main
from nanxi.engines.trace import brute, writer
from nanxi.engines.trace.compare import compare, window_of
from nanxi.engines.trace.ingest import ingest
from nanxi.engines.trace.protocol import ContactClass, Trip, edition_at, edition_of, editions
from nanxi.engines.trace.query import Asking
from nanxi.engines.trace.stays import Sighting
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.visits import Seed

DAY = 86_400
ONSET = 1_583_020_800 + 10 * 3600  # 1 March 2020, 18:00 in the county
MIDNIGHT = ONSET - 18 * 3600
CLOSE, GENERAL = ContactClass.CLOSE, ContactClass.GENERAL


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        (date(2019, 12, 31), "cn-2020-02"), (date(2020, 2, 21), "cn-2020-02"), (date(2021, 5, 13), "cn-2020-02"),
        (date(2021, 5, 14), "cn-2021-05"), (date(2026, 1, 1), "cn-2021-05"),
    ],
)  # fmt: skip
def test_the_edition_in_force_is_chosen_by_its_date_and_never_one_for_comparison(day: date, edition: str) -> None:
    assert edition_at(day).id == edition


def test_every_edition_says_what_it_must() -> None:
    assert len({edition.id for edition in editions()}) == len(editions())
    for edition in editions():
        assert edition.vehicles.keys() == {"plane", "train", "open_train", "coach", "open_coach", "car"}
        assert edition.slack_s >= 0 and edition.close_overlap_s > 0 and edition.infectious_days > 0


def rows() -> list[Sighting]:
    """Met four days before onset, two days before, after it; ten minutes and a quarter of an hour; in a plane, five rows away."""
    told = [Sighting("case", f"shop{n}", ONSET + n * DAY, ONSET + n * DAY + 3600) for n in (-4, -2, 1, 2)]
    told += [Sighting(f"met{n}", f"shop{n}", ONSET + n * DAY, ONSET + n * DAY + 3600) for n in (-4, -2, 1)]
    told += [Sighting("briefly", "shop2", ONSET + 2 * DAY, ONSET + 2 * DAY + 700)]
    plane = Trip("plane", "CA1", "2020-03-04").place
    told += [Sighting("case", plane, ONSET + 3 * DAY, ONSET + 3 * DAY + 7200, "ticket", 1.0, 10)]
    return [*told, Sighting("seat", plane, ONSET + 3 * DAY, ONSET + 3 * DAY + 7200, "ticket", 1.0, 15)]


@pytest.mark.parametrize(
    ("edition", "close", "general"),
    [("cn-2020-onset", 1, 2), ("cn-2020-02", 2, 2), ("cn-2021-05", 4, 1), ("companion-2021", 5, 0)],
)
def test_what_each_edition_makes_of_one_case(tmp_path: Path, edition: str, close: int, general: int) -> None:
    writer.append(tmp_path, ingest(rows()))
    seed, chosen = Seed("case", ONSET, ONSET + 9 * DAY), edition_of(edition)
    (found,) = compare(Store(tmp_path), [seed], [chosen], Asking(chosen), {"case": ONSET})
    assert (found.by_class[CLOSE], found.by_class[GENERAL], found.contacts) == (close, general, close + general)
    assert found.start == MIDNIGHT - chosen.look_back_days * DAY


def test_without_onset_the_window_is_the_seeds_and_isolation_ends_it() -> None:
    seed, edition = Seed("case", ONSET - 9 * DAY, ONSET + 3 * DAY), edition_of("cn-2020-02")
    assert window_of(edition, seed, None) == seed
    assert window_of(edition, seed, ONSET) == Seed("case", MIDNIGHT - 2 * DAY, ONSET + 3 * DAY)
    late = Seed("case", ONSET, ONSET + 90 * DAY)
    assert window_of(edition, late, ONSET).end == MIDNIGHT + 15 * DAY - 1


def test_the_comparison_of_a_researcher(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{r.entity},{r.place},{r.t0},{r.t1},{r.row if r.row >= 0 else ''}" for r in rows()]
    (tmp_path / "s.csv").write_text("\n".join(["entity,place,t0,t1,row", *lines]))
    (tmp_path / "seeds.csv").write_text(f"entity,start,end,onset\ncase,{ONSET},{ONSET + 9 * DAY},2020-03-01T18:00:00+08:00\n")
    assert main(["trace", "build", str(tmp_path / "s.csv"), "-o", str(tmp_path / "store")]) == 0
    asked = ["trace", "compare", str(tmp_path / "store"), "--seeds", str(tmp_path / "seeds.csv"), "-o", str(tmp_path / "n.csv")]
    assert main(asked) == 0
    with (tmp_path / "n.csv").open() as file:
        found = {row["edition"]: (row["contacts"], row["close"]) for row in csv.DictReader(file)}
    assert found == {
        "cn-2020-onset": ("3", "1"), "cn-2020-02": ("4", "2"), "cn-2021-05": ("5", "4"), "companion-2021": ("5", "5")
    }  # fmt: skip
    assert main([*asked, "--editions", "cn-1999"]) == 2
    assert "--editions: there is no edition cn-1999" in capsys.readouterr().err
    assert main(["trace", "editions", "--json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == [edition.id for edition in editions()]
    assert main(["trace", "editions"]) == 0
    assert "plane ±3" in capsys.readouterr().out


def test_slack_is_that_of_the_source_that_saw_the_case() -> None:
    edition = replace(edition_of("cn-2020-02"), slacks={"post": 120})
    told = [Sighting("case", "gate", 0, 0, "post"), Sighting("case", "shop", 9000, 9000, "till")]
    told += [Sighting("a", "gate", 120, 120), Sighting("b", "gate", 121, 121), Sighting("c", "shop", 9600, 9600)]
    assert sorted(c.entity for c in brute.contacts(ingest(told), [Seed("case", 0, DAY)], edition)) == ["a", "c"]
    assert len(brute.contacts(ingest(told), [Seed("case", 0, DAY)], edition, 600)) == 3


@pytest.mark.parametrize(("day", "weight"), [(-3, 0.0), (-2, 0.5), (-1, 0.5), (0, 1.0), (7, 1.0), (8, 0.2), (30, 0.2)])
def test_exposure_is_weighted_by_the_day_of_the_illness(day: int, weight: float) -> None:
    edition = replace(edition_of("cn-2020-02"), profile=((-2, 0.5), (0, 1.0), (8, 0.2)))
    assert edition.infectiousness(MIDNIGHT + day * DAY, ONSET) == weight
    assert edition.infectiousness(MIDNIGHT + day * DAY, None) == 1.0
