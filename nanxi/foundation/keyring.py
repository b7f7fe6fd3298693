"""The keys of one county, kept as files outside the database (mode 0600 in a 0700 folder).

Losing this folder loses every sealed field; `nanxi backup` packs it together with the database.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from nanxi.foundation.postgres.home import DeskError


class KeyLost(DeskError):
    """A key file the database relies on is gone; the message names the file and the way back."""


class Keyring:
    """Named secrets in one folder. A missing secret is made once, unless the folder says the county is sealed."""

    #: Written when the first record is sealed: from then on a missing key file is a loss, not a first start.
    SEALED = "in-use"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def secret(self, name: str) -> bytes:
        """The 32 bytes called `name`. Raises KeyLost when the county is in use and the file is gone."""
        path = self.folder / f"{name}.key"
        try:
            return bytes.fromhex(path.read_text().strip())
        except FileNotFoundError:
            return self._make(path)
        except (ValueError, PermissionError) as problem:
            raise KeyLost(f"The key file {path.name} cannot be read ({problem}). Restore the keys folder from backup.") from None

    def text_secret(self, name: str) -> str:
        return self.secret(name).hex()

    def mark_in_use(self) -> None:
        marker = self.folder / self.SEALED
        if not marker.exists():
            marker.touch(mode=0o600)

    def _make(self, path: Path) -> bytes:
        if (self.folder / self.SEALED).exists():
            raise KeyLost(
                f"The key file {path.name} is missing from the keys folder although records are sealed with it. "
                "Stop, restore the keys folder from the last backup (`nanxi restore`), then start again."
            )
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = secrets.token_bytes(32)
        draft = path.with_suffix(f".{secrets.token_hex(6)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(fresh.hex())
            file.flush()
            os.fsync(file.fileno())
        try:
            # A hard link appears whole or not at all, and never replaces a key another process made first.
            os.link(draft, path)
        except FileExistsError:
            return bytes.fromhex(path.read_text().strip())
        finally:
            draft.unlink()
        return fresh
