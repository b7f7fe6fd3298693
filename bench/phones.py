"""Can 500 phones hand in their day within two minutes on two cores, and in how many bytes?

A county in its own embedded PostgreSQL with durable commits; `nanxi serve` with all its processes answers over HTTP. Each phone has
its own bound device, connection and sixty tasks about people of the register with masked labels and sealed records: it fetches its
day with both forms, hands in sixty visits ten at a time (result, position, words), fetches what is left, then sends its photos.
The order and the bodies are those of `field/phone/sync.js`; bytes are counted on the socket, headers and all. All phones begin within
`--within` seconds. The phones run beside the server on the same cores.

    .venv/bin/python bench/phones.py [--phones 500] [--visits 60] [--photos 2] [--within 20]
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.tasks import NAME, TOWNS, VILLAGES, environment, town  # noqa: E402
from nanxi.foundation.postgres import Cluster, Home, roles  # noqa: E402

#: At once under way: what a web server in front of the desk lets through.
ABREAST = 64
PHOTO_BYTES = 120_000
TIED = """
INSERT INTO people_person (id) SELECT id FROM people_sourcerecord;
UPDATE people_sourcerecord SET person_id = id, matched_at = now();
INSERT INTO desk_task (id, area_code, kind, title, subject_kind, unit_id, assignee_id, due, priority, facts, opened_at, result,
  form, rule, ended_for, person_id, record_id)
SELECT gen_random_uuid(), r.area_code, t.kind, t.title, '', w.unit_id, w.id, now() - interval '1 hour', 2, '{}', now(), '', t.form,
  '', '', r.id, r.id
FROM (SELECT *, row_number() OVER () AS n FROM people_sourcerecord) AS r
JOIN foundation_user w ON w.username = split_part(r.source_ref, ' ', 1)
JOIN (VALUES (0, 'verification', 'Verify a person of a list', 'verification@1'), (1, 'visit', 'Home visit', 'visit@1'),
  (2, 'call', 'Call', '')) AS t (m, kind, title, form) ON t.m = r.n % 3;
