"""What the clients have done already, in one file of the rehearsal home: a restart goes on where the last run stopped.

A step's name is also its idempotency key at the desk, so that a step that was sent but not yet written down here is
answered with its first result instead of being done twice.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from pathlib import Path
from typing import Any

#: A step that the pages do not allow is tried so often, with growing pauses, then left.
TRIES = 4


class Memory:
    """Steps by name, each with what it found out. Every change is on disk before `keep` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._steps: dict[str, Any] = {}
        self.run = uuid.uuid4().hex[:12]
        if path.is_file():
            content = json.loads(path.read_text(encoding="utf-8"))
            self._steps, self.run = content["steps"], content["run"]

    def __contains__(self, step: str) -> bool:
        return step in self._steps

    def get(self, step: str, default: Any = None) -> Any:
        return self._steps.get(step, default)

    def named(self, prefix: str) -> dict[str, Any]:
        """All steps whose name begins so."""
        with self._lock:
            return {step: found for step, found in self._steps.items() if step.startswith(prefix)}

    def keep(self, step: str, found: Any = True) -> Any:
        with self._lock:
            self._steps[step] = found
            self._write()
        return found

    def gave_up(self, step: str) -> bool:
        """Count one more failure of a step; True when it has failed often enough to be passed over, so that the rest goes on."""
        failures = int(self.get(f"{step}:failures", 0)) + 1
        self.keep(f"{step}:failures", failures)
        return failures >= TRIES

    def begin_anew(self) -> None:
        """Another database: nothing of what was done before is in it."""
        with self._lock:
            self._steps, self.run = {}, uuid.uuid4().hex[:12]
            self._write()

    def key(self, step: str) -> str:
        """The idempotency key of a step: the same after a restart, another in another county."""
        return f"{self.run}:{step}"[:80]

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({"run": self.run, "steps": self._steps}, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
