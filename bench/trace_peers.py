"""The engines that `bench/trace.py` asks beside ours: the same question in SQL and in Polars' expressions, over tables sorted for it.

Each answers with entity, visits, distinct places, overlap in seconds and first exposure, the longest overlap first; `limit`: BEST or "".
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
from trace_county import WINDOW

SLACK = 600
SQL = """
WITH q AS (SELECT row_number() OVER () AS visit, place, greatest(t0, {start}) AS t0, least(t1, {stop}) AS t1 FROM {by_entity} AS mine
           WHERE entity = {case} AND t1 >= {start} AND t0 <= {stop}),
     m AS (SELECT r.entity, q.visit, q.place, greatest(q.t0, r.t0) AS lo, least(q.t1, r.t1) AS hi
           FROM q JOIN {by_place} AS r ON q.place = r.place
           WHERE r.entity <> {case} AND r.t0 <= q.t1 + {slack} AND r.t1 >= q.t0 - {slack}),
     v AS (SELECT entity, visit, min(place) AS place, sum(greatest(hi - lo, 0)) AS overlap,
                  coalesce(min(lo) FILTER (WHERE lo <= hi), min(lo)) AS first FROM m GROUP BY entity, visit)
SELECT entity, count(*) AS visits, count(DISTINCT place) AS places, sum(overlap) AS overlap, min(first) AS first
FROM v GROUP BY entity ORDER BY overlap DESC, entity {limit}
"""
BEST = "LIMIT 100"
TABLES = ("by_place", "by_entity")


class DuckDB:
    """Tables sorted for the question, in memory; and the same as Parquet."""

    def __init__(self, folder: Path) -> None:
        self.db, self.folder = duckdb.connect(config={"threads": 2}), folder
        for name in TABLES:
            self.db.execute(f"CREATE TABLE {name} AS SELECT * FROM '{folder}/{name}.parquet'")

    def memory(self, case: int, limit: str = BEST) -> list[tuple[int, ...]]:
        return self.db.execute(sql(case, "by_place", "by_entity", limit)).fetchall()

    def parquet(self, case: int, limit: str = BEST) -> list[tuple[int, ...]]:
        files = (f"'{self.folder}/{name}.parquet'" for name in TABLES)
        return self.db.execute(sql(case, *files, limit)).fetchall()


def sql(case: int, by_place: str, by_entity: str, limit: str) -> str:
    start, stop = WINDOW
    return SQL.format(case=case, start=start, stop=stop, slack=SLACK, by_place=by_place, by_entity=by_entity, limit=limit)


class Polars:
    """The same tables in memory, told to be sorted; and as Parquet, read in a stream."""

    def __init__(self, folder: Path) -> None:
        self.kept = [pl.read_parquet(folder / f"{name}.parquet").with_columns(pl.col(name[3:]).set_sorted()) for name in TABLES]
        self.files = [folder / f"{name}.parquet" for name in TABLES]

    def memory(self, case: int, limit: str = BEST) -> list[tuple[int, ...]]:
        by_place, by_entity = (table.lazy() for table in self.kept)
        return met(case, by_place, by_entity, limit).collect().rows()

    def parquet(self, case: int, limit: str = BEST) -> list[tuple[int, ...]]:
        by_place, by_entity = (pl.scan_parquet(path) for path in self.files)
        return met(case, by_place, by_entity, limit).collect(engine="streaming").rows()


def met(case: int, by_place: pl.LazyFrame, by_entity: pl.LazyFrame, limit: str) -> pl.LazyFrame:
    start, stop = WINDOW
    entity, place, t0, t1, lo, hi = (pl.col(name) for name in ("entity", "place", "t0", "t1", "lo", "hi"))
    # Asked for first, so that the large table can be cut to the few places before it is joined.
    mine = (
        by_entity.filter(entity == case, t1 >= start, t0 <= stop)
        .select(place, pl.max_horizontal(t0, pl.lit(start)).alias("q0"), pl.min_horizontal(t1, pl.lit(stop)).alias("q1"))
        .collect()
        .with_row_index("visit")
    )
    found = (
        by_place.filter(place.is_in(mine["place"].unique().to_list()), entity != case)
        .join(mine.lazy(), on="place")
        .filter(t0 <= pl.col("q1") + SLACK, t1 >= pl.col("q0") - SLACK)
        .select("entity", "visit", "place", pl.max_horizontal("q0", t0).alias("lo"), pl.min_horizontal("q1", t1).alias("hi"))
    )
    together = (hi - lo).cast(pl.Int64).clip(lower_bound=0).sum()
    visits = found.group_by("entity", "visit").agg(
        place.first(), together.alias("overlap"), pl.coalesce(lo.filter(lo <= hi).min(), lo.min()).alias("first")
    )
    people = visits.group_by("entity").agg(
        pl.len().alias("visits"), place.n_unique().alias("places"), pl.col("overlap").sum(), pl.col("first").min()
    )
    ranked = people.sort("overlap", "entity", descending=[True, False])
    return ranked.head(100) if limit else ranked
