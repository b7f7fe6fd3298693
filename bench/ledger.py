"""How many audited acts per second do sixteen writers commit beside one relay, and do reads wait behind an import?

Durable settings (fsync and synchronous_commit on). An act is a domain row and its ledger entry in one transaction with its
scope set, as the services write them. Peers in the same run: the same rows without ledger, and a chain head inside the
transaction (each writer locks the head row and links its own entry), which is what the relay replaces.

    .venv/bin/python bench/ledger.py [--seconds 5] [--writers 16]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.foundation.postgres import Cluster, Home, roles  # noqa: E402
from nanxi.foundation.postgres.home import COUNTY  # noqa: E402
from nanxi.foundation.postgres.roles import connection_string  # noqa: E402

AREA = "330324101000"
#: Writers are threads in two processes, one for each core of the reference machine.
PROCESSES = 2


def environment(home: Path, role: str) -> dict[str, str]:
    return {
        **os.environ,
        "NANXI_HOME": str(home),
        "NANXI_DB_ROLE": role,
        "DJANGO_SETTINGS_MODULE": "nanxi.settings",
        "PYTHONPATH": str(ROOT),
        "NANXI_POOL": "1",
    }


def write_for(home: str, kind: str, seconds: float, threads: int, totals: multiprocessing.Queue[int]) -> None:
    """One process of writers; reports how many acts it committed."""
    os.environ.update(environment(Path(home), roles.WEB))
    import django

    django.setup()
    act = {"audited": audited_act, "plain": plain_act, "chained": chained_act, "bare": bare_act}[kind]
    counts = [0] * threads
    ready = threading.Barrier(threads)

    def loop(number: int) -> None:
        from django.db import connection

        act()
        ready.wait()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            act()
            counts[number] += 1
        connection.close()

    workers = [threading.Thread(target=loop, args=[number]) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    totals.put(sum(counts))


def audited_act() -> None:
    from nanxi.foundation import scope
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.reach import EVERYWHERE

    with scope.enter(EVERYWHERE):
        act = Act(actor=house("bench"))
        _domain_row()
        act.log("bench.act.made", area=AREA, number=1)


def plain_act() -> None:
    from nanxi.foundation import scope
    from nanxi.foundation.reach import EVERYWHERE

    with scope.enter(EVERYWHERE):
        _domain_row()


def chained_act() -> None:
    """The peer: number and link inside the transaction, under a lock on the head."""
    from django.db import connection

    from nanxi.foundation import scope
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.reach import EVERYWHERE

    with scope.enter(EVERYWHERE):
        act = Act(actor=house("bench"))
        _domain_row()
        act.log("bench.act.made", area=AREA, number=1)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE foundation_followercursor SET seq = seq + 1 WHERE name = 'bench.head' RETURNING seq")


def bare_act() -> None:
    """The same statements by the driver alone, in one round trip and a commit: what database, ledger and relay bear."""
    connection = getattr(_bare, "connection", None)
    if connection is None:
        connection = _bare.connection = psycopg.connect(connection_string(roles.WEB, Path(os.environ["NANXI_HOME"])))
        connection.cursor_factory = psycopg.RawCursor
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.identifiers import uuid7
    from nanxi.foundation.ledger import entry_of, statement_for

    entry = entry_of(Act(actor=house("bench")), "bench.act.made", area=AREA, number=1)
    with connection.pipeline():
        connection.execute(SCOPE, ["0", ":", "", "", ""], prepare=True)
        connection.execute(DOMAIN_ROW.replace("%s, %s", "$1, $2"), [uuid7(), AREA], prepare=True)
        connection.execute(*statement_for([entry]), prepare=True)
        connection.commit()


_bare = threading.local()
SCOPE = "SELECT " + ", ".join(
    f"set_config('nanxi.{name}', ${place}, true)" for place, name in enumerate(("lo", "hi", "more", "user", "now"), 1)
)
DOMAIN_ROW = (
    "INSERT INTO foundation_jobrun (id, area_code, name, title, state, done, total, message, stop_asked, asked_at)"
    " VALUES (%s, %s, 'bench', 'bench', 'done', 0, 0, '', false, '2020-02-03T04:00:00Z')"
)


def _domain_row() -> None:
    from django.db import connection

    from nanxi.foundation.identifiers import uuid7

    with connection.cursor() as cursor:
        cursor.execute(DOMAIN_ROW, [uuid7(), AREA])


def rate(home: Path, kind: str, seconds: float, writers: int) -> float:
    """Committed acts per second of all writers together."""
    context = multiprocessing.get_context("spawn")
    totals: multiprocessing.Queue[int] = context.Queue()
    crew = [
        context.Process(target=write_for, args=(str(home), kind, seconds, writers // PROCESSES, totals)) for _ in range(PROCESSES)
    ]
    for process in crew:
        process.start()
    done = sum(totals.get() for _ in crew)
    for process in crew:
        process.join()
    return done / seconds


def reads_beside_an_import(cluster: Cluster) -> tuple[float, float]:
    """Longest audited read (ms) alone, and while another transaction imports 100,000 rows with their ledger entries."""
    dsn = cluster.dsn(roles.SYSTEM)

    def longest(until: threading.Event) -> float:
        worst = 0.0
        with psycopg.connect(dsn) as connection:
            while not until.is_set():
                start = time.perf_counter()
                connection.execute("SELECT count(*) FROM foundation_accessgrant")
                connection.execute(LEDGER_ROW)
                connection.commit()
                worst = max(worst, (time.perf_counter() - start) * 1000)
        return worst

    alone = threading.Event()
    threading.Timer(2, alone.set).start()
    calm = longest(alone)
    finished, worst = threading.Event(), []
    reader = threading.Thread(target=lambda: worst.append(longest(finished)))
    reader.start()
    with psycopg.connect(dsn) as importer:
        for _ in range(100):
            importer.execute(
                LEDGER_ROW.replace("VALUES (gen_random_uuid()", "SELECT gen_random_uuid()").rstrip(")")
                + " FROM generate_series(1, 1000)"
            )
        time.sleep(0.5)
        importer.commit()
    finished.set()
    reader.join()
    return calm, worst[0]


LEDGER_ROW = (
    "INSERT INTO foundation_ledgerentry (id, kind, at, actor, area_code, subject_kind, purpose, facts, mac)"
    " VALUES (gen_random_uuid(), 'bench.read', now(), 'bench', '', '', '', '{}', '\\x00')"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--writers", type=int, default=16)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder:
        os.chmod(folder, 0o755)
        home = Home(Path(folder) / "home")
        home.found(COUNTY)
        with Cluster(home) as cluster:
            roles.provision(cluster.dsn(dbname="postgres"), roles.passwords(home), COUNTY)
            subprocess.run(
                [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
                env=environment(home.root, roles.OWNER),
                check=True,
                cwd=ROOT,
            )
            with psycopg.connect(cluster.dsn(roles.SYSTEM)) as connection:
                connection.execute("INSERT INTO foundation_followercursor (name, seq) VALUES ('bench.head', 0)")
            relay = subprocess.Popen(
                [sys.executable, "-m", "nanxi.foundation.worker", "--queue", "system"],
                env=environment(home.root, roles.SYSTEM),
                cwd=ROOT,
            )
            time.sleep(3)
            found = {
                kind: rate(home.root, kind, options.seconds, options.writers) for kind in ("plain", "audited", "bare", "chained")
            }
            time.sleep(2)
            with psycopg.connect(cluster.dsn(roles.SYSTEM)) as connection:
                row = connection.execute(
                    "SELECT count(*) FILTER (WHERE seq IS NULL), count(*) FROM foundation_ledgerentry"
                ).fetchone()
            calm, busy = reads_beside_an_import(cluster)
            relay.terminate()
            relay.wait()
    print(f"{options.writers} writers, {options.seconds:g} s each, {os.cpu_count()} cores, durable commits")
    for kind, value in found.items():
        print(f"  {kind:8s} {value:8.0f} acts/s   {value / found['chained']:.2f} x chain head in the transaction")
    print(f"  unnumbered 2 s after the last act: {row[0] if row else '?'} of {row[1] if row else '?'}")
    print(f"  longest audited read: {calm:.1f} ms alone, {busy:.1f} ms beside an uncommitted import of 100,000 entries")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