VACUUM ANALYZE
"""
#: What each kind of task is answered with.
ANSWERS: dict[str, dict[str, Any]] = {
    "verification@1": {"answers": {"result": "found", "met_in": "person", "signs": [], "note": "本人在家，身体正常"}},
    "visit@1": {"answers": {"result": "met", "needs": ["food"], "note": "本人在家，需要送菜"}},
    "": {"result": "answered", "note": "电话已接通，本人在家"},
}


def found(phones: int, visits: int, tokens: Path) -> None:
    """Workers with bound devices, and sixty people for each."""
    from bench import tasks
    from nanxi.foundation import accounts, scope, units
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.models import Unit, User
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.foundation.rights import Role
    from nanxi.people import services
    from nanxi.people.identity import Identity

    tasks.found()
    made = {}
    for number in range(phones):
        act = Act(actor=house("setup"))
        area = f"{town(number % TOWNS)[:9]}{1 + number // TOWNS % VILLAGES:03d}"
        with scope.enter(EVERYWHERE, at=act.now):
            unit = units.found_unit(act, name=f"grid-{number}", kind=Unit.Kind.COMMUNITY, areas=[area])
            user = accounts.open_account(
                act, username=f"grid-{number}", display_name=f"Worker {number}", unit=unit, role=Role.GRID_WORKER
            )
            binder = Act(actor=accounts.actor_of(User.objects.get(username=f"town-{number % TOWNS}-a")))
            device = accounts.offer_device(binder, user=user, label="phone")
            made[user.username] = accounts.bind_device(binder, code=accounts.enrol_code(device), pin="4711")[1]
            rows = [
                services.NewRecord(
                    area, "bench", f"{user.username} {n}",
                    Identity(name=f"王小{chr(0x4E00 + (number * visits + n) % 5000)}", phone=f"139{number * visits + n:08d}"),
                )
                for n in range(visits)
            ]  # fmt: skip
            services.add_records(act, rows)
    tokens.write_text(json.dumps(made), encoding="utf-8")


@dataclass
class Phone:
    """One phone: its connection, what passed over it, and when it was done."""

    port: int
    token: str
    photos: int
    up: int = 0
    down: int = 0
    photo_bytes: int = 0
    took_s: float = 0.0
    slowest_s: float = 0.0
    standings: list[str] = field(default_factory=list)

    async def day(self, gate: asyncio.Semaphore) -> None:
        began = time.perf_counter()
        async with gate:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            told = await self.ask("GET", "/field/api/v1/phone/day?have=")
            held = ",".join([*(one["v"] for one in told["tasks"]), *told["forms"]])
            keys = []
            for start in range(0, len(told["tasks"]), 10):
                visits = [visit_to(task) for task in told["tasks"][start : start + 10]]
                keys += [one["key"] for one in visits]
                body = json.dumps({"clock": datetime.now(UTC).isoformat(), "visits": visits}, ensure_ascii=False).encode()
                answer = await self.ask("POST", "/field/api/v1/phone/visits", body)
                self.standings += [one["standing"] for one in answer["visits"]]
            await self.ask("GET", f"/field/api/v1/phone/day?have={held}")
            before = self.up + self.down
            for key in keys[: self.photos]:
                await self.ask("POST", f"/field/api/v1/phone/photos/{uuid4()}?visit={key}", picture(), "image/jpeg")
            self.photo_bytes = self.up + self.down - before
            self.writer.close()
        self.took_s = time.perf_counter() - began

    async def ask(self, method: str, path: str, body: bytes = b"", sort: str = "application/json") -> Any:
        began = time.perf_counter()
        # What Chromium sends with a fetch of ours, about.
        lines = [
            f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Authorization: Bearer {self.token}", "Accept: application/json",
            "Accept-Encoding: gzip, deflate, br", "Accept-Language: zh-CN,zh;q=0.9", f"User-Agent: {'Mozilla/5.0 ' + 'x' * 100}",
            f"Cookie: csrftoken={'x' * 32}; sessionid={'x' * 32}; nanxi_device={'x' * 43}", "Sec-Fetch-Mode: cors",
            *([f"Content-Type: {sort}", f"Content-Length: {len(body)}"] if body else []), "", "",
        ]  # fmt: skip
        sent = "\r\n".join(lines).encode() + body
        self.writer.write(sent)
        await self.writer.drain()
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        data = await self.reader.readexactly(length)
        self.up, self.down = self.up + len(sent), self.down + len(head) + length
        self.slowest_s = max(self.slowest_s, time.perf_counter() - began)
        status = int(head.split(b" ", 2)[1])
        assert status in {200, 201}, (status, data[:300])
        return json.loads(gzip.decompress(data) if b"content-encoding: gzip" in head.lower() else data)


def visit_to(task: dict[str, Any]) -> dict[str, Any]:
    position = [round(120.6 + random.random() / 10, 6), round(28.1 + random.random() / 10, 6), 12]
    plain = {"result": "", "note": "", "answers": {}, "position": position, "places": []}
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"key": str(uuid4()), "task": task["id"], **plain, **ANSWERS[task["form"]], "at": at, "off": 0}


def picture() -> bytes:
    """The bytes of a JPEG that cannot be compressed further, as the page makes them."""
    from nanxi.field.tests.test_phone_rules import JFIF, SCAN, TABLE

    noise = os.urandom(PHOTO_BYTES).replace(b"\xff", b"\xfe")
    return b"\xff\xd8" + JFIF + TABLE + SCAN[:-2] + noise + b"\xff\xd9"


async def all_phones(port: int, tokens: list[str], photos: int, within_s: float) -> tuple[float, list[Phone]]:
    phones = [Phone(port, token, photos) for token in tokens]
    gate = asyncio.Semaphore(ABREAST)

    async def one(number: int, phone: Phone) -> None:
        await asyncio.sleep(within_s * number / len(phones))
        await phone.day(gate)

    began = time.perf_counter()
    await asyncio.gather(*(one(number, phone) for number, phone in enumerate(phones)))
    return time.perf_counter() - began, phones


def say(took_s: float, phones: list[Phone], visits: int) -> None:
    kept = [standing for phone in phones for standing in phone.standings]
    assert kept == ["taken"] * len(phones) * visits, {one: kept.count(one) for one in set(kept)}
    plain = [phone.up + phone.down - phone.photo_bytes for phone in phones]
    load = os.getloadavg()[0]
    print(f"  {len(phones)} phones, {len(kept)} visits, all taken: {took_s:.1f} s   (gate: 120), load {load:.1f}")
    print(f"  a phone's day without photos: median {statistics.median(plain) / 1000:.1f} KB, most {max(plain) / 1000:.1f} KB   (gate: 100)")
    photo = sum(phone.photo_bytes for phone in phones) / len(phones) / 1000
    print(f"  its photos: {photo:.0f} KB; its day took {statistics.median(phone.took_s for phone in phones):.1f} s, slowest request "
          f"{max(phone.slowest_s for phone in phones):.1f} s", flush=True)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phones", type=int, default=500)
    parser.add_argument("--visits", type=int, default=60)
    parser.add_argument("--photos", type=int, default=2)
    parser.add_argument("--within", type=float, default=20)
    parser.add_argument("--phase", choices=("found",))
    parser.add_argument("--tokens", type=Path)
    options = parser.parse_args()
    if options.phase:
        import django

        django.setup()
        found(options.phones, options.visits, options.tokens)
        return 0
    with tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder:
        Path(folder).chmod(0o755)
        home, tokens = Home(Path(folder) / "home"), Path(folder) / "tokens.json"
        home.found(NAME)
        lay_out(home, tokens)
        serve(home, json.loads(tokens.read_text()), options)
    return 0


def lay_out(home: Home, tokens: Path) -> None:
    import psycopg

    with Cluster(home) as cluster:
        roles.provision(cluster.dsn(dbname="postgres"), roles.passwords(home), NAME)
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=environment(home.root, roles.OWNER), check=True, cwd=ROOT)
        mine = [sys.executable, str(Path(__file__)), *sys.argv[1:], "--phase", "found", "--tokens", str(tokens)]
        subprocess.run(mine, env=environment(home.root, roles.SYSTEM), check=True, cwd=ROOT)
        with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
            for statement in TIED.split(";\n"):
                connection.execute(statement)  # type: ignore[arg-type]


def serve(home: Home, tokens: dict[str, str], options: argparse.Namespace) -> None:
    port = 8700 + os.getpid() % 200 * 2
    words = [sys.executable, "-m", "nanxi.cli", "serve", "--home", str(home.root), "--port", str(port)]
    desk = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert desk.stdout is not None
        said = []
        for line in desk.stdout:
            said.append(line)
            if line.startswith("Ready after"):
                break
        else:
            raise SystemExit("the desk did not start:\n" + "".join(said))
        print(f"{options.phones} phones with {options.visits} visits and {options.photos} photos, {os.cpu_count()} cores", flush=True)
        say(*asyncio.run(all_phones(port, list(tokens.values()), options.photos, options.within)), options.visits)
    finally:
        desk.terminate()
        desk.wait(30)


if __name__ == "__main__":
    raise SystemExit(main())
