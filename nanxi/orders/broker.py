"""What the MQTT broker (Mosquitto) is told: one account a device with its own topics, and ours, which reads them all.

The account's name is the device's id and its password the device's token, of which only PBKDF2 is kept; a topic therefore proves
which device spoke. Files stand in HOME/mqtt; `mosquitto -c HOME/mqtt/mosquitto.conf` runs the broker, and a changed file is
re-read by SIGHUP, which also ends the connection of a device that was revoked.
"""

from __future__ import annotations

import base64
import contextlib
import getpass
import hashlib
import os
import secrets
import signal
from pathlib import Path

OURS = "nanxi-ingest"
#: Mosquitto's own number; the tokens have 192 random bits, which no stretching improves.
ROUNDS = 101
ACCESS = f"""\
user {OURS}
topic read owntracks/#
topic read door/#
topic write owntracks/+/+/cmd

pattern write owntracks/%u/#
pattern read owntracks/%u/+/cmd
pattern write door/%u/#
"""
SETTINGS = """\
listener {port} {host}
user {user}
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/access
pid_file {folder}/mosquitto.pid
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes true
max_inflight_messages 1000
max_queued_messages 100000
log_dest file {folder}/mosquitto.log
"""


def hash_of(token: str, salt: bytes | None = None) -> str:
    """The token as Mosquitto's password file keeps it: $7$rounds$salt$PBKDF2-SHA512."""
    salt = salt or secrets.token_bytes(12)
    made = hashlib.pbkdf2_hmac("sha512", token.encode(), salt, ROUNDS)
    return f"$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


class Files:
    """The broker's files of one home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: str | None = None

    def found(self, host: str, port: int) -> str:
        """Make the folder and what does not change; our own password."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = self.folder / "own"
        if not own.exists():
            self._put("own", secrets.token_urlsafe(24))
        self._put("access", ACCESS)
        self._put("mosquitto.conf", SETTINGS.format(host=host, port=port, folder=self.folder, user=getpass.getuser()))
        return own.read_text(encoding="ascii")

    def accounts(self, own: str, devices: list[tuple[str, str]]) -> bool:
        """(device, hash) of those that may sign in. Writes and tells the broker only when something changed."""
        told = "\n".join(f"{name}:{word}" for name, word in devices)
        if told == self.written:
            return False
        self._put("passwords", f"{OURS}:{hash_of(own)}\n{told}\n")
        self.written = told
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.folder / "mosquitto.pid").read_text().strip()), signal.SIGHUP)
        return True

    def _put(self, name: str, text: str) -> None:
        part = self.folder / f"{name}.part"
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(text)
        part.replace(self.folder / name)
