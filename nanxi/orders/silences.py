"""Silent phones: one by one a call, many at once a dead source, told once (fence notes §4.8: inhibit above 20 % in five minutes).

A silence is held for five minutes before it becomes an alert of its own. When so many of a town or the county fell silent
together, one alert names the source, and the persons' silences wait: until it speaks again, or until somebody closes the alert
and the phones are silent still. Whoever is outside is never held back.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import close_old_connections, connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext_noop

from nanxi.foundation import areas, charter, scope
from nanxi.foundation.act import Act, house, service
from nanxi.foundation.clock import WALL, Clock
from nanxi.orders import below
from nanxi.orders.models import FenceEvent, FenceState, HeldSilence, IsolationOrder

log = logging.getLogger("nanxi.silences")
PAUSE_S = 20
#: Held so long; the share and the number that make it an outage; the share of them under which the source speaks again.
HOLD = timedelta(minutes=5)
SHARE, FEWEST, WELL = 0.20, 3, 0.10
#: Settled in one transaction.
BATCH = 1000
TITLE = gettext_noop("A source of positions is silent: many phones at once")


def run_silences(stop: threading.Event) -> None:
    """Work until told to stop; an error is logged and the next round tries again."""
    while not stop.wait(PAUSE_S):
        try:
            one_round(WALL)
        except Exception:
            log.exception("silences")
            close_old_connections()


def hold(act: Act, order: IsolationOrder, event: FenceEvent) -> None:
    """Keep a silence until it is clear whether the phone or its source fell silent. Call where the event is written."""
    row = HeldSilence(area_code=order.area_code, order=order, event_key=event.key, said_at=act.now)
    HeldSilence.everything.bulk_create([row], ignore_conflicts=True)


@dataclass(frozen=True)
class Group:
    """Watched phones of a town or the county: how many, and how many of them fell silent within the hold."""

    code: str
    watched: int
    fresh: int

    @property
    def is_out(self) -> bool:
        return self.fresh >= FEWEST and self.fresh > SHARE * self.watched


def is_well(told: int, silent: int) -> bool:
    """Whether a source speaks again: of the `told` phones of its outage so few are `silent` still that each is a phone's own."""
    return silent < FEWEST or silent <= WELL * told


def one_round(clock: Clock) -> int:
    """Settle what has been held long enough, end outages that are over; returns how much was settled."""
    actor = house("silences")
    with scope.enter(actor.reach, at=clock.now()):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('orders.silences', 73))")
        act = Act(actor, clock)
        _end_outages(act)
        held = list(HeldSilence.everything.filter(settled_at=None).select_related("order").order_by("said_at")[:BATCH])
        if not held:
            return 0
        out = {group.code: group for group in groups_of(act) if group.is_out or _lasts(group.code)}
        together: dict[str, list[HeldSilence]] = defaultdict(list)
        for row in held:
            together[next((code for code in _codes(row.area_code) if code in out), "")].append(row)
        alone = [row for row in together.pop("", []) if row.said_at <= act.now - HOLD]
        for code, rows in together.items():
            _tell_outage(act, out[code], rows)
        for row in alone:
            _settle(act, row)
        return len(alone) + sum(len(rows) for rows in together.values())


def groups_of(act: Act) -> list[Group]:
    """The county and its towns as the fence knows them now."""
    late = HeldSilence.everything.filter(said_at__gt=act.now - HOLD, settled_at=None)
    watched = FenceState.everything.filter(order__open_until__gt=act.now, order__watch="position", order__synthetic=False)
    states = watched.exclude(name="UNKNOWN")
    rows = states.annotate(town=Substr("area_code", 1, 9)).values("town").order_by().annotate(
        watched=Count("pk"), fresh=Count("pk", filter=Q(name="SILENT", order__in=late.values("order")))
    )  # fmt: skip
    summed: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        for code in _codes(row["town"].ljust(12, "0")):
            summed[code][0] += row["watched"]
            summed[code][1] += row["fresh"]
    return [Group(code, watched, fresh) for code, (watched, fresh) in summed.items()]


