"""How long does a register take from the files as towns send them to matched records: read, seal, take in, match?

The files are those of a rehearsal county (22 towns), taken in one after another by the jobs themselves, in one process with the
role of the system worker and durable settings. Peer in the same run: only reading the same files, which nothing can go below.

    .venv/bin/python bench/intake.py [--persons 20000] [--preview]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.people import cost, environment, timed  # noqa: E402
from nanxi.foundation.postgres import Cluster, Home, roles  # noqa: E402
from nanxi.foundation.postgres.home import COUNTY  # noqa: E402


def found(areas_of_county: list[dict[str, Any]]) -> Any:
    """The county's areas and one officer of its desk."""
    from nanxi.foundation import accounts, areas, scope, units
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.areas import AreaRecord
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.foundation.rights import Role

    act = Act(actor=house("bench"))
    with scope.enter(EVERYWHERE):
        areas.found_areas(act, [AreaRecord(area["code"], area["name"]) for area in areas_of_county], origin="bench")
        county = min(area["code"] for area in areas_of_county)
        desk = units.found_unit(act, name="desk", kind="headquarters", areas=[county])
        return accounts.actor_of(accounts.open_account(act, username="desk", display_name="desk", unit=desk, role=Role.HQ_DESK))


def take_in(actor: Any, book: dict[str, Any], content: bytes, preview: bool) -> int:
    """One file through its jobs, as an officer with or without a preview would have it. Returns its rows."""
    from nanxi.foundation import scope
    from nanxi.foundation.act import Act
    from nanxi.people import services

    with scope.enter(actor.reach, user_id=actor.user_id):
        hand_in = services.stage_file if preview else services.stage_and_commit
        batch = hand_in(Act(actor=actor), area=book["town"], file_name=book["file"], content=content, sender="town")
    batch = work(actor, batch)
    if preview:
        with scope.enter(actor.reach, user_id=actor.user_id):
            batch = services.commit_batch(Act(actor=actor), batch)
        batch = work(actor, batch)
    return batch.rows


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


def read_only(contents: dict[str, bytes]) -> int:
    from nanxi.foundation.clock import WALL, county_day
    from nanxi.people.intake.books import open_book
    from nanxi.people.intake.tables import read_tables

    return sum(len(read_tables(open_book(name, content), day=county_day(WALL.now())).rows) for name, content in contents.items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--preview", action="store_true", help="with the look at what each row would become")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder:
        Path(folder).chmod(0o755)
        files = Path(folder) / "county"
        words = ["rehearse", "-o", str(files), "--persons", str(options.persons), "--days", "3", "--seed", "7"]
        subprocess.run([str(ROOT / ".venv/bin/nanxi"), *words], check=True, stdout=subprocess.DEVNULL)
        books = json.loads((files / "register/index.json").read_text(encoding="utf-8"))
        contents = {book["file"]: (files / "register" / book["file"]).read_bytes() for book in books}
        home = Home(Path(folder) / "home")
        home.found(COUNTY)
        with Cluster(home) as cluster:
            roles.provision(cluster.dsn(dbname="postgres"), roles.passwords(home), COUNTY)
            migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, env=environment(home.root, roles.OWNER), check=True, cwd=ROOT)
            os.environ.update(environment(home.root, roles.SYSTEM))
            import django

            django.setup()
            from django.db import connections

            actor = found(json.loads((files / "county.json").read_text(encoding="utf-8"))["areas"])
            reading = timed(lambda: read_only(contents))
            spent = cost(lambda: [take_in(actor, book, contents[book["file"]], options.preview) for book in books])
            rows = sum(book["rows"] for book in books)
            connections.close_all()
    how = "with preview" if options.preview else "no preview"
    print(f"{rows} rows in {len(books)} files, {os.cpu_count()} cores, durable commits, {how}")
    print(f"  only read         {rows / reading:7.0f} rows/s")
    print(f"  in and matched    {rows / spent.wall:7.0f} rows/s   {spent.wall:.1f} s by the wall (gate: 150 s for 20,000)")
    print(f"  processor time    {spent.processor:.1f} s of this process and its backend")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
