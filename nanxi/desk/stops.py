"""The slow clock: once a minute, tasks whose time has come are ended, and units that owe a report are reminded or escalated."""

from __future__ import annotations

from procrastinate.contrib.django import app as queue

from nanxi.desk.services.generated import stop_overrun
from nanxi.desk.services.parts import remind_and_escalate
from nanxi.foundation import scope
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL


@queue.periodic(cron="* * * * *")
@queue.task(name="desk.stop_tasks", queue="default", queueing_lock="desk.stop_tasks")
def stop_tasks(timestamp: int) -> None:
    actor = house("desk")
    with scope.enter(actor.reach, at=WALL.now()):
        stop_overrun(Act(actor=actor))
        remind_and_escalate(Act(actor=actor))
