"""A county whose keys are gone must not start: a fresh key in an old one's place would end every sealed record for good.

Prints of the keys (never the keys) are noted in the home's secrets folder, apart from the keys; and the database itself tells
which keys it relies on. Plain psycopg: this runs before any process may make a key.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import psycopg

from nanxi.foundation.keyring import KeyLost, Keyring
from nanxi.foundation.postgres.home import DeskError, Home, write_private

#: Session signing, wrapping, blind index, blocking, ledger.
FIRST = ("django", "master-1", "index", "block", "ledger")
#: Table that holds rows → the keys those rows rely on.
RELIANCE: dict[str, tuple[str, ...]] = {
    "foundation_recordkey": ("master-1", "index", "block"),
    "foundation_daykey": ("master-1",),
    "foundation_ledgerentry": ("ledger",),
}


class KeysMissing(DeskError):
    """Keys the database relies on are not in the keys folder, or are other keys."""


def check(home: Home, dsn: str) -> None:
    """Raise KeysMissing naming the files and the way back. Touches nothing."""
    noted, present = _noted(home), prints(home)
    wrong = sorted(name for name, mark in noted.items() if name in present and present[name] != mark)
    gone = sorted({name for name in (*noted, *_relied_upon(dsn)) if name not in present})
    if not gone and not wrong:
        return
    found = [f"{name}.key is missing" for name in gone] + [f"{name}.key is not the key it was" for name in wrong]
    raise KeysMissing(
        f"In {home.keys}, {', '.join(found)}, and records are sealed with it. Nothing was started and nothing changed: put the "
        "keys folder back from the last backup, or bring the whole home back with `nanxi restore FILE --home NEW`."
    )


def make_first(home: Home) -> None:
    """The keys every county has, made together before any process runs: one made late would look like one lost."""
    if not (home.keys / Keyring.SEALED).exists():
        for name in FIRST:
            Keyring(home.keys).secret(name)


def note(home: Home) -> None:
    """Remember the prints of the keys that are there now."""
    now = {**_noted(home), **prints(home)}
    if now != _noted(home):
        write_private(_file(home), json.dumps(now, indent=1, sort_keys=True) + "\n")


def prints(home: Home) -> dict[str, str]:
    """Key name → short digest of its content. Raises KeysMissing for a file that cannot be read."""
    found: dict[str, str] = {}
    for path in sorted(home.keys.glob("*.key")):
        try:
            secret = Keyring(home.keys).secret(path.stem)
        except KeyLost as problem:
            raise KeysMissing(str(problem)) from None
        found[path.stem] = hashlib.sha256(b"nanxi key print\x00" + secret).hexdigest()[:16]
    return found


def _relied_upon(dsn: str) -> set[str]:
    wanted: set[str] = set()
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table, names in RELIANCE.items():
            row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{table}"]).fetchone()
            if row and row[0]:
                held = connection.execute(f"SELECT EXISTS (SELECT FROM public.{table})").fetchone()  # type: ignore[arg-type]
                wanted |= set(names) if held and held[0] else set()
    return wanted


def _file(home: Home) -> Path:
    return home.secrets_file.with_name("key-prints.json")


def _noted(home: Home) -> dict[str, str]:
    try:
        return dict(json.loads(_file(home).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}
