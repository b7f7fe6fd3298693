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
    parts = [sorted((p.name, p.read_bytes()) for p in (tmp_path / name).iterdir()) for name in ("store", "store2")]
    assert parts[0] == parts[1]


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


def test_a_store_of_an_earlier_version_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path)
    (tmp_path / "old").write_bytes(b"PAR1 one file, as stores once were PAR1")
    asked = ["trace", "query", str(tmp_path / "old"), "--seeds", str(tmp_path / "seeds.csv"), "-o", str(tmp_path / "c.csv")]
    assert main(asked) == 2
    assert "old: is not a readable store; make it with `nanxi trace build`" in capsys.readouterr().err


def test_building_again_replaces_and_appending_adds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 0
    assert run(tmp_path) == 0
    (tmp_path / "late.csv").write_text("entity,place,t0\nd,shop,2020-01-20T08:10:00+08:00\n")
    assert main(["trace", "append", str(tmp_path / "late.csv"), "--store", str(tmp_path / "store")]) == 0
    asked = ["trace", "query", str(tmp_path / "store"), "--seeds", str(tmp_path / "seeds.csv"), "-o", str(tmp_path / "c.csv")]
    assert main(asked) == 0
    assert len((tmp_path / "c.csv").read_text().splitlines()) == 4
    assert main(["trace", "append", str(tmp_path / "late.csv"), "--store", str(tmp_path / "nowhere")]) == 2
    assert "nowhere: is not a readable store" in capsys.readouterr().err


def test_a_folder_with_other_things_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "thesis.txt").write_text("three years")
    assert run(tmp_path) == 2
    assert "is a folder with other things in it" in capsys.readouterr().err
    assert (tmp_path / "store" / "thesis.txt").read_text() == "three years"
    assert not list(tmp_path.glob(".store*"))


def test_a_sighting_in_the_future_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "entity,place,t0\na,b,10\na,b,4102444800\n") == 2
    assert "s.csv row 3, column t0: lies in the future" in capsys.readouterr().err


def test_a_crowd_becomes_a_notice_unless_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crowd = "entity,place,t0\ncase,station,1579480200\n" + "".join(f"p{i:03d},station,1579480200\n" for i in range(301))
    assert run(tmp_path, crowd) == 0
    assert "301 meetings in crowds at 1 places are not in the list" in capsys.readouterr().err
    assert len((tmp_path / "contacts.csv").read_text().splitlines()) == 1
    assert run(tmp_path, crowd, SEEDS, "--exact", "--top", "500") == 0
    assert len((tmp_path / "contacts.csv").read_text().splitlines()) == 302


CHAIN = """entity,place,t0,t1
case,shop,2020-01-10T08:00:00+08:00,2020-01-10T10:00:00+08:00
anna,shop,2020-01-10T08:00:00+08:00,2020-01-10T10:00:00+08:00
anna,bank,2020-01-12T08:00:00+08:00,2020-01-12T10:00:00+08:00
boris,bank,2020-01-12T08:00:00+08:00,2020-01-12T10:00:00+08:00
BUS-1,gate,2020-01-12T12:00:00+08:00,
TRUCK,gate,2020-01-12T12:02:00+08:00,
"""
RIDES = """entity,vehicle,start,end,kind
case,BUS-1,2020-01-12T11:00:00+08:00,2020-01-12T13:00:00+08:00,passenger
dora,BUS-1,2020-01-12T11:00:00+08:00,2020-01-12T13:00:00+08:00,ticket
emil,TRUCK,2020-01-12T11:00:00+08:00,2020-01-12T13:00:00+08:00,occupant
fritz,TRUCK,2020-01-01T11:00:00+08:00,2020-02-12T13:00:00+08:00,owner
gerda,TRUCK,2020-01-05T11:00:00+08:00,2020-01-05T13:00:00+08:00,occupant
"""


def test_second_steps_and_vehicles_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "rides.csv").write_text(RIDES, encoding="utf-8")
    seeds = "entity,start,end\ncase,2020-01-10T00:00:00+08:00,2020-01-15T00:00:00+08:00\n"
    more = ("--order", "2", "--assoc", str(tmp_path / "rides.csv"))
    assert run(tmp_path, CHAIN, seeds, *more, to="c.parquet") == 0
    table = pyarrow.parquet.read_table(tmp_path / "c.parquet")
    assert table.column_names[-3:] == ["class", "order", "path"]
    told = {row["entity"]: (row["class"], row["order"], row["path"]) for row in table.to_pylist()}
    assert told == {
        "anna": ("close", 1, ""),
        "TRUCK": ("lead", 1, ""),
        "dora": ("close", 1, "BUS-1 (ticket)"),
        "emil": ("lead", 1, "TRUCK (occupant)"),
        "fritz": ("lead", 1, "TRUCK (owner)"),
        "boris": ("close", 2, "anna"),
    }


@pytest.mark.parametrize(
    ("rides", "says"),
    [
        ("entity,vehicle,start,end,kind\na,V,1,2,dreamer\n", "column kind: is not known"),
        ("entity,vehicle,start,end,kind\na,V,3,2,owner\n", "column end: the ride ends before it starts"),
        ("entity,vehicle,start,end\na,V,1,2\n", "the column kind is missing"),
    ],
)
def test_bad_rides_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], rides: str, says: str) -> None:
    (tmp_path / "rides.csv").write_text(rides)
    assert run(tmp_path, SIGHTINGS, SEEDS, "--assoc", str(tmp_path / "rides.csv")) == 2
    assert says in capsys.readouterr().err


def test_positions_stand_for_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = "entity,lon,lat,t0\ncase,120.69,28.15,1579480200\nb,120.6905,28.1502,1579480260\nc,120.79,28.15,1579480200\n"
    assert run(tmp_path, told) == 0
    lines = (tmp_path / "contacts.csv").read_text().replace('"', "").splitlines()[1:]
    assert [line.split(",")[1] for line in lines] == ["b"]
    assert run(tmp_path, "entity,lon,lat,t0\ncase,220.69,28.15,1579480200\n") == 2
    assert "s.csv row 2, column lon: is no position" in capsys.readouterr().err
