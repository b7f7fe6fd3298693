"""`nanxi serve`, phase by phase: lock, disk, ports, database, keys, structure, roles, children; then tending until told to end.

The order is the promise: nothing is made before the home is ours, nobody answers before the roles are safe, and at the end
the database goes last. One line per phase for the person at the terminal.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psycopg

from nanxi.foundation.postgres import Cluster, Home, roles
from nanxi.foundation.postgres.home import COUNTY, REHEARSAL, DeskError
from nanxi.foundation.supervisor import clockcheck, keycheck, readiness, structure
from nanxi.foundation.supervisor.broker import BrokerWatch
from nanxi.foundation.supervisor.broker import address as broker_address
from nanxi.foundation.supervisor.children import Child, end_all
from nanxi.foundation.supervisor.database import admin_dsn, external, unfinished
from nanxi.foundation.supervisor.rehearsing import Rehearsal
from nanxi.foundation.supervisor.web import listen

#: Jobs work in chunks of two seconds and streams end after three; who is still there after this is killed.
PATIENCE_S = 8.0
TEND_EVERY_S = 0.2
NOTE_KEYS_EVERY_S = 10.0
_PORT_TROUBLE = {errno.EADDRINUSE: "is taken by another program", errno.EACCES: "may not be opened by this user"}
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Ended(BaseException):
    """Somebody asked the house to end: Ctrl-C, SIGTERM, or the terminal closed."""


@dataclass
class Wish:
    """What the command line asks for."""

    home: Home
    host: str = "127.0.0.1"
    port: int = 8000
    ingest_port: int = 8001
    rehearsal: Rehearsal | None = None

    @property
    def kind(self) -> str:
        return REHEARSAL if self.rehearsal else COUNTY

    @property
    def address(self) -> str:
        return _address(self.host, self.port)


def say(line: str) -> None:
    print(line, flush=True)


def serve(wish: Wish) -> int:
    """Run the house until it is told to end. Raises DeskError with one sentence when it cannot start."""
    if wish.rehearsal and wish.host not in LOOPBACK:
        raise DeskError("A rehearsal answers on this machine only (its officers sign in without a password): leave --host out.")
    house = House(wish)
    for order in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(order, _raise_ended)
    try:
        house.start()
        house.tend()
    except Ended:
        say("")
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DeskError(
                f"the disk that holds {wish.home.root} is full: free space there and start again; what was acknowledged is safe."
            ) from None
        raise
    finally:
        house.end()
    return 0


def _raise_ended(number: int, frame: FrameType | None) -> None:
    raise Ended


@dataclass
class House:
    """The running processes of one home."""

    wish: Wish
    children: list[Child] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    ready_after: float = 0.0
    cluster: Cluster = field(init=False)
    broker: BrokerWatch | None = None
    _database_wait: float = 0.5
    _database_not_before: float = 0.0
    _keys_noted: float = 0.0

    def __post_init__(self) -> None:
        self.cluster = Cluster(self.wish.home)

    def start(self) -> None:
        wish, home = self.wish, self.wish.home
        say(f"Nanxi{' · 演练 rehearsal' if wish.rehearsal else ''} · home {home.root}")
        if unfinished(home).exists():
            raise DeskError(f"{home.root} is a restore that was cut short: remove that folder and restore again into a new one.")
        self._watch_broker()
        home.found(wish.kind)
        with Phase("database"):
            self._take_home()
            self._take_ports()
            if wish.rehearsal:
                wish.rehearsal.begin(home)
            if not external():
                self.cluster.launch()
        with Phase("keys and structure") as told:
            self._check_keys_and_clock()
            keycheck.make_first(home)
            told("brought up to date" if structure.ensure(home, admin_dsn(home), wish.kind) else "as they were")
            structure.refuse_unsafe_roles(home)
        with Phase("web, ingest, workers"):
            self._start_children()
            self._wait_until_ready()
        keycheck.note(home)
        self.cluster.lock.announce(wish.address)
        self._greet()

    def _watch_broker(self) -> None:
        if broker_address():
            folder = os.environ.get("NANXI_MQTT_FOLDER") or self.wish.home.root / "mqtt"
            self.broker = BrokerWatch(self.wish.host, self.wish.ingest_port, Path(folder))

    def _take_home(self) -> None:
        # After kill -9 the old children need a moment to let go of the ports.
        unclean = self.cluster.lock.left_by_killed()
        self.cluster.lock.acquire()
        self._patience = 6.0 if unclean else 0.0

    def _take_ports(self) -> None:
        wish = self.wish
        for port in (wish.port, wish.ingest_port):
            self.sockets.append(_bound(wish.host, port, self._patience))

    def _check_keys_and_clock(self) -> None:
        dsn = admin_dsn(self.wish.home)
        if not structure.identity(dsn).endswith("/none"):
            county = psycopg.conninfo.make_conninfo(dsn, dbname=structure.database_name())
            keycheck.check(self.wish.home, county)
            clockcheck.check(county)

    def _start_children(self) -> None:
        web, ingest = (found.fileno() for found in self.sockets)
        served = "nanxi.foundation.supervisor.web"
        self._add("web", ["-m", served, "nanxi.asgi:application", "--fd", str(web)], roles.WEB, {"NANXI_POOL": "1"}, (web,))
        self._add("ingest", ["-m", served, "nanxi.orders.ingest:application", "--fd", str(ingest)], roles.INGEST, {}, (ingest,))
        self._add("worker", ["-m", "nanxi.foundation.worker", "--queue", "default"], roles.WORKER)
        self._add("system", ["-m", "nanxi.foundation.worker", "--queue", "system"], roles.SYSTEM)

    def _add(
        self, name: str, words: list[str], role: str, more: Mapping[str, str] | None = None, sockets: tuple[int, ...] = ()
    ) -> Child:
        home = self.wish.home
        environment = {**self.environment(), "NANXI_DB_ROLE": role, **(more or {})}
        child = Child(name, words, environment, home.log / f"{name}.log", sockets)
        child.start()
        self.children.append(child)
        return child

    def environment(self) -> dict[str, str]:
        """What every child is told; nothing of a rehearsal reaches a real county."""
        kept = {
            name: value for name, value in os.environ.items() if name not in ("NANXI_REHEARSAL", "NANXI_POOL", "NANXI_DB_ROLE")
        }
        kept |= {"NANXI_HOME": str(self.wish.home.root), "DJANGO_SETTINGS_MODULE": "nanxi.settings", "PYTHONUNBUFFERED": "1"}
        # Numeric libraries would each start a thread per core in every process.
        kept.setdefault("OMP_NUM_THREADS", "1")
        # Set-up codes and the synthetic walks of the dead-man's switch speak to this port.
        kept["NANXI_INGEST_PORT"] = str(self.wish.ingest_port)
        if self.wish.rehearsal:
            kept["NANXI_REHEARSAL"] = "1"
        # An address other people use must be one the pages accept.
        if self.wish.host not in LOOPBACK:
            kept.setdefault("NANXI_HOSTS", f"127.0.0.1,localhost,[::1],{self.wish.host}")
        return kept

    def _wait_until_ready(self) -> None:
        wish = self.wish
        doors = {"web": (wish.host, wish.port, "/healthz"), "ingest": (wish.host, wish.ingest_port, "/health")}
        readiness.wait_for(doors, self.children, say)

    def _greet(self) -> None:
        wish = self.wish
        self.ready_after = time.monotonic() - self.began
        say(f"Ready after {self.ready_after:.1f} s: {wish.address}")
        if wish.rehearsal:
            say(f"  Sign in with a click at {wish.address}/enter/ as any officer; the county fills while you look.")
        else:
            say(f"  Sign in there; an empty county begins at {wish.address}/setup/ with its name, areas and administrator.")
        say(f"  Phones report positions to {_address(wish.host, wish.ingest_port)}/pub. Ctrl-C ends everything.")

    def tend(self) -> None:
        """Keep every process running until Ended."""
        while True:
            self._tend_database()
            for child in list(self.children):
                if told := child.tend():
                    say(f"  {told}")
            if self.broker is not None and (told := self.broker.look()):
                say(f"  {told}")
            if self.wish.rehearsal:
                self._tend_rehearsal(self.wish.rehearsal)
            if time.monotonic() - self._keys_noted > NOTE_KEYS_EVERY_S:
                self._keys_noted = time.monotonic()
                self._note_keys()
            time.sleep(TEND_EVERY_S)

    def _tend_database(self) -> None:
        process = self.cluster.process
        if external() or (process is not None and process.poll() is None) or time.monotonic() < self._database_not_before:
            return
        say("  The database ended and is started again; what was acknowledged is safe.")
        try:
            self.cluster.launch()
            self._database_wait = 0.5
        except DeskError as problem:
            say(f"  {problem}")
            self._database_wait = min(self._database_wait * 2, 15.0)
            self._database_not_before = time.monotonic() + self._database_wait

    def _tend_rehearsal(self, rehearsal: Rehearsal) -> None:
        words = rehearsal.clients(self.wish.address, _address(self.wish.host, self.wish.ingest_port))
        if words is not None:
            say("  The county's posts, phones and desks begin to send.")
            child = self._add("clients", words, "")
            child.may_finish = True

    def _note_keys(self) -> None:
        try:
            keycheck.note(self.wish.home)
        except (DeskError, OSError) as problem:
            say(f"  {problem}")

    def end(self) -> None:
        """Children first, the database last. A second Ctrl-C does not wait for anybody."""
        hurried = [False]

        def hurry(number: int, frame: FrameType | None) -> None:
            hurried[0] = True
            for child in self.children:
                child.ask_to_end() if child.process is None else child.process.kill()

        for order in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(order, hurry)
        began = time.monotonic()
        if self.wish.rehearsal:
            self.wish.rehearsal.end()
        late = end_all(self.children, PATIENCE_S)
        for found in self.sockets:
            found.close()
        if self.children and self.cluster.process is not None:
            self._note_keys()
        self.cluster.stop()
        if self.ready_after:
            killed = (
                f" ({', '.join(late)} had to be killed; unfinished jobs are taken up again)" if late and not hurried[0] else ""
            )
            say(f"Ended after {time.monotonic() - began:.1f} s{killed}.")


class Phase:
    """One line per phase: its name at once, its time when it is over."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.remark = ""

    def __enter__(self) -> Callable[[str], None]:
        self.began = time.monotonic()
        sys.stdout.write(f"  {self.name} … ")
        sys.stdout.flush()
        return self._told

    def _told(self, remark: str) -> None:
        self.remark = f" {remark}"

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        say("stopped" if kind else f"ready{self.remark} ({time.monotonic() - self.began:.1f} s)")


def _bound(host: str, port: int, patience_s: float) -> socket.socket:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return listen(host, port)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            why = _PORT_TROUBLE.get(problem.errno or 0, f"cannot be opened ({problem.strerror})")
            raise DeskError(f"port {port} on {host} {why}: name another with --port.") from None


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
