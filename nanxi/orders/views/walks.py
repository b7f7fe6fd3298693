"""The dead-man's switch on screen: when each town's alerts last proved that they arrive, and the same in a word for a watcher
outside the house, which must notice when the house itself is down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from nanxi.foundation import scope
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import house
from nanxi.foundation.clock import WALL
from nanxi.foundation.rights import Right, public, requires
from nanxi.orders import walk_queries

#: Two walks and a half: a town that proved nothing for so long is not known to work.
STALE = timedelta(minutes=25)
WHY = {
    "endpoint": gettext_lazy("positions were not taken"),
    "alert": gettext_lazy("no alert in time"),
    "relay": gettext_lazy("the alert was not announced"),
}


@dataclass(frozen=True)
class Line:
    """One town as the page shows it."""

    name: str
    record: walk_queries.WalkRecord
    at: datetime

    @property
    def state(self) -> tuple[Any, str]:
        if self.record.failing:
            return WHY.get(self.record.why, ""), "danger"
        if self.record.arrived_at is None or self.record.arrived_at < self.at - STALE:
            return _("no proof for too long"), "warn"
        return _("alerts arrive"), "ok"


@requires(Right.RUN_SYSTEM, Right.HANDLE_ALERTS)
@require_GET
def walks(request: HttpRequest) -> HttpResponse:
    """Towns of the officer's area, the ones without proof first."""
    act = act_of(request)
    lines = [Line(name, record, act.now) for name, record in walk_queries.walk_records(act.now)]
    lines.sort(key=lambda line: (line.state[1] == "ok", line.name))
    return render(request, "orders/walks.html", {"lines": lines, "bad": sum(line.state[1] != "ok" for line in lines)})


@requires(Right.RUN_SYSTEM)
@require_GET
def walks_corner(request: HttpRequest) -> HttpResponse:
    """Whoever keeps the system sees on every page that alerts do not arrive."""
    return render(request, "orders/walks_corner.html", {"failing": walk_queries.failing_walks(act_of(request).now)})


@public("A watcher outside must see that alerts arrive; it learns a yes or no and no place.")
@require_GET
def walks_health(request: HttpRequest) -> HttpResponse:
    """200 while every town has proved itself lately, 503 otherwise."""
    now = WALL.now()
    with scope.enter(house("walks").reach, at=now):
        well = walk_queries.walks_are_well(now, STALE)
    return JsonResponse({"alerts_arrive": well}, status=200 if well else 503)
