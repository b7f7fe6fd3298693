"""The fence at work: takes new positions, decides, writes events and raises alerts in one transaction (fence notes §5).

Runs in the worker. The engine is folded anew from the settled state over the last quarter of an hour at each message, so
that the order in which messages arrive does not matter; what was said already is not said twice.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from django.conf import settings
from django.db import close_old_connections, connection

from nanxi.engines.fence import Event, Fences, Policies, Policy, State, advance, new_state, tick
from nanxi.engines.fence.state import EVENTS, NEVER, SEVERITY, Reason, Row, dump, load
from nanxi.foundation import acts, scope, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL, Clock
from nanxi.foundation.postgres.roles import connection_string
from nanxi.orders import chain, controlled, daykeys, opened, opened_doors, policies, regions
from nanxi.orders.alerts import raise_for
from nanxi.orders.episodes import numbered, told_of
from nanxi.orders.models import AreaNotice, FenceEvent, FenceState, HomePoint, IsolationOrder, OrderDevice, Position

log = logging.getLogger("nanxi.fence")
CHANNEL = "nanxi_positions"
BATCH = 1000
#: Timers are looked at this often; silence is measured in minutes.
TICK_EVERY_S = 5.0
#: Said once for an episode; other events once for their second.
ONCE_AN_EPISODE = {Event.ARMED, Event.EXIT_PROBABLE, Event.EXIT_CONFIRMED, Event.RETURNED, Event.NOT_ACTIVATED, Event.LATE_EXIT}
OF_EXITS = (Event.EXIT_PROBABLE, Event.EXIT_CONFIRMED, Event.RETURNED, Event.LATE_EXIT)
FACTS = "orders_fencestate"
#: Under this name the settled state keeps its pairs of person and controlled area.
AREAS = "areas"
KEPT = ["settled_sealed", "name", "policy_version", "heard_at", "due_at"]
MARK = """
UPDATE orders_position AS p SET decided_at = %s FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS d(order_id, tst, digest)
WHERE p.order_id = d.order_id AND p.tst = d.tst AND p.digest = d.digest AND p.decided_at IS NULL AND p.tst BETWEEN %s AND %s
"""


def run_fence(stop: threading.Event) -> None:
    """Decide as positions arrive until told to stop: on each NOTIFY, and each second as a back-up."""
    ticked = 0.0
    while not stop.is_set():
        try:
            with psycopg.connect(connection_string(settings.DB_ROLE, settings.HOME), autocommit=True) as listener:
                listener.execute(f"LISTEN {CHANNEL}")
                while not stop.is_set():
                    while decide_waiting():
                        pass
                    if time.monotonic() - ticked > TICK_EVERY_S:
                        tick_due()
                        ticked = time.monotonic()
                    for _ in listener.notifies(timeout=1.0, stop_after=1):
                        pass
        except Exception:
            log.exception("fence: trying again")
            close_old_connections()
            stop.wait(1)


def decide_waiting(clock: Clock = WALL) -> int:
    """Decide one batch of waiting positions; returns how many there were."""
    actor = house("fence")
    with scope.enter(actor.reach), acts.writing():
        act = Act(actor=actor, clock=clock)
        waiting = list(Position.objects.select_for_update(skip_locked=True).filter(decided_at=None).order_by("rx")[:BATCH])
        if not waiting:
            return 0
        by_order: dict[UUID, list[Position]] = defaultdict(list)
        for position in waiting:
            by_order[position.order_id].append(position)
        _decide_orders(act, by_order)
        _mark(waiting, act.now)
        return len(waiting)


def _mark(decided: list[Position], at: datetime) -> None:
    """One statement for the batch: one for each order cost more than deciding. The bounds leave out the other days' parts."""
    columns = [[row.order_id for row in decided], [row.tst for row in decided], [bytes(row.digest) for row in decided]]
    with connection.cursor() as cursor:
        cursor.execute(MARK, [at, *columns, min(columns[1]), max(columns[1])])


def tick_due(clock: Clock = WALL) -> int:
    """Fire the timers that fell due; make the coming days' keys; returns how many orders were looked at."""
    actor = house("fence")
    with scope.enter(actor.reach), acts.writing():
        act = Act(actor=actor, clock=clock)
        daykeys.ensure(act.now)
        daykeys.look_again()
        fresh = _served_without_state(act.now)
        due = list(FenceState.everything.filter(due_at__lt=act.now).order_by("due_at").values_list("order_id", flat=True)[:BATCH])
        if fresh or due:
            _decide_orders(act, {order_id: [] for order_id in {*fresh, *due}})
        return len(fresh) + len(due)


