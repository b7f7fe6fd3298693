"""How fast does the register take rows in and give them their persons, and what do its reads cost once they are there?

Durable settings (fsync and synchronous_commit on), one process, the role of the system worker. A fifth of the rows name somebody
twice, 17 % have no ID and 22 % no phone (identity notes §2). Peer in the same run: the same rows and keys by plain INSERT
statements, without sealing, ledger and policies in play, to show what the safeguards cost.

    .venv/bin/python bench/people.py [--persons 20000]
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.foundation.postgres import Cluster, Home, roles  # noqa: E402
from nanxi.foundation.postgres.home import COUNTY  # noqa: E402

SURNAMES, GIVEN = "陈林王李张金吴周徐郑叶胡朱潘黄谢刘杨麻戴", "伟明红丽华军强国建英芳杰涛敏静超勇娟秀霞平刚桂兰文辉玲海燕"
CHUNK = 1000


def environment(home: Path, role: str) -> dict[str, str]:
    ours = {"NANXI_HOME": str(home), "NANXI_DB_ROLE": role, "DJANGO_SETTINGS_MODULE": "nanxi.settings", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **ours}


def people(persons: int) -> list[Any]:
    """Rows of lists: everybody once, every fifth twice."""
    from nanxi.people.identity import Identity
    from nanxi.people.rules.ids import check_digit
    from nanxi.people.services import NewRecord

    dice, rows = random.Random(1), []
    for number in range(persons):
        name = dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN)
        born = f"{dice.randint(1930, 2015)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}"
        first = f"990324{born}{number % 999:03d}"
        who = Identity(
            name=name, id_no=first + check_digit(first) if dice.random() > 0.17 else "",
            phone=f"13{dice.randint(100_000_000, 999_999_999)}" if dice.random() > 0.22 else "", sex="男",
            address=f"桥头村{number}号",
        )  # fmt: skip
        area = f"990324{101 + number % 20}{number % 25:03d}"
        raw = "|".join([who.name, who.id_no, who.phone, who.address])
        turns = 2 if number % 5 == 0 else 1
        rows += [NewRecord(area, "bench", f"{number}.{turn}", who, raw=raw) for turn in range(turns)]
    return rows


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Cost:
    """Seconds by the wall, and seconds of processor of this process and its backend: these do not grow on a busy machine."""

    wall: float
    processor: float


def cost(work: Callable[[], Any]) -> Cost:
    before = time.process_time() + backend_seconds()
    wall = timed(work)
    return Cost(wall, time.process_time() + backend_seconds() - before)


def backend_seconds() -> float:
    """User and system time of our PostgreSQL backend, from /proc; 0 where there is none."""
    from django.db import connection

    connection.ensure_connection()
    try:
        fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def p95(work: Callable[[], Any], times: int = 40) -> float:
    """95th percentile in milliseconds."""
    return 1000 * statistics.quantiles([timed(work) for _ in range(times)], n=20)[-1]


def take_in(rows: list[Any]) -> None:
    from nanxi.foundation import scope
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.people import services

    for start in range(0, len(rows), CHUNK):
        with scope.enter(EVERYWHERE):
            services.add_records(Act(actor=house("bench")), rows[start : start + CHUNK])


def match_all() -> None:
    from nanxi.people import matching

    while matching.match_waiting():
        pass


def peer(cluster: Cluster, rows: list[Any]) -> float:
    """The same rows as plain text with the same number of keys, in the same chunks."""
    import psycopg

    with psycopg.connect(cluster.dsn(dbname="postgres")) as connection:
        connection.execute("CREATE TABLE plain (id uuid PRIMARY KEY, name text, id_no text, phone text, address text, raw text)")
        connection.execute("CREATE TABLE plain_key (kind smallint, value bigint, id uuid, PRIMARY KEY (kind, value, id))")
        connection.commit()
        began = time.perf_counter()
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO plain VALUES (%s, %s, %s, %s, %s, %s)",
                    [(r.record_id, r.identity.name, r.identity.id_no, r.identity.phone, r.identity.address, r.raw) for r in part],
                )
                keys = [(kind, hash((r.record_id, kind)) >> 1, r.record_id) for r in part for kind in range(8)]
                cursor.executemany("INSERT INTO plain_key VALUES (%s, %s, %s)", keys)
        return time.perf_counter() - began


def reads() -> dict[str, float]:
    """A page of labels, an exact number and the newest page of one town, as p95 in ms, in the scope of one town."""
    from nanxi.foundation import scope, vault
    from nanxi.foundation.reach import Reach
    from nanxi.people import queries
    from nanxi.people.models import SourceRecord

    with scope.enter(Reach.over(["990324101000"])):
        fifty = list(SourceRecord.objects.filter(person_id__isnull=False).values_list("person_id", flat=True)[:50])
        known = next(row for row in SourceRecord.objects.exclude(id_index=None)[:1])

        def labels() -> None:
            vault.forget()
            queries.masked_labels(fifty)

        return {
            "labels of 50 persons, keys unwrapped anew": p95(labels),
            "record of an exact ID number": p95(lambda: queries.record_for_index(bytes(known.id_index or b""))),
            "newest 50 records of one town": p95(lambda: list(queries.persons()[:50])),
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder:
        Path(folder).chmod(0o755)
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

            from nanxi.people import matching
            from nanxi.people.asking import asking

            rows = people(options.persons)
            plain, kept, matched = peer(cluster, rows), cost(lambda: take_in(rows)), cost(match_all)
            foreseen = timed(lambda: matching.foresee(asking([(row.area_code, row.identity) for row in rows[:1000]])))
            found = reads()
            connections.close_all()
    print(f"{len(rows)} rows of {options.persons} persons, {os.cpu_count()} cores, durable commits")
    print(f"  plain INSERT      {len(rows) / plain:7.0f} rows/s")
    print(f"  taken in, sealed  {len(rows) / kept.wall:7.0f} rows/s   {plain / kept.wall:.2f} x plain   (aim: 1,500)")
    print(f"  matched           {len(rows) / matched.wall:7.0f} rows/s")
    share = 20_000 / len(rows)
    wall, processor = share * (kept.wall + matched.wall), share * (kept.processor + matched.processor)
    print(f"  20,000 rows in and matched: {wall:.1f} s by the wall, {processor:.1f} s of one processor   (gate: 40 s)")
    print(f"  taken in, by processor time: {len(rows) / kept.processor:.0f} rows/s")
    print(f"  preview of 1,000 rows: {foreseen:.2f} s")
    for what, value in found.items():
        print(f"  {what}: p95 {value:.1f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
