"""How many positions per second does the endpoint make durable, with the phones on the same two cores? Gate 3,000, aim 12,000.

OwnTracks JSON over loopback, one message a request, kept-alive connections, 200 only after a commit with synchronous_commit on.
Beside it in the same run: a plain Django view that reads, seals and inserts the same way, one durable insert a request. First both
get the same messages and must have stored the same rows; after each run every 200 must be a row.

    .venv/bin/python bench/ingest.py [--seconds 8] [--phones 256]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.foundation.clock import county_day  # noqa: E402
from nanxi.foundation.postgres import Cluster, Home, roles  # noqa: E402
from nanxi.foundation.postgres.home import COUNTY  # noqa: E402
from tests.faults.house import free_ports  # noqa: E402
from tests.faults.phones import basic, lay_out, location  # noqa: E402

GATE, AIM = 3000, 12_000
SAME = 500
PEER_TABLE = """
CREATE TABLE bench_position (LIKE orders_position INCLUDING DEFAULTS, PRIMARY KEY (order_id, tst, digest));
GRANT INSERT, SELECT ON bench_position TO nanxi_ingest;
"""
SERVERS = {"endpoint": ["-m", "nanxi.orders.ingest"], "django": [str(Path(__file__).with_name("ingest_peer.py"))]}


def environment(home: Path, role: str, **more: str) -> dict[str, str]:
    told = {"NANXI_HOME": str(home), "NANXI_DB_ROLE": role, "DJANGO_SETTINGS_MODULE": "nanxi.settings", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **told, **more}


def prepare(cluster: Cluster, phones: int) -> list[str]:
    """The peer's table, the days' parts and keys, orders and their phones; the phones' tokens."""
    from nanxi.orders.sealing import fresh_pair

    private, public = fresh_pair()
    today = county_day(datetime.now(UTC))
    with psycopg.connect(cluster.dsn(roles.SUPERUSER)) as connection:
        connection.execute(PEER_TABLE)
        for day in (today, today + timedelta(days=1)):
            connection.execute(
                "INSERT INTO orders_positionkey (day, public, private_sealed) VALUES (%s, %s, %s)", [day, public, private]
            )
            connection.execute("SELECT orders_open_day(%s)", [day])
    return lay_out(cluster.dsn(roles.SUPERUSER), phones)


