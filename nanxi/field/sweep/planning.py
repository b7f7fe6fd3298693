"""Planning a round: the households the register knows, dealt to the grid workers of their area. A job, town by town.

Grouping is done by PostgreSQL (people.dwellings); a worker gets neighbours in a row, and as many as evens the loads out. Started
again after a kill it changes nothing that is there: a home stands in a round once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.field.sweep import below, rules
from nanxi.field.sweep.models import Household, SweepRound
from nanxi.foundation import areas, jobs
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Area, UnitArea, User
from nanxi.foundation.reach import Reach, range_of, stem_of
from nanxi.foundation.rights import Right, Role

#: Households per transaction: well under two seconds.
CHUNK = 4000
PLANNING = gettext_noop("Planning a household sweep")
ADD = """
INSERT INTO field_household (id, round_id, area_code, home, record_id, persons, minors, unit_id, worker_id, result, tried)
SELECT n.*, '', '' FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::uuid[], %s::int[], %s::int[], %s::uuid[],
  %s::uuid[]) AS n
ON CONFLICT (round_id, home) DO NOTHING
"""


@service
def plan_round(act: Act, *, area: str, title: str, form: str, opens: date, closes: date, goal: int) -> SweepRound:
    """A round over an area; its households are put together by a job. Raises Refused naming what does not fit."""
    act.need(Right.ASSIGN_TASKS)
    if problem := rules.why_not_round(opens, closes, goal, county_day(act.now)):
        raise Refused(_(problem))
    if not title.strip():
        raise Refused(_("Give the round a title."))
    if not act.actor.reach.covers(area):
        raise Refused(_("This area is outside the one you answer for; choose one of your own."))
    assert act.actor.user_id is not None
    row = SweepRound(
        area_code=area, title=title.strip()[:60], form=form, opens=opens, closes=closes, goal=goal, asked_at=act.now,
        asked_by=act.actor.user_id,
    )  # fmt: skip
    row.job = jobs.defer(act, plan, area=area, title=PLANNING, round=str(row.id))
    row.save()
    act.log(
        "field.round.asked", area=area, subject=("field.round", row.id), form=form, opens=str(opens), closes=str(closes),
        goal=goal,
    )  # fmt: skip
    return row


@jobs.job("field.plan_round")
def plan(run: jobs.Run, round: str) -> None:
    """The households of a round, town by town."""
    with run.chunk():
        row = SweepRound.objects.get(pk=UUID(round))
        spans = list(_spans(row.area_code))
        staff = workers_of(row.area_code)
        loads = loads_of({one.id for workers in staff.values() for one in workers})
    without = 0
    for number, (low, high) in enumerate(spans):
        run.progress(number, len(spans))
        with run.chunk() as act:
            homes = below.homes_in(low, high, act.now)
            without += below.people_without_home(low, high, act.now)
        dealt = deal_homes(homes, staff, loads)
        for start in range(0, len(dealt), CHUNK):
            with run.chunk() as act:
                add_households(act, row, dealt[start : start + CHUNK])
    with run.chunk() as act:
        finish_planning(act, row, without)
    run.progress(len(spans), len(spans))


def _spans(area: str) -> Iterator[tuple[str, str]]:
    """Half-open ranges of codes that together are the area: each town, and what a county's lists file under no town."""
    if areas.kind_of(area) != Area.Kind.COUNTY:
        yield range_of(area)
        return
    nowhere = f"{area[:6]}000"
    for low in sorted({nowhere, *(code[:9] for code in Area.objects.filter(parent_id=area).values_list("code", flat=True))}):
        yield low, low[:-1] + chr(ord(low[-1]) + 1)


def workers_of(area: str) -> dict[str, list[User]]:
    """Grid workers by the code their unit serves, in the area and above it."""
    links = UnitArea.objects.filter(Reach.over([area]).where("area_id")).values_list("unit_id", "area_id")
    served: dict[UUID, list[str]] = defaultdict(list)
    for unit_id, code in links:
        served[unit_id].append(code)
    found: dict[str, list[User]] = defaultdict(list)
    users = User.objects.filter(is_active=True, role_code=Role.GRID_WORKER.code, unit_id__in=served).order_by("username")
    for user in users:
        for code in served[user.unit_id]:  # type: ignore[index]
            found[code].append(user)
    return dict(found)


def loads_of(user_ids: set[UUID]) -> dict[UUID, int]:
    """What each worker has to do already: open tasks, and households of open rounds that are not settled."""
    loads = defaultdict(int, below.loads_of(user_ids))
    rows = Household.objects.filter(worker_id__in=user_ids).exclude(result__in=rules.SETTLED)
    for worker, count in rows.values_list("worker_id").annotate(n=Count("id")):
        loads[worker] += count
    return loads


def nearest_workers(area: str, staff: dict[str, list[User]]) -> list[User]:
    """The workers of the smallest unit area that holds this area."""
    codes = sorted((code for code in staff if area.startswith(stem_of(code))), key=lambda code: len(stem_of(code)))
    return staff[codes[-1]] if codes else []


def deal_homes(homes: Sequence[Any], staff: dict[str, list[User]], loads: dict[UUID, int]) -> list[tuple[Any, User | None]]:
    """Each home with its worker; None where nobody is. Homes of one area are dealt in rows, as their digests are grouped."""
    by_area: dict[str, list[Any]] = defaultdict(list)
    for home in homes:
        by_area[home.area_code].append(home)
    dealt: list[tuple[Any, User | None]] = []
    for area, here in sorted(by_area.items()):
        workers = nearest_workers(area, staff)
        if not workers:
            dealt += [(home, None) for home in here]
            continue
        begin = 0
        for worker, share in zip(workers, rules.deal(len(here), [loads.get(one.id, 0) for one in workers]), strict=True):
            dealt += [(home, worker) for home in here[begin : begin + share]]
            loads[worker.id] = loads.get(worker.id, 0) + share
            begin += share
    return dealt


@service
def add_households(act: Act, row: SweepRound, dealt: Sequence[tuple[Any, User | None]]) -> int:
    """Keep planned households; those that stand in the round already are left as they are."""
    columns = [
        (
            uuid7(), row.id, home.area_code, home.digest, home.record_id, home.persons, home.minors,
            worker.unit_id if worker else None, worker.id if worker else None,
        )
        for home, worker in dealt
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ADD, [list(column) for column in zip(*columns, strict=True)])
        added = cursor.rowcount
    act.log("field.round.filled", area=row.area_code, subject=("field.round", row.id), households=added)
    return added


@service
def finish_planning(act: Act, row: SweepRound, without_home: int) -> SweepRound:
    """The round is planned: from now on what is found is found later."""
    row = SweepRound.objects.select_for_update().get(pk=row.pk)
    row.planned_at = row.planned_at or act.now
    row.without_home = without_home
    row.save(update_fields=["planned_at", "without_home"])
    count = Household.objects.filter(round=row).count()
    act.log(
        "field.round.planned", area=row.area_code, subject=("field.round", row.id), households=count, without_home=without_home
    )
    return row
