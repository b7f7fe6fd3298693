"""Starts and stops the county's own PostgreSQL server: found once, child of its starter, dead when its starter is dead.

Rules from the trials in docs/ARCHITECTURE: scram and page checksums, a socket in a private folder and no TCP, the server
ends with its parent (`PR_SET_PDEATHSIG`), a lock file decides who runs a home, and root never runs the server itself.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from nanxi.foundation.postgres.binaries import binaries, can_enter, server_user, user_name
from nanxi.foundation.postgres.home import DeskError, Home, HomeLock
from nanxi.foundation.postgres.places import PORT, place_of_data, socket_folder
from nanxi.foundation.postgres.roles import DATABASE, SUPERUSER, passwords

#: Below this much free space a server that starts may not be able to write its log; nothing has been touched yet.
LEAST_FREE_BYTES = 64 * 1024 * 1024
#: Crash recovery replays at most max_wal_size (1 GB by default); minutes on a slow disk, so we wait long and say so.
START_SECONDS = 300.0
#: Fast shutdown took 1.5 s at most in the trials; after this the shutdown is immediate, which recovery makes good.
STOP_SECONDS = 4.0
PR_SET_PDEATHSIG = 1

#: Acknowledged means durable: the first four may not be weakened outside tests.
SETTINGS: dict[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "data_sync_retry": "off",
    # With five transactions at work a commit waits 0.3 ms for company: fewer flushes, and each still before its answer.
    "commit_delay": "300",
    "commit_siblings": "4",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements may carry what a person typed; the server's log must not.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_min_messages": "warning",
}


class Cluster:
    """One database cluster in one home. Start it from the main thread; it dies with that thread's process.

    `settings` overrides server settings (tests switch fsync off). Use as a context manager or with start/stop.
    """

    def __init__(self, home: Path | Home, settings: Mapping[str, str] | None = None) -> None:
        self.home = home if isinstance(home, Home) else Home(home.absolute())
        self.lock = HomeLock(self.home)
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = {**SETTINGS, "shared_buffers": shared_buffers(), **(settings or {})}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Bring the server up and wait until it answers. Raises AlreadyRunning or DeskError with the remedy."""
        if self.home.kind is None:
            raise DeskError(f"{self.home.root} is not the home of a county yet: `nanxi serve` founds one.")
        self.lock.acquire()
        try:
            self.launch()
        except BaseException:
            self.stop()
            raise

    def launch(self) -> None:
        """Start the server under a lock that is already held; also how a crashed server is brought back."""
        user = server_user()
        _require_space(self.home.root)
        data = place_of_data(self.home, user)
        _wait_for_predecessor(data)
        if not (data / "PG_VERSION").exists():
            _found_cluster(self.home, data, user)
        folder = socket_folder(self.home)
        _private_folder(folder, user)
        log = self.home.log / "postgres.log"
        rotate(log)
        arguments = [str(binaries(user) / "postgres"), "-D", str(data), "-k", str(folder), "-p", str(PORT)]
        for name, value in self._settings.items():
            arguments += ["-c", f"{name}={value}"]
        with log.open("ab") as stream:
            # Its own process group: Ctrl-C on the terminal must reach the web first and the database last.
            self.process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, cwd=data,
                env=_bare_environment(), process_group=0, preexec_fn=die_with_parent(signal.SIGINT), **_run_as(user),
            )  # fmt: skip
        self._wait_until_ready(log)

    def stop(self) -> None:
        """End the server: fast, then immediate if it lingers. Safe to call twice."""
        if self.process is not None and self.process.poll() is None:
            for order in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                self.process.send_signal(order)
                try:
                    self.process.wait(STOP_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    continue
        self.process = None
        self.lock.release()

    def running(self) -> bool:
        """Whether a server of this home accepts connections, whoever started it."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(socket_folder(self.home) / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return True

    def dsn(self, role: str = SUPERUSER, dbname: str = DATABASE) -> str:
        """A libpq connection string for one of our roles."""
        return psycopg.conninfo.make_conninfo(
            host=str(socket_folder(self.home)),
            port=PORT,
            user=role,
            password=passwords(self.home)[role],
            dbname=dbname,
        )

    def _wait_until_ready(self, log: Path) -> None:
        assert self.process is not None
        began = time.monotonic()
        told = False
        while time.monotonic() - began < START_SECONDS:
            if self.process.poll() is not None:
                raise DeskError(_why_it_stopped(log))
            try:
                psycopg.connect(self.dsn(dbname="postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError as problem:
                if "password authentication failed" in str(problem):
                    raise DeskError(
                        f"the database does not accept the password in {self.home.secrets_file}: put back the file that "
                        "belongs to this database (`nanxi restore` brings a whole home back)."
                    ) from None
            if not told and time.monotonic() - began > 10:
                told = True
                print("The database is repairing itself after an unclean end; this can take minutes.", file=sys.stderr)
            time.sleep(0.05)
        raise DeskError(f"the database did not answer within {START_SECONDS:.0f} s: read {log}.")


def shared_buffers() -> str:
    """An eighth of memory, at most 256 MB: numpy and the workers live on the same machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{max(32, min(256, memory // 8 // 1024 // 1024))}MB"


def _run_as(user: pwd.struct_passwd | None) -> dict[str, object]:
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _bare_environment() -> dict[str, str]:
    """No secret and no libpq variable of ours reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def die_with_parent(order: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel sends `order` when the parent thread ends. Linux only; elsewhere the supervisor watches."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(order), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _private_folder(folder: Path, user: pwd.struct_passwd | None) -> None:
    """Create the folder 0700 for the server's user; an existing one must be ours, since /tmp is everyone's."""
    owner = user.pw_uid if user else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        status = folder.lstat()
        if folder.is_symlink() or status.st_uid not in (owner, os.geteuid()):
            raise DeskError(f"{folder} belongs to somebody else: remove it, it must hold the database's socket.") from None
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)


def _require_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise DeskError(
            f"the disk that holds {folder} is full ({free // 1024 // 1024} MB left): free at least "
            f"{LEAST_FREE_BYTES // 1024 // 1024} MB and start again; nothing was changed."
        )


def _found_cluster(home: Home, data: Path, user: pwd.struct_passwd | None) -> None:
    """initdb into a folder beside the final one, then rename: a start that is cut short leaves no half cluster."""
    fresh = data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    _private_folder(fresh, user)
    secret = passwords(home, found=True)[SUPERUSER]
    with tempfile.NamedTemporaryFile("w", dir=_reachable_scratch(fresh), prefix="nanxi-", encoding="utf-8") as file:
        file.write(secret)
        file.flush()
        if user:
            os.chown(file.name, user.pw_uid, user.pw_gid)
        done = subprocess.run(
            [
                str(binaries(user) / "initdb"), "-D", str(fresh), "-U", SUPERUSER, f"--pwfile={file.name}",
                "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--locale=C",
            ],
            check=False, capture_output=True, text=True, cwd="/", env=_bare_environment(), **_run_as(user),
        )  # fmt: skip
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise DeskError(_reason(done.stderr) or f"the database could not be created: {done.stderr.strip()[-300:]}")
    fresh.rename(data)


def _reachable_scratch(fresh: Path) -> Path:
    """A folder for the password file that the server's user can enter and others cannot list for long: /tmp or the parent."""
    return Path(tempfile.gettempdir()) if can_enter(Path(tempfile.gettempdir()), server_user()) else fresh.parent


def _wait_for_predecessor(data: Path) -> None:
    """After kill -9 of a starter its server needs a moment to end; a process number reused by a stranger is no server."""
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + 15
    while pid_file.exists():
        servants = _processes_in(data)
        if not servants:
            # Nobody works in this folder: the file is a leftover, and the number in it may be anyone's by now.
            pid_file.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise DeskError(
                f"a database server from an earlier start still works in {data} (process {servants[0]}): "
                f"end it with `kill -INT {servants[0]}` and start again."
            )
        time.sleep(0.1)


def _processes_in(data: Path) -> list[int]:
    """Process numbers whose working folder is the data folder; PostgreSQL's processes all work there."""
    if not Path("/proc/self/cwd").exists():
        return _holder_by_number(data)
    found: list[int] = []
    wanted = str(data.resolve())
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.readlink(entry / "cwd") == wanted:
                found.append(int(entry.name))
        except OSError:
            continue
    return sorted(found)


def _holder_by_number(data: Path) -> list[int]:
    """Without /proc (macOS): the number in the pid file, when a process of that number lives."""
    try:
        number = int((data / "postmaster.pid").read_text(encoding="ascii").split()[0])
        os.kill(number, 0)
    except (OSError, ValueError, IndexError):
        return []
    return [number]


def rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > 10_000_000:
        log.replace(log.with_suffix(".log.1"))


def _reason(text: str) -> str | None:
    """The server's own words for the causes a person can remedy, as one sentence."""
    if "No space left on device" in text:
        return "the disk is full: free space where the database is kept and start again; what was acknowledged is safe."
    if "could not create shared memory" in text or "Cannot allocate memory" in text:
        return "there is not enough memory for the database: end other programs and start again."
    if "database files are incompatible" in text:
        return "the database was made by another PostgreSQL version: restore a backup with `nanxi restore` into a new home."
    if "Permission denied" in text:
        return f"the database's user {user_name()} may not write its folder: give the folder back to that user."
    return None


def _why_it_stopped(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 4000))
        tail = stream.read().decode("utf-8", "replace")
    last = next((line for line in reversed(tail.splitlines()) if "FATAL" in line or "PANIC" in line), "no reason given")
    return _reason(tail) or f"the database stopped while starting ({last.split(': ', 1)[-1].strip()}): read {log}."
