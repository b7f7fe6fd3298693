"""One child of the supervisor: started in its process group, told to end with it, restarted with back-off when it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nanxi.foundation.postgres.launcher import die_with_parent, rotate

#: A child that dies at once is not hammered; one that ran this long starts afresh.
FIRST_WAIT_S, LONGEST_WAIT_S, SETTLED_S = 0.5, 15.0, 30.0


@dataclass
class Child:
    """A process of the house. `sockets` are file descriptors it inherits."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    sockets: tuple[int, ...] = ()
    #: A child that ends by itself with exit code 0 has done its work (the rehearsal's clients).
    may_finish: bool = False
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    finished: bool = False
    _began: float = 0.0
    _wait: float = field(default=FIRST_WAIT_S)
    _not_before: float = 0.0

    def start(self) -> None:
        rotate(self.log)
        with self.log.open("ab") as stream:
            # Our process group, so that Ctrl-C on the terminal reaches all; SIGTERM when we die, even by kill -9.
            self.process = subprocess.Popen(
                [sys.executable, *self.words], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                env=dict(self.environment), pass_fds=self.sockets, preexec_fn=die_with_parent(signal.SIGTERM),
            )  # fmt: skip
        self._began = time.monotonic()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def worked_s(self) -> float | None:
        """Processor time it has had; None where the system does not tell (other than Linux) or it is gone."""
        if self.process is None:
            return None
        try:
            # After the name in brackets, which may hold anything: fields 14 and 15, user and system time in ticks.
            told = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def tend(self) -> str | None:
        """Start again what died, when its wait is over. A sentence for the person at the terminal, or None."""
        if self.finished or self.alive():
            return None
        now = time.monotonic()
        if self.process is not None:
            code = self.process.returncode
            self.process = None
            if code == 0 and self.may_finish:
                self.finished = True
                return f"{self.name} has done its work."
            self.deaths += 1
            self._wait = FIRST_WAIT_S if now - self._began > SETTLED_S else min(self._wait * 2, LONGEST_WAIT_S)
            self._not_before = now + self._wait
            return f"{self.name} ended ({_how(code)}) and is started again; see {self.log}."
        if now >= self._not_before:
            self.start()
        return None

    def ask_to_end(self) -> None:
        if self.alive():
            assert self.process is not None
            self.process.terminate()

    def kill(self) -> None:
        if self.alive():
            assert self.process is not None
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        """The last line of its log that says something, for a person."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace")[-4000:].strip().splitlines()
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def end_all(children: Sequence[Child], patience_s: float) -> list[str]:
    """Ask all to end at once, kill what lingers. Names of those that had to be killed."""
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and any(child.alive() for child in children):
        time.sleep(0.02)
    late = [child.name for child in children if child.alive()]
    for child in children:
        child.kill()
    return late


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
