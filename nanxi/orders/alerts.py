"""Which fence events become alerts, for whom, and under which key: one open alert per person and episode (fence notes §4.8)."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from nanxi.engines.fence import Event
from nanxi.foundation import areas
from nanxi.foundation.act import Act
from nanxi.orders import below, silences
from nanxi.orders.models import FenceEvent, IsolationOrder, OrderDevice

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
WALKED = gettext_noop("Synthetic walk-out")
#: What opens an episode about a controlled area is titled so; what ends it is told in this word.
AREA_ALERTS = {
    Event.AREA_ENTER: (gettext_noop("Entered a controlled area"), "returned"),
    Event.AREA_LEAVE: (gettext_noop("Left a controlled area"), "left"),
}
#: Events that end the cause of an alert, in the desk's word for it. Nobody closes an alert but an officer.
ENDS = {Event.RETURNED: "back", Event.RESUMED: "heard"}


def raise_for(act: Act, order: IsolationOrder, event: FenceEvent) -> None:
    """Raise or append to the alert of this order and episode, at the town's desk; what ends the cause is told to it as well."""
    if order.synthetic:
        _raise_walk(act, order, event)
        return
    if event.notice_id:
        _tell_of_area(act, order, event)
        return
    told = f"{order.id}:{event.key}"
    if ended := _ended_by(order, event):
        below.ease_alert(act, key=ended, how=ENDS[Event[event.event]], at=event.at, event=told)
    found = ALERTS.get(Event[event.event])
    if found is None or not _concerns(order, event):
        return
    if event.event == Event.SILENT.name and below.open_alert(_key("exit", order, event)) is None:
        silences.hold(act, order, event)
        return
    raise_now(act, order, event)


def raise_now(act: Act, order: IsolationOrder, event: FenceEvent) -> None:
    """The alert itself. A silence while somebody is outside belongs to that episode: one open alert per person and episode."""
    kind, severity, title = ALERTS[Event[event.event]]
    told = f"{order.id}:{event.key}"
    if event.event == Event.SILENT.name and (outside := below.open_alert(_key("exit", order, event))):
        kind, severity, title = "exit", outside.severity, outside.title
    below.raise_alert(
        act, key=_key(kind, order, event), kind=f"orders.{kind}", severity=severity,
        area=areas.town_of(order.area_code), event=told, subject=("orders.order", order.id),
        person_id=order.person_id, record_id=order.record_id, title=title,
        facts={
            "event": event.event, "why": event.reason, "number": order.number, "distance_m": round(event.distance_m),
            "acc_m": round(event.acc_m), "fixes": event.fixes, "dwell_s": round(event.dwell_s), "area_code": order.area_code,
            "policy": event.policy_version, "model": model_of(order),
        },
    )  # fmt: skip


def _tell_of_area(act: Act, order: IsolationOrder, event: FenceEvent) -> None:
    """A controlled area entered or left: to the town of that area and to the home town, one alert each for the episode."""
    notice = event.notice
    if notice is None:
        return
    same = FenceEvent.everything.filter(order=order, notice=notice, episode=event.episode)
    opens = same.order_by("at", "event").values_list("event", flat=True).first() == event.event
    title, how = AREA_ALERTS[Event[event.event]]
    for town in sorted({areas.town_of(notice.area_code), areas.town_of(order.area_code)}):
        key, told = f"orders.area:{order.id}:{notice.number}:{event.episode}:{town}", f"{order.id}:{event.key}:{town}"
        # The order's page is its own town's; the other town is led to the notice.
        subject = ("orders.order", order.id) if town == areas.town_of(order.area_code) else ("orders.notice", notice.id)
        if not opens:
            below.ease_alert(act, key=key, how=how, at=event.at, event=told)
            continue
        below.raise_alert(
            act, key=key, kind="orders.area", severity="high", area=town, event=told, subject=subject,
            person_id=order.person_id, record_id=order.record_id, title=title,
            facts={
                "event": event.event, "why": f"area_{event.reason}", "number": order.number, "notice": notice.number,
                "acc_m": round(event.acc_m), "fixes": event.fixes, "dwell_s": round(event.dwell_s),
                "area_code": notice.area_code, "policy": event.policy_version, "model": model_of(order),
            },
        )  # fmt: skip


def _raise_walk(act: Act, order: IsolationOrder, event: FenceEvent) -> None:
    """The synthetic walk's alert: it proves that the way is open, and stands on no list."""
    if event.event == Event.EXIT_CONFIRMED.name:
        below.raise_alert(
            act, key=f"orders.walk:{order.id}:{event.episode}", kind="orders.walk", severity="low", area=order.area_code,
            event=f"{order.id}:{event.key}", subject=("orders.walk", order.id), title=WALKED, facts={"event": event.event},
        )  # fmt: skip


def model_of(order: IsolationOrder) -> str:
    """Make and model of the order's newest phone, as the officer wrote it down."""
    phones = OrderDevice.everything.filter(order=order).order_by("-made_at")
    return str(phones.values_list("model", flat=True).first() or "")


def _concerns(order: IsolationOrder, event: FenceEvent) -> bool:
    """Who is watched by check-ins owes no continuous positions: silence and a phone never set up are nothing then."""
    return order.watch != "checkin" or event.event not in (Event.SILENT.name, Event.NOT_ACTIVATED.name)


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
