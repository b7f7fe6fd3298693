"""The database of a home for one command: the running desk's, the external one, or the embedded one started for the while."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg

from nanxi.foundation.postgres import Cluster, Home
from nanxi.foundation.postgres.home import COUNTY, REHEARSAL, DeskError
from nanxi.foundation.postgres.roles import SUPERUSER

ROOT = Path(__file__).resolve().parents[3]


def home_of(folder: str | Path | None, *, rehearsal: bool = False) -> Home:
    """The home a command means: --home, else NANXI_HOME, else var/county (var/rehearsal) beside the code."""
    named = folder or os.environ.get("NANXI_HOME")
    return Home(Path(named).absolute() if named else ROOT / "var" / (REHEARSAL if rehearsal else COUNTY))


def founded(home: Home) -> Home:
    if home.kind is None:
        raise DeskError(
            f"{home.root} is not the home of a county: name one with --home DIR, or found it with `nanxi serve --home DIR`."
        )
    if unfinished(home).exists():
        raise DeskError(f"{home.root} is a restore that was cut short: remove that folder and restore again into a new one.")
    return home


def unfinished(home: Home) -> Path:
    """The mark of a restore that has not ended."""
    return home.root / "log" / "restore-unfinished"


@contextlib.contextmanager
def reached(home: Home) -> Iterator[bool]:
    """A database that answers; True when it was started for this command and ends with it."""
    founded(home)
    if external() or Cluster(home).running():
        yield False
        return
    with Cluster(home):
        yield True


def external() -> bool:
    return bool(os.environ.get("DATABASE_URL"))


def admin_dsn(home: Home) -> str:
    """Who may create roles: the embedded superuser, or the user named in DATABASE_URL."""
    if external():
        return os.environ["DATABASE_URL"]
    return Cluster(home).dsn(SUPERUSER)


@contextlib.contextmanager
def admin(home: Home) -> Iterator[psycopg.Connection]:
    from nanxi.foundation.supervisor.structure import database_name

    with psycopg.connect(admin_dsn(home), dbname=database_name(), autocommit=True) as connection:
        yield connection


def enter_django(home: Home, role: str) -> None:
    """Let this process be Django in a home, as one role. Once per process."""
    os.environ.update(NANXI_HOME=str(home.root), NANXI_DB_ROLE=role, DJANGO_SETTINGS_MODULE="nanxi.settings")
    os.environ.pop("NANXI_POOL", None)
    if home.kind == REHEARSAL:
        os.environ["NANXI_REHEARSAL"] = "1"
    import django

    django.setup()
