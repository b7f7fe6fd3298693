# pyright: basic
"""`nanxi trace` on files as people have them: several files, CSV and Parquet, numbers for names, odd but legal times."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from nanxi.cli import main

START = 1_579_449_600
CHINA = timezone(timedelta(hours=8))

ASKED = """
WITH stay AS (SELECT row_number() OVER () AS n, * FROM {stays}),
     q AS (SELECT n, place, greatest(t0, {a}) AS t0, least(t1, {b}) AS t1 FROM stay
           WHERE entity = {seed} AND t1 >= {a} AND t0 <= {b}),
     m AS (SELECT s.entity, q.n, q.place, greatest(q.t0, s.t0) AS lo, least(q.t1, s.t1) AS hi FROM q JOIN stay s USING (place)
           WHERE s.entity <> {seed} AND s.t0 <= q.t1 + 600 AND s.t1 >= q.t0 - 600),
     v AS (SELECT entity, n, any_value(place) AS place, sum(greatest(hi - lo, 0)) AS overlap,
                  max(greatest(hi - lo, 0)) AS longest, coalesce(min(lo) FILTER (lo <= hi), min(lo)) AS first FROM m GROUP BY ALL)
SELECT entity, count(*), count(DISTINCT place), sum(overlap), max(longest), min(first) FROM v GROUP BY entity ORDER BY entity
"""


def sightings(n: int = 6000) -> dict[str, np.ndarray]:
    """Stays of 60 people at 12 places that lie well apart, so that no rule changes them."""
    rng = np.random.default_rng(3)
    entity = rng.integers(0, 60, n)
    slot = np.concatenate([rng.permutation(many * 4)[:many] for many in np.bincount(entity)])
    order = np.argsort(entity, kind="stable")
    t0 = np.empty(n, np.int64)
    t0[order] = START + slot * 3600 + rng.integers(0, 600, n)
    return {"entity": entity, "place": rng.integers(0, 12, n), "t0": t0, "t1": t0 + rng.integers(0, 2400, n)}


def asked(folder: Path, *more: str) -> list[tuple[object, ...]]:
    found = ["trace", "query", str(folder / "store"), "--seeds", str(folder / "seeds.csv"), "-o", str(folder / "c.csv"), *more]
    assert main(found) == 0
    with (folder / "c.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wanted = ("visits", "places", "overlap_s", "longest_s")
    return sorted((row["entity"], *(int(row[name]) for name in wanted), _seconds(row["first"])) for row in rows)


def _seconds(text: str) -> int:
    return int(text) if text.isdigit() else int(datetime.fromisoformat(text).timestamp())


def expected(table: dict[str, np.ndarray], seed: int, a: int, b: int) -> list[tuple[object, ...]]:
    with duckdb.connect() as db:
        db.register("stays", table)
        rows = db.execute(ASKED.format(stays="stays", seed=seed, a=a, b=b)).fetchall()
    return sorted((str(e), *(int(value) for value in rest)) for e, *rest in rows)


def write(path: Path, rows: list[list[object]], header: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])


@pytest.mark.parametrize("shape", ["csv", "iso", "mixed", "parquet", "stamps", "floats"])
def test_the_contacts_are_those_of_a_query_of_ones_own(tmp_path: Path, shape: str) -> None:
    table = sightings()
    half = len(table["t0"]) // 2
    first, second = ({name: values[part] for name, values in table.items()} for part in (slice(half), slice(half, None)))
    columns = [first[name].tolist() for name in ("entity", "place", "t0", "t1")]
    iso = [datetime.fromtimestamp(t, CHINA).isoformat() for t in columns[2]]
    rows = list(zip(*columns, strict=True))
    if shape in ("csv", "iso", "mixed"):
        both = [i if k % 2 else t for k, (i, t) in enumerate(zip(iso, columns[2], strict=True))]
        starts = {"csv": columns[2], "iso": iso, "mixed": both}
        ends = [datetime.fromtimestamp(r[3], UTC).strftime("%Y-%m-%d %H:%M:%SZ") if shape == "iso" else r[3] for r in rows]
        told = [[f" {r[0]}", r[1], s, e] for r, s, e in zip(rows, starts[shape], ends, strict=True)]
        write(tmp_path / "a.csv", told, "entity,place,t0,t1")
        one = tmp_path / "a.csv"
    else:
        one = tmp_path / "a.parquet"
        made = {name: pa.array(values) for name, values in first.items()}
        for name in ("t0", "t1"):
            if shape == "floats":
                made[name] = made[name].cast(pa.float64())
            if shape == "stamps":
                made[name] = made[name].cast(pa.timestamp("s", "Asia/Shanghai")).cast(pa.timestamp("ns", "Asia/Shanghai"))
        parquet.write_table(pa.table(made), one)
    parquet.write_table(pa.table({name: pa.array(values) for name, values in second.items()}), tmp_path / "b.parquet")
    assert main(["trace", "build", str(one), str(tmp_path / "b.parquet"), "-o", str(tmp_path / "store")]) == 0
    a, b = START + 40_000, START + 400_000
    write(tmp_path / "seeds.csv", [[7, a, datetime.fromtimestamp(b, CHINA).isoformat()]], "entity,start,end")
    assert asked(tmp_path, "--exact", "--top", "1000") == expected(table, 7, a, b)


def test_missing_columns_mean_points_of_full_confidence(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [["x", "p", START, ""], ["y", "p", START + 30, ""]], "entity,place,t0,t1")
    write(tmp_path / "b.csv", [["z", "p", START + 60]], "entity,place,t0")
    assert main(["trace", "build", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "-o", str(tmp_path / "store")]) == 0
    write(tmp_path / "seeds.csv", [["x", START - 60, START + 60]], "entity,start,end")
    assert asked(tmp_path) == [("y", 1, 1, 0, 0, START + 30), ("z", 1, 1, 0, 0, START + 60)]


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("t0", pa.array([START, None]), "row 2, column t0: is no time"),
        ("t0", pa.array(np.array(["2020-01-20", "2020-01-21"], "datetime64[s]")), "row 1, column t0: is no time"),
        ("t0", pa.array([START, START * 1000]), "row 2, column t0: lies in the future"),
        ("t0", pa.array([START, -(2**40)]), "row 2, column t0: lies before 1902"),
        ("entity", pa.array(["a", None]), "row 2, column entity: is empty"),
        ("place", pa.array(["a", "  "]), "row 2, column place: is empty"),
        ("conf", pa.array([0.5, float("nan")]), "row 2, column conf: is no confidence"),
        ("conf", pa.array(["0.5", "sure"]), "row 2, column conf: is no confidence"),
        ("row", pa.array([3.0, 3.5]), "row 2, column row: is no seat row"),
        ("place", pa.array([["a"], ["b"]]), "column place: is neither text nor numbers"),
    ],
)
def test_bad_values_are_named_by_row_and_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, values: pa.Array, says: str
) -> None:
    columns = {"entity": pa.array(["a", "b"]), "place": pa.array(["p", "p"]), "t0": pa.array([START, START])} | {name: values}
    parquet.write_table(pa.table(columns), tmp_path / "s.parquet")
    assert main(["trace", "build", str(tmp_path / "s.parquet"), "-o", str(tmp_path / "store")]) == 2
    told = capsys.readouterr().err
    assert f"s.parquet {says}" in told or f"s.parquet, {says}" in told
    assert not (tmp_path / "store").exists()


def test_a_row_that_is_too_long_is_told_without_its_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.csv").write_text("entity,place,t0\na,b,1\n330324199001011234,b,1,9\n")
    assert main(["trace", "build", str(tmp_path / "s.csv"), "-o", str(tmp_path / "store")]) == 2
    said = capsys.readouterr().err
    assert "cannot be read as a table" in said and "330324199001011234" not in said
