"""`nanxi restore FILE --home DIR`: a whole home from a backup, into a folder that is no home yet; then it is proved.

Every part is held against its sum before anything is made. A restore that is cut short leaves a mark, and no desk starts on it.
At the end the ledger is verified and sealed record keys are opened with the restored master key.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import psycopg

from nanxi.foundation.backup import DUMP, FORMAT, MANIFEST, tool
from nanxi.foundation.postgres import Cluster, Home, roles
from nanxi.foundation.postgres.binaries import server_user
from nanxi.foundation.postgres.home import KINDS, DeskError
from nanxi.foundation.postgres.places import place_of_data
from nanxi.foundation.supervisor import keycheck, structure
from nanxi.foundation.supervisor.database import admin_dsn, external, unfinished

#: Record keys opened as proof; each opens only with the master key that wrapped it.
SAMPLE = 50


def run(file: Path, home: Home) -> int:
    facts = restore(file, home)
    proof = prove(home)
    print(
        f"{home.root}: the {facts['kind']} as of {facts['made_at']}; {proof['entries']} ledger entries verify, "
        f"{proof['opened']} of {proof['tried']} sealed records tried open. Start it with `nanxi serve --home {home.root}`."
    )
    return 0


def restore(file: Path, home: Home) -> dict[str, Any]:
    """Bring the home back. Raises DeskError, and removes what it made, when anything does not fit."""
    facts = check(file)
    if home.root.exists() and any(home.root.iterdir()):
        raise DeskError(f"{home.root} is not empty: a restore goes into a new folder and overwrites nothing.")
    made_root = not home.root.exists()
    try:
        home.found(facts["kind"])
        unfinished(home).touch()
        _unpack(file, home)
        if external():
            _load(home)
        else:
            with Cluster(home):
                _load(home)
        (home.root / DUMP).unlink()
        keycheck.note(home)
        unfinished(home).unlink()
    except BaseException:
        _undo(home, made_root)
        raise
    return facts


def check(file: Path) -> dict[str, Any]:
    """The manifest of an archive whose parts are all as they were written. Raises DeskError otherwise."""
    try:
        with tarfile.open(file, "r:") as archive:
            manifest = archive.extractfile(MANIFEST)
            facts = json.load(manifest) if manifest else {}
            found = {entry.name: _sum(archive, entry) for entry in archive if entry.isfile() and entry.name != MANIFEST}
    except FileNotFoundError:
        raise DeskError(f"{file} does not exist.") from None
    except (OSError, tarfile.TarError, KeyError, ValueError):
        raise DeskError(f"{file} is not a whole backup of Nanxi: take an earlier one.") from None
    if facts.get("format") != FORMAT or facts.get("kind") not in KINDS:
        raise DeskError(
            f"{file} was made by another version of Nanxi ({facts.get('nanxi', 'unknown')}): restore it with that one."
        )
    wrong = [name for name in {*found, *facts["sums"]} if found.get(name) != facts["sums"].get(name)]
    if wrong:
        raise DeskError(f"{file} is damaged ({', '.join(sorted(wrong)[:3])} are not as written): take an earlier backup.")
    return facts


def _sum(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    stream = archive.extractfile(entry)
    assert stream is not None
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _unpack(file: Path, home: Home) -> None:
    with tarfile.open(file, "r:") as archive:
        for entry in archive:
            if entry.isfile() and entry.name != MANIFEST:
                # `data` refuses absolute paths, links and anything that leads out of the folder.
                archive.extract(entry, home.root, filter="data")
                os.chmod(home.root / entry.name, 0o600)


def _load(home: Home) -> None:
    dsn, secret, name = admin_dsn(home), roles.passwords(home, found=True), structure.database_name()
    roles.provision(dsn, secret, home.kind or "", database=name)
    target = psycopg.conninfo.make_conninfo(dsn, dbname=name)
    with psycopg.connect(target, autocommit=True) as connection:
        filled = connection.execute("SELECT to_regclass('public.foundation_ledgerentry') IS NOT NULL").fetchone()
        if filled and filled[0]:
            raise DeskError("the database in DATABASE_URL already holds a county: restore into a new database.")
        # The dump brings its own; provision marked the empty database with it.
        connection.execute("DROP TABLE public.installation")
    told, hidden = roles.for_program(target)
    words = [
        tool("pg_restore"),
        "--exit-on-error",
        "--single-transaction",
        "--no-password",
        f"--dbname={told}",
        str(home.root / DUMP),
    ]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env={"PATH": os.defpath, "LC_ALL": "C", **hidden})
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise DeskError(f"the database could not be restored ({last[:300]}); nothing is kept of it.")
    structure.ensure(home, dsn, home.kind or "")


def _undo(home: Home, made_root: bool) -> None:
    data = place_of_data(home, server_user()) if home.postgres.exists() else None
    if data is not None and not data.is_relative_to(home.root):
        shutil.rmtree(data.parent, ignore_errors=True)
    for entry in list(home.root.iterdir()) if home.root.exists() else []:
        shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)
    if made_root and home.root.exists():
        home.root.rmdir()


PROOF = """
import json, sys
from pathlib import Path
from nanxi.foundation.postgres import Home, roles
from nanxi.foundation.supervisor.database import enter_django
home = Home(Path(sys.argv[1]))
enter_django(home, roles.BACKUP)
from nanxi.foundation import audit, restore
print(json.dumps(restore.proof(home)))
"""


def prove(home: Home) -> dict[str, Any]:
    """Verify the ledger and open record keys in the restored home. Raises DeskError when either fails."""
    from nanxi.foundation.supervisor.database import reached

    with reached(home):
        done = subprocess.run([sys.executable, "-c", PROOF, str(home.root)], check=False, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise DeskError(f"{home.root} was restored but could not be proved ({last[:300]}).")
    found = json.loads(done.stdout)
    if found["findings"] or found["opened"] != found["tried"]:
        raise DeskError(
            f"{home.root} was restored, but {found['findings']} ledger findings and {found['tried'] - found['opened']} records "
            "that do not open say that this backup is not whole: take an earlier one."
        )
    return found


def proof(home: Home) -> dict[str, int]:
    """Counts for `prove`; runs in a process that is Django in that home."""
    from nanxi.foundation import audit, vault
    from nanxi.foundation.models import RecordKey

    found, entries, _ = audit.verify(home.root / "witness" / "anchors.log", relay_runs=False)
    opened = tried = 0
    for record_id in RecordKey.objects.order_by("record_id").values_list("record_id", flat=True)[:SAMPLE]:
        tried += 1
        try:
            vault.load_keys([record_id])
            opened += 1
        except vault.Sealed:
            continue
    return {"findings": len(found), "entries": entries, "tried": tried, "opened": opened}
