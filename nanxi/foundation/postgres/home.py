"""The home of one desk: a folder that holds its kind, its database, its keys and its secrets, and belongs to one running desk.

A rehearsal and a real county never share a home; the marker file `kind` decides which it is, once and for ever.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

COUNTY = "county"
REHEARSAL = "rehearsal"
KINDS = (COUNTY, REHEARSAL)

#: What a home may hold before it is marked: reading the settings alone already makes the keys folder.
OWN_NAMES = frozenset({"files", "keys", "lock", "log", "postgres", "secrets", "static"})


class DeskError(Exception):
    """One sentence for the person at the keyboard: what is wrong and what to do next."""


class AlreadyRunning(DeskError):
    """Another process holds this home."""


@dataclass(frozen=True)
class Home:
    """Paths of one home. Creating the object touches nothing on disk."""

    root: Path

    @property
    def kind_file(self) -> Path:
        return self.root / "kind"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets" / "db.json"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def kind(self) -> str | None:
        """`county`, `rehearsal`, or None when the home has not been founded yet."""
        try:
            return self.kind_file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None

    def found(self, kind: str) -> None:
        """Create the folders and mark the home; a home that is already marked keeps its kind or is refused."""
        present = self.kind
        if present is not None and present != kind:
            raise DeskError(
                f"{self.root} is the home of a {present}, not of a {kind}: start the {kind} with its own folder (--home DIR)."
            )
        if present is None and self.root.is_dir() and any(entry.name not in OWN_NAMES for entry in self.root.iterdir()):
            raise DeskError(f"{self.root} is not empty and is not a home of Nanxi: name another folder with --home DIR.")
        # `static` is filled by collectstatic behind a proxy; the embedded web looks for it.
        for folder in (self.root, self.postgres, self.log, self.root / "static"):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.secrets_file.parent, self.keys, self.files):
            folder.mkdir(mode=0o700, exist_ok=True)
        if present is None:
            write_private(self.kind_file, kind + "\n")


def current_home(environment: Mapping[str, str] = os.environ) -> Home:
    """The home named by NANXI_HOME, else `./var/county`."""
    return Home(Path(environment.get("NANXI_HOME") or "var/county").absolute())


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner may read, durable and never half-written (new file, fsync, rename)."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class HomeLock:
    """The right to run a desk in a home: an advisory file lock, so it ends with its holder however the holder ends."""

    def __init__(self, home: Home) -> None:
        self.path = home.root / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise `AlreadyRunning` naming the holder's process and address."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            os.close(descriptor)
            where = f" at {holder['address']}" if holder.get("address") else ""
            raise AlreadyRunning(
                f"the desk in {self.path.parent} already runs{where} (process {holder.get('pid', 'unknown')}); "
                "use that one, or stop it first."
            ) from None
        self._descriptor = descriptor
        self.announce(None)

    def left_by_killed(self) -> bool:
        """Whether the last holder was killed: a clean end empties the file. Ask before acquiring."""
        try:
            return self.path.stat().st_size > 0
        except FileNotFoundError:
            return False

    def announce(self, address: str | None) -> None:
        """Tell later starters where this desk answers."""
        if self._descriptor is None:
            raise DeskError("the home is not locked: acquire the lock before announcing an address.")
        text = json.dumps({"pid": os.getpid(), "address": address}).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    @contextlib.contextmanager
    def held(self) -> Iterator[HomeLock]:
        self.acquire()
        try:
            yield self
        finally:
            self.release()


def _holder(descriptor: int) -> dict[str, object]:
    try:
        found = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
