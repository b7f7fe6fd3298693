"""The matcher of the `system` process: takes waiting records as soon as they are committed.

A loop instead of one job a record: a record that commits while a job ends is never forgotten, and a look at an empty index
costs nothing.
"""

from __future__ import annotations

import gc
import logging
import threading

from django.db import close_old_connections

from nanxi.people.matching import CHUNK, match_waiting

log = logging.getLogger("nanxi.people")
PAUSE_S = 0.3
#: After a failure (database restarting, key file missing) the next look waits longer.
PAUSE_AFTER_FAILURE_S = 2.0


def run_matching(stop: threading.Event) -> None:
    """Match until told to stop."""
    # What the process holds at its start stays: a chunk makes a million objects, and each look for garbage would walk over it.
    gc.freeze()
    while not stop.is_set():
        try:
            if match_waiting() < CHUNK:
                stop.wait(PAUSE_S)
        except Exception:
            log.exception("matching")
            close_old_connections()
            stop.wait(PAUSE_AFTER_FAILURE_S)
