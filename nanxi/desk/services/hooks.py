"""Webhooks as the operator keeps them: made with a key shown once, tried, switched off, asked to try again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext as _

from nanxi.desk import hooks, signing
from nanxi.desk.models import Hook, HookMessage
from nanxi.foundation import tokens, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.rights import Right

MOST = 20


@service
def make_hook(act: Act, *, label: str, url: str, kinds: Sequence[str]) -> tuple[Hook, str]:
    """A new address and its signing key, which is shown once. Raises Refused."""
    act.need(Right.RUN_SYSTEM)
    if hooks.why_not_address(url.strip()):
        raise Refused(_("Give a whole https address without a password in it; http only for a program on this machine."))
    if not kinds or any(kind not in hooks.EVENTS for kind in kinds):
        raise Refused(_("Choose of which events the address is told."))
    if Hook.objects.filter(off_at=None).count() >= MOST:
        raise Refused(_("There are %(most)d addresses already; switch one off first.") % {"most": MOST})
    assert act.actor.user_id is not None
    key = secrets.token_bytes(32)
    row = Hook(
        label=label.strip()[:60], url=url.strip(), kinds=sorted(set(kinds)), secret=vault.house_seal(hooks.PURPOSE, key),
        made_at=act.now, made_by=act.actor.user_id,
    )  # fmt: skip
    row.save()
    act.log("desk.hook.made", subject=("desk.hook", row.id), kinds=row.kinds)
    return row, signing.shown(key)


@service
def renew_hook_key(act: Act, hook: Hook, *, hours: int) -> tuple[Hook, str]:
    """A new signing key, shown once; the old one signs beside it for some hours, so that the receiver changes over in peace."""
    act.need(Right.RUN_SYSTEM)
    hook = Hook.objects.select_for_update().get(pk=hook.pk)
    if hook.off_at is not None:
        raise Refused(_("This address is switched off."))
    if not 0 <= hours <= tokens.LONGEST_OVERLAP:
        raise Refused(_("The old one holds on for 0 to %(most)d hours.") % {"most": tokens.LONGEST_OVERLAP})
    key = secrets.token_bytes(32)
    hook.old_secret, hook.old_until = hook.secret, act.now + timedelta(hours=hours)
    hook.secret = vault.house_seal(hooks.PURPOSE, key)
    hook.save(update_fields=["secret", "old_secret", "old_until"])
    act.log("desk.hook.key_renewed", subject=("desk.hook", hook.id), hours=hours)
    return hook, signing.shown(key)


@service
def switch_hook_off(act: Act, hook: Hook) -> Hook:
    """The address is told nothing more; messages on their way are given up."""
    act.need(Right.RUN_SYSTEM)
    hook.off_at = hook.off_at or act.now
    hook.save(update_fields=["off_at"])
    act.log("desk.hook.switched_off", subject=("desk.hook", hook.id))
    return hook


@service
def try_hook(act: Act, hook: Hook) -> HookMessage:
    """Send a message about nothing, to see that the receiver takes it."""
    act.need(Right.RUN_SYSTEM)
    if hook.off_at is not None:
        raise Refused(_("This address is switched off."))
    row = HookMessage(hook=hook, entry_id=uuid7(), kind=hooks.TRIAL, at=act.now, next_at=act.now)
    row.save()
    act.log("desk.hook.tried", subject=("desk.hook", hook.id))
    return row


@service
def send_hook_again(act: Act, hook: Hook) -> int:
    """Messages that were given up are sent once more from the beginning."""
    act.need(Right.RUN_SYSTEM)
    if hook.off_at is not None:
        raise Refused(_("This address is switched off."))
    again = HookMessage.objects.filter(hook=hook, gave_up_at__isnull=False).update(gave_up_at=None, attempts=0, next_at=act.now)
    act.log("desk.hook.asked_again", subject=("desk.hook", hook.id), count=again)
    return again