def _served_without_state(now: datetime) -> list[UUID]:
    rows = IsolationOrder.watched.filter(open_until__gt=now, points__isnull=False, fence=None)
    return list(rows.values_list("pk", flat=True).distinct()[:BATCH])


@dataclass
class Watched:
    """One order as the fence sees it."""

    order: IsolationOrder
    start: float
    end: float
    lon: float
    lat: float
    radius: float
    settled: Row
    row: FenceState | None
    point: HomePoint
    policy: Policy
    #: What its settled state says of controlled areas.
    areas: list[dict[str, Any]]


def _decide_orders(act: Act, by_order: dict[UUID, list[Position]]) -> None:
    watched = _watched(act, list(by_order))
    if not watched:
        return
    ids = [one.order.pk for one in watched]
    fences = Fences.build(
        [w.lon for w in watched],
        [w.lat for w in watched],
        [w.radius for w in watched],
        [w.start for w in watched],
        [w.end for w in watched],
    )
    now = act.now.timestamp()
    settled = np.concatenate([one.settled for one in watched])
    number = {order_id: at for at, order_id in enumerate(ids)}
    recent = _log_since(number, settled, by_order)
    late, rules = policies.HOUSE.late_s, _rules(watched)
    # Whatever is older than the horizon can no longer be joined by a message that is not late: it is settled.
    old = recent[(recent["t"] <= now - late) | (recent["rx"] - recent["t"] > late)]
    young = recent[(recent["t"] > now - late) & (recent["rx"] - recent["t"] <= late)]
    closed = controlled.closed_at(act.now)
    areas = controlled.Watch.of(closed, fences, rules, [one.areas for one in watched])
    said_old, moves = advance(settled, fences, old, rules, now, moves=len(closed) > 0)
    areas.settle(moves)
    live = settled.copy()
    said_young, moves = advance(live, fences, young, rules, now, moves=len(closed) > 0)
    areas.look(moves)
    live, said_now = tick(live, fences, rules, now)
    said = np.concatenate([said_old, said_young, said_now])
    events = _new_events(act, watched, said, live, areas)
    _keep_states(act, watched, settled, live, areas)
    _tell_regions(watched)
    _tell(act, watched, events, by_order)
    for one in watched:
        opened_doors.look(act, one.order, by_order.get(one.order.pk, ()))


def _rules(watched: list[Watched]) -> Policies:
    """Each order under its own version."""
    number = {policy: at for at, policy in enumerate(dict.fromkeys(one.policy for one in watched))}
    return Policies(tuple(number), np.array([number[one.policy] for one in watched], np.int32))


def _watched(act: Act, ids: list[UUID]) -> list[Watched]:
    """The orders that run and have a home point. Positions of others wait for nothing: they are marked decided."""
    orders = IsolationOrder.watched.filter(pk__in=ids).prefetch_related("decisions")
    points = {point.order_id: point for point in HomePoint.everything.filter(order_id__in=ids).order_by("taken_at")}
    states = {row.order_id: row for row in FenceState.everything.select_for_update().filter(order_id__in=ids)}
    chosen = policies.policies_of(ids)
    vault.load_keys([order.record_id for order in orders])
    found: list[Watched] = []
    for order in orders:
        point = points.get(order.pk)
        until = order.open_until if order.synthetic else chain.standing(order, act.now).until
        if point is None or until is None:
            continue
        home = json.loads(vault.unseal("orders_homepoint", "point", order.record_id, bytes(point.point_sealed)))
        row = states.get(order.pk)
        kept = {} if row is None else json.loads(vault.unseal(FACTS, "settled", order.record_id, bytes(row.settled_sealed)))
        settled = load(kept) if kept else new_state(1)
        found.append(
            Watched(
                order,
                point.taken_at.timestamp(),
                until.timestamp(),
                home["lon"],
                home["lat"],
                point.radius_m,
                settled,
                row,
                point,
                chosen.get(order.pk, policies.HOUSE),
                kept.get(AREAS, []),
            )
        )
    return found