def _codes(area: str) -> list[str]:
    """The wider group first: a county's outage is told once, not once for each town."""
    found = charter.county()
    county = [str(found.area_id)] if found else []
    return list(dict.fromkeys([*county, areas.town_of(area)]))


def _key(code: str) -> str:
    return f"orders.outage:{code}"


def _lasts(code: str) -> bool:
    """Whether an outage was told and its source has not been heard since."""
    alert = below.open_alert(_key(code))
    return alert is not None and not alert.facts.get("eased")


@service
def _tell_outage(act: Act, group: Group, rows: list[HeldSilence]) -> int:
    """One alert for all of them, and what comes while it lasts is added to it."""
    ids = [row.pk for row in rows]
    HeldSilence.everything.filter(pk__in=ids).update(how="outage", told_to=group.code, settled_at=act.now)
    told = _told(group.code)
    # A silence that is held anew may be told anew.
    event = f"outage:{ids[0]}:{int(rows[0].said_at.timestamp())}"
    below.raise_alert(
        act, key=_key(group.code), kind="orders.outage", severity="high", area=group.code, event=event,
        subject=("orders.outage", ids[0]), title=TITLE,
        facts={
            "event": "SOURCE_OUTAGE", "why": "many_silent", "count": _silent(told).count(), "of": group.watched,
            "area_code": group.code,
        },
    )  # fmt: skip
    act.log("orders.outage.told", area=group.code, count=len(rows), watched=group.watched)
    return len(rows)


@service
def _settle(act: Act, row: HeldSilence) -> HeldSilence:
    """The phone's own: raised as an alert, or heard again meanwhile."""
    from nanxi.orders.alerts import raise_now

    event = FenceEvent.everything.filter(order=row.order, key=row.event_key).first()
    quiet = FenceState.everything.filter(order=row.order, name="SILENT").exists()
    row.how = "raised" if quiet and event is not None and row.order.open_until > act.now else "heard"
    if row.how == "raised" and event is not None:
        raise_now(act, row.order, event)
    row.settled_at = act.now
    row.save(update_fields=["settled_at", "how"])
    act.log("orders.silence.settled", area=row.area_code, subject=("orders.order", row.order_id), how=row.how)
    return row


def _told(code: str) -> QuerySet[HeldSilence]:
    """What an outage holds back."""
    return HeldSilence.everything.filter(how="outage", told_to=code)


def _silent(rows: QuerySet[HeldSilence]) -> QuerySet[HeldSilence]:
    return rows.filter(order__fence__name="SILENT")


def _end_outages(act: Act) -> None:
    """The source speaks again: told to its alert. Closed by an officer: the phones get the hold's time to come back. Whoever is
    silent after that is held anew, as one phone."""
    codes: Iterable[str] = HeldSilence.everything.filter(how="outage").order_by().values_list("told_to", flat=True).distinct()
    for code in list(codes):
        told = _told(code)
        alert = below.open_alert(_key(code))
        if alert is None:
            closed = below.closed_since(_key(code), act.now - HOLD)
            if not closed:
                _hold_again(act, code)
        elif is_well(told.count(), _silent(told).count()):
            below.ease_alert(act, key=_key(code), how="source", at=act.now, event=f"outage:{alert.id}:{int(act.now.timestamp())}")
            _hold_again(act, code)


@service
def _hold_again(act: Act, code: str) -> int:
    told = _told(code)
    silent = _silent(told).filter(order__open_until__gt=act.now).values_list("pk", flat=True)
    n = HeldSilence.everything.filter(pk__in=list(silent)).update(settled_at=None, how="", told_to="", said_at=act.now)
    told.update(how="heard")
    act.log("orders.outage.ended", area=code, count=n)
    return n
