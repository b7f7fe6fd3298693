"""Is asking who was with whom fast and right enough: ours beside DuckDB and Polars (each in memory and
from Parquet) and PostgreSQL, interleaved.

Without arguments: all parts over a county of 1M and one of 10M sightings, made for it and removed. Larger ones take one part at a
time over a folder, so that the county (`trace_county.py`) is made and stored once:

    .venv/bin/python bench/trace.py FOLDER make --rows 100000000 --skew 1.0    county, Parquet for the peers; not timed
    .venv/bin/python bench/trace.py FOLDER build            our store, a day at a time: build, append, bytes a row
    .venv/bin/python bench/trace.py FOLDER ask              equality with the peers first; then everybody in turn, the 100 best contacts
    .venv/bin/python bench/trace.py FOLDER full             the same, the full list
    .venv/bin/python bench/trace.py FOLDER sealed           plain and sealed store in turn; cold and warm; 100 cases; memory
    .venv/bin/python bench/trace.py FOLDER postgres         with two covering B-trees (10M rows and fewer)

Every engine answers with the same contacts; the peers with visits, places, overlap and first, ours with these and its scores.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import trace_county
from trace_county import COLUMNS, PLACES, WINDOW
from trace_peers import BEST, SLACK, DuckDB, Polars, sql

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.engines.trace import query, writer  # noqa: E402
from nanxi.engines.trace.protocol import edition_at  # noqa: E402
from nanxi.engines.trace.query import Asking  # noqa: E402
from nanxi.engines.trace.seals import DaySeals  # noqa: E402
from nanxi.engines.trace.stays import Numbered, Stays, days_of  # noqa: E402
from nanxi.engines.trace.store import Store  # noqa: E402
from nanxi.engines.trace.visits import Seed  # noqa: E402

EDITION = edition_at(date(2020, 2, 24))
#: The engine without a compiler is for small stores; beyond this it would only make the run long.
NUMPY_ROWS = 12_000_000
PARTS = ("make", "build", "ask", "full", "sealed", "postgres")


def make(folder: Path, rows: int, skew: float) -> None:
    trace_county.make(folder, rows, skew)
    with duckdb.connect(config={"threads": 2, "memory_limit": "12GB", "temp_directory": str(folder / "spill")}) as db:
        table, _ = trace_county.read(folder)
        db.register("arrived", {name: np.asarray(values) for name, values in table.items()})
        for name, order in (("by_place", "place, t0"), ("by_entity", "entity, t0")):
            db.execute(f"COPY (SELECT * FROM arrived ORDER BY {order}) TO '{folder}/{name}.parquet' (COMPRESSION zstd)")


def build(folder: Path, name: str = "plain", seals: DaySeals | None = None) -> None:
    table, facts = trace_county.read(folder)
    places = [f"p{i:05d}" for i in range(PLACES)]
    day = days_of(np.asarray(table["t0"]).astype(np.int64))
    cuts = np.flatnonzero(np.r_[True, day[1:] != day[:-1], True]).tolist()
    took: list[float] = []
    for since, until in pairwise(cuts):
        e, p, t0, t1 = (table[column][since:until].astype(np.int64) for column in COLUMNS)
        zero = np.zeros(len(e), np.int64)
        stays = Stays(e, p, t0, t1, zero, np.ones(len(e)), zero - 1, np.arange(len(e)), Numbered(int(facts["entities"])), places, [""])
        began = time.perf_counter()
        writer.append(folder / name, stays, seals)
        took.append(time.perf_counter() - began)
    rows, size = len(day), sum(path.stat().st_size for path in (folder / name).iterdir())
    per = rows / len(took)
    print(f"{name}: {rows:,} stays, Zipf {facts['skew']}: built in {sum(took):.1f} s; a day of {per:,.0f} rows appended in "
          f"{median(took):.2f} s, worst {max(took):.2f} s (gate 3 s for 5M); {size / rows:.2f} B/row on disk (gate 28)")  # fmt: skip


def ask(store: Store, case: int, cap: int | None, threads: int = 1, engine: str | None = None, top: int | None = 100) -> query.Answer:
    return query.contacts(store, [Seed(f"{case:010d}", *WINDOW)], Asking(EDITION, SLACK, top, cap, threads=threads, engine=engine))[0]


def facts(answer: query.Answer) -> list[tuple[int, ...]]:
    columns = (answer.entity, answer.visits, answer.places, answer.overlap_s, answer.first)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def equal(store: Store, peer: Callable[[int, str], list[tuple[int, ...]]], cases: range) -> None:
    """Stops when any figure of any contact differs, when hub mode contradicts exact mode, or bits depend on engine or threads."""
    for case in cases:
        exact = ask(store, case, None, top=None)
        theirs = sorted((int(e), int(v), int(p), int(o), int(f)) for e, v, p, o, f in peer(case, ""))
        assert facts(exact) == theirs, f"case {case}: the peer finds other contacts"
        hub = ask(store, case, query.HUB, top=None)
        assert set(facts(hub)) <= set(facts(exact)), f"case {case}: hub mode contradicts exact mode"
        gone = int(exact.visits.sum() - hub.visits.sum())
        assert gone == sum(n.crowd - n.named for n in hub.notices), f"case {case}: hub mode dropped somebody silently"
        others = [(1, None, None), (2, None, None), (2, None, query.HUB)]
        if store.rows <= NUMPY_ROWS:
            others += [(1, "numpy", None), (1, "numpy", query.HUB)]
        for threads, engine, cap in others:
            best, same = ask(store, case, cap), ask(store, case, cap, threads, engine)
            assert all((a == b).all() for a, b in zip(columns(best), columns(same), strict=True)), f"{engine}, {threads} threads differ"
        print(f"  case {case}: {len(exact):,} contacts in {int(exact.visits.sum()):,} meetings, hub mode {len(hub):,}, "
              f"{len(hub.notices)} notices: equal")  # fmt: skip


def columns(a: query.Answer) -> tuple[np.ndarray, ...]:
    return a.entity, a.visits, a.places, a.overlap_s, a.longest_s, a.first, a.last, a.exposure, a.companionship, a.klass


def race(runs: dict[str, Callable[[int], object]], cases: range, beside: str) -> None:
    for run in runs.values():
        run(cases[0])
    took: dict[str, list[float]] = {name: [] for name in runs}
    for case in cases:
        for name, run in runs.items():
            began = time.perf_counter()
            run(case)
            took[name].append((time.perf_counter() - began) * 1000)
    for name, ms in took.items():
        ratio = median(took[beside]) / median(ms)
        print(f"  {name:22} median {median(ms):9.1f} ms   worst {max(ms):9.1f} ms   {beside} ÷ this {ratio:7.1f}")


def ours(store: Store, top: int | None) -> dict[str, Callable[[int], object]]:
    runs: dict[str, Callable[[int], object]] = {
        f"{name}, {threads} thread": lambda case, cap=cap, threads=threads: ask(store, case, cap, threads, top=top)
        for name, cap in (("exact", None), ("hub", query.HUB))
        for threads in (1, 2)
    }
    if top and store.rows <= NUMPY_ROWS:
        runs["exact, NumPy"] = lambda case: ask(store, case, None, engine="numpy", top=top)
    return runs


def compare(folder: Path, cases: int, top: int | None) -> None:
    store, peer, other = opened(folder), DuckDB(folder), Polars(folder)
    if top:
        equal(store, peer.memory, range(min(cases, 3)))
        for case in range(min(cases, 3)):
            assert sorted(other.memory(case, "")) == sorted(peer.memory(case, "")), f"case {case}: Polars finds other contacts"
            assert sorted(other.parquet(case, "")) == sorted(peer.memory(case, "")), f"case {case}: Polars' stream finds others"
        print("  Polars, in memory and streamed: equal to DuckDB")
    limit = BEST if top else ""
    runs = ours(store, top)
    for name, engine in (("DuckDB", peer), ("Polars", other)):
        runs[f"{name} in memory"] = lambda case, engine=engine: engine.memory(case, limit)
        runs[f"{name} Parquet"] = lambda case, engine=engine: engine.parquet(case, limit)
    race(runs, range(3, 3 + cases), "DuckDB in memory")
    if top:
        hundred(store)


def opened(folder: Path) -> Store:
    began = time.perf_counter()
    store = Store(folder / "plain")
    print(f"{store.rows:,} stays of {len(store.entities):,} entities; opened and verified in {time.perf_counter() - began:.1f} s")
    return store


def hundred(store: Store) -> None:
    for threads in (1, 2):
        began = time.perf_counter()
        for case in range(100):
            ask(store, case, query.HUB, threads)
        print(f"  100 cases, hub mode, {threads} thread: {time.perf_counter() - began:.2f} s (gate 3)")


def sealed(folder: Path, cases: int) -> None:
    """Plain beside sealed, cold and warm, and how much memory a question takes beyond the store."""
    keys: dict[str, bytes] = {}
    seals = DaySeals(lambda name: keys.setdefault(name, os.urandom(32)))
    if (folder / "sealed").exists():
        raise SystemExit("remove the sealed store: its keys are gone")
    build(folder, "sealed", seals)
    for cap in (None, query.HUB):
        for path in (folder / "plain").glob("*.part"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        cold = Store(folder / "plain", verify=False)
        began = time.perf_counter()
        ask(cold, 1, cap)
        print(f"  first question, pages dropped, {'hub' if cap else 'exact'}: {(time.perf_counter() - began) * 1000:.0f} ms")
    store, closed = opened(folder), Store(folder / "sealed", seals)
    began = time.perf_counter()
    ask(closed, 0, None)
    print(f"  first question to the sealed store (opens its parts): {time.perf_counter() - began:.2f} s")
    runs: dict[str, Callable[[int], object]] = {
        f"{mode}, {kind}": lambda case, cap=cap, which=which: ask(which, case, cap)
        for mode, cap in (("exact", None), ("hub", query.HUB))
        for kind, which in (("plain", store), ("sealed", closed))
    }
    race({name: run for name, run in runs.items() if "exact" in name}, range(3, 3 + 3 * cases), "exact, plain")
    race({name: run for name, run in runs.items() if "hub" in name}, range(3, 3 + 3 * cases), "hub, plain")
    print("  (sealed warm is at most 1.3 × plain where the last figure is at least 0.77)")
    room = int(getattr(store.room, "nbytes", 0))
    print(f"  room a question works in: {room / len(store.entities):.1f} B per entity (gate 64)")


def postgres(folder: Path, cases: int) -> None:
    import psycopg

    from nanxi.foundation.postgres import Cluster, Home
    from nanxi.foundation.postgres.home import COUNTY

    store, peer = opened(folder), DuckDB(folder)
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        home = Home(Path(scratch) / "home")
        home.found(COUNTY)
        with Cluster(home) as cluster, psycopg.connect(cluster.dsn(dbname="postgres"), autocommit=True) as db:
            db.execute("CREATE TABLE stay (entity int, place int, t0 int, t1 int)")
            began = time.perf_counter()
            with db.cursor().copy("COPY stay FROM STDIN") as copy:
                table, _ = trace_county.read(folder)
                for at in range(0, store.rows, 1_000_000):
                    block = np.stack([np.asarray(table[name][at : at + 1_000_000]) for name in COLUMNS], axis=1).tolist()
                    copy.write("".join(f"{e}\t{p}\t{a}\t{b}\n" for e, p, a, b in block))
            db.execute("CREATE INDEX ON stay (place, t0) INCLUDE (t1, entity)")
            db.execute("CREATE INDEX ON stay (entity, t0) INCLUDE (t1, place)")
            db.execute("VACUUM ANALYZE stay")
            (size,) = db.execute("SELECT pg_total_relation_size('stay')").fetchone() or (0,)
            print(f"  PostgreSQL: loaded and indexed in {time.perf_counter() - began:.0f} s, {size / store.rows:.0f} B/row")

            def asked(case: int, limit: str = BEST) -> list[tuple[int, ...]]:
                return db.execute(sql(case, "stay", "stay", limit)).fetchall()  # type: ignore[arg-type]

            equal(store, asked, range(2))
            runs = ours(store, 100) | {"DuckDB in memory": peer.memory, "PostgreSQL": asked}
            race(runs, range(3, 3 + cases), "DuckDB in memory")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("part", choices=PARTS, nargs="?")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--skew", type=float, default=1.0)
    parser.add_argument("--cases", type=int, default=9)
    given = parser.parse_args()
    if given.folder and not given.part:
        parser.error("name a part")
    if given.folder:
        run(given.folder, given.part, given.rows, given.skew, given.cases)
        return
    for rows in (1_000_000, 10_000_000):
        with tempfile.TemporaryDirectory() as folder:
            for part in PARTS:
                run(Path(folder), part, rows, given.skew, given.cases)


def run(folder: Path, part: str, rows: int, skew: float, cases: int) -> None:
    if part == "make":
        make(folder, rows, skew)
    elif part == "build":
        build(folder)
    elif part in ("ask", "full"):
        compare(folder, cases, 100 if part == "ask" else None)
    elif part == "sealed":
        sealed(folder, cases)
    else:
        postgres(folder, cases)


if __name__ == "__main__":
    main()
