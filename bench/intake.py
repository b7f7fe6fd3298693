"""How long does a list take from its file to persons: a workbook of 10,000 rows, one of 50, and the county's 637 files of 46?

Everything goes through the services and jobs that an upload goes through, one after another in one process with the role of the
system worker and durable settings, against a register that was taken in by the same way. Peer in the same run: only reading the
same files, which nothing can go below. `--towns` measures the lists of a rehearsal county instead.

    .venv/bin/python bench/intake.py [--register 30000] [--files 637] [--profile]
    .venv/bin/python bench/intake.py --towns [--persons 20000] [--preview]
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.people import cost, environment, timed  # noqa: E402
from nanxi.foundation.postgres import Cluster, Home, roles  # noqa: E402
from nanxi.foundation.postgres.home import COUNTY  # noqa: E402

#: Gates of the issue, in seconds and MiB.
PREVIEW_S, COMMIT_S, MEMORY_MIB, SMALL_S = 3, 20, 600, 1
LARGE, SMALL, OF_637 = 10_000, 50, 46
TIMES = 20


def found(areas_of_county: Sequence[tuple[str, str]]) -> Any:
    """The county's areas and one officer of its desk."""
    from nanxi.foundation import accounts, areas, scope, units
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.areas import AreaRecord
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.foundation.rights import Role

    act = Act(actor=house("bench"))
    with scope.enter(EVERYWHERE):
        areas.found_areas(act, [AreaRecord(code, name) for code, name in areas_of_county], origin="bench")
        county = min(code for code, _name in areas_of_county)
        desk = units.found_unit(act, name="desk", kind="headquarters", areas=[county])
        return accounts.actor_of(accounts.open_account(act, username="desk", display_name="desk", unit=desk, role=Role.HQ_DESK))


def hand_in(actor: Any, area: str, name: str, content: bytes, *, preview: bool) -> Any:
    from nanxi.foundation import scope
    from nanxi.foundation.act import Act
    from nanxi.people import services

    with scope.enter(actor.reach, user_id=actor.user_id):
        stage = services.stage_file if preview else services.stage_and_commit
        return stage(Act(actor=actor), area=area, file_name=name, content=content, sender="town")


def commit(actor: Any, batch: Any) -> Any:
    from nanxi.foundation import scope
    from nanxi.foundation.act import Act
    from nanxi.people import services

    with scope.enter(actor.reach, user_id=actor.user_id):
        return services.commit_batch(Act(actor=actor), batch)


def work(actor: Any, batch: Any) -> Any:
    """The jobs of a batch until none follows."""
    from nanxi.foundation import acts, scope
    from nanxi.foundation.jobs import Run
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.people import list_jobs
    from nanxi.people.models import ListBatch

    jobs = {"people.stage_batch": list_jobs.stage_batch, "people.commit_batch": list_jobs.commit_batch}
    done = None
    while True:
        with scope.enter(EVERYWHERE), acts.set_up():
            batch = ListBatch.everything.select_related("job").get(pk=batch.pk)
            if batch.job_id == done:
                return batch
            batch.job.state = "done"
            batch.job.save()
        done = batch.job_id
        jobs[batch.job.name].work(Run(batch.job, actor), batch=str(batch.pk))


def take_in(actor: Any, area: str, name: str, content: bytes, *, preview: bool) -> int:
    """One file through its jobs, as an officer with or without a preview would have it. Returns its rows."""
    batch = work(actor, hand_in(actor, area, name, content, preview=preview))
    if preview:
        batch = work(actor, commit(actor, batch))
    return batch.rows


def read_only(contents: dict[str, bytes]) -> int:
    from nanxi.foundation.clock import WALL, county_day
    from nanxi.people.intake.books import open_book
    from nanxi.people.intake.tables import read_tables

    return sum(len(read_tables(open_book(name, content), day=county_day(WALL.now())).rows) for name, content in contents.items())


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """A cluster of our own with all tables, and this process in the role of the system worker."""
    folder.chmod(0o755)
    home = Home(folder / "home")
    home.found(COUNTY)
    with Cluster(home) as cluster:
        roles.provision(cluster.dsn(dbname="postgres"), roles.passwords(home), COUNTY)
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=environment(home.root, roles.OWNER), check=True, cwd=ROOT)
        os.environ.update(environment(home.root, roles.SYSTEM))
        import django

        django.setup()
        from django.db import connections

        yield
        connections.close_all()


