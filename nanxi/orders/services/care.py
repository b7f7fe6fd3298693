"""Care during an order: the day's health report, what the person needs, and check-ins asked for. Each leads to a task by rule.

A report is the person's own word; it brings help and never a restriction (S32).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.foundation import areas, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right
from nanxi.orders import below
from nanxi.orders.care import HIGHEST_C, LOWEST_C, NeedKind, Outcome, Symptom, outcome_of
from nanxi.orders.models import AskedCheckin, HealthReport, IsolationOrder, Need
from nanxi.orders.services.deciding import live, locked

TITLES = {
    Outcome.SYMPTOMS: gettext_noop("Symptoms reported: call the person"),
    Outcome.URGENT: gettext_noop("Alarming symptoms reported: a doctor calls now"),
    Outcome.MISSED: gettext_noop("No health report today: call the person"),
}
#: More requests of one order in a day than this are a slip or a flood; the phone number stands on the page.
MOST_A_DAY = 6
LONGEST_WORDS = 300
WATCHES = ("position", "checkin")


@service
def report_health(act: Act, order: IsolationOrder, *, temperature: float | None, symptoms: Sequence[str]) -> HealthReport:
    """The report of today; symptoms or fever open a task for the town by the rule."""
    order = locked(order)
    _bound(order, act.now)
    if temperature is not None and not LOWEST_C <= temperature <= HIGHEST_C:
        raise Refused(_("This is no temperature of a person; read the thermometer again (in °C)."))
    if unknown := set(symptoms) - {one.code for one in Symptom}:
        raise Refused(_("Choose the symptoms from the list (%(n)d were not on it).") % {"n": len(unknown)})
    today = county_day(act.now)
    if HealthReport.everything.filter(order=order, day=today).count() >= MOST_A_DAY:
        raise Refused(_("Today's reports are with the town already; call the number on this page."))
    outcome = outcome_of(temperature, symptoms)
    row = HealthReport(area_code=order.area_code, order=order, day=today, at=act.now, by=act.actor.handle, outcome=outcome.code)
    told = json.dumps({"temperature": temperature, "symptoms": sorted(symptoms)})
    row.sealed = vault.seal("orders_healthreport", str(row.id), order.record_id, told)
    # What a call was to ask has been told: the missed report of the day is made good.
    below.close_missed_calls(act, order.pk, "well" if outcome is Outcome.WELL else "symptoms")
    row.task_id = _call(act, order, outcome)
    row.save()
    act.log(
        "orders.health.reported", area=order.area_code, subject=("orders.order", order.id), person=order.person_id,
        outcome=outcome.code, task=row.task_id,
    )  # fmt: skip
    return row


@service
def note_missed_report(act: Act, order: IsolationOrder, *, day: date) -> HealthReport:
    """The hour has passed without a report: somebody calls. Said once a day."""
    known = HealthReport.everything.filter(order=order, day=day, outcome=Outcome.MISSED.code).first()
    if known is not None:
        raise Refused(_("This day's missing report was noted already."))
    row = HealthReport(
        area_code=order.area_code, order=order, day=day, at=act.now, by=act.actor.handle, outcome=Outcome.MISSED.code
    )
    row.task_id = _call(act, order, Outcome.MISSED)
    row.save()
    act.log(
        "orders.health.missed", area=order.area_code, subject=("orders.order", order.id), person=order.person_id, task=row.task_id
    )
    return row


def _call(act: Act, order: IsolationOrder, outcome: Outcome) -> UUID | None:
    """The call that a report leads to, by the rule; its task's id."""
    if outcome.call_within is None:
        return None
    task = below.open_task(
        act, kind="health", area=areas.town_of(order.area_code), title=TITLES[outcome], subject=("orders.order", order.id),
        record_id=order.record_id, person_id=order.person_id, due=act.now + outcome.call_within,
        priority=1 if outcome is Outcome.URGENT else 2, facts={"number": order.number, "outcome": outcome.code},
    )  # fmt: skip
    return getattr(task, "pk", None)