def _log_since(number: dict[UUID, int], settled: Row, by_order: dict[UUID, list[Position]]) -> Row:
    """Pings of these orders that the settled state has not seen, with the new ones whatever their time."""
    rows: dict[opened.Key, tuple[int, UUID, int, bytes, datetime, bytes]] = {}
    since = {order_id: int(settled["hw"][at] * 1000) if settled["hw"][at] > NEVER else 0 for order_id, at in number.items()}
    recent = Position.objects.filter(order_id__in=list(number), tst__gt=min(since.values(), default=0))
    for order_id, tst, digest, rx, sealed in recent.values_list("order_id", "tst", "digest", "rx", "sealed"):
        if tst > since[order_id] and not _late(rx, tst):
            rows[(order_id, tst, bytes(digest))] = (number[order_id], order_id, tst, bytes(digest), rx, bytes(sealed))
    for order_id, new in by_order.items():
        if order_id in number:
            for one in new:
                key = (order_id, int(one.tst), bytes(one.digest))
                rows[key] = (number[order_id], *key, one.rx, bytes(one.sealed))
    return opened.pings(rows.values())


def _late(rx: datetime, tst: int) -> bool:
    return rx.timestamp() - tst / 1000 > policies.HOUSE.late_s


def _new_events(act: Act, watched: list[Watched], said: Row, live: Row, areas: controlled.Watch) -> list[FenceEvent]:
    """Rows for what was not said before."""
    before: dict[UUID, list[FenceEvent]] = defaultdict(list)
    for row in FenceEvent.everything.filter(order__in=[one.order for one in watched]):
        before[row.order_id].append(row)
    fresh: list[FenceEvent] = []
    for at, one in enumerate(watched):
        told = before[one.order.pk]
        known = {row.key for row in told}
        now = _rows(act, one, said[said["fence"] == at], told)
        now += [_event(act, one, event, number, notice) for notice, event, number in areas.events_of(at, told)]
        new = [row for row in now if row.key not in known]
        fresh += new + _taken_back(act, one, live[at], told, new)
    FenceEvent.everything.bulk_create(fresh, ignore_conflicts=True)
    return fresh


def _rows(act: Act, one: Watched, events: Row, told: list[FenceEvent]) -> list[FenceEvent]:
    """The events of one order as the engine says them now, each exit under the number its episode was told by."""
    exits = events[np.isin(events["event"], OF_EXITS)]
    spans = told_of((row.episode, row.at.timestamp(), row.dwell_s) for row in told if Event[row.event] in OF_EXITS)
    number = numbered(spans, [(float(event["began"]), float(event["t"])) for event in exits])
    return [_event(act, one, event, number.get(float(event["began"]), int(event["episode"]))) for event in events]


def _event(act: Act, one: Watched, event: np.void, episode: int, notice: AreaNotice | None = None) -> FenceEvent:
    what, t = Event(int(event["event"])), float(event["t"])
    key = f"{what.name}:{episode}" if what in ONCE_AN_EPISODE else f"{what.name}:{int(t)}"
    if notice is not None:
        key = f"{what.name}:{notice.number}:{episode}"
    return FenceEvent(
        area_code=one.order.area_code, order=one.order, key=key, event=what.name,
        reason=Reason(int(event["reason"])).name.lower(), severity=SEVERITY[what], at=datetime.fromtimestamp(t, UTC),
        said_at=act.now, distance_m=round(float(event["distance"]), 1),
        acc_m=round(float(event["acc"]), 1), fixes=int(event["fixes"]), dwell_s=round(float(event["dwell"]), 1),
        episode=episode, policy_version=one.policy.version, notice=notice,
    )  # fmt: skip


def _taken_back(act: Act, one: Watched, state: np.void, told: list[FenceEvent], new: list[FenceEvent]) -> list[FenceEvent]:
    """A silence or an exit that later messages filled is ended, although the fold over the whole log never saw it."""
    said = {row.key for row in told} | {row.key for row in new}
    more: list[FenceEvent] = []
    silent_before = one.row is not None and one.row.name == State.SILENT.name
    if silent_before and state["st"] != State.SILENT and not any(row.event == Event.RESUMED.name for row in new):
        more.append(_event(act, one, _ending(Event.RESUMED, Reason.MESSAGE_AGAIN, state, float(state["seen"])), 0))
    exits = [row.episode for row in told if Event[row.event] in (Event.EXIT_PROBABLE, Event.EXIT_CONFIRMED)]
    home = state["st"] == State.INSIDE and state["n_in"] >= one.policy.return_fixes
    for episode in sorted(set(exits)):
        if home and f"{Event.RETURNED.name}:{episode}" not in said:
            more.append(_event(act, one, _ending(Event.RETURNED, Reason.FIX_INSIDE, state, float(state["t_fix"])), episode))
    return more


