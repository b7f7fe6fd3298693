"""Is asking who was with whom fast and right enough: ours beside DuckDB (in memory and Parquet) and Polars, interleaved in one process.

Synthetic county: 21 days, 20,000 places of Zipf popularity, homes and work places, half of the sightings with an end; cases with 22
more sightings a day in the last 14 days (about 350 in all). Equality with DuckDB is checked before anything is timed. Every engine
returns the 100 best contacts; ours the figures of nanxi/engines/trace, the others visits, places, overlap and first.

    nice .venv/bin/python bench/trace.py [--rows 10000000] [--cases 5] [--skew 0.8 1.0 1.2] [--folder DIR]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import duckdb
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.engines.trace import query, writer  # noqa: E402
from nanxi.engines.trace.protocol import edition_at  # noqa: E402
from nanxi.engines.trace.query import Asking  # noqa: E402
from nanxi.engines.trace.seals import DaySeals  # noqa: E402
from nanxi.engines.trace.stays import Numbered, Stays, days_of  # noqa: E402
from nanxi.engines.trace.store import Store  # noqa: E402
from nanxi.engines.trace.visits import Seed  # noqa: E402

try:
    import polars
except ImportError:
    polars = None

EDITION = edition_at(date(2020, 2, 24))
DAY, DAYS, PLACES, SLACK = 86_400, 21, 20_000, 600
START = 1_579_449_600  # midnight in the county
#: The engine without a compiler is for small stores; beyond this it would only make the run long.
NUMPY_ROWS = 12_000_000
WINDOW = START + 7 * DAY, START + DAYS * DAY
SQL = """
WITH q AS (SELECT row_number() OVER () AS visit, place, greatest(t0, {start}) AS t0, least(t1, {stop}) AS t1 FROM {by_entity}
           WHERE entity = {case} AND t1 >= {start} AND t0 <= {stop}),
     m AS (SELECT r.entity, q.visit, q.place, greatest(q.t0, r.t0) AS lo, least(q.t1, r.t1) AS hi
           FROM q JOIN {by_place} r USING (place)
           WHERE r.entity <> {case} AND r.t0 <= q.t1 + {slack} AND r.t1 >= q.t0 - {slack}),
     v AS (SELECT entity, visit, any_value(place) AS place, sum(greatest(hi - lo, 0)) AS overlap,
                  coalesce(min(lo) FILTER (lo <= hi), min(lo)) AS first FROM m GROUP BY ALL)
SELECT entity, count(*) AS visits, count(DISTINCT place) AS places, sum(overlap) AS overlap, min(first) AS first
FROM v GROUP BY entity ORDER BY overlap DESC, entity {limit}
"""


def county(rows: int, entities: int, skew: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """entity, place, t0, t1 in order of arrival. No two stays of one entity at one place overlap or lie within 10 minutes."""
    weights = 1 / np.arange(1, PLACES + 1) ** skew
    cumulative = np.cumsum(weights / weights.sum())
    entity = rng.integers(0, entities, rows, dtype=np.int32)
    home, work = rng.integers(0, PLACES, entities, dtype=np.int32), rng.integers(0, PLACES, entities, dtype=np.int32)
    kind = rng.random(rows, dtype=np.float32)
    place = np.searchsorted(cumulative, rng.random(rows)).astype(np.int32)
    hour = np.where(kind < 0.25, 20, np.where(kind < 0.5, 8, 12)).astype(np.float32)
    place = np.where(kind < 0.25, home[entity], np.where(kind < 0.5, work[entity], place))
    t0 = START + rng.integers(0, DAYS, rows) * DAY + ((hour + rng.normal(0, 2, rows).astype(np.float32)) % 24 * 3600).astype(np.int64)
    length = np.where(kind < 0.5, rng.integers(1800, 36_000, rows), rng.integers(60, 5400, rows))
    t1 = t0 + np.where(rng.random(rows, dtype=np.float32) < 0.5, length, 0)
    return {"entity": entity, "place": place.astype(np.int32), "t0": t0.astype(np.int32), "t1": t1.astype(np.int32)}


def with_cases(table: dict[str, np.ndarray], entities: int, cases: int, skew: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    extra = county(cases * 22 * 14, entities, skew, rng)
    extra["entity"] = np.repeat(np.arange(cases, dtype=np.int32), 22 * 14)
    moved = np.where(extra["t0"] < WINDOW[0], 7 * DAY, 0)
    for name in ("t0", "t1"):
        extra[name] = (extra[name] + moved).astype(np.int32)
    return {name: np.concatenate([table[name], extra[name]]) for name in table}


def one_stay_a_meeting(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rows in order of time, the same stay of one entity at one place told once."""
    order = np.lexsort((table["t0"], table["place"], table["entity"]))
    e, p, t0, t1 = (table[name][order] for name in ("entity", "place", "t0", "t1"))
    new = np.r_[True, (e[1:] != e[:-1]) | (p[1:] != p[:-1])]
    lift = np.cumsum(new) * np.int64(100 * DAY)
    latest = np.maximum.accumulate(t1 + lift)
    kept = order[new | np.r_[True, t0[1:] + lift[1:] > latest[:-1] + 600]]
    kept = kept[np.argsort(table["t0"][kept], kind="stable")]
    return {name: values[kept] for name, values in table.items()}


