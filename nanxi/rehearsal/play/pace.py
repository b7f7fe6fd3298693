"""When the clients act: they stop at once when told to, and together ask no more than so many times a second."""

from __future__ import annotations

import threading
import time


class Stopped(Exception):
    """The rehearsal ends; whoever waits lets go."""


class Pace:
    """One clock for all clients. `wait` raises Stopped; `turn` spaces requests out."""

    def __init__(self, per_second: float) -> None:
        self.gap = 1.0 / per_second
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._next = 0.0

    def stop(self) -> None:
        self._stop.set()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def stops_within(self, seconds: float) -> bool:
        """Wait so long for the end; True when it came."""
        return self._stop.wait(seconds)

    def wait(self, seconds: float) -> None:
        if self._stop.wait(max(0.0, seconds)):
            raise Stopped

    def wait_until(self, epoch_s: float) -> None:
        self.wait(epoch_s - time.time())

    def turn(self) -> None:
        """Wait for one's turn to ask the desk something."""
        with self._lock:
            now = time.monotonic()
            mine = max(now, self._next)
            self._next = mine + self.gap
        self.wait(mine - now)
