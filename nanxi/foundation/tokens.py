"""Programs at work for an officer: made by the officer, shown once, ended by time, by revocation or with the account."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.models import ProgramToken, User

#: A quarter of a year: long enough for an outbreak's integration, short enough that nobody forgets whose it is.
LONGEST = timedelta(days=92)
MOST = 10
#: A changed secret: so many hours at most the old one holds on beside the new one. A week of it is no change any more.
LONGEST_OVERLAP = 168
#: Begins every token, so that it is recognised where it does not belong.
MARK = "nxp_"


@service
def make_token(act: Act, *, label: str, days: int) -> tuple[ProgramToken, str]:
    """A token for one's own account and its text, which is shown once. Raises Refused."""
    if act.actor.user_id is None:
        raise Refused(_("Only an officer can make a token."))
    if act.actor.role is None or act.actor.role.works_by_device:
        # A token would outlive the phone that is revoked when it is lost.
        raise Refused(_("Programs work for officers of a desk; phones and terminals are bound by their town."))
    if not label.strip():
        raise Refused(_("Say which program the token is for."))
    if not 1 <= days <= LONGEST.days:
        raise Refused(_("A token holds for 1 to %(days)d days.") % {"days": LONGEST.days})
    live = ProgramToken.objects.filter(user_id=act.actor.user_id, revoked_at=None, ends_at__gt=act.now)
    if live.count() >= MOST:
        raise Refused(_("You have %(most)d tokens already; revoke one first.") % {"most": MOST})
    text = MARK + secrets.token_urlsafe(32)
    row = ProgramToken(
        user_id=act.actor.user_id, label=label.strip()[:60], digest=_digest(text), made_at=act.now,
        ends_at=act.now + timedelta(days=days),
    )  # fmt: skip
    row.save()
    act.log("foundation.token.made", subject=("foundation.token", row.id), days=days)
    return row, text


@service
def renew_token(act: Act, token: ProgramToken, *, hours: int) -> tuple[ProgramToken, str]:
    """A new token for the same program and as many days; the old one holds on for some hours. Only its officer, on the page:
    a program that could renew its own token would hold it for ever. Raises Refused.
    """
    if token.user_id != act.actor.user_id:
        raise Refused(_("This token belongs to somebody else."))
    row = ProgramToken.objects.select_for_update().get(pk=token.pk)
    if row.revoked_at is not None or row.ends_at <= act.now:
        raise Refused(_("This token has ended; make a new one."))
    if not 0 <= hours <= LONGEST_OVERLAP:
        raise Refused(_("The old one holds on for 0 to %(most)d hours.") % {"most": LONGEST_OVERLAP})
    row.ends_at = min(row.ends_at, act.now + timedelta(hours=hours))
    row.save(update_fields=["ends_at"])
    text = MARK + secrets.token_urlsafe(32)
    days = max(1, round((token.ends_at - token.made_at) / timedelta(days=1)))
    new = ProgramToken(
        user_id=row.user_id, label=row.label, digest=_digest(text), made_at=act.now,
        ends_at=act.now + timedelta(days=min(days, LONGEST.days)),
    )  # fmt: skip
    new.save()
    act.log("foundation.token.renewed", subject=("foundation.token", new.id), old=row.id, hours=hours)
    return new, text


def hours_told(text: str) -> int:
    """Hours as a page sends them; anything else is none that is allowed."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1


@service
def revoke_token(act: Act, token: ProgramToken) -> ProgramToken:
    """The program is refused from its next request on."""
    if token.user_id != act.actor.user_id:
        raise Refused(_("This token belongs to somebody else."))
    token.revoked_at = token.revoked_at or act.now
    token.save(update_fields=["revoked_at"])
    act.log("foundation.token.revoked", subject=("foundation.token", token.id))
    return token


def user_by_token(text: str, now: datetime) -> User | None:
    """The active officer for whom the program works; None for anything but a live token."""
    if not text.startswith(MARK):
        return None
    live = ProgramToken.objects.select_related("user", "user__unit").filter(digest=_digest(text), revoked_at=None)
    row = live.filter(ends_at__gt=now, user__is_active=True).first()
    return row.user if row else None


def tokens_of(user: User) -> list[ProgramToken]:
    return list(ProgramToken.objects.filter(user=user).order_by("-made_at")[:30])


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