def request_of(token: str, tst: float, chance: random.Random) -> bytes:
    """One message as the app posts it."""
    lat, lon = (round(at + chance.random() / 1000, 6) for at in (28.15, 120.69))
    body = location(tst, lat, lon)
    head = (
        "POST /pub HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Limit-U: order\r\nX-Limit-D: phone\r\n"
        f"Authorization: {basic(token)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Phone(asyncio.Protocol):
    """One kept-alive connection: sends, waits for the whole answer, sends the next."""

    def __init__(self, requests: list[bytes], took: list[float], answers: dict[bytes, int], until: float) -> None:
        self.requests, self.took, self.answers, self.until = requests, took, answers, until
        self.buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._next()

    def _next(self) -> None:
        if not self.requests or time.perf_counter() > self.until:
            self.transport.close()
            return
        self.began = time.perf_counter()
        self.transport.write(self.requests.pop())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(rest) < length:
            return
        self.buffer = b""
        status = head[9:12]
        self.answers[status] = self.answers.get(status, 0) + 1
        self.took.append(time.perf_counter() - self.began)
        self._next()

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def crowd(port: int, requests: list[list[bytes]], seconds: float) -> tuple[dict[bytes, int], list[float], float]:
    """All phones at once; (answers by status, seconds each took, seconds in all)."""
    loop, took, answers = asyncio.get_running_loop(), [], {}
    began = time.perf_counter()
    phones = [
        (await loop.create_connection(lambda mine=mine: Phone(mine, took, answers, began + seconds), "127.0.0.1", port))[1]
        for mine in requests
    ]
    await asyncio.gather(*[phone.done for phone in phones])
    return answers, took, time.perf_counter() - began


def ask(port: int, tokens: list[str], seconds: float, each: int, began: float, results: Any) -> None:
    """The client's own process."""
    import uvloop

    chance = random.Random(began)
    requests = [[request_of(token, began - n / 1000, chance) for n in range(each)] for token in tokens]
    answers, took, wall = uvloop.run(crowd(port, requests, seconds))
    own = resource.getrusage(resource.RUSAGE_SELF)
    results.put((answers, took, wall, own.ru_utime + own.ru_stime))


def run(port: int, tokens: list[str], seconds: float, each: int, began: float) -> tuple[int, float, float, float, float]:
    """(200s, a second, p50 ms, p99 ms, the client's share of a core)."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=ask, args=(port, tokens, seconds, each, began, results))
    process.start()
    answers, took, wall, spent = results.get(timeout=seconds + 60)
    process.join()
    others = {status: n for status, n in answers.items() if status != b"200"}
    assert not others, f"answers that are not 200: {others}"
    took.sort()
    n = answers[b"200"]
    return n, n / wall, statistics.median(took) * 1000, took[int(len(took) * 0.99)] * 1000, spent / wall


def spent_by(pid: int) -> float:
    """Seconds of processor time of a process and its children that live."""
    spent = 0.0
    for one in (pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def count(cluster: Cluster, table: str) -> int:
    with psycopg.connect(cluster.dsn(roles.SUPERUSER)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index,arg-type]


def serve(home: Home, name: str, port: int) -> subprocess.Popen[bytes]:
    more = {"NANXI_INGEST_PORT": str(port)}
    process = subprocess.Popen([sys.executable, *SERVERS[name]], env=environment(home.root, roles.INGEST, **more), cwd=ROOT)
    for _ in range(200):
        import httpx

        try:
            httpx.get(f"http://127.0.0.1:{port}/health")
            return process
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError(f"{name} does not answer")


def check_equality(cluster: Cluster) -> None:
    """Both must have made the same rows of the same messages; what is sealed differs by its nonce."""
    columns = "order_id, tst, digest, area_code, source, length(sealed)"
    with psycopg.connect(cluster.dsn(roles.SUPERUSER)) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        ours, peers = (
            set(connection.execute(f"SELECT {columns} FROM {table}")) for table in ("orders_position", "bench_position")
        )
    assert ours == peers and len(ours) == SAME, f"{len(ours)} rows here, {len(peers)} there, {len(ours & peers)} the same"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--phones", type=int, default=256)
    parser.add_argument("--each", type=int, default=1500, help="messages of one phone at most")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder:
        os.chmod(folder, 0o755)
        home = Home(Path(folder) / "home")
        home.found(COUNTY)
        with Cluster(home) as cluster:
            roles.provision(cluster.dsn(dbname="postgres"), roles.passwords(home), COUNTY)
            migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, env=environment(home.root, roles.OWNER), check=True, cwd=ROOT)
            tokens = prepare(cluster, options.phones)
            ports = dict(zip(SERVERS, free_ports(), strict=True))
            servers = {name: serve(home, name, port) for name, port in ports.items()}
            try:
                same, began = tokens[:10], float(int(time.time()))
                for port in ports.values():
                    run(port, same, 60, SAME // len(same), began)
                check_equality(cluster)
                print(
                    f"{SAME} messages: the same rows from both. {os.cpu_count()} cores, client on them; load {os.getloadavg()[0]:.1f}"
                )
                found: dict[str, float] = {}
                for name, table in (("django", "bench_position"), ("endpoint", "orders_position")):
                    before, spent = count(cluster, table), spent_by(servers[name].pid)
                    n, rate, p50, p99, client = run(ports[name], tokens, options.seconds, options.each, began - 5000)
                    kept = count(cluster, table) - before
                    assert kept == n, f"{n} acknowledged, {kept} stored"
                    found[name], own = rate, (spent_by(servers[name].pid) - spent) / n * 1e6
                    print(
                        f"  {name:9s} {rate:8.0f} /s durable  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  server {own:4.0f} us, client {client / rate * 1e6:.0f} us a request  {n} = {kept} rows"
                    )
            finally:
                for server in servers.values():
                    server.terminate()
                    server.wait()
    held = "holds" if found["endpoint"] >= GATE else "MISSED"
    print(f"  {found['endpoint'] / found['django']:.1f} x the view; gate {GATE} {held}, aim {AIM}: {found['endpoint'] / AIM:.2f}")
    return 0 if found["endpoint"] >= GATE else 1


if __name__ == "__main__":
    raise SystemExit(main())