def memory_mib(who: int = resource.RUSAGE_SELF) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def lists(options: argparse.Namespace) -> None:
    """The figures of the issue."""
    from bench import lists as made

    actor = found(made.areas())
    known, strangers = made.people(options.register, 1), made.people(5000, 2)
    county = made.areas()[0][0]
    for start in range(0, len(known), LARGE):
        part = known[start : start + LARGE]
        take_in(actor, county, f"register-{start}.xlsx", made.everybody(part), preview=False)
    print(f"a register of {options.register} by the same way, {os.cpu_count()} cores, durable commits")
    large(actor, county, made.workbook(known, strangers, LARGE, 3), options.profile)
    contents = [made.workbook(known, strangers, SMALL, 100 + number) for number in range(TIMES)]
    spent = [timed(lambda one=one: take_in(actor, county, "small.xlsx", one, preview=False)) for one in contents]
    slowest = f"slowest of {TIMES} {max(spent):.2f} s"
    print(f"  {SMALL} rows, file to persons: p50 {statistics.median(spent):.2f} s, {slowest} (gate {SMALL_S})")
    files = [made.workbook(known, strangers, OF_637, 1000 + number) for number in range(options.files)]
    batches: list[Any] = []
    preview = timed(lambda: batches.extend(work(actor, hand_in(actor, county, "one.xlsx", file, preview=True)) for file in files))
    took = timed(lambda: [work(actor, commit(actor, batch)) for batch in batches])
    print(f"  {options.files} files of {OF_637} rows: upload to preview {preview:.1f} s, to persons {took:.1f} s more")


def _children() -> float:
    return memory_mib(resource.RUSAGE_CHILDREN)


def large(actor: Any, county: str, content: bytes, profile: bool) -> bool:
    """Preview and commit of one long list, and what they need of memory."""
    before = memory_mib()
    reading = timed(lambda: read_only({"large.xlsx": content}))
    batch: Any = None
    watches: dict[str, cProfile.Profile] = {}

    def step(name: str) -> None:
        nonlocal batch
        watch = watches[name] = cProfile.Profile()
        if profile:
            watch.enable()
        batch = work(
            actor, hand_in(actor, county, "large.xlsx", content, preview=True) if batch is None else commit(actor, batch)
        )
        watch.disable()

    spent = {name: cost(lambda name=name: step(name)) for name in ("preview", "commit")}
    print(f"  {batch.rows} rows: {batch.counts}; only read {reading:.2f} s")
    for name, gate in (("preview", PREVIEW_S), ("commit", COMMIT_S)):
        print(f"    {name} {spent[name].wall:.2f} s (gate {gate}), {spent[name].processor:.2f} s of processor")
    most = max(memory_mib(), _children())
    print(
        f"    worker at its most {memory_mib():.0f} MiB ({before:.0f} before), its children {_children():.0f} (gate {MEMORY_MIB})"
    )
    for name, watch in watches.items() if profile else ():
        print(f"--- {name}")
        pstats.Stats(watch).sort_stats("tottime").print_stats(28)
    return spent["preview"].wall <= PREVIEW_S and spent["commit"].wall <= COMMIT_S and most <= MEMORY_MIB


def towns(options: argparse.Namespace, files: Path) -> None:
    """The lists of a rehearsal county."""
    books = json.loads((files / "register/index.json").read_text(encoding="utf-8"))
    contents = {book["file"]: (files / "register" / book["file"]).read_bytes() for book in books}
    county = json.loads((files / "county.json").read_text(encoding="utf-8"))["areas"]
    actor = found([(area["code"], area["name"]) for area in county])
    reading = timed(lambda: read_only(contents))
    spent = cost(
        lambda: [take_in(actor, book["town"], book["file"], contents[book["file"]], preview=options.preview) for book in books]
    )
    rows = sum(book["rows"] for book in books)
    how = "with preview" if options.preview else "no preview"
    print(f"{rows} rows in {len(books)} files, {os.cpu_count()} cores, durable commits, {how}")
    print(f"  only read         {rows / reading:7.0f} rows/s")
    print(f"  in and matched    {rows / spent.wall:7.0f} rows/s   {spent.wall:.1f} s by the wall (gate: 150 s for 20,000)")
    print(f"  processor time    {spent.processor:.1f} s of this process and its backend")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--register", type=int, default=30_000, help="persons who are known before")
    parser.add_argument("--files", type=int, default=637)
    parser.add_argument("--profile", action="store_true", help="where the time of the large workbook goes")
    parser.add_argument("--towns", action="store_true", help="the lists of a rehearsal county")
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--preview", action="store_true", help="with the look at what each row would become")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder:
        files = Path(folder) / "county"
        if options.towns:
            words = ["rehearse", "-o", str(files), "--persons", str(options.persons), "--days", "3", "--seed", "7"]
            made = subprocess.run(
                [sys.executable, "-m", "nanxi", *words], stdout=subprocess.DEVNULL, check=False,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            made.check_returncode()
        with database(Path(folder)):
            towns(options, files) if options.towns else lists(options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
