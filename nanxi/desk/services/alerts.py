"""The alert machine: one open alert per key, acknowledged, called about, escalated, closed with what was done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.desk import rules
from nanxi.desk.models import Alert, AlertPlace, AlertStep, Task
from nanxi.desk.sealing import seal_words
from nanxi.desk.services.tasks import open_task, place_for, serving_unit
from nanxi.foundation import accounts, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.models import User
from nanxi.foundation.rights import Right

ORDER = [severity.value for severity in Alert.Severity]
#: A visit on an alert is due within the contact time of the fence notes §1.
VISIT_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True)
class Place:
    """Somewhere the person was while outside, from–to."""

    name: str
    t0: datetime
    t1: datetime


@service
def raise_alert(
    act: Act,
    *,
    key: str,
    kind: str,
    severity: str,
    area: str,
    subject: tuple[str, UUID],
    person_id: UUID | None = None,
    record_id: UUID | None = None,
    title: str,
    facts: dict[str, Any],
    event: str = "",
) -> Alert:
    """Raise an alert, or append to the open one of the same key (its severity can only rise).

    event: the teller's name of what happened; told a second time it changes nothing, also when its alert is closed by then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 71))", [key])
    if event and (known := AlertStep.everything.filter(event=event).select_related("alert").first()):
        act.log("desk.alert.repeated", area=known.area_code, subject=("desk.alert", known.alert_id))
        return known.alert
    alert = Alert.everything.filter(key=key, closed_at=None).first()
    if alert is not None:
        return _append(act, alert, severity, title, facts, event)
    alert = Alert(
        key=key,
        kind=kind,
        severity=severity,
        area_code=area,
        title=title,
        subject_kind=subject[0],
        subject_id=subject[1],
        record_id=record_id,
        person_id=person_id,
        unit_id=_town_desk(area),
        facts=facts,
        raised_at=act.now,
        rings_since=act.now,
        last_step_at=act.now,
    )
    alert.save()
    step_of(act, alert, "event", facts, event=event)
    act.log(
        # A walk that nobody walked is no alert of the brief's figures and wakes no open list.
        "desk.walk.raised" if kind == rules.SYNTHETIC else "desk.alert.raised",
        area=area,
        subject=("desk.alert", alert.id),
        person=person_id,
        alert_kind=kind,
        severity=severity,
        about=subject[1],
    )
    return alert


def _town_desk(area: str) -> UUID | None:
    """The unit that is asked first. An area nobody serves loses no alert: headquarters sees it in its scope."""
    try:
        return serving_unit("alert", area)
    except Refused:
        return None


def _append(act: Act, alert: Alert, severity: str, title: str, facts: dict[str, Any], event: str) -> Alert:
    worse = ORDER.index(severity) > ORDER.index(alert.severity)
    if worse:
        alert.severity, alert.title = severity, title
    # What happens anew outlives an "all is well" told before it; what is worse than what was known ends a snooze.
    alert.facts = {**alert.facts, "eased": "", **facts}  # pyright: ignore[reportGeneralTypeIssues]
    if worse and alert.snoozed_until:
        alert.snoozed_until = act.now
    alert.save(update_fields=["severity", "title", "facts", "snoozed_until"])
    step_of(act, alert, "event", facts, event=event)
    act.log("desk.alert.grown", area=alert.area_code, subject=("desk.alert", alert.id), severity=alert.severity, worse=worse)
    return alert


def ease_alert(act: Act, *, key: str, how: str, at: datetime, event: str) -> Alert | None:
    """Tell the open alert of a key that its cause has ended ("back", "heard"). It stays open: a person closes it, knowing this.

    Nothing happens without an open alert, or when the event was told before.
    """
    alert = Alert.everything.select_for_update().filter(key=key, closed_at=None).first()
    if alert is None or AlertStep.everything.filter(event=event).exists():
        return None
    return _eased(act, alert, how, at, event)


@service
def _eased(act: Act, alert: Alert, how: str, at: datetime, event: str) -> Alert:
    alert.facts = {**alert.facts, "eased": how, "eased_at": at.isoformat()}  # pyright: ignore[reportGeneralTypeIssues]
    alert.save(update_fields=["facts"])
    step_of(act, alert, how, event=event)
    act.log("desk.alert.eased", area=alert.area_code, subject=("desk.alert", alert.id), how=how)
    return alert


@service
def acknowledge_alert(act: Act, alert: Alert) -> Alert:
    """Say "I have it": the sound stops and the climb ends. A second acknowledgement changes nothing but is noted."""
    act.need(Right.HANDLE_ALERTS)
    alert = _locked(alert)
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = act.now, act.actor.user_id
    alert.last_step_at = act.now
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "last_step_at"])
    step_of(act, alert, "acknowledged")
    waited = int((act.now - alert.raised_at).total_seconds())  # pyright: ignore[reportOperatorIssue]
    act.log("desk.alert.acknowledged", area=alert.area_code, subject=("desk.alert", alert.id), waited_s=waited)
    return alert


