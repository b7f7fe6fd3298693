"""Where a home's data and socket lie: inside the home when the server's user can reach it, else where it can."""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import sys
from pathlib import Path

from nanxi.foundation.postgres.binaries import REACHABLE_ROOT, can_enter, server_user, user_name
from nanxi.foundation.postgres.home import Home

#: sockaddr_un holds 108 bytes with the closing NUL (man 7 unix).
SOCKET_PATH_LIMIT = 107
#: The port only names the socket file: `.s.PGSQL.5432`.
PORT = 5432


def socket_folder(home: Home) -> Path:
    """Where the socket lives: inside the home, or in the runtime folder when that path is too long or out of reach."""
    inside = home.postgres / "socket"
    path = os.fsencode(inside / f".s.PGSQL.{PORT}")
    if len(path) <= SOCKET_PATH_LIMIT and can_enter(_nearest(home.postgres), server_user()):
        return inside
    name = f"nanxi-{os.geteuid()}-{hashlib.sha256(os.fsencode(home.root.resolve())).hexdigest()[:16]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR") if os.geteuid() else "/run"
    base = Path(runtime) if runtime and os.access(runtime, os.W_OK) else Path("/tmp")
    return base / name


def place_of_data(home: Home, user: pwd.struct_passwd | None) -> Path:
    """The data folder: in the home, or under /var/lib when the server's user cannot reach the home; the choice is kept."""
    note = home.postgres / "elsewhere"
    if note.exists():
        return Path(note.read_text(encoding="utf-8").strip())
    inside = home.postgres / "data"
    if inside.exists() or can_enter(home.postgres, user):
        return inside
    outside = REACHABLE_ROOT / f"nanxi-{secrets.token_hex(6)}" / "data"
    outside.parent.mkdir(mode=0o755)
    note.write_text(f"{outside}\n", encoding="utf-8")
    print(f"{user_name()} cannot reach {home.root}; the database is kept in {outside}.", file=sys.stderr)
    return outside


def _nearest(folder: Path) -> Path:
    """The folder itself, or the closest parent that exists already."""
    return next(part for part in (folder, *folder.parents) if part.exists())