def _ending(event: Event, reason: Reason, state: np.void, t: float) -> np.void:
    row = np.zeros(1, EVENTS)[0]
    row["event"], row["reason"], row["t"], row["distance"], row["acc"] = event, reason, t, state["d"], state["acc"]
    return row


def _keep_states(act: Act, watched: list[Watched], settled: Row, live: Row, areas: controlled.Watch) -> None:
    rows: list[FenceState] = []
    for at, one in enumerate(watched):
        pairs = areas.kept_of(at)
        text = json.dumps(dump(settled[at]) | ({AREAS: pairs} if pairs else {}))
        row = one.row or FenceState(area_code=one.order.area_code, order=one.order)
        row.settled_sealed = vault.seal(FACTS, "settled", one.order.record_id, text)
        row.name, row.policy_version = State(int(live["st"][at])).name, one.policy.version
        heard = float(live["seen"][at])
        row.heard_at = datetime.fromtimestamp(heard, UTC) if heard > NEVER else None
        row.due_at = _next_due(live[at], one, act.now)
        rows.append(row)
    FenceState.everything.bulk_create(rows, update_conflicts=True, unique_fields=["order"], update_fields=KEPT)


def _tell_regions(watched: list[Watched]) -> None:
    """Seal the region for phones that do not know this home point yet; the endpoint hands it on."""
    by_order = {one.order.pk: one for one in watched}
    points = [one.point.pk for one in watched]
    waiting = OrderDevice.everything.filter(order_id__in=list(by_order), revoked_at=None).exclude(public=None)
    for device in waiting.exclude(region_of__in=points):
        one = by_order[device.order_id]
        device.region_sealed = regions.seal(bytes(device.public or b""), one.lon, one.lat, one.radius, int(one.start))
        device.region_of = one.point.pk
        device.save(update_fields=["region_sealed", "region_of"])


def _next_due(state: np.void, one: Watched, now: datetime) -> datetime | None:
    """When a timer could fire next; a second later, because timers fire strictly after they are due."""
    due: list[float] = []
    seen = float(state["seen"])
    if state["st"] == State.SUSPECT:
        due.append(seen + one.policy.suspect_silent_s)
    elif seen > NEVER and state["st"] != State.SILENT:
        # Night silence is longer; looking early costs one empty tick.
        due.append(seen + one.policy.silence_s)
    if not state["armed"] and not state["warned"]:
        due.append(one.start + one.policy.not_activated_s)
    ahead = [at for at in due if at < one.end]
    if not ahead:
        return None
    return max(datetime.fromtimestamp(min(ahead) + 1, UTC), now + timedelta(seconds=30))


def _tell(act: Act, watched: list[Watched], events: list[FenceEvent], by_order: dict[UUID, list[Position]]) -> None:
    """Ledger and alerts of this transaction; the phone is asked for a fresh fix while it is suspect."""
    orders = {one.order.pk: one.order for one in watched}
    for event in events:
        order = orders[event.order_id]
        if order.synthetic:
            raise_for(act, order, event)
            continue
        act.log(
            "orders.position.decided", area=order.area_code, subject=("orders.order", order.id), person=order.person_id,
            event=event.event, why=event.reason, severity=event.severity,
            distance_m=round(event.distance_m), acc_m=round(event.acc_m),
            fixes=event.fixes, dwell_s=round(event.dwell_s), episode=event.episode,
            **({"notice": str(event.notice_id)} if event.notice_id else {}),
        )  # fmt: skip
        raise_for(act, order, event)
    if any(by_order.values()):
        act.log("orders.positions.taken", count=sum(len(rows) for rows in by_order.values()), orders=len(by_order))
    suspects = [event.order_id for event in events if event.event == Event.SUSPECT.name]
    if suspects:
        OrderDevice.everything.filter(order_id__in=suspects, revoked_at=None).update(ask_fix=True)
    calm = [event.order_id for event in events if event.event in (Event.CLEARED.name, Event.RETURNED.name)]
    if calm:
        OrderDevice.everything.filter(order_id__in=calm).update(ask_fix=False)
