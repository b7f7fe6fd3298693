"""Webhooks out: an event of the ledger becomes a message for each address that asked for it, sent until it is taken.

Effectively once: a message is queued once for each entry and address, held while it is sent, and its id goes with it; a worker
killed between sending and commit sends the same id again. Told are kind, time, town and opaque ids, never a person, a fact or a
text: whoever may know more asks the interface with a token of an officer.
"""

from __future__ import annotations

import json
import logging
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
from django.db import close_old_connections
from django.utils.translation import gettext_lazy as _

from nanxi.desk import signing
from nanxi.desk.models import Hook, HookMessage
from nanxi.foundation import areas, scope, vault
from nanxi.foundation.act import Act, house, service
from nanxi.foundation.clock import WALL, Clock
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry

log = logging.getLogger("nanxi.desk")
#: What may be told outside, closed; the ledger's other kinds stay in the house.
EVENTS = {
    "desk.directive.received": _("a directive was received"),
    "desk.directive.triaged": _("a directive was triaged"),
    "desk.directive.dispatched": _("a list became checks"),
    "desk.directive.answered": _("a directive was answered"),
    "desk.directive.withdrawn": _("a directive was withdrawn"),
    "desk.task.opened": _("a task was opened"),
    "desk.task.closed": _("a task was closed"),
    "desk.task.stopped": _("a task ended by its rule"),
    "desk.alert.raised": _("an alert was raised"),
    "desk.alert.closed": _("an alert was closed"),
    "field.visit.recorded": _("a visit was recorded"),
    "field.arrival.signed": _("an expected arrival was seen"),
    "field.arrival.unannounced": _("somebody came unannounced"),
}
TRIAL = "nanxi.hook.trial"
PAUSE_S, PATIENCE_S = 2, 10.0
#: Waits after each failed try, as Standard Webhooks propose: about three days in all.
WAITS = tuple(timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
PURPOSE = "desk.hook"


@follower("desk.hooks", kinds=tuple(EVENTS))
def queue_hooks(act: Act, entry: LedgerEntry) -> None:
    """A message for each address that asked for this kind; read again it changes nothing."""
    hooks = [hook for hook in Hook.objects.filter(off_at=None) if entry.kind in hook.kinds]
    if hooks:
        _queue(act, entry, hooks)


@service
def _queue(act: Act, entry: LedgerEntry, hooks: list[Hook]) -> int:
    rows = [
        HookMessage(
            hook=hook, entry_id=entry.id, kind=entry.kind, at=entry.at, town=areas.town_of(entry.area_code),
            subject_kind=entry.subject_kind, subject_id=entry.subject_id, next_at=act.now,
        )
        for hook in hooks
    ]  # fmt: skip
    HookMessage.objects.bulk_create(rows, ignore_conflicts=True)
    act.log("desk.hook.queued", count=len(rows))
    return len(rows)


def run_hooks(stop: threading.Event) -> None:
    """Send until told to stop; an error of ours is logged and the next round tries again."""
    while not stop.wait(PAUSE_S):
        try:
            while send_next(WALL) and not stop.is_set():
                pass
        except Exception:
            log.exception("webhooks")
            close_old_connections()


def send_next(clock: Clock) -> bool:
    """Send one message that is due; False when none is."""
    actor = house("desk")
    with scope.enter(actor.reach, at=clock.now()):
        act = Act(actor=actor, clock=clock)
        due = HookMessage.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            sent_at=None, gave_up_at=None, next_at__lte=act.now
        )
        row = due.select_related("hook").order_by("next_at").first()
        if row is None:
            return False
        _try(act, row)
        return True


@service
def _try(act: Act, row: HookMessage) -> HookMessage:
    row.attempts += 1
    row.problem = "off" if row.hook.off_at else _post(row, int(act.now.timestamp()))
    if not row.problem:
        row.sent_at = act.now
    elif row.problem == "http_410":
        _switch_off(act, row.hook)
    if row.problem and (row.problem in ("off", "http_410") or row.attempts > len(WAITS)):
        row.gave_up_at = act.now
    elif row.problem:
        row.next_at = act.now + WAITS[row.attempts - 1]
    row.save()
    kind = "desk.hook.sent" if row.sent_at else "desk.hook.gave_up" if row.gave_up_at else "desk.hook.delayed"
    act.log(kind, subject=("desk.hook", row.hook_id), attempts=row.attempts, why=row.problem)  # type: ignore[attr-defined]
    return row


def _switch_off(act: Act, hook: Hook) -> None:
    """The receiver says it is gone (410)."""
    Hook.objects.filter(pk=hook.pk, off_at=None).update(off_at=act.now, off_for="gone")


def _post(row: HookMessage, timestamp: int) -> str:
    """Hand the message over; "" when it was taken, else a fixed word. Redirects are not followed."""
    body = body_of(row)
    keys = keys_of(row.hook, timestamp)
    head = {"Content-Type": "application/json", **signing.headers(keys, f"msg_{row.id}", timestamp, body)}
    try:
        answer = httpx.post(row.hook.url, content=body, headers=head, timeout=PATIENCE_S, follow_redirects=False)
    except httpx.HTTPError:
        return "no_answer"
    return "" if answer.is_success else f"http_{answer.status_code}"


def keys_of(hook: Hook, timestamp: int) -> list[bytes]:
    """The key messages are signed with, and the one before it until its overlap ends."""
    sealed = [hook.secret]
    if hook.old_secret is not None and hook.old_until is not None and timestamp < hook.old_until.timestamp():
        sealed.append(hook.old_secret)
    return [vault.house_unseal(PURPOSE, bytes(one)) for one in sealed]


def body_of(row: HookMessage) -> bytes:
    """The message: kind, time, town, opaque ids. Equal at every try."""
    data = {
        "id": str(row.entry_id), "town": row.town,
        "subject": {"kind": row.subject_kind, "id": str(row.subject_id) if row.subject_id else None},
    }  # fmt: skip
    told = {"type": row.kind, "timestamp": row.at.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def why_not_address(url: str) -> str:
    """Why an address cannot be told anything; "" when it can. Plain HTTP only inside this machine."""
    try:
        place = urlsplit(url)
        host, _port = place.hostname or "", place.port
    except ValueError:
        return "unread"
    if place.username or place.password or place.fragment or not host or len(url) > 200 or not url.isascii() or " " in url:
        return "unread"
    if host.startswith("169.254.") or host.lower().startswith(("fe80:", "[fe80:")):
        return "unread"
    return "" if place.scheme == "https" or (place.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")) else "plain"