@service
def ask_need(act: Act, order: IsolationOrder, *, kind: str, words: str = "") -> Need:
    """Food, medicine or care asked for: a task for the town, which brings it or says why not."""
    order = locked(order)
    _bound(order, act.now)
    what = NeedKind.of(kind)
    if what is None:
        raise Refused(_("Choose what you need from the list."))
    since = act.now - timedelta(days=1)
    if Need.everything.filter(order=order, asked_at__gt=since).count() >= MOST_A_DAY:
        raise Refused(_("Your requests are with the town; for more, call the number on this page."))
    need = Need(area_code=order.area_code, order=order, kind=what.code, asked_at=act.now, by=act.actor.handle)
    said = words.strip()[:LONGEST_WORDS]
    if said:
        need.words_sealed = vault.seal("orders_need", str(need.id), order.record_id, said)
    need.save()
    below.open_task(
        act, kind="need", area=areas.town_of(order.area_code), title=gettext_noop("Something is needed at home"),
        subject=("orders.need", need.id), record_id=order.record_id, person_id=order.person_id, due=act.now + what.within,
        priority=1 if what is NeedKind.CARE else 2, facts={"number": order.number, "need": what.code}, told=said,
    )  # fmt: skip
    act.log(
        "orders.need.asked", area=order.area_code, subject=("orders.need", need.id), person=order.person_id, need=what.code,
        order=order.id,
    )  # fmt: skip
    return need


@service
def close_need(act: Act, need: Need, *, result: str, at: datetime) -> Need:
    """The task of the need was closed with a result."""
    need.done_at, need.result = at, result
    need.save(update_fields=["done_at", "result"])
    act.log("orders.need.closed", area=need.area_code, subject=("orders.need", need.id), result=result)
    return need


@service
def ask_checkin(act: Act, order: IsolationOrder, *, day: date, turn: int, answer_by: datetime) -> AskedCheckin:
    """Ask for a check-in from home; the own page shows it until it is answered or missed."""
    row = AskedCheckin(area_code=order.area_code, order=order, day=day, turn=turn, asked_at=act.now, answer_by=answer_by)
    row.save()
    act.log("orders.checkin.asked", area=order.area_code, subject=("orders.order", order.id), person=order.person_id, turn=turn)
    return row


@service
def note_missed_checkin(act: Act, row: AskedCheckin, *, again: bool) -> AskedCheckin:
    """Nobody answered in time: a call first; the second miss in a row is an alert of the town desk."""
    order = row.order
    row.missed_at = act.now
    row.save(update_fields=["missed_at"])
    below.open_task(
        act, kind="call", area=areas.town_of(order.area_code), title=gettext_noop("A check-in was missed: call the person"),
        subject=("orders.order", order.id), record_id=order.record_id, person_id=order.person_id,
        due=act.now + timedelta(minutes=30), priority=1, facts={"number": order.number},
    )  # fmt: skip
    if again:
        below.raise_alert(
            act, key=f"orders.checkin:{order.id}", kind="orders.checkin", severity="medium", area=areas.town_of(order.area_code),
            event=f"{order.id}:CHECKIN:{row.id}", subject=("orders.order", order.id), person_id=order.person_id,
            record_id=order.record_id, title=gettext_noop("Two check-ins in a row were missed"),
            facts={"event": "CHECKIN_MISSED", "why": "two_missed", "number": order.number, "area_code": order.area_code},
        )  # fmt: skip
    act.log(
        "orders.checkin.missed", area=order.area_code, subject=("orders.order", order.id), person=order.person_id, again=again
    )
    return row


@service
def drop_checkin(act: Act, row: AskedCheckin) -> AskedCheckin:
    """The order ended before the time to answer had passed: nothing was missed and nobody calls."""
    row.answered_at = act.now
    row.save(update_fields=["answered_at"])
    act.log("orders.checkin.dropped", area=row.area_code, subject=("orders.order", row.order_id))
    return row


@service
def answer_checkin(act: Act, row: AskedCheckin, *, beyond_m: float | None) -> AskedCheckin:
    """Answered in time. A position beyond the fence is the fence's to judge; here it is only kept as a figure."""
    row.answered_at, row.beyond_m = act.now, beyond_m
    row.save(update_fields=["answered_at", "beyond_m"])
    act.log(
        "orders.checkin.answered", area=row.area_code, subject=("orders.order", row.order_id),
        waited_s=int((act.now - row.asked_at).total_seconds()), placed=beyond_m is not None,
    )  # fmt: skip
    return row


@service
def set_watch(act: Act, order: IsolationOrder, *, watch: str) -> IsolationOrder:
    """Positions of the phone, or check-ins at random times: the milder way, where the town finds that it suffices."""
    act.need(Right.SERVE_ORDERS)
    _bound(order, act.now)
    if watch not in WATCHES:
        raise Refused(_("Choose from the list how the order is watched."))
    order = locked(order)
    order.watch = watch
    order.save(update_fields=["watch"])
    act.log("orders.watch.set", area=order.area_code, subject=("orders.order", order.id), person=order.person_id, watch=watch)
    return order


def _bound(order: IsolationOrder, at: datetime) -> None:
    if not live(order, at).restricts:
        raise Refused(_("This order does not bind anybody now; there is nothing to report for it."))
