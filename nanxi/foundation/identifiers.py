"""UUID version 7 (RFC 9562 §5.7): sortable by time of making, so that fresh rows sit together on disk."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID


def uuid7() -> UUID:
    """48 bits of milliseconds, 12 bits of sub-millisecond fraction (method 3 of §6.2), 62 random bits."""
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = (rest << 12) // 1_000_000
    tail = int.from_bytes(_random.eight(), "big") & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (7 << 76) | (fraction << 64) | (2 << 62) | tail)


class _Random(threading.local):
    """The system's random bytes, a kibibyte at a time for each thread.

    Asking the system lets go of the interpreter's lock, and among sixteen busy threads it takes far longer to get that back than
    to make an id.
    """

    stock: bytes = b""

    def eight(self) -> bytes:
        if not self.stock:
            self.stock = os.urandom(1024)
        taken, self.stock = self.stock[:8], self.stock[8:]
        return taken

    def forget(self) -> None:
        self.stock = b""


_random = _Random()
# A child that went on with its parent's stock would make its parent's ids.
os.register_at_fork(after_in_child=_random.forget)
