"""Jobs: procrastinate's queue inside Django's transaction, with a row that pages show, a stop button and rescue.

A job works in chunks of at most two seconds, each one transaction in the scope of whoever asked for it, and must be safe
to run again: after kill -9 it is simply started once more (GROUND: stalled jobs are not rescued by themselves).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as queue

from nanxi.foundation import accounts, acts, scope
from nanxi.foundation.act import Act, Actor, house, service
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import JobRun
from nanxi.foundation.reach import Reach

log = logging.getLogger("nanxi.jobs")
#: A crash of ours or of the database is tried again a few times; bad input is not an exception but a result.
RETRY = RetryStrategy(max_attempts=4, wait=1, exponential_wait=3)


class Stopped(Exception):
    """The person who asked for the job pressed stop; what was finished stays."""


class Failed(Exception):
    """The job cannot be done; the message is one sentence for the person who asked."""


class NotYet(Exception):
    """A worker's own queue is faster than the transaction of the follower that asked: tried again in a moment."""


class Run:
    """One run of a job: its row, its actor, and chunks."""

    def __init__(self, row: JobRun, actor: Actor) -> None:
        self.row = row
        self.actor = actor

    @contextmanager
    def chunk(self) -> Iterator[Act]:
        """One transaction in the asker's scope."""
        with scope.enter(self.actor.reach, user_id=self.actor.user_id, at=WALL.now()):
            yield Act(actor=self.actor)

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Show how far the job is; raises Stopped when stop was asked for."""
        with scope.enter(self.actor.reach), acts.writing():
            JobRun.everything.filter(pk=self.row.pk).update(done=done, total=total, message=message[:200])
            stop = JobRun.everything.filter(pk=self.row.pk).values_list("stop_asked", flat=True).first()
        if stop:
            raise Stopped


Work = Callable[..., None]


class Job:
    """A declared job: its name, queue and procrastinate task."""

    def __init__(self, name: str, queue_name: str, work: Work) -> None:
        self.name = name
        self.work = work
        self.task = queue.task(name=name, queue=queue_name, retry=RETRY, pass_context=False)(self._run)

    def _run(self, run: str, **ids: Any) -> None:
        actor = _actor_of(UUID(run))
        if actor is None:
            return
        with scope.enter(actor.reach):
            row = JobRun.everything.get(pk=UUID(run))
        _mark(actor, row, JobRun.State.RUNNING)
        try:
            self.work(Run(row, actor), **ids)
        except Stopped:
            _mark(actor, row, JobRun.State.STOPPED)
        except Failed as problem:
            _mark(actor, row, JobRun.State.FAILED, str(problem))
        except Exception:
            log.exception("job %s", self.name)
            _mark(actor, row, JobRun.State.FAILED, "An error of ours; the job is tried again by itself. See the log.")
            raise
        else:
            _mark(actor, row, JobRun.State.DONE)


def job(name: str, *, queue: str = "default") -> Callable[[Work], Job]:
    """Declare `work(run, **ids)` as a job of a queue: `default` (worker role) or `system` (matching, purge)."""
    return lambda work: Job(name, queue, work)


@service
def defer(act: Act, wanted: Job, *, area: str, title: str, **ids: str) -> JobRun:
    """Ask for a job inside the running transaction; it starts after the commit. Arguments are ids only."""
    row = JobRun(
        area_code=area,
        name=wanted.name,
        title=title[:120],
        user_id=act.actor.user_id,
        unit_id=act.actor.unit_id,
        asked_at=act.now,
    )
    row.save()
    wanted.task.defer(run=str(row.id), **ids)
    act.log("foundation.job.asked", area=area, subject=("foundation.job", row.id), name=wanted.name)
    return row


@service
def ask_stop(act: Act, row: JobRun) -> JobRun:
    """Ask a job to stop at its next chunk."""
    row.stop_asked = True
    row.save(update_fields=["stop_asked"])
    act.log("foundation.job.stop_asked", area=row.area_code, subject=("foundation.job", row.id))
    return row


def _actor_of(run_id: UUID) -> Actor | None:
    """Who asked. A job of a closed account does not run; a job of the house runs over the county."""
    with scope.enter(house("jobs").reach):
        row = JobRun.everything.filter(pk=run_id).first()
    if row is None:
        raise NotYet
    if row.user_id is None:
        return house(row.name.split(".")[0])
    user = accounts.user_by_id(row.user_id)
    return accounts.actor_of(user) if user else None


def _mark(actor: Actor, row: JobRun, state: JobRun.State, message: str = "") -> None:
    act = Act(actor=actor)
    ended = None if state == JobRun.State.RUNNING else act.now
    with scope.enter(_widened(actor, row)), acts.writing():
        values: dict[str, Any] = {"state": state, "ended_at": ended}
        JobRun.everything.filter(pk=row.pk).update(**values, **({"message": message[:200]} if message else {}))
        act.log(f"foundation.job.{state.value}", area=row.area_code, subject=("foundation.job", row.id), name=row.name)


def _widened(actor: Actor, row: JobRun) -> Reach:
    return (
        actor.reach if actor.reach.covers(row.area_code) else Reach((*actor.reach.ranges, (row.area_code, row.area_code + "0")))
    )


@queue.periodic(cron="* * * * * */15")
@queue.task(name="foundation.rescue", queue="system", queueing_lock="foundation.rescue", pass_context=True)
async def rescue(context: Any, timestamp: int) -> None:
    """Give jobs whose worker died back to the queue."""
    stalled = await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30)
    for found in stalled:
        await context.app.job_manager.retry_job(found)
