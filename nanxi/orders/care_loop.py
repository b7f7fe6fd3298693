"""What falls due while orders run: missed health reports, check-ins at random times, home points that wait to be confirmed.

Runs in the worker, once a minute; each round asks first what is done, so that a second round or another worker changes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import close_old_connections, connection
from django.utils.translation import gettext_noop

from nanxi.foundation import areas, scope, vault
from nanxi.foundation.act import Act, house, service
from nanxi.foundation.clock import WALL, Clock, county_day
from nanxi.orders import below, chain, services
from nanxi.orders.calibration import LEARN
from nanxi.orders.care import ANSWER_CHECKIN, owes_report, report_due, turns_of, two_missed
from nanxi.orders.models import AskedCheckin, HealthReport, IsolationOrder
from nanxi.orders.rules import State, Step

log = logging.getLogger("nanxi.care")
PAUSE_S = 60
#: Orders looked at in one transaction.
BATCH = 200
#: A town confirms a learnt home point within this.
CONFIRM_WITHIN = timedelta(hours=2)


def run_care(stop: threading.Event) -> None:
    """Work until told to stop; an error is logged and the next round tries again."""
    while not stop.wait(PAUSE_S):
        try:
            one_round(WALL)
        except Exception:
            log.exception("care")
            close_old_connections()


def one_round(clock: Clock) -> int:
    """Everything that is due now; returns how much was done."""
    return sum(part(clock) for part in (missed_reports, homes_to_confirm, checkins_to_ask, checkins_missed))


def _enter(clock: Clock) -> AbstractContextManager[None]:
    return scope.enter(house("care").reach, at=clock.now())


def _act(clock: Clock) -> Act:
    return Act(house("care"), clock)


def missed_reports(clock: Clock) -> int:
    """Orders in force without a report today, after the hour: a call for each."""
    now = clock.now()
    if now < report_due(county_day(now)):
        return 0
    done = 0
    with _enter(clock):
        told = HealthReport.everything.filter(day=county_day(now)).values("order_id")
        ids = list(IsolationOrder.everything.filter(open_until__gt=now).exclude(pk__in=told).values_list("pk", flat=True))
    for part in _parts(ids):
        with _enter(clock):
            _one_at_a_time("missed")
            told = HealthReport.everything.filter(day=county_day(now), order_id__in=part).values("order_id")
            rows = IsolationOrder.everything.filter(pk__in=part).exclude(pk__in=told).prefetch_related("decisions")
            for order in rows:
                standing = chain.standing(order, now)
                since = _bound_since(order)
                if standing.restricts and since and owes_report(since, standing.until, now):
                    services.note_missed_report(_act(clock), order, day=county_day(now))
                    done += 1
    return done


def _bound_since(order: IsolationOrder) -> datetime | None:
    """When the person was told: nobody owes a report that he did not know of."""
    return min((row.at for row in chain.decisions_of(order) if row.step == Step.SERVE.value), default=None)


def homes_to_confirm(clock: Clock) -> int:
    """Served without a home point, half an hour ago or more, and a phone is set up: the town looks where it rested."""
    now = clock.now()
    done = 0
    with _enter(clock):
        rows = IsolationOrder.everything.filter(
            open_until__gt=now, points=None, devices__isnull=False, devices__made_at__lt=now - LEARN, devices__revoked_at=None
        )
        for order in rows.distinct().prefetch_related("decisions")[:BATCH]:
            if chain.standing(order, now).state is State.SERVED and not below.has_task(order.pk, "home"):
                _ask_home(_act(clock), order)
                done += 1
    return done


@service
def _ask_home(act: Act, order: IsolationOrder) -> IsolationOrder:
    below.open_task(
        act, kind="home", area=areas.town_of(order.area_code), title=gettext_noop("Confirm the home point the phone shows"),
        subject=("orders.order", order.id), record_id=order.record_id, person_id=order.person_id, due=act.now + CONFIRM_WITHIN,
        facts={"number": order.number},
    )  # fmt: skip
    act.log("orders.home.asked", area=order.area_code, subject=("orders.order", order.id), person=order.person_id)
    return order


def checkins_to_ask(clock: Clock) -> int:
    """Turns of today that have come, for orders watched by check-ins. A turn that passed unseen is not asked for any more."""
    now, day = clock.now(), county_day(clock.now())
    done = 0
    with _enter(clock):
        _one_at_a_time("checkins")
        rows = IsolationOrder.everything.filter(open_until__gt=now, watch="checkin").prefetch_related("decisions")
        asked = set(AskedCheckin.everything.filter(day=day, order__in=rows).values_list("order_id", "turn"))
        for order in rows:
            for turn in turns_of(day, vault.mac("orders.checkin", f"{order.pk}|{day}".encode())):
                due = turn.at <= now < turn.at + ANSWER_CHECKIN / 2 and (order.pk, turn.number) not in asked
                if due and chain.standing(order, now).state in (State.SERVED, State.RUNNING):
                    services.ask_checkin(_act(clock), order, day=day, turn=turn.number, answer_by=now + ANSWER_CHECKIN)
                    done += 1
    return done


def checkins_missed(clock: Clock) -> int:
    """Check-ins whose time has passed without an answer."""
    now = clock.now()
    done = 0
    with _enter(clock):
        _one_at_a_time("checkins")
        rows = AskedCheckin.everything.filter(answer_by__lte=now, answered_at=None, missed_at=None).select_related("order")
        for row in rows.prefetch_related("order__decisions")[:BATCH]:
            before = AskedCheckin.everything.filter(order=row.order, asked_at__lt=row.asked_at).order_by("-asked_at")[:1]
            answers = [False, *(one.answered_at is not None for one in before)]
            if chain.standing(row.order, now).restricts:
                services.note_missed_checkin(_act(clock), row, again=two_missed(answers))
            else:
                services.drop_checkin(_act(clock), row)
            done += 1
    return done


def _parts(ids: list[UUID]) -> Iterable[list[UUID]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _one_at_a_time(what: str) -> None:
    """Two workers must not tell the same thing: the second waits and then finds it told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 73))", [f"orders.care.{what}"])
