"""Roles and tables as the code wants them. Provisioning and `migrate` run as owner in a subprocess, and only when needed.

Needed means: the hash of all that shapes the database differs from the one noted for this very cluster. A second start of an
unchanged house skips both, which saves its two seconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from nanxi.foundation.postgres import roles
from nanxi.foundation.postgres.home import DeskError, Home, write_private
from nanxi.foundation.postgres.safety import refuse_unsafe_role

PACKAGE = Path(__file__).resolve().parents[2]
#: Libraries whose migrations are part of our database.
SHAPING = ("django", "procrastinate", "django-allauth")
#: Roles of processes that answer people, phones and rules; none may step over row-level security.
ANSWERING = (roles.WEB, roles.INGEST, roles.WORKER, roles.SYSTEM)


def shape() -> str:
    """Hash of everything that decides what the database looks like."""
    text = " ".join(f"{package} {version(package)}" for package in SHAPING) + os.environ.get("NANXI_ROOMS", "")
    digest = hashlib.sha256(text.encode())
    files = [
        *PACKAGE.glob("*/migrations/*.py"),
        *(PACKAGE / "foundation").glob("postgres/*.py"),
        PACKAGE / "foundation" / "row_security.py",
    ]
    for file in sorted(files):
        digest.update(f"{file.relative_to(PACKAGE)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def ensure(home: Home, admin_dsn: str, kind: str) -> bool:
    """Provision and migrate when needed; True when it was. Raises DeskError with the sentence of what failed."""
    if up_to_date(home, admin_dsn):
        return False
    roles.provision(admin_dsn, roles.passwords(home, found=True), kind, database=database_name())
    migrate(home)
    write_private(_file(home), json.dumps({"shape": shape(), "cluster": identity(admin_dsn)}) + "\n")
    return True


def up_to_date(home: Home, admin_dsn: str) -> bool:
    return _noted(home) == {"shape": shape(), "cluster": identity(admin_dsn)}


def migrate(home: Home) -> None:
    done = django_admin(home, ["migrate", "--verbosity", "0"])
    if done.returncode:
        log = home.log / "migrate.log"
        log.write_text(done.stderr, encoding="utf-8")
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "no reason given")
        if "No space left on device" in done.stderr:
            raise DeskError(
                "the disk is full: free space where the database is kept and start again; what was acknowledged is safe."
            )
        raise DeskError(
            f"the structure could not be brought up to date ({last.strip()[:300]}): read {log}. Nothing half-made is kept."
        )


def django_admin(home: Home, words: list[str], *, captured: bool = True) -> subprocess.CompletedProcess[str]:
    """Django's own commands as the owner of the structure."""
    environment = {
        **os.environ,
        "NANXI_HOME": str(home.root),
        "NANXI_DB_ROLE": roles.OWNER,
        "DJANGO_SETTINGS_MODULE": "nanxi.settings",
    }
    environment.pop("NANXI_POOL", None)
    return subprocess.run(
        [sys.executable, "-m", "django", *words], env=environment, check=False, capture_output=captured, text=True
    )


def refuse_unsafe_roles(home: Home) -> None:
    """Raise UnsafeRole when a process of the house could read past row-level security (safeguard 6)."""
    for role in ANSWERING:
        with psycopg.connect(roles.connection_string(role, home), autocommit=True) as connection:
            refuse_unsafe_role(connection)


def identity(admin_dsn: str) -> str:
    """Which cluster and database this is, so that a note made for another one does not count."""
    with psycopg.connect(admin_dsn, dbname="postgres", autocommit=True) as connection:
        row = connection.execute(
            "SELECT c.system_identifier, d.oid FROM pg_control_system() AS c LEFT JOIN pg_database AS d ON d.datname = %s",
            [database_name()],
        ).fetchone()
    assert row is not None
    return f"{row[0]}/{row[1]}" if row[1] else f"{row[0]}/none"


def database_name() -> str:
    """The one that roles.connection_settings leads to: named in DATABASE_URL when the server is not ours."""
    external = urlsplit(os.environ.get("DATABASE_URL", "")).path.strip("/")
    return unquote(external) or os.environ.get("NANXI_DB_NAME") or roles.DATABASE


def _file(home: Home) -> Path:
    return home.postgres / "structure.json"


def _noted(home: Home) -> dict[str, str]:
    try:
        return dict(json.loads(_file(home).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}
