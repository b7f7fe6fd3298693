"""The clock of expected arrivals: every ten minutes those whose day has ended without a sign are told to their town."""

from __future__ import annotations

from procrastinate.contrib.django import app as queue

from nanxi.field.arrivals.services import look_for_overdue
from nanxi.foundation import scope
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="field.overdue_arrivals", queue="default", queueing_lock="field.overdue_arrivals")
def overdue_arrivals(timestamp: int) -> None:
    actor = house("field")
    with scope.enter(actor.reach, at=WALL.now()):
        look_for_overdue(Act(actor=actor))
