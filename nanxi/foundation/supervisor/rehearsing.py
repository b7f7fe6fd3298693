"""The rehearsal beside the house: its files are made once per home, then its clients are played against the open ports.

The supervisor starts both as processes and hands them addresses; nothing of the rehearsal reaches into the desk.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from nanxi.foundation.clock import COUNTY
from nanxi.foundation.postgres import Home
from nanxi.foundation.postgres.home import DeskError
from nanxi.foundation.postgres.launcher import die_with_parent

CLIENTS = "nanxi.rehearsal.play"


@dataclass
class Rehearsal:
    """Size and seed of the made-up county, and how far its files are."""

    persons: int = 20_000
    days: int = 21
    seed: int = 1
    start: str | None = None
    #: Its clients are started, or somebody else plays them.
    played: bool = False
    folder: Path = field(default=Path(), init=False)
    maker: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def begin(self, home: Home) -> None:
        """Start making the files unless this home has them; they are ready before the desk is, or soon after."""
        self.folder = home.files / "rehearsal"
        self.log = home.log / "rehearse.log"
        if (self.folder / "county.json").exists():
            return
        fresh = self.folder.with_name("rehearsal.new")
        shutil.rmtree(fresh, ignore_errors=True)
        start = self.start or (datetime.now(COUNTY).date() - timedelta(days=self.days)).isoformat()
        words = [
            "rehearse",
            "-o",
            str(fresh),
            "--persons",
            str(self.persons),
            "--days",
            str(self.days),
            "--seed",
            str(self.seed),
            "--start",
            start,
        ]
        with self.log.open("ab") as stream:
            self.maker = subprocess.Popen(
                [sys.executable, "-m", "nanxi.cli", *words], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                env={**os.environ, "OMP_NUM_THREADS": "1"}, preexec_fn=die_with_parent(15),
            )  # fmt: skip

    def clients(self, url: str, ingest: str) -> list[str] | None:
        """The command that plays the clients, once, when the files are whole; None before and after."""
        if not self._ready() or self.played:
            return None
        self.played = True
        return ["-m", CLIENTS, "--url", url, "--ingest", ingest, "--files", str(self.folder)]

    def _ready(self) -> bool:
        if self.maker is None:
            return True
        code = self.maker.poll()
        if code is None:
            return False
        if code:
            raise DeskError(f"the county's files could not be made (exit code {code}): read {self.log}.")
        # Renamed when whole: a start that is cut short leaves no half county.
        self.folder.with_name("rehearsal.new").rename(self.folder)
        self.maker = None
        return True

    def end(self) -> None:
        if self.maker is not None and self.maker.poll() is None:
            self.maker.kill()
            self.maker.wait()
