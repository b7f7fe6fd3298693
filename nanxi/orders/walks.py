"""The dead-man's switch: in every town, every ten minutes, a phone that belongs to nobody walks out (fence notes §4.8).

Its positions go the way of a person's: over HTTP into the endpoint, through the fence, into an alert that the relay announces. If
the alert is not there in time, the operator and headquarters are told. The order behind it is marked synthetic: it names nobody,
has no decision, restricts nobody, and no list, count or figure of persons sees it. A new one is made each day.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit
from uuid import UUID
from zlib import crc32

from django.db import close_old_connections, connection
from django.utils.translation import gettext_noop

from nanxi.engines.fence.geometry import METRES
from nanxi.foundation import acts, areas, charter, scope, vault
from nanxi.foundation.act import Act, house, service
from nanxi.foundation.clock import WALL, Clock, county_day, day_bounds
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Area
from nanxi.orders import below
from nanxi.orders.models import HomePoint, IsolationOrder, OrderDevice, Walk

log = logging.getLogger("nanxi.walks")
PAUSE_S = 1.0
EVERY = timedelta(minutes=10)
#: Seconds after the start and metres from home: home for over a minute, twice far away, home again for over a minute.
STEPS = ((0, 2), (62, 4), (76, 640), (77.5, 680), (95, 3), (160, 5))
#: With this many sent the fence has all it needs (two accurate fixes beyond 500 m, fence notes §4.5).
DECIDES = 4
#: The alert must be there within this; a position must be taken within this after its time.
WITHIN, TAKEN = timedelta(seconds=60), timedelta(seconds=60)
REST_S = 300
#: Phones tell whole seconds: the first position must not lie before its order.
EARLIER = timedelta(minutes=1)
KEPT = timedelta(days=7)
#: Walks begun in one round: after a start all towns are due at once.
BEGIN_AT_ONCE = 8
#: The place does not matter; only the way to the desk is tried.
LON, LAT, RADIUS_M = 120.69, 28.15, 100.0
LABEL = "synthetic walk"
MISSING = gettext_noop("Alerts may not arrive: a synthetic walk-out raised none")
KEY = "orders.deadman"
#: Posts one message for a device token; raises OSError when it was not taken.
Post = Callable[[str, bytes], None]


def run_walks(stop: threading.Event) -> None:
    """Work until told to stop; an error is logged and the next round tries again."""
    while not stop.wait(PAUSE_S):
        try:
            one_round(WALL, post)
        except Exception:
            log.exception("walks")
            close_old_connections()


def post(token: str, body: bytes) -> None:
    """Send as OwnTracks does, to NANXI_WALK_URL or the endpoint beside us."""
    where = urlsplit(os.environ.get("NANXI_WALK_URL") or f"http://127.0.0.1:{os.environ.get('NANXI_INGEST_PORT', '8001')}/pub")
    sign = base64.b64encode(f"walk:{token}".encode()).decode()
    line = HTTPConnection(where.hostname or "127.0.0.1", where.port or 80, timeout=5)
    try:
        line.request("POST", where.path, body, {"Content-Type": "application/json", "Authorization": f"Basic {sign}"})
        status = line.getresponse().status
    except HTTPException as problem:
        raise OSError(type(problem).__name__) from problem
    finally:
        line.close()
    if status != 200:
        raise OSError(f"answered {status}")


def one_round(clock: Clock, send: Post) -> int:
    """Begin walks that are due, send the positions that are due, look for alerts; returns how many walks moved."""
    if charter.county() is None or charter.ended(clock.now()):
        return 0
    return begin_due(clock) + send_due(clock, send) + look_for_alerts(clock)


def begin_due(clock: Clock) -> int:
    """A walk for each town whose ten minutes have begun, the towns spread over them."""
    with scope.enter(house("walks").reach, at=clock.now()), acts.writing():
        _one_at_a_time()
        now = clock.now().timestamp()
        since = datetime.fromtimestamp(now, clock.now().tzinfo) - EVERY
        begun = dict(Walk.everything.filter(started_at__gt=since).order_by("started_at").values_list("area_code", "started_at"))
        towns = Area.objects.filter(kind=Area.Kind.TOWN).order_by("code").values_list("code", flat=True)
        # A walk begun late, after a start, is not followed at once by the next.
        due = [town for town in towns if town not in begun or begun[town].timestamp() < min(_slot(town, now), now - REST_S)]
        due = due[:BEGIN_AT_ONCE]
        for town in due:
            _begin(Act(house("walks"), clock), town)
        return len(due)


def _slot(town: str, now: float) -> float:
    """When the present ten minutes of a town began."""
    every = EVERY.total_seconds()
    offset = crc32(town.encode()) % int(every)
    return (now - offset) // every * every + offset


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('orders.walks', 73))")


@service
def _begin(act: Act, town: str) -> Walk:
    number = f"WALK-{town[:9]}-{county_day(act.now):%Y%m%d}"
    order = IsolationOrder.watched.filter(number=number).first() or _order(act, town, number)
    for alert in below.open_walks(town):
        below.end_walk(act, alert)
    Walk.everything.filter(area_code=town, started_at__lt=act.now - KEPT).delete()
    walk = Walk(area_code=town, order=order, started_at=act.now)
    walk.save()
    act.log("orders.walk.begun", area=town, subject=("orders.walk", walk.pk))
    return walk


def _order(act: Act, town: str, number: str) -> IsolationOrder:
    """The synthetic order of a town and day, with its point and its phone. It ends when the next day has begun for good."""
    record = uuid7()
    vault.make_keys([record])
    until = day_bounds(county_day(act.now))[1] + EVERY
    order = IsolationOrder(
        area_code=town, number=number, record_id=record, kind="walk", reason="walk", legal_basis="none", rule_version="walk-1",
        page_digest=hashlib.sha256(uuid7().bytes).digest(), made_at=act.now, open_until=until, synthetic=True,
    )  # fmt: skip
    order.save()
    point = json.dumps({"lon": LON, "lat": LAT, "acc": 5})
    HomePoint(
        area_code=town, order=order, point_sealed=vault.seal("orders_homepoint", "point", record, point), radius_m=RADIUS_M,
        datum_source="WGS-84", taken_how="synthetic", taken_at=act.now - EARLIER,
    ).save()  # fmt: skip
    OrderDevice(
        area_code=town, order=order, label=LABEL, token_digest=hashlib.sha256(token_of(order.pk).encode()).digest(),
        made_at=act.now, valid_from=act.now - EARLIER, valid_until=until,
    ).save()  # fmt: skip
    return order


def token_of(order_id: UUID) -> str:
    """The phone's token, never stored: made again from a key outside the database."""
    return vault.mac("orders.walk", order_id.bytes).hex()


