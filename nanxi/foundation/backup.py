"""`nanxi backup FILE`: database, keys and files of a home in one archive that only its owner may read; whole or not at all.

Either of database and keys is worthless without the other. The dump is one snapshot by the read-only backup role, the keys are
taken after it, so every key the dump relies on is in the archive. The database's passwords are not: a restore makes new ones.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from nanxi import __version__
from nanxi.foundation.postgres import Home, roles
from nanxi.foundation.postgres.binaries import wheel_installation
from nanxi.foundation.postgres.home import DeskError
from nanxi.foundation.supervisor import keycheck, structure
from nanxi.foundation.supervisor.database import reached

FORMAT = 1
MANIFEST, DUMP = "manifest.json", "database.dump"
#: Folders of the home that belong to the county; the database's own folder, its passwords and the logs do not.
FOLDERS = ("keys", "files", "witness")


def run(home: Home, file: Path) -> int:
    with reached(home):
        facts = backup(home, file)
    size = file.stat().st_size / 1024 / 1024
    print(
        f"{file}: {size:.1f} MB, {facts['ledger_entries']} ledger entries, {facts['record_keys']} sealed records, "
        f"{facts['keys']} keys. "
        "Whoever holds this file can read the county: keep it locked away, and delete it after 7 days."
    )
    return 0


def backup(home: Home, file: Path) -> dict[str, Any]:
    """Write the archive. Raises DeskError when the target exists, the disk is full, or the dump fails."""
    if file.exists():
        raise DeskError(f"{file} exists already: name another file, a backup never overwrites one.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".nanxi-backup-", dir=file.parent) as folder:
            return _write(home, Path(folder), file)
    except OSError as problem:
        raise DeskError(
            f"the backup could not be written to {file} ({problem.strerror}): free space there or name another place."
        ) from None


def _write(home: Home, scratch: Path, file: Path) -> dict[str, Any]:
    dump = scratch / DUMP
    facts = _facts(home)
    _dump(home, dump)
    keycheck.note(home)
    draft = scratch / "archive"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    sums: dict[str, str] = {}
    with os.fdopen(handle, "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name, path in _parts(home, dump):
                _add(archive, name, path.read_bytes() if name != DUMP else path, sums)
            facts |= {"sums": sums, "keys": sum(name.endswith(".key") for name in sums)}
            _add(archive, MANIFEST, json.dumps(facts, indent=1).encode(), {})
        stream.flush()
        os.fsync(stream.fileno())
    # Not os.replace: a file somebody made meanwhile is not overwritten.
    os.link(draft, file)
    return facts


def _facts(home: Home) -> dict[str, Any]:
    with psycopg.connect(roles.connection_string(roles.BACKUP, home), autocommit=True) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM foundation_ledgerentry), (SELECT coalesce(max(seq), 0) FROM foundation_ledgerentry),"
            " (SELECT count(*) FROM foundation_recordkey), current_setting('server_version')"
        ).fetchone()
    assert row is not None
    return {
        "format": FORMAT, "nanxi": __version__, "kind": home.kind, "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "postgresql": row[3], "shape": structure.shape(), "ledger_entries": row[0], "ledger_number": row[1],
        "record_keys": row[2],
    }  # fmt: skip


def _dump(home: Home, target: Path) -> None:
    words = [tool("pg_dump"), "--format=custom", "--compress=6", "--no-password", f"--file={target}"]
    dsn, secret = roles.for_program(roles.connection_string(roles.BACKUP, home))
    done = subprocess.run(
        [*words, f"--dbname={dsn}"], check=False, capture_output=True, text=True, env={**_quiet_environment(), **secret}
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise DeskError(f"the database could not be dumped ({last[:300]}); nothing was written.")


def tool(name: str) -> str:
    """A client program of the same PostgreSQL as the server's."""
    return str(wheel_installation() / "bin" / name)


def _quiet_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _parts(home: Home, dump: Path) -> Iterator[tuple[str, Path]]:
    yield DUMP, dump
    for folder in FOLDERS:
        for path in sorted((home.root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(home.root)), path


def _add(archive: tarfile.TarFile, name: str, content: bytes | Path, sums: dict[str, str]) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode = 0o600
    if isinstance(content, bytes):
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
        sums[name] = hashlib.sha256(content).hexdigest()
        return
    entry.size = content.stat().st_size
    with content.open("rb") as stream:
        sums[name] = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        archive.addfile(entry, stream)
