"""The outbox of alerts: queued once by the ledger's follower, sent by a loop of the worker until the channel has taken it.

Effectively once: a row's key is unique, a row is held while it is sent, and the key goes with the message; a worker killed
between sending and commit sends the same key again, which the receiver drops (fence notes §5).
"""

from __future__ import annotations

import logging
import os
import threading
from datetime import timedelta
from uuid import UUID

from django.db import close_old_connections
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from nanxi.desk import rules
from nanxi.desk.channels import Message, Unreachable, all_channels, ready_channels
from nanxi.desk.models import Alert, Outgoing
from nanxi.desk.queries import SYNTHETIC
from nanxi.desk.queries.recipients import recipients
from nanxi.foundation import areas, scope
from nanxi.foundation.act import Act, house, service
from nanxi.foundation.clock import WALL, Clock
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry, User

log = logging.getLogger("nanxi.desk")
PAUSE_S = 2
#: The first try again after ten seconds, then three times as long each, at most ten minutes; a shift's alert is stale after that.
FIRST_WAIT, LONGEST_WAIT, MOST_TRIES = timedelta(seconds=10), timedelta(minutes=10), 10
#: Which channel tells which severities; what is low stands on the desk only.
TOLD = {"mail": ("medium", "high", "critical"), "gateway": ("high", "critical")}
KINDS = ("desk.alert.raised", "desk.alert.grown", "desk.alert.escalated", "desk.alert.rang_again", "desk.alert.assigned")


@follower("desk.outbox", kinds=KINDS)
def queue_messages(act: Act, entry: LedgerEntry) -> None:
    """Who is to be told what by the channels that are ready; read again it changes nothing."""
    channels = ready_channels()
    alert = Alert.everything.filter(pk=entry.subject_id).first() if channels else None
    if alert is None or alert.kind == SYNTHETIC or not alert.is_open:
        return
    what = _what(entry)
    users = recipients(alert, what, act.now) if what else []
    rows = [
        _row(act, alert, entry, what, channel.name, user.id)
        for user in users
        for channel in channels.values()
        if alert.severity in TOLD[channel.name] and channel.address_of(user)
    ]
    if rows:
        _queue(act, alert, rows)


def _what(entry: LedgerEntry) -> str:
    """The event in one word; "" when nobody needs to be told (an alert that grew without growing worse)."""
    kind = entry.kind.rpartition(".")[2]
    if kind == "grown":
        return "critical" if entry.facts.get("worse") and entry.facts.get("severity") == "critical" else ""
    return str(entry.facts.get("level", kind)) if kind == "escalated" else kind


def _row(act: Act, alert: Alert, entry: LedgerEntry, what: str, channel: str, user_id: UUID) -> Outgoing:
    # One raising and one climb of an alert are told once; ringing again is told each time.
    turn = f":{entry.id}" if what in ("rang_again", "assigned") else f":{int(alert.rings_since.timestamp())}"
    key = f"{alert.id}:{what}{turn}:{channel}:{user_id}"
    return Outgoing(
        area_code=alert.area_code, key=key[:160], alert=alert, channel=channel, user_id=user_id, what=what, queued_at=act.now,
        next_at=act.now,
    )  # fmt: skip


@service
def _queue(act: Act, alert: Alert, rows: list[Outgoing]) -> Alert:
    Outgoing.everything.bulk_create(rows, ignore_conflicts=True)
    act.log("desk.notice.queued", area=alert.area_code, subject=("desk.alert", alert.id), count=len(rows))
    return alert


def run_outbox(stop: threading.Event) -> None:
    """Send until told to stop; an error of ours is logged and the next round tries again."""
    while not stop.wait(PAUSE_S):
        try:
            while send_next(WALL) and not stop.is_set():
                pass
        except Exception:
            log.exception("outbox")
            close_old_connections()


def send_next(clock: Clock) -> bool:
    """Send one message that is due; False when none is."""
    actor = house("desk")
    with scope.enter(actor.reach, at=clock.now()):
        act = Act(actor=actor, clock=clock)
        due = Outgoing.everything.select_for_update(skip_locked=True, of=("self",))
        row = due.filter(sent_at=None, gave_up_at=None, next_at__lte=act.now).select_related("alert").order_by("next_at").first()
        if row is None:
            return False
        _try(act, row)
        return True


@service
def _try(act: Act, row: Outgoing) -> Outgoing:
    row.attempts += 1
    try:
        _send(row)
    except Unreachable as why:
        _later(act, row, why.word)
    else:
        row.sent_at, row.problem = act.now, ""
        waited = int((act.now - row.queued_at).total_seconds())
        about = ("desk.alert", row.alert_id)
        act.log("desk.notice.sent", area=row.area_code, subject=about, channel=row.channel, waited_s=waited)
    row.save()
    return row


def _later(act: Act, row: Outgoing, word: str) -> None:
    row.problem = word[:20]
    row.next_at = act.now + wait_after(row.attempts)
    if row.attempts >= MOST_TRIES or not row.alert.is_open:
        row.gave_up_at = act.now
    kind = "desk.notice.gave_up" if row.gave_up_at else "desk.notice.delayed"
    about = ("desk.alert", row.alert_id)
    act.log(kind, area=row.area_code, subject=about, channel=row.channel, attempts=row.attempts, why=row.problem)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries."""
    return min(FIRST_WAIT * 3 ** (attempts - 1), LONGEST_WAIT)


def _send(row: Outgoing) -> None:
    channel = all_channels()[row.channel]
    user = User.objects.filter(pk=row.user_id, is_active=True).first()
    to = channel.address_of(user) if user else ""
    if user is None or not to or not channel.ready():
        raise Unreachable("no_address" if user is None or not to else "not_set_up")
    with override(user.language):
        channel.send(message_of(row, to))


def message_of(row: Outgoing, to: str) -> Message:
    """The words: what happened and where, and the address of the alert. No person, no number of an order."""
    alert = row.alert
    place = areas.names_of([alert.area_code]).get(alert.area_code, alert.area_code)
    asked = {level.name: _(level.label) for level in rules.Level}.get(row.what, "")
    words = _("%(place)s: %(title)s") % {"place": place, "title": _(alert.title)}
    more = _("Not acknowledged; it is your turn as %(level)s.") % {"level": asked} if asked else _("Acknowledge it at the desk.")
    url = os.environ.get("NANXI_URL", "").rstrip("/") + reverse("alert", args=[alert.id])
    return Message(key=str(row.key), to=to, title=words, text=f"{words}\n{more}", url=url, severity=str(alert.severity))


def states_of(alert: Alert) -> list[Outgoing]:
    """What was sent about an alert, or waits, newest first."""
    return list(Outgoing.everything.filter(alert=alert).order_by("-queued_at", "key")[:30])