@service
def record_call(act: Act, alert: Alert, *, result: str, said: str = "", at: datetime | None = None) -> AlertStep:
    """A call attempt: when, what came of it (closed list; says also whether it was answered), and what was said."""
    act.need(Right.HANDLE_ALERTS)
    alert = _locked(alert)
    what = next((one for one in rules.CallResult if one.code == result), None)
    called = at or act.now
    if problem := rules.why_not_call(what, called, alert.raised_at.replace(second=0, microsecond=0), act.now):
        raise Refused(_(problem))
    assert what is not None
    step = step_of(
        act, alert, "call", {"called_at": called.isoformat(), "answered": what.answered, "result": what.code}, said=said
    )
    alert.last_step_at = act.now
    alert.save(update_fields=["last_step_at"])
    act.log("desk.alert.called", area=alert.area_code, subject=("desk.alert", alert.id), answered=what.answered, result=what.code)
    return step


@service
def send_somebody(act: Act, alert: Alert, *, user: User) -> Task:
    """Send a grid worker: a visit task on his phone page, tied to this alert. The call comes first."""
    act.need(Right.HANDLE_ALERTS)
    alert = _locked(alert)
    if not alert.steps.filter(kind="call").exists():
        raise Refused(_("Call first and record whether it was answered; then send somebody."))
    task = open_task(
        act,
        kind=rules.TaskKind.VISIT.code,
        area=place_for(user, alert.area_code),
        title=alert.title,
        subject=("desk.alert", alert.id),
        record_id=alert.record_id,
        person_id=alert.person_id,
        unit_id=user.unit_id,
        assignee_id=user.id,
        due=act.now + VISIT_WITHIN,
        priority=1,
    )
    alert.last_step_at = act.now
    alert.save(update_fields=["last_step_at"])
    step_of(act, alert, "sent", {"task": str(task.id), "to": str(user.id)})
    return task


@service
def assign_alert(act: Act, alert: Alert, *, user: User) -> Alert:
    """Give an alert to one officer who answers alerts in its area; it sounds there until it is acknowledged."""
    act.need(Right.HANDLE_ALERTS)
    alert = _locked(alert)
    actor = accounts.actor_of(user)
    if not user.is_active or not actor.may(Right.HANDLE_ALERTS) or not actor.reach.covers(alert.area_code):
        raise Refused(_("Choose an officer who answers alerts in this area."))
    alert.assignee_id, alert.last_step_at = user.id, act.now
    alert.save(update_fields=["assignee_id", "last_step_at"])
    step_of(act, alert, "assigned", {"to": str(user.id)})
    act.log("desk.alert.assigned", area=alert.area_code, subject=("desk.alert", alert.id), to=user.id)
    return alert


@service
def snooze_alert(act: Act, alert: Alert, *, minutes: int, reason: str, said: str = "") -> Alert:
    """Leave an alert in peace for a stated time and reason; then it rings again. It counts as acknowledged meanwhile."""
    act.need(Right.HANDLE_ALERTS)
    alert = _locked(alert)
    why = next((one for one in rules.SnoozeReason if one.code == reason), None)
    if problem := rules.why_not_snooze(why, minutes, alert.severity):
        raise Refused(_(problem))
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = act.now, act.actor.user_id
    alert.snoozed_until, alert.last_step_at = act.now + timedelta(minutes=minutes), act.now
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "snoozed_until", "last_step_at"])
    step_of(act, alert, "snoozed", {"minutes": minutes, "reason": reason}, said=said)
    act.log("desk.alert.snoozed", area=alert.area_code, subject=("desk.alert", alert.id), minutes=minutes, reason=reason)
    return alert


