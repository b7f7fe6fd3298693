"""`nanxi doctor`: is this house sound? One line per check, with the remedy. `--setup` sets roles and structure right first.

Exit code 0 when nothing is wrong. Looks only, except with --setup; safe beside a running desk.
"""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import psycopg

from nanxi.foundation.postgres import Home, roles
from nanxi.foundation.postgres.binaries import server_user
from nanxi.foundation.postgres.home import COUNTY, DeskError, HomeLock
from nanxi.foundation.postgres.launcher import LEAST_FREE_BYTES
from nanxi.foundation.postgres.places import place_of_data
from nanxi.foundation.supervisor import broker, clockcheck, keycheck, structure
from nanxi.foundation.supervisor.database import admin, admin_dsn, external, founded, reached

#: Below this a busy day may fill the disk before anybody looks again.
COMFORTABLE_BYTES = 2 * 1024**3
#: The relay numbers within a second; the promise to the auditor is ten.
LAG_S = 10


@dataclass(frozen=True)
class Finding:
    """One check: `good` is None when it could only be looked at, not judged."""

    check: str
    good: bool
    sentence: str


def run(home: Home, *, setup: bool = False, as_json: bool = False) -> int:
    if setup:
        set_up(home)
    with reached(home) as alone:
        findings = list(examine(home, desk_runs=not alone and _desk_runs(home)))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.good else 'BAD '} {finding.check}: {finding.sentence}")
    return 0 if all(finding.good for finding in findings) else 1


def set_up(home: Home) -> None:
    """Roles, rights and structure as the code wants them: prepares an external server, mends a weakened one."""
    home.found(home.kind or COUNTY)
    if external():
        _set_right(home)
        return
    from nanxi.foundation.postgres import Cluster

    if Cluster(home).running():
        _set_right(home)
    else:
        with Cluster(home):
            _set_right(home)


def _set_right(home: Home) -> None:
    roles.provision(admin_dsn(home), roles.passwords(home, found=True), home.kind or COUNTY, database=structure.database_name())
    structure.ensure(home, admin_dsn(home), home.kind or COUNTY)
    print("Roles, rights and structure are set right.")


def _desk_runs(home: Home) -> bool:
    lock = HomeLock(home)
    try:
        with lock.held():
            return False
    except DeskError:
        return True


def examine(home: Home, *, desk_runs: bool) -> Iterator[Finding]:
    """All checks in the order somebody would mend them. Needs a database that answers."""
    founded(home)
    for check in (_private, _disk, _roles, _structure, _row_security, _keys):
        yield _guarded(check.__name__.strip("_").replace("_", " "), check, home)
    yield _guarded("ledger", lambda home: _ledger(home, desk_runs), home)
    yield _guarded("clock", _clock, home)
    yield _guarded("jobs", _jobs, home)
    yield _guarded("broker", lambda home: broker.examined(home.root / "mqtt"), home)


def _guarded(name: str, check: Callable[[Home], tuple[bool, str]], home: Home) -> Finding:
    try:
        return Finding(name, *check(home))
    except DeskError as problem:
        return Finding(name, False, str(problem))
    except psycopg.Error as problem:
        return Finding(
            name, False, f"the database refused to tell ({type(problem).__name__}): `nanxi doctor --setup` sets roles right."
        )


def _private(home: Home) -> tuple[bool, str]:
    for folder in (home.keys, home.secrets_file.parent):
        if stat.S_IMODE(folder.stat().st_mode) & 0o077:
            return False, f"others may look into {folder}: chmod 700 {folder}."
        for path in folder.iterdir():
            if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
                return False, f"others may read {path}: chmod 600 {path}."
    return True, f"{home.root} is the home of a {home.kind}; keys and passwords are closed to others."


def _disk(home: Home) -> tuple[bool, str]:
    places = {home.root} if external() else {home.root, place_of_data(home, server_user())}
    least = min(shutil.disk_usage(place).free for place in places)
    left = f"{least / 1024**3:.1f} GB are free"
    if least < LEAST_FREE_BYTES:
        return False, f"{left}: the desk will not start; free space now."
    return least >= COMFORTABLE_BYTES, left + ("." if least >= COMFORTABLE_BYTES else ": free space before the day begins.")


def _roles(home: Home) -> tuple[bool, str]:
    structure.refuse_unsafe_roles(home)
    with psycopg.connect(roles.connection_string(roles.BACKUP, home), autocommit=True) as connection:
        row = connection.execute(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    if row and row[0]:
        return False, "the backup role may change more than it should: `nanxi doctor --setup` sets it right."
    return True, "web, ingest, worker and system own nothing and step over no row policy."


def _structure(home: Home) -> tuple[bool, str]:
    if structure.up_to_date(home, admin_dsn(home)):
        return True, "the database has the structure of this version."
    return False, "the database is of another version: `nanxi doctor --setup`, or start the desk."


def _row_security(home: Home) -> tuple[bool, str]:
    with admin(home) as connection:
        rows = connection.execute(
            "SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid"
            " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname = 'area_code'"
            " AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1"
        ).fetchall()
        county = connection.execute("SELECT count(*) FROM pg_policies").fetchone()
    if rows:
        return False, f"row security is not forced on {', '.join(row[0] for row in rows)}: these rows have an area and no guard."
    return True, f"forced on every table whose rows belong to an area ({county[0] if county else 0} policies)."


def _keys(home: Home) -> tuple[bool, str]:
    keycheck.check(home, psycopg.conninfo.make_conninfo(admin_dsn(home), dbname=structure.database_name()))
    return True, f"{len(keycheck.prints(home))} keys are there and are the ones the records were sealed with."


def _ledger(home: Home, desk_runs: bool) -> tuple[bool, str]:
    with psycopg.connect(roles.connection_string(roles.BACKUP, home), autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*), min(at), (SELECT max(seq) FROM foundation_ledgerentry)"
            " FROM foundation_ledgerentry WHERE seq IS NULL"
        ).fetchone()
    assert row is not None
    waiting, oldest, last = row
    numbered = f"{last or 0} entries are numbered and linked"
    if not waiting:
        return True, f"{numbered}, none waits."
    age = (datetime.now(UTC) - oldest).total_seconds()
    if desk_runs and age > LAG_S:
        return False, f"{numbered}; {waiting} wait, the oldest for {age:.0f} s: the relay does not work, see log/system.log."
    return True, f"{numbered}; {waiting} wait for {'the relay' if desk_runs else 'the desk to start'}."


def _clock(home: Home) -> tuple[bool, str]:
    now = clockcheck.check(roles.connection_string(roles.BACKUP, home))
    return True, f"{now:%Y-%m-%d %H:%M} UTC, not before the county's last act."


def _jobs(home: Home) -> tuple[bool, str]:
    with psycopg.connect(roles.connection_string(roles.BACKUP, home), autocommit=True) as connection:
        rows = dict(connection.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1").fetchall())
    failed = rows.get("failed", 0)
    line = f"{rows.get('todo', 0)} wait, {rows.get('doing', 0)} run, {failed} gave up"
    return not failed, line + ("." if not failed else ": their pages say why; see log/worker.log and log/system.log.")
