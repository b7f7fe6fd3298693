"""The worker's loop over the archive: puts sightings away in batches, folds parts together at night, drops purged days."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from django.db import close_old_connections

from nanxi.cases import archive
from nanxi.cases.archive.parts import PATIENCE
from nanxi.cases.models import Sighting
from nanxi.foundation import scope
from nanxi.foundation.act import house
from nanxi.foundation.clock import COUNTY, WALL

log = logging.getLogger("nanxi.cases")
PAUSE_S = 5.0
#: Every append makes a part of each day it touches: few large ones are read faster than many small ones.
ENOUGH, LONG_ENOUGH = 5_000, timedelta(minutes=2)
#: The hour of the county at which parts are folded together: nobody traces then.
NIGHT_HOUR = 3


def run_archive(stop: threading.Event) -> None:
    """Until told to stop. A full disk or a restarting database is tried again: the rows wait where they are."""
    tidied: datetime | None = None
    while not stop.is_set():
        try:
            now = WALL.now()
            step(now)
            if tidied is None or now - tidied > timedelta(minutes=10):
                look_after(now)
                tidied = now
        except Exception:
            log.exception("archive")
            close_old_connections()
        stop.wait(PAUSE_S)


def step(now: datetime) -> int:
    """One look: put away when enough waits, or when it waited long enough."""
    with scope.enter(house("cases").reach):
        first = Sighting.everything.filter(waits=True).order_by("recorded_at").values_list("recorded_at", flat=True).first()
        if first is None:
            return 0
        enough = Sighting.everything.filter(waits=True).order_by("recorded_at")[ENOUGH : ENOUGH + 1].exists()
        return archive.catch_up(now, patience=PATIENCE) if enough or now - first > LONG_ENOUGH else 0


def look_after(now: datetime) -> None:
    with scope.enter(house("cases").reach):
        archive.tidy(night=now.astimezone(COUNTY).hour == NIGHT_HOUR)
