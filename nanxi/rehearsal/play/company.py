"""All clients at once, each in its own thread: one that stumbles says so in one line, waits, and goes on."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import datetime

import httpx

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.play.browser import Puzzled
from nanxi.rehearsal.play.pace import Pace, Stopped

#: Seconds before a client tries again after it stumbled; each further time twice as long, up to the last.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 3.0, 120.0
#: Quiet for this long, a client counts as recovered.
CALM_S = 300.0


def tell(who: str, what: str) -> None:
    """One line of the rehearsal's log. Never a person's data."""
    print(f"{datetime.now(SHANGHAI):%H:%M:%S} {who}: {what}", file=sys.stderr, flush=True)


class Company:
    """The clients' threads."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._threads: list[threading.Thread] = []

    def start(self, name: str, part: Callable[[], None]) -> None:
        thread = threading.Thread(target=self._keep_on, args=(name, part), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _keep_on(self, name: str, part: Callable[[], None]) -> None:
        pause = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            try:
                part()
                return
            except Stopped:
                return
            except Puzzled as problem:
                tell(name, str(problem))
            except httpx.HTTPError as problem:
                tell(name, f"the line broke ({type(problem).__name__})")
            except Exception:
                tell(name, traceback.format_exc())
            pause = FIRST_PAUSE_S if time.monotonic() - began > CALM_S else min(LONGEST_PAUSE_S, pause * 2)
            try:
                self.pace.wait(pause)
            except Stopped:
                return

    def leave(self, within_s: float) -> None:
        """Tell all to stop and wait for them, no longer than so many seconds."""
        self.pace.stop()
        until = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