@service
def close_alert(act: Act, alert: Alert, *, disposition: str, measure: str, places: Iterable[Place] = ()) -> Alert:
    """Close with a disposition and a measure, and the places visited. Raises Refused saying what is still missing."""
    act.need(Right.HANDLE_ALERTS)
    alert = _locked(alert)
    what = next((d for d in rules.Disposition if d.code == disposition), None)
    done = next((m for m in rules.Measure if m.code == measure), None)
    if what is None or done is None:
        raise Refused(_("Choose what it was and what was done about it."))
    calls = alert.steps.filter(kind="call").count()
    visits = Task.everything.filter(subject_id=alert.id, kind="visit", ended_at__isnull=False).count()
    if problem := rules.why_not_close(what, done, calls, visits):
        raise Refused(_(problem))
    visited = _keep_places(act, alert, places)
    alert.disposition, alert.measure, alert.closed_at, alert.closed_by = what.code, done.code, act.now, act.actor.user_id
    alert.save(update_fields=["disposition", "measure", "closed_at", "closed_by"])
    step_of(act, alert, "closed", {"disposition": what.code, "measure": done.code})
    act.log(
        "desk.alert.closed",
        area=alert.area_code,
        subject=("desk.alert", alert.id),
        person=alert.person_id,
        alert_kind=alert.kind,
        disposition=what.code,
        measure=done.code,
        places=visited,
        false_alarm=what.false_alarm,
    )
    return alert


@service
def end_walk(act: Act, alert: Alert) -> Alert:
    """The synthetic walk's alert has arrived: it is closed as a drill, unseen. No real alert closes this way."""
    alert = _locked(alert)
    if alert.kind != rules.SYNTHETIC:
        raise Refused(_("Only the alert of a synthetic walk closes by itself; this one is about a person."))
    alert.disposition, alert.measure, alert.closed_at = rules.Disposition.DRILL.code, rules.Measure.NONE_NEEDED.code, act.now
    alert.save(update_fields=["disposition", "measure", "closed_at"])
    step_of(act, alert, "closed", {"disposition": alert.disposition, "measure": alert.measure})
    act.log("desk.walk.ended", area=alert.area_code, subject=("desk.alert", alert.id))
    return alert


@service
def escalate_alert(act: Act, alert: Alert) -> Alert:
    """One alert's turn of the timer: unacknowledged it climbs, idle it rings again from the start."""
    alert = _locked(alert)
    if rules.rings_again(alert.acknowledged_at, alert.last_step_at, act.now, alert.snoozed_until):
        alert.acknowledged_at, alert.acknowledged_by, alert.level = None, None, rules.Level.DUTY.name
        alert.snoozed_until = None
        alert.last_step_at, alert.rings_since = act.now, act.now
        steps = [("rang_again", rules.Level.DUTY)]
    else:
        reached = rules.level_at(alert.rings_since, alert.acknowledged_at, act.now)
        steps = [("escalated", level) for level in rules.climb(rules.Level[alert.level], reached)]
    if not steps:
        raise Refused(_("Nothing is due on this alert."))
    for kind, level in steps:
        alert.level = level.name
        step_of(act, alert, kind, {"level": level.name})
        act.log(f"desk.alert.{kind}", area=alert.area_code, subject=("desk.alert", alert.id), level=level.name)
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "last_step_at", "rings_since", "level", "snoozed_until"])
    return alert


def due_to_move(now: datetime) -> list[Alert]:
    """Open alerts of the scope whose level has changed or that have lain idle."""
    return [
        alert
        for alert in Alert.objects.filter(closed_at=None).exclude(kind=rules.SYNTHETIC)
        if rules.climb(rules.Level[alert.level], rules.level_at(alert.rings_since, alert.acknowledged_at, now))
        or rules.rings_again(alert.acknowledged_at, alert.last_step_at, now, alert.snoozed_until)
    ]


def _locked(alert: Alert) -> Alert:
    found = Alert.objects.select_for_update().filter(pk=alert.pk).first()
    if found is None:
        raise Refused(_("This alert lies outside the area you answer for."))
    if not found.is_open:
        raise Refused(_("This alert is already closed."))
    return found


def step_of(
    act: Act, alert: Alert, kind: str, facts: dict[str, Any] | None = None, *, said: str = "", event: str = ""
) -> AlertStep:
    """Add a step to an alert's course; `said` is sealed under the person's record, or under the alert when it names nobody."""
    note = seal_words("desk_alertstep", "note", said, record_id=alert.record_id, row_id=alert.id)
    step = AlertStep(
        alert=alert,
        area_code=alert.area_code,
        at=act.now,
        kind=kind,
        by=act.actor.user_id,
        facts=facts or {},
        note=note,
        event=event,
    )
    step.save()
    return step


def _keep_places(act: Act, alert: Alert, places: Iterable[Place]) -> int:
    rows = []
    for place in places:
        if problem := rules.why_not_place(place.t0, place.t1, act.now):
            raise Refused(_(problem))
        if alert.record_id is None:
            raise Refused(_("This alert names nobody, so places visited cannot be kept with it."))
        sealed = vault.seal("desk_alertplace", "place", alert.record_id, place.name.strip())
        rows.append(AlertPlace(alert=alert, area_code=alert.area_code, place=sealed, t0=place.t0, t1=place.t1))
    AlertPlace.everything.bulk_create(rows)
    return len(rows)
