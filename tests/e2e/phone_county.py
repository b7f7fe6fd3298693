"""Run beside a desk under test, in its home: lays out a grid worker's day of sixty tasks, and reads what became of it.

`python -m tests.e2e.phone_county lay 60 | read | bind | revoke`; answers one line of JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import django

TITLE = "Made for the phone"


def lay(number: int) -> dict[str, Any]:
    from nanxi.desk import services
    from nanxi.foundation import units
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.clock import WALL
    from nanxi.foundation.models import UnitArea

    user = _worker()
    area = UnitArea.objects.filter(unit_id=user.unit_id).values_list("area_id", flat=True).order_by("area_id")[0]
    act = Act(actor=house("test"))
    assert units
    for place in range(number):
        services.open_task(
            act, kind=("visit", "call", "verification")[place % 3], area=area, title=f"{TITLE} {place}", unit_id=user.unit_id,
            assignee_id=user.id, due=WALL.now() - timedelta(minutes=number - place),
        )  # fmt: skip
    return {"username": user.username}


def read() -> dict[str, Any]:
    from nanxi.desk.models import Task
    from nanxi.field.models import HandedIn, Photo, Visit
    from nanxi.foundation.clock import WALL

    rows = list(HandedIn.objects.filter(by_id=_worker().id))
    tasks = Task.objects.filter(title__startswith=TITLE)
    return {
        "handed_in": len(rows), "keys": len({row.key for row in rows}), "standings": sorted({row.standing for row in rows}),
        "open": tasks.filter(ended_at=None).count(), "closed": tasks.exclude(result="").count(),
        "visits": Visit.objects.filter(by_id=_worker().id).count(), "photos": Photo.objects.count(),
        "week_old": sum(6.9 < (WALL.now() - row.at).total_seconds() / 86400 < 7.1 for row in rows),
    }  # fmt: skip


def bind() -> dict[str, Any]:
    from nanxi.foundation import accounts
    from nanxi.foundation.act import Act
    from nanxi.foundation.models import User

    town = User.objects.filter(role_code="town_duty").order_by("username")[0]
    act = Act(actor=accounts.actor_of(town))
    device = accounts.offer_device(act, user=_worker(), label="phone")
    return {"token": accounts.bind_device(act, code=accounts.enrol_code(device), pin="4711")[1]}


def revoke() -> dict[str, Any]:
    from nanxi.foundation import accounts
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.models import Device

    for device in Device.objects.filter(user=_worker(), revoked_at=None):
        accounts.revoke_device(Act(actor=house("test")), device)
    return {}


def _worker() -> Any:
    from nanxi.foundation.models import User

    return User.objects.filter(role_code="grid_worker").order_by("username")[0]


def main(words: list[str]) -> None:
    django.setup()
    from nanxi.foundation import scope
    from nanxi.foundation.clock import WALL
    from nanxi.foundation.reach import EVERYWHERE

    does = {"lay": lay, "read": read, "bind": bind, "revoke": revoke}[words[0]]
    with scope.enter(EVERYWHERE, at=WALL.now()):
        print(json.dumps(does(*map(int, words[1:]))))


if __name__ == "__main__":
    main(sys.argv[1:])