def stays_of(table: dict[str, np.ndarray], entities: int, rows: np.ndarray | slice = slice(None)) -> Stays:
    e, p, t0, t1 = (table[name][rows].astype(np.int64) for name in ("entity", "place", "t0", "t1"))
    zero = np.zeros(len(e), np.int64)
    places = [f"p{i:05d}" for i in range(PLACES)]
    return Stays(e, p, t0, t1, zero, np.ones(len(e)), zero - 1, np.arange(len(e)), Numbered(entities), places, [""])


def build(folder: Path, table: dict[str, np.ndarray], entities: int, seals: DaySeals | None = None) -> tuple[float, list[float]]:
    """Seconds for all days together and for each."""
    day = days_of(table["t0"].astype(np.int64))
    began, days = time.perf_counter(), list[float]()
    for each in np.unique(day):
        rows = np.flatnonzero(day == each)
        stays = stays_of(table, entities, rows)
        before = time.perf_counter()
        writer.append(folder, stays, seals)
        days.append(time.perf_counter() - before)
    return time.perf_counter() - began, days


class Peers:
    """DuckDB over tables sorted for it, the same in Parquet, and Polars where it is installed."""

    def __init__(self, table: dict[str, np.ndarray], folder: Path, threads: int) -> None:
        self.db = duckdb.connect(config={"threads": threads})
        self.db.register("arrived", table)
        for name, order in (("by_place", "place, t0"), ("by_entity", "entity, t0")):
            self.db.execute(f"CREATE TABLE {name} AS SELECT * FROM arrived ORDER BY {order}")
            self.db.execute(f"COPY {name} TO '{folder}/{name}.parquet' (COMPRESSION zstd)")
        self.db.unregister("arrived")
        self.folder = folder

    def memory(self, case: int, limit: str = "LIMIT 100") -> list[tuple[int, ...]]:
        return self._ask(case, "by_place", "by_entity", limit)

    def parquet(self, case: int, limit: str = "LIMIT 100") -> list[tuple[int, ...]]:
        return self._ask(case, f"'{self.folder}/by_place.parquet'", f"'{self.folder}/by_entity.parquet'", limit)

    def _ask(self, case: int, by_place: str, by_entity: str, limit: str) -> list[tuple[int, ...]]:
        start, stop = WINDOW
        text = SQL.format(case=case, start=start, stop=stop, slack=SLACK, by_place=by_place, by_entity=by_entity, limit=limit)
        return self.db.execute(text).fetchall()

    def polars(self, case: int) -> object:
        start, stop = WINDOW
        pl = polars
        mine = pl.scan_parquet(self.folder / "by_entity.parquet").filter(
            (pl.col("entity") == case) & (pl.col("t1") >= start) & (pl.col("t0") <= stop)
        )
        q = mine.select("place", a=pl.col("t0").clip(lower_bound=start), b=pl.col("t1").clip(upper_bound=stop)).with_row_index("visit").collect()
        other = pl.scan_parquet(self.folder / "by_place.parquet").filter(pl.col("place").is_in(q["place"].unique().to_list()))
        met = other.join(q.lazy(), on="place").filter(
            (pl.col("entity") != case) & (pl.col("t0") <= pl.col("b") + SLACK) & (pl.col("t1") >= pl.col("a") - SLACK)
        )
        lo, hi = pl.max_horizontal("a", "t0"), pl.min_horizontal("b", "t1")
        found = met.with_columns(lo=lo, shared=(hi - lo).clip(lower_bound=0)).group_by("entity").agg(
            pl.col("visit").n_unique(), pl.col("place").n_unique(), pl.col("shared").sum(), pl.col("lo").min()
        )
        return found.top_k(100, by="shared").collect(engine="streaming")


