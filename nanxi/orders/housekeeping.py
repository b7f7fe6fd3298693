"""The house's own work on the log of positions, in the system worker: days made ahead, days that nobody needs ended.

A day ends when the last order that has positions on it ended, the time kept after that is over (PositionKeeping) and no hold
covers it. Its part of the log is dropped first, then its key pair is destroyed, unless a message set aside still needs it.
Messages set aside end after three weeks; what the synthetic walks were told ends with the day after theirs.
"""

from __future__ import annotations

import logging
import threading
from datetime import date, datetime, timedelta

from django.db import OperationalError, close_old_connections, connection

from nanxi.foundation import scope
from nanxi.foundation.act import Act, house, service
from nanxi.foundation.clock import WALL, Clock, county_day, day_bounds
from nanxi.orders import daykeys, days
from nanxi.orders.models import DeadLetter, PositionHold, PositionKey

log = logging.getLogger("nanxi.housekeeping")
EVERY_S = 600.0
#: What a phone said that nobody could read is of no use when its order has long ended.
LETTERS = timedelta(days=21)
#: Walks begin a new order each day.
WALKS = timedelta(days=1)
THIN = """
DELETE FROM orders_fenceevent AS e USING orders_isolationorder AS o WHERE o.id = e.order_id AND o.synthetic AND o.open_until < %s
"""


def run_housekeeping(stop: threading.Event) -> None:
    """At once and every ten minutes until told to stop."""
    while not stop.is_set():
        try:
            one_round(WALL)
        except Exception:
            log.exception("housekeeping")
            close_old_connections()
        stop.wait(EVERY_S)


def one_round(clock: Clock) -> list[date]:
    """Everything that is due; the days that ended."""
    actor = house("housekeeping")
    now = clock.now()
    with scope.enter(actor.reach, at=now):
        days.open_ahead(now)
    ended: list[date] = []
    with scope.enter(actor.reach, at=now):
        due = [one.day for one in days.days(now) if one.why == "due"]
    for day in due:
        try:
            with scope.enter(actor.reach, at=now):
                if end_day(Act(actor, clock), day):
                    ended.append(day)
        except OperationalError:
            # The log is in use; a day can wait ten minutes, phones cannot.
            log.warning("a day could not be dropped now")
    with scope.enter(actor.reach, at=now):
        end_leftovers(Act(actor, clock))
    with scope.enter(actor.reach, at=now):
        if gone := _keys_to_destroy(now):
            destroy_keys(Act(actor, clock), gone)
    return ended


@service
def end_day(act: Act, day: date) -> bool:
    """Drop a day; PostgreSQL asks again whether anything needs it."""
    gone = days.drop(day, act.now)
    act.log("orders.day.dropped" if gone else "orders.day.kept", day=day.isoformat(), after_end=days.after_end())
    return gone


@service
def end_leftovers(act: Act) -> dict[str, int]:
    """End what no day holds: old messages set aside, rows without a day of their own, what synthetic walks were told."""
    gone = {"letters": _end_letters(act.now), "positions": days.clear_rest(act.now)}
    with connection.cursor() as cursor:
        cursor.execute(THIN, [act.now - WALKS])
        gone["walks"] = cursor.rowcount
    act.log("orders.leftovers.ended", **gone)
    return gone


@service
def destroy_keys(act: Act, gone: list[date]) -> int:
    """Destroy the pairs of days that nothing needs."""
    n = daykeys.destroy(gone)
    act.log("orders.day.keys", count=n, first=gone[0].isoformat(), last=gone[-1].isoformat())
    return n


def _keys_to_destroy(now: datetime) -> list[date]:
    """Pairs of past days without a part, a row of the rest or a message set aside; a day without positions had a part too."""
    needed = {*days.kept_days(), *days.sealed_elsewhere()}
    past = PositionKey.objects.filter(day__lt=county_day(now) - timedelta(days=1)).order_by("day").values_list("day", flat=True)
    return [day for day in past if day not in needed]


def _end_letters(now: datetime) -> int:
    old = DeadLetter.objects.filter(rx__lt=now - LETTERS)
    for hold in PositionHold.objects.filter(until__gt=now, lifted_at=None).exclude(opened_at=None):
        old = old.exclude(rx__gte=day_bounds(hold.first_day)[0], rx__lt=day_bounds(hold.last_day)[1])
    return old.delete()[0]
