"""Which fence events become alerts, for whom, and under which key: one open alert per person and episode (fence notes §4.8)."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from nanxi.engines.fence import Event
from nanxi.foundation import areas
from nanxi.foundation.act import Act
from nanxi.orders import below
from nanxi.orders.models import FenceEvent, IsolationOrder

#: Event → kind of alert, its severity and title; events that are not here are read on the order's page.
ALERTS = {
    Event.EXIT_PROBABLE: ("exit", "high", gettext_noop("Left the place of isolation (probable)")),
    Event.EXIT_CONFIRMED: ("exit", "critical", gettext_noop("Left the place of isolation (confirmed)")),
    Event.LATE_EXIT: ("exit", "high", gettext_noop("Was outside; found late")),
    Event.SILENT: ("silent", "medium", gettext_noop("Phone is silent")),
    Event.NOT_ACTIVATED: ("not_activated", "medium", gettext_noop("Phone was never activated")),
    Event.DATUM: ("datum", "low", gettext_noop("Positions on a shifted map")),
    Event.SPOOF_SUSPECT: ("spoof", "medium", gettext_noop("Position may be faked")),
}
#: Events that end the cause of an alert, in the desk's word for it. Nobody closes an alert but an officer.
ENDS = {Event.RETURNED: "back", Event.RESUMED: "heard"}


def raise_for(act: Act, order: IsolationOrder, event: FenceEvent) -> None:
    """Raise or append to the alert of this order and episode, at the town's desk; what ends the cause is told to it as well."""
    told = f"{order.id}:{event.key}"
    if ended := _ended_by(order, event):
        below.ease_alert(act, key=ended, how=ENDS[Event[event.event]], at=event.at, event=told)
    found = ALERTS.get(Event[event.event])
    if found is None:
        return
    kind, severity, title = found
    below.raise_alert(
        act, key=_key(kind, order, event), kind=f"orders.{kind}", severity=severity,
        area=areas.town_of(order.area_code), event=told, subject=("orders.order", order.id),
        person_id=order.person_id, record_id=order.record_id, title=title,
        facts={
            "event": event.event, "why": event.reason, "number": order.number, "distance_m": round(event.distance_m),
            "acc_m": round(event.acc_m), "fixes": event.fixes, "dwell_s": round(event.dwell_s), "area_code": order.area_code,
        },
    )  # fmt: skip


def _key(kind: str, order: IsolationOrder, event: FenceEvent) -> str:
    """One alert for an episode outside; other kinds have one for each event."""
    part = str(event.episode) if kind == "exit" else event.key.partition(":")[2]
    return f"orders.{kind}:{order.id}:{part}"


def _ended_by(order: IsolationOrder, event: FenceEvent) -> str | None:
    """The key of the alert whose cause this event ends: the episode outside, or the last silence before it."""
    if event.event == Event.RETURNED.name:
        return _key("exit", order, event)
    if event.event != Event.RESUMED.name:
        return None
    silences = FenceEvent.everything.filter(order=order, event=Event.SILENT.name, at__lte=event.at)
    silence = silences.order_by("-at").first()
    return _key("silent", order, silence) if silence else None
