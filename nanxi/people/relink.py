"""The night's look over the whole register: how often each name occurs, and which two persons are probably one.

Matching sees a record when it comes; what came later, or was corrected, may join two persons that no new row brings together.
Nothing is linked here: each missed duplicate goes on the review pile as found at night, once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app as queue

from nanxi.engines.linkage.table import Rows
from nanxi.foundation import jobs, scope
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.jobs import Run, job
from nanxi.foundation.models import Area
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people.hood import World
from nanxi.people.matching import county
from nanxi.people.models import SourceRecord
from nanxi.people.neighbours import NO_PERSON, Loaded, load
from nanxi.people.rules.who import Doubt
from nanxi.people.scoring import Weighed
from nanxi.people.services.links import AskedPair, count_names, keep_missed
from nanxi.people.training import ask_learning

#: From here nine in ten are one person (identity-scoring notes §2c); below, the pile would drown.
MISSED = 0.0
#: Records per transaction: about a second of work.
CHUNK = 2000
TITLE = gettext_noop("Looking for persons that stand in the register twice")


@job("people.relink", queue="system")
def relink(run: Run) -> None:
    """Count names, then look at every record's neighbours again."""
    with county() as act:
        count_names(act)
        total = SourceRecord.everything.filter(withdrawn_at=None).count()
    last, done, found = UUID(int=0), 0, 0
    while True:
        run.progress(done, total, f"{found}")
        with county() as act:
            rows = SourceRecord.everything.filter(pk__gt=last, withdrawn_at=None).order_by("id")
            part = list(rows.values_list("id", flat=True)[:CHUNK])
            if not part:
                break
            found += keep_missed(act, missed(part))
        last, done = part[-1], done + len(part)
    run.progress(total, total, f"{found}")


def missed(records: list[UUID]) -> list[AskedPair]:
    """Pairs of records that stand with two persons, are probably one, and that nothing forbids."""
    loaded = load(records)
    if not loaded.rows.size:
        return []
    order = np.argsort(loaded.rows["record"].view("S16"), kind="stable")
    seeds = Loaded(loaded.rows[order])
    world = World(seeds)
    world.ask(np.arange(seeds.rows.size))
    weighed = world.weighed
    return [
        AskedPair(_id(world, weighed.left[at]), _id(world, weighed.right[at]), Doubt.MISSED, float(weighed.weight[at]),
                  weighed.parts(at))
        for at in _open(world, weighed)
    ]  # fmt: skip


def _open(world: World, weighed: Weighed) -> list[int]:
    """The heaviest pair of each two persons, both matched already and neither with another valid ID number."""
    persons = world.rows["person"].view("S16")
    one, other = persons[weighed.left], persons[weighed.right]
    nobody = np.bytes_(NO_PERSON)
    asked = (weighed.weight >= MISSED) & ~weighed.never & (one != other) & (one != nobody) & (other != nobody)
    places: Rows = np.flatnonzero(asked)
    world.bring_persons(places)
    numbers = _numbers(world)
    best: dict[tuple[bytes, bytes], int] = {}
    for at in places[np.argsort(-weighed.weight[places], kind="stable")].tolist():
        mine, theirs = bytes(one[at]), bytes(other[at])
        if len(numbers.get(mine, set()) | numbers.get(theirs, set())) <= 1:
            best.setdefault((min(mine, theirs), max(mine, theirs)), at)
    return sorted(best.values())


def _numbers(world: World) -> dict[bytes, set[int]]:
    """Person → digests of the valid ID numbers of its records."""
    found: dict[bytes, set[int]] = {}
    persons = world.rows["person"].view("S16")
    for person, number in zip(persons.tolist(), world.rows["strip"]["id_valid"].tolist(), strict=True):
        if number:
            found.setdefault(person, set()).add(number)
    return found


def _id(world: World, at: Any) -> UUID:
    return UUID(bytes=world.rows["record"][int(at)].tobytes())


def ask_relink(act: Act) -> jobs.JobRun:
    """Look now; the nightly look does the same."""
    return jobs.defer(act, relink, area=area_of_register(), title=_(TITLE))


def area_of_register() -> str:
    """The county: only who answers for all of it may have all of it looked over."""
    return Area.objects.filter(kind=Area.Kind.COUNTY).values_list("code", flat=True).first() or ""


@queue.periodic(cron="10 19 * * *")
@queue.task(name="people.relink_nightly", queue="system", queueing_lock="people.relink_nightly")
def relink_nightly(timestamp: int) -> None:
    """At ten past three of the county's night."""
    del timestamp
    with scope.enter(EVERYWHERE, at=WALL.now()):
        act = Act(actor=house("people"))
        ask_relink(act)
        ask_learning(act, area_of_register())


def last_look() -> datetime | None:
    """When the register was last looked over to its end."""
    rows = jobs.JobRun.everything.filter(name=relink.name, state=jobs.JobRun.State.DONE).order_by("-asked_at")
    return rows.values_list("ended_at", flat=True).first()


__all__ = ["area_of_register", "ask_relink", "last_look", "missed", "relink"]