def facts(answer: query.Answer) -> list[tuple[int, ...]]:
    columns = (answer.entity, answer.visits, answer.places, answer.overlap_s, answer.first)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def equal(store: Store, peers: Peers, cases: range) -> None:
    """Stops when any figure of any contact differs from DuckDB's, or hub mode contradicts exact mode."""
    for case in cases:
        seed = [Seed(f"{case:010d}", *WINDOW)]
        (exact,) = query.contacts(store, seed, Asking(EDITION, SLACK, None))
        theirs = sorted((int(e), int(v), int(p), int(o), int(f)) for e, v, p, o, f in peers.memory(case, ""))
        assert facts(exact) == theirs, f"case {case}: DuckDB finds other contacts"
        (hub,) = query.contacts(store, seed, Asking(EDITION, SLACK, None, query.HUB))
        assert set(facts(hub)) <= set(facts(exact)), f"case {case}: hub mode contradicts exact mode"
        gone = int(exact.visits.sum() - hub.visits.sum())
        assert gone == sum(n.crowd - n.named for n in hub.notices), f"case {case}: hub mode dropped somebody silently"
        if store.rows <= NUMPY_ROWS:
            (plain,) = query.contacts(store, seed, Asking(EDITION, SLACK, 100, engine="numpy"))
            (best,) = query.contacts(store, seed, Asking(EDITION, SLACK, 100))
            assert all((a == b).all() for a, b in zip(_columns(best), _columns(plain), strict=True)), "NumPy differs"
        print(f"    case {case}: {len(exact)} contacts in {int(exact.visits.sum())} meetings, hub mode {len(hub)}, {len(hub.notices)} notices")


def _columns(a: query.Answer) -> tuple[np.ndarray, ...]:
    return a.entity, a.visits, a.places, a.overlap_s, a.longest_s, a.first, a.last, a.exposure, a.companionship, a.klass


def race(runs: dict[str, Callable[[int], object]], cases: range) -> dict[str, list[float]]:
    for run in runs.values():
        run(cases[0])
    took: dict[str, list[float]] = {name: [] for name in runs}
    for case in cases:
        for name, run in runs.items():
            began = time.perf_counter()
            run(case)
            took[name].append((time.perf_counter() - began) * 1000)
    return took


