"""The slow clock of this room: a look at each contact a day, and whether late data change what a trace answered.

Both run as jobs of the worker, one at a time: day parts are asked by one question at a time.
"""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app as queue

from nanxi.cases import queries, rules, watching
from nanxi.cases.services import following
from nanxi.foundation import scope
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL, county_day

#: Contacts whose tasks are opened in one transaction.
BATCH = 200


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="cases.follow_up", queue="default", queueing_lock="cases.follow_up")
def follow_up(timestamp: int) -> None:
    schedule(WALL.now())


@queue.periodic(cron="5-59/10 * * * *")
@queue.task(name="cases.watch", queue="default", queueing_lock="cases.watch")
def watch(timestamp: int) -> None:
    with scope.enter(house("cases").reach, at=WALL.now()):
        watching.look(WALL.now())


def schedule(now: datetime) -> int:
    """Open today's tasks for every contact that is followed and was not looked at yet; returns how many are new."""
    if not rules.calls_on(now):
        return 0
    day, actor = county_day(now), house("cases")
    with scope.enter(actor.reach, at=now):
        waiting = list(queries.to_follow(day).filter(done=False))
    opened = 0
    for first in range(0, len(waiting), BATCH):
        with scope.enter(actor.reach, at=now):
            opened += following.open_todays(Act(actor=actor), waiting[first : first + BATCH])
    return opened
