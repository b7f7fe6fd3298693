"""A real house for fault tests: `nanxi serve` in a process of its own, killed and looked at from outside as a county would.

An officer is a browser: cookies, hidden keys, a second factor. What he was told is done ("acknowledged") is kept outside.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg

from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.postgres import Cluster, Home, roles
from nanxi.foundation.postgres.binaries import server_user
from nanxi.foundation.postgres.places import place_of_data

ROOT = Path(__file__).resolve().parents[2]
AREAS = "code,name\n330324000000,County\n330324101000,East\n330324101001,Bridge\n"
PASSWORD = "three-bridges-and-a-ferry"
#: Part of a process's command line → the name it has in the house.
SIGNS = {"nanxi.asgi": "web", "nanxi.orders.ingest": "ingest", "--queue default": "worker", "--queue system": "system"}
#: Seconds until a child that an earlier kill took must be there again.
AGAIN_S = 60
VICTIMS = ("worker", "system", "web", "ingest", "postgres", "supervisor")


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


@dataclass
class RunningHouse:
    """`nanxi serve` on a home of its own."""

    folder: Path
    port: int = 0
    ingest_port: int = 0
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port, self.ingest_port = free_ports()
        self.home = Home(self.folder / "home")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def nanxi(self, *words: str, patience_s: float = 120) -> subprocess.CompletedProcess[str]:
        """One command of the house, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "nanxi.cli", *words], cwd=ROOT, env=self.environment(), check=False, capture_output=True,
            text=True, timeout=patience_s, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if name not in ("NANXI_HOME", "NANXI_DB_ROLE", "NANXI_DB_NAME")}
        return mine | {"PYTHONPATH": str(ROOT)}

    def serve_words(self) -> list[str]:
        return ["serve", "--home", str(self.home.root), "--port", str(self.port), "--ingest-port", str(self.ingest_port)]

    def start(self, patience_s: float = 240) -> float:
        """Start and wait until both ports answer; seconds it took."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nanxi.cli", *self.serve_words()], cwd=ROOT, env=self.environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._listen, args=[self.process], daemon=True).start()
        self.wait_ready(patience_s)
        return time.monotonic() - began

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.said += [line.rstrip() for line in process.stdout]

    def wait_ready(self, patience_s: float = 240) -> None:
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the house ended: {self.said[-5:]}")
            with contextlib.suppress(httpx.HTTPError):
                if all(httpx.get(address, timeout=5).status_code == 200 for address in self._health()):
                    return
            time.sleep(0.1)
        raise AssertionError(f"the house does not answer: {self.said[-5:]}")

    def _health(self) -> tuple[str, str]:
        return f"{self.url}/healthz", f"http://127.0.0.1:{self.ingest_port}/health"

    def stop(self, order: signal.Signals = signal.SIGINT) -> float:
        """Tell the house to end as Ctrl-C does: the whole process group hears it. Seconds until it was gone."""
        if self.process is None or self.process.poll() is not None:
            return 0.0
        began = time.monotonic()
        os.killpg(self.process.pid, order)
        self.process.wait(30)
        return time.monotonic() - began

    def pids(self) -> dict[str, int]:
        """Name → process number of the house's members that live."""
        assert self.process is not None
        found = {"supervisor": self.process.pid}
        for child in _children_of(self.process.pid):
            line = _command_of(child)
            name = next((name for sign, name in SIGNS.items() if sign in line), "postgres" if "bin/postgres" in line else "")
            if name:
                found[name] = child
        return found

    def kill(self, name: str) -> None:
        """kill -9. After the supervisor its children must follow by themselves, and the next start must find the way free."""
        deadline = time.monotonic() + AGAIN_S
        while name not in (there := self.pids()):
            assert time.monotonic() < deadline, f"{name} was not started again"
            time.sleep(0.05)
        os.kill(there[name], signal.SIGKILL)
        if name == "supervisor":
            assert self.process is not None
            self.process.wait()
            self.start()

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(Cluster(self.home).dsn(roles.SUPERUSER)) as connection:
            return connection.execute(question).fetchall()  # pyright: ignore[reportArgumentType]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[RunningHouse]:
    house = RunningHouse(folder)
    try:
        house.start()
        yield house
    finally:
        house.stop()
        if house.process is not None and house.process.poll() is None:
            os.killpg(house.process.pid, signal.SIGKILL)
        data = place_of_data(house.home, server_user())
        if not data.is_relative_to(house.home.root):
            # As root the database lies where its own user can reach it, not in the test's folder.
            shutil.rmtree(data.parent, ignore_errors=True)


@dataclass
class Officer:
    """An administrator at a browser. `acknowledged` holds the names of units the desk said were founded."""

    house: RunningHouse
    http: httpx.Client = field(init=False)
    acknowledged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.house.url, follow_redirects=True, timeout=60)

    def found_county(self) -> None:
        """The first run, to the page of units."""
        self.http.get("/setup/")
        facts = {
            "name": "County", "legal_basis": "law", "username": "zhou", "display_name": "Zhou", "password": PASSWORD,
            "until": (county_day(WALL.now()) + timedelta(days=100)).isoformat(), "csrfmiddlewaretoken": self.token,
        }  # fmt: skip
        page = self.http.post("/setup/", data=facts, files={"area_files": ("areas.csv", AREAS, "text/csv")})
        secret = re.search(r"[A-Z2-7]{32}", page.text)
        assert secret, page.text[:500]
        # The code of this half minute may turn over while it travels.
        for _ in range(3):
            code = totp(secret[0], time.time())
            page = self.http.post("/accounts/2fa/totp/activate/", data={"code": code, "csrfmiddlewaretoken": self.token})
            if "totp/activate" not in str(page.url):
                break
        self.area = self._area_id()

    @property
    def token(self) -> str:
        return self.http.cookies.get("csrftoken") or ""

    def _area_id(self) -> str:
        page = self.http.get("/units/new/").text
        found = re.search(r'<option value="([^"]+)"[^>]*>[^<]*East', page)
        assert found, page[:500]
        return found[1]

    def found_unit(self, name: str) -> None:
        """Post the form until the desk says it is done; every try carries the same key, so a repeat must change nothing."""
        form = {
            "name": name,
            "kind": "town",
            "area": self.area,
            "phone": "",
            "_key": f"key-{name}",
            "csrfmiddlewaretoken": self.token,
        }
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                answer = self.http.post("/units/new/", data=form, follow_redirects=False)
                if answer.status_code == 302 and answer.headers["location"] == "/units/":
                    self.acknowledged.append(name)
                    return
            time.sleep(0.2)
        raise AssertionError(f"{name} was never acknowledged")


class Writers:
    """Several officers' hands at one keyboard: they write until told to stop."""

    def __init__(self, officer: Officer, hands: int = 3) -> None:
        self.officer = officer
        self.stop = threading.Event()
        self.trouble: list[BaseException] = []
        self.threads = [threading.Thread(target=self._write, args=[hand]) for hand in range(hands)]

    def _write(self, hand: int) -> None:
        number = 0
        try:
            while not self.stop.is_set():
                self.officer.found_unit(f"unit-{hand}-{number}")
                number += 1
        except BaseException as problem:
            self.trouble.append(problem)

    def __enter__(self) -> Writers:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *nothing: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()
        if self.trouble:
            raise self.trouble[0]


def totp(secret: str, at: float) -> str:
    """RFC 6238: SHA-1, 30 s, six digits."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at // 30)), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def _children_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry.name))
    return found


def _command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    return ""
