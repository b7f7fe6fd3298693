"""Run beside a desk under test, in its home: lays out grid workers' days, and reads what became of them.

A line in, `lay 60 0 | read 0 | sweep 0 | doors 0 | bind 0 | revoke 0`, a line of JSON out. The last number: which grid worker.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import django

TITLE = "Made for the phone"


def lay(number: int, worker: int) -> dict[str, Any]:
    from nanxi.desk import services
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.clock import WALL
    from nanxi.foundation.models import UnitArea

    user = _worker(worker)
    area = UnitArea.objects.filter(unit_id=user.unit_id).values_list("area_id", flat=True).order_by("area_id")[0]
    act = Act(actor=house("test"))
    for place in range(number):
        services.open_task(
            act, kind=("visit", "call", "verification")[place % 3], area=area, title=f"{TITLE} {place}", unit_id=user.unit_id,
            assignee_id=user.id, due=WALL.now() - timedelta(minutes=number - place),
        )  # fmt: skip
    return {"username": user.username}


def read(worker: int) -> dict[str, Any]:
    from collections import Counter

    from nanxi.desk.models import Task
    from nanxi.field.models import HandedIn, Photo, Visit
    from nanxi.foundation.clock import WALL

    user, now = _worker(worker), WALL.now()
    rows = list(HandedIn.objects.filter(by_id=user.id))
    tasks = Task.objects.filter(title__startswith=TITLE, assignee_id=user.id)
    visits = Visit.objects.filter(by_id=user.id)
    return {
        "handed_in": len(rows), "tasks": len({row.task_id for row in rows}), "standings": Counter(row.standing for row in rows),
        "open": tasks.filter(ended_at=None).count(), "closed": tasks.exclude(result="").count(), "visits": visits.count(),
        "located": visits.exclude(position_sealed=None).count(), "photos": Photo.objects.filter(by_id=user.id).count(),
        "week_old": sum(6.9 < (now - row.at).total_seconds() / 86400 < 7.1 for row in rows),
        "oldest_min": max(((now - row.at).total_seconds() / 60 for row in rows), default=0),
        "off_s": sorted({row.clock_off_s for row in rows}),
    }  # fmt: skip


def sweep(worker: int) -> dict[str, Any]:
    """A round of today with two homes for the worker."""
    from nanxi.desk import queries
    from nanxi.field.sweep.models import Household, SweepRound
    from nanxi.foundation import acts
    from nanxi.foundation.clock import WALL, county_day
    from nanxi.foundation.models import UnitArea

    user, now = _worker(worker), WALL.now()
    area = UnitArea.objects.filter(unit_id=user.unit_id).values_list("area_id", flat=True).order_by("area_id")[0]
    with acts.set_up():
        row = SweepRound(
            area_code=area, title=f"Round of {worker}", form=queries.current_for("sweep"), opens=county_day(now),
            closes=county_day(now) + timedelta(days=3), goal=100, asked_at=now, asked_by=user.id, planned_at=now,
        )  # fmt: skip
        row.save()
        for number in range(2):
            Household(area_code=area, round=row, home=number, persons=4, worker_id=user.id, unit_id=user.unit_id).save()
    return {"username": user.username}


def doors(worker: int) -> dict[str, Any]:
    from nanxi.field.sweep.models import Household, HouseholdVisit

    visits = HouseholdVisit.objects.filter(by_id=_worker(worker).id)
    homes = Household.objects.filter(worker_id=_worker(worker).id, round__title=f"Round of {worker}")
    return {
        "outcomes": sorted(visits.values_list("outcome", flat=True)), "counted": visits.filter(counted=True).count(),
        "homes": homes.count(), "found": homes.exclude(found_at=None).count(), "again": homes.exclude(again_from=None).count(),
    }  # fmt: skip


def bind(worker: int) -> dict[str, Any]:
    from nanxi.foundation import accounts
    from nanxi.foundation.act import Act
    from nanxi.foundation.models import User

    town = User.objects.filter(role_code="town_duty").order_by("username")[0]
    act = Act(actor=accounts.actor_of(town))
    device = accounts.offer_device(act, user=_worker(worker), label="phone")
    return {"token": accounts.bind_device(act, code=accounts.enrol_code(device), pin="4711")[1]}


def revoke(worker: int) -> dict[str, Any]:
    from nanxi.foundation import accounts
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.models import Device

    for device in Device.objects.filter(user=_worker(worker), revoked_at=None):
        accounts.revoke_device(Act(actor=house("test")), device)
    return {}


def _worker(number: int) -> Any:
    from nanxi.foundation.models import User

    return User.objects.filter(role_code="grid_worker").order_by("username")[number]


def main() -> None:
    django.setup()
    from django.db import connections

    from nanxi.foundation import scope
    from nanxi.foundation.clock import WALL
    from nanxi.foundation.reach import EVERYWHERE

    does = {"lay": lay, "read": read, "sweep": sweep, "doors": doors, "bind": bind, "revoke": revoke}
    for line in sys.stdin:
        name, *numbers = line.split()
        with scope.enter(EVERYWHERE, at=WALL.now()):
            print(json.dumps(does[name](*map(int, numbers))), flush=True)
        # The desk is killed meanwhile, and its database with it.
        connections.close_all()


if __name__ == "__main__":
    main()