def measure(rows: int, skew: float, cases: int, base: Path) -> None:
    entities = max(1000, rows // 100)
    rng = np.random.default_rng(7)
    table = one_stay_a_meeting(with_cases(county(rows, entities, skew, rng), entities, cases + 100, skew, rng))
    n = len(table["t0"])
    print(f"\n{n:,} stays of {entities:,} entities, Zipf {skew}")
    plain, sealed = base / "plain", base / "sealed"
    took, days = build(plain, table, entities)
    size = sum(path.stat().st_size for path in plain.iterdir())
    print(f"  build {took:.1f} s; a day of {n // DAYS:,} rows {median(days):.2f} s, worst {max(days):.2f} s; {size / n:.2f} B/row on disk (gate 28)")
    keys: dict[str, bytes] = {}
    seals = DaySeals(lambda name: keys.setdefault(name, os.urandom(32)))
    build(sealed, table, entities, seals)
    began = time.perf_counter()
    store = Store(plain)
    print(f"  open and verify {time.perf_counter() - began:.2f} s")
    closed = Store(sealed, seals)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ask(store, 0, None)
    peers = Peers(table, base, 2)
    del table
    equal(store, peers, range(min(cases, 3)))
    one = cold(plain)
    print(f"  first question after opening without verifying: exact {one[0]:.1f} ms, hub {one[1]:.1f} ms")
    began = time.perf_counter()
    ask(closed, 0, query.HUB)
    print(f"  first question to the sealed store (opens the parts it needs) {time.perf_counter() - began:.2f} s")
    runs: dict[str, Callable[[int], object]] = {
        "exact": lambda case: ask(store, case, None),
        "hub": lambda case: ask(store, case, query.HUB),
        "exact, 2 threads": lambda case: ask(store, case, None, threads=2),
        "hub, 2 threads": lambda case: ask(store, case, query.HUB, threads=2),
        "exact, sealed": lambda case: ask(closed, case, None),
        "hub, sealed": lambda case: ask(closed, case, query.HUB),
        "DuckDB in memory": peers.memory,
        "DuckDB Parquet": peers.parquet,
    }
    if store.rows <= NUMPY_ROWS:
        runs["exact, NumPy"] = lambda case: ask(store, case, None, engine="numpy")
    if polars is not None:
        runs["Polars Parquet"] = peers.polars
    took = race(runs, range(cases))
    base_ms = median(took["DuckDB in memory"])
    for name, ms in took.items():
        print(f"  {name:18} median {median(ms):8.1f} ms   worst {max(ms):8.1f} ms   DuckDB in memory ÷ this {base_ms / median(ms):7.1f}")
    if polars is None:
        print("  Polars is not installed here")
    began = time.perf_counter()
    for case in range(100):
        ask(store, case, query.HUB)
    print(f"  100 cases, hub mode: {time.perf_counter() - began:.2f} s (gate 3)")
    warm = [median(took[f"{mode}, sealed"]) / median(took[mode]) for mode in ("exact", "hub")]
    room = sum(values.nbytes for values in store.scratch.values())
    print(f"  sealed warm ÷ plain: exact {warm[0]:.2f}, hub {warm[1]:.2f} (gate 1.3); room to work in {room / entities:.0f} B per entity (gate 64)")
    print(f"  peak memory before the peers {before / 1024:.0f} MiB")


def ask(store: Store, case: int, cap: int | None, threads: int = 1, engine: str | None = None) -> query.Answer:
    return query.contacts(store, [Seed(f"{case:010d}", *WINDOW)], Asking(EDITION, SLACK, 100, cap, threads=threads, engine=engine))[0]


def cold(folder: Path) -> tuple[float, float]:
    """Milliseconds of the first question to a store whose pages the system was asked to drop."""
    took: list[float] = []
    for cap in (None, query.HUB):
        for path in folder.glob("*.part"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        store = Store(folder, verify=False)
        began = time.perf_counter()
        ask(store, 1, cap)
        took.append((time.perf_counter() - began) * 1000)
    return took[0], took[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--skew", type=float, nargs="+", default=[0.8, 1.0, 1.2])
    parser.add_argument("--cases", type=int, default=7)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    for rows in arguments.rows:
        for skew in arguments.skew:
            base = Path(tempfile.mkdtemp(dir=arguments.folder))
            try:
                measure(rows, skew, arguments.cases, base)
            finally:
                shutil.rmtree(base)


if __name__ == "__main__":
    main()