def send_due(clock: Clock, send: Post) -> int:
    """The next position of each walk whose time has come, outside any transaction."""
    moved = 0
    for walk in _walking(clock):
        if walk.sent >= len(STEPS):
            continue
        after, metres = STEPS[walk.sent]
        due = walk.started_at + timedelta(seconds=after)
        if clock.now() < due:
            continue
        moved += 1
        try:
            send(token_of(walk.order_id), _body(clock, metres))
        except OSError as problem:
            log.warning("walk of %s: %s", walk.area_code, problem)
            if clock.now() > due + TAKEN:
                _end(clock, walk, "endpoint")
            continue
        _sent(clock, walk)
    return moved


def _walking(clock: Clock) -> list[Walk]:
    with scope.enter(house("walks").reach, at=clock.now()):
        return list(Walk.everything.filter(started_at__gt=clock.now() - EVERY).exclude(why="endpoint"))


def _body(clock: Clock, metres: float) -> bytes:
    fix = {"_type": "location", "tst": int(clock.now().timestamp()), "lon": LON, "lat": LAT + metres / METRES, "acc": 10}
    return json.dumps(fix).encode()


def _sent(clock: Clock, walk: Walk) -> None:
    """No ledger entry: a position is the fence's to tell."""
    changes: dict[str, object] = {"sent": walk.sent + 1}
    if walk.sent + 1 == DECIDES:
        changes["decided_at"] = clock.now()
    with scope.enter(house("walks").reach, at=clock.now()), acts.writing():
        Walk.everything.filter(pk=walk.pk, sent=walk.sent).update(**changes)


def look_for_alerts(clock: Clock) -> int:
    """Walks whose deciding position was taken: the alert is there, or its time is over."""
    ended = 0
    for walk in _walking(clock):
        if walk.decided_at is None or walk.arrived_at or walk.failed_at:
            continue
        with scope.enter(house("walks").reach, at=clock.now()):
            alerts = below.open_walks(walk.area_code)
            announced = any(below.is_announced(alert) for alert in alerts)
        if announced:
            _end(clock, walk, "")
        elif clock.now() > walk.decided_at + WITHIN:
            _end(clock, walk, "relay" if alerts else "alert")
        else:
            continue
        ended += 1
    return ended


def _end(clock: Clock, walk: Walk, why: str) -> None:
    with scope.enter(house("walks").reach, at=clock.now()):
        act = Act(house("walks"), clock)
        if why:
            _missing(act, walk, why)
        else:
            _arrived(act, walk)


@service
def _arrived(act: Act, walk: Walk) -> Walk:
    walk.arrived_at = act.now
    walk.save(update_fields=["arrived_at"])
    for alert in below.open_walks(walk.area_code):
        below.end_walk(act, alert)
    waited = (act.now - walk.decided_at).total_seconds() if walk.decided_at else 0
    act.log("orders.walk.arrived", area=walk.area_code, subject=("orders.walk", walk.pk), waited_ms=round(1000 * waited))
    if not any(one.failed_at for one in latest(act.now)):
        below.ease_alert(act, key=KEY, how="walks", at=act.now, event=f"deadman:{walk.pk}:well")
    return walk


@service
def _missing(act: Act, walk: Walk, why: str) -> Walk:
    walk.failed_at, walk.why = act.now, why
    walk.save(update_fields=["failed_at", "why"])
    ended = latest(act.now)
    count = sum(1 for one in ended if one.failed_at)
    county = charter.county()
    area = str(county.area_id) if county else areas.town_of(walk.area_code)
    # Forty towns that fail one after the other are told in few steps, each with about twice as many as before.
    turn = f"deadman:{int(act.now.timestamp() // EVERY.total_seconds())}:{count.bit_length()}"
    below.raise_alert(
        act, key=KEY, kind=KEY, severity="high", area=area, event=turn, subject=("orders.walk", walk.pk), title=MISSING,
        facts={"event": "NO_WALK", "why": "no_walk", "count": count, "towns": len(ended), "step": why},
    )  # fmt: skip
    act.log("orders.walk.missing", area=walk.area_code, subject=("orders.walk", walk.pk), why=why)
    return walk


def latest(now: datetime) -> list[Walk]:
    """The last ended walk of each town within the hour, in scope of the transaction."""
    ended = Walk.everything.filter(started_at__gt=now - timedelta(hours=1)).exclude(arrived_at=None, failed_at=None)
    return list(ended.order_by("area_code", "-started_at").distinct("area_code"))
