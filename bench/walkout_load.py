"""Phones at home that report all the time, beside which `bench/walkout.py` measures. Synthetic orders: nobody's, seen by the fence only.

    python bench/walkout_load.py make HOME N TOKENS        N phones in the county at HOME; their tokens go to the file TOKENS
    python bench/walkout_load.py run URL TOKENS RATE S     RATE positions a second for S seconds; prints what became of them as JSON
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

CONNECTIONS = 48
LON, LAT = 120.69, 28.154


def make(home: str, n: int, tokens: str) -> None:
    from nanxi.foundation.postgres import Home, roles
    from nanxi.foundation.supervisor.database import enter_django

    enter_django(Home(Path(home)), roles.WORKER)
    from nanxi.foundation import acts, scope, vault
    from nanxi.foundation.clock import WALL
    from nanxi.foundation.identifiers import uuid7
    from nanxi.foundation.models import Area
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.orders.models import HomePoint, IsolationOrder, OrderDevice

    now = WALL.now()
    until = now + timedelta(days=1)
    with scope.enter(EVERYWHERE, at=now), acts.set_up():
        towns = list(Area.objects.filter(kind="town").values_list("code", flat=True))
        records, said = [uuid7() for _ in range(n)], [uuid7().hex for _ in range(n)]
        vault.make_keys(records)
        orders = [
            IsolationOrder(
                area_code=towns[i % len(towns)], number=f"LOAD-{i:06d}", record_id=record, kind="walk", reason="walk",
                legal_basis="none", rule_version="load", page_digest=hashlib.sha256(record.bytes).digest(), made_at=now,
                open_until=until, synthetic=True,
            )
            for i, record in enumerate(records)
        ]  # fmt: skip
        point = json.dumps({"lon": LON, "lat": LAT, "acc": 5})
        IsolationOrder.watched.bulk_create(orders)
        HomePoint.everything.bulk_create(
            HomePoint(
                area_code=order.area_code, order=order, radius_m=100.0, datum_source="WGS-84", taken_how="synthetic",
                point_sealed=vault.seal("orders_homepoint", "point", order.record_id, point), taken_at=now - timedelta(minutes=1),
            )
            for order in orders
        )  # fmt: skip
        OrderDevice.everything.bulk_create(
            OrderDevice(
                area_code=order.area_code, order=order, label="load", token_digest=hashlib.sha256(token.encode()).digest(),
                made_at=now, valid_from=now - timedelta(minutes=1), valid_until=until,
            )
            for order, token in zip(orders, said, strict=True)
        )  # fmt: skip
    Path(tokens).write_text("\n".join(said))


class Counted:
    """What the endpoint answered."""

    def __init__(self) -> None:
        self.answers: dict[int, int] = {}
        self.times: list[float] = []

    def add(self, status: int, took: float) -> None:
        self.answers[status] = self.answers.get(status, 0) + 1
        self.times.append(took)


async def _line(host: str, port: int, path: str, work: asyncio.Queue[str | None], counted: Counted) -> None:
    """One kept-alive connection."""
    reader, writer = await asyncio.open_connection(host, port)
    while (token := await work.get()) is not None:
        fix = {"_type": "location", "tst": int(time.time()), "lon": LON, "lat": LAT + random.uniform(-1e-4, 1e-4), "acc": 12}
        body = json.dumps(fix).encode()
        sign = base64.b64encode(f"x:{token}".encode()).decode()
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {sign}\r\nContent-Length: {len(body)}\r\n\r\n"
        began = time.perf_counter()
        writer.write(head.encode() + body)
        status, length = 0, 0
        while (line := await reader.readline()) not in (b"\r\n", b""):
            if not status:
                status = int(line.split()[1])
            elif line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        await reader.readexactly(length)
        counted.add(status, time.perf_counter() - began)
    writer.close()


async def _run(url: str, tokens: list[str], rate: float, seconds: float) -> Counted:
    where, counted = urlsplit(url), Counted()
    work: asyncio.Queue[str | None] = asyncio.Queue()
    lines = [
        asyncio.create_task(_line(where.hostname or "", where.port or 80, where.path, work, counted)) for _ in range(CONNECTIONS)
    ]
    began, sent = time.monotonic(), 0
    while (spent := time.monotonic() - began) < seconds:
        while sent < spent * rate:
            work.put_nowait(tokens[sent % len(tokens)])
            sent += 1
        await asyncio.sleep(0.01)
    for _ in lines:
        work.put_nowait(None)
    await asyncio.wait_for(asyncio.gather(*lines), 30)
    return counted


def run(url: str, tokens: str, rate: float, seconds: float) -> None:
    counted = asyncio.run(_run(url, Path(tokens).read_text().split(), rate, seconds))
    p95 = statistics.quantiles(counted.times, n=20)[18]
    print(json.dumps({"answers": counted.answers, "per_s": round(len(counted.times) / seconds), "p95_ms": round(1000 * p95)}))


def main() -> int:
    what, *words = sys.argv[1:]
    if what == "make":
        make(words[0], int(words[1]), words[2])
    else:
        run(words[0], words[1], float(words[2]), float(words[3]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
