"""The desk's timer: every few seconds the alerts that are due climb or ring again. Runs in the worker."""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections

from nanxi.desk.services.alerts import due_to_move, escalate_alert
from nanxi.foundation import scope
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.clock import WALL, Clock

log = logging.getLogger("nanxi.desk")
#: Minutes are escalated, so a few seconds are precise enough.
PAUSE_S = 5


def run_timers(stop: threading.Event) -> None:
    """Work until told to stop; an error is logged and the next round tries again."""
    while not stop.wait(PAUSE_S):
        try:
            one_round(WALL)
        except Exception:
            log.exception("desk timer")
            close_old_connections()


def one_round(clock: Clock) -> int:
    """Move every alert that is due; returns how many moved."""
    actor = house("desk")
    with scope.enter(actor.reach, at=clock.now()):
        due = due_to_move(clock.now())
        for alert in due:
            try:
                escalate_alert(Act(actor=actor, clock=clock), alert)
            except Refused:
                # Somebody closed it in this very moment.
                continue
    return len(due)
