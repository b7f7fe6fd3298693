# pyright: basic
"""`nanxi trace` as a stranger uses it: files in, files out, and what it says to bad ones."""

from __future__ import annotations

from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from nanxi.cli import main

SIGHTINGS = """entity,place,t0,t1,source,conf
case,shop,2020-01-20T08:00:00+08:00,2020-01-20T09:00:00+08:00,scan,1
b,shop,2020-01-20T00:30:00+00:00,2020-01-20T10:00:00+08:00,scan,1
c,shop,1579482300,,scan,0.5
"""
SEEDS = "entity,start,end\ncase,2020-01-20T00:00:00+08:00,2020-01-21T00:00:00+08:00\n"


def run(folder: Path, sightings: str = SIGHTINGS, seeds: str = SEEDS, *more: str, to: str = "contacts.csv") -> int:
    (folder / "s.csv").write_text(sightings, encoding="utf-8")
    (folder / "seeds.csv").write_text(seeds, encoding="utf-8")
    built = main(["trace", "build", str(folder / "s.csv"), "-o", str(folder / "store")])
    asked = ["trace", "query", str(folder / "store"), "--seeds", str(folder / "seeds.csv"), *more, "-o", str(folder / to)]
    return built or main(asked)


def test_csv_in_csv_out(tmp_path: Path) -> None:
    assert run(tmp_path) == 0
    lines = (tmp_path / "contacts.csv").read_text(encoding="utf-8").replace('"', "").splitlines()
    assert lines[0] == "seed,entity,visits,places,overlap_s,longest_s,first,last,exposure,companionship,class"
    assert lines[1] == "case,b,1,1,1800,1800,2020-01-20T00:30:00+00:00,2020-01-20T01:00:00+00:00,2,0.4055,close"
    assert lines[2].endswith(",0.1667,0.2027,lead")
    assert len(lines) == 3


def test_epoch_in_epoch_out_and_parquet(tmp_path: Path) -> None:
    seeds = "entity,start,end\ncase,1579449600,1579536000\n"
    assert run(tmp_path, SIGHTINGS, seeds, "--exact", "--top", "1", to="c.parquet") == 0
    rows = pyarrow.parquet.read_table(tmp_path / "c.parquet").to_pylist()
    assert [(row["entity"], row["first"], row["class"]) for row in rows] == [("b", 1579480200, "close")]


def test_parquet_sightings_give_the_same_answer(tmp_path: Path) -> None:
    run(tmp_path)
    table = pyarrow.csv.read_csv(tmp_path / "s.csv", convert_options=pyarrow.csv.ConvertOptions(column_types={"t0": "string"}))
    pyarrow.parquet.write_table(table, tmp_path / "s.parquet")
    assert main(["trace", "build", str(tmp_path / "s.parquet"), "-o", str(tmp_path / "store2")]) == 0
    assert (tmp_path / "store2").read_bytes() == (tmp_path / "store").read_bytes()


@pytest.mark.parametrize(
    ("sightings", "seeds", "says"),
    [
        ("entity,place\na,b\n", SEEDS, "s.csv: the column t0 is missing"),
        ("entity,place,t0\na,b,noon\n", SEEDS, "s.csv row 2, column t0: is no time"),
        ("entity,place,t0\na,b,2020-01-20T08:00:00\n", SEEDS, "s.csv row 2, column t0: is no time"),
        ("entity,place,t0,t1\na,b,10,20\na,b,30,20\n", SEEDS, "s.csv row 3, column t1: the stay ends before it starts"),
        ("entity,place,t0\n,b,10\n", SEEDS, "s.csv row 2, column entity: is empty"),
        ("entity,place,t0,conf\na,b,10,7\n", SEEDS, "s.csv row 2, column conf: is no confidence"),
        ("entity,place,t0\n", SEEDS, "s.csv: holds no sighting"),
        ("", SEEDS, "s.csv: cannot be read as a table"),
        (SIGHTINGS, "entity,start,end\ncase,20,10\n", "seeds.csv row 2, column end: the window ends before it starts"),
        (SIGHTINGS, "entity,start,end\n", "seeds.csv: holds no seed"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sightings: str, seeds: str, says: str
) -> None:
    assert run(tmp_path, sightings, seeds) == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert says in told
    assert not (tmp_path / "contacts.csv").exists()
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_is_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "store").write_text("not a store")
    (tmp_path / "seeds.csv").write_text(SEEDS)
    asked = ["trace", "query", str(tmp_path / "store"), "--seeds", str(tmp_path / "seeds.csv"), "-o", str(tmp_path / "c.csv")]
    assert main(asked) == 2
    assert "is not a readable store" in capsys.readouterr().err


def test_options_out_of_range(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, SIGHTINGS, SEEDS, "--slack", "-1") == 2
    assert run(tmp_path, SIGHTINGS, SEEDS, "--top", "0") == 2
    assert run(tmp_path, SIGHTINGS, SEEDS, "--protocol", "cn-1999") == 2
    assert "there is no edition cn-1999" in capsys.readouterr().err
