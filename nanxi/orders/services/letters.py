"""Messages set aside: read again with the rules of today, or put away for good. Who decides sees shapes, never content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right
from nanxi.orders import daykeys, owntracks, traccar
from nanxi.orders.messages import Fix, Poison
from nanxi.orders.models import DeadLetter, OrderDevice, Position
from nanxi.orders.sealing import Unreadable, day_of, unseal

#: Why a message may be put away without being read again.
WHY_DISCARDED = ("wrong_app", "faulty_phone", "encrypted", "test", "order_ended")


@dataclass(frozen=True)
class Kept:
    """A message set aside, opened: what it said, and whether all of it was kept."""

    body: bytes
    whole: bool


def opened(letter: DeadLetter) -> Kept | None:
    """The message again, or None when its day was purged or it was put away. For this room only: never shown."""
    sealed = bytes(letter.sealed)
    if not sealed:
        return None
    try:
        private = daykeys.private_of(day_of(sealed))
        said = unseal(private, letter.order_id, 0, bytes.fromhex(letter.digest), sealed)
    except (Unreadable, ValueError):
        return None
    body = str(said["body"]).encode()
    return Kept(body, hashlib.sha256(body).digest()[:16].hex() == letter.digest)


@service
def retry_letter(act: Act, letter: DeadLetter) -> int:
    """Read it with the rules of today; how many positions came of it. Raises Refused, and then it waits on."""
    act.need(Right.RUN_SYSTEM)
    letter = _waiting(letter)
    kept = opened(letter)
    if kept is None:
        raise Refused(_("The key of that day was destroyed: the message can only be put away."))
    if not kept.whole:
        raise Refused(_("Only the beginning of this message was kept: it can only be put away."))
    fixes = _fixes(kept.body, int(letter.rx.timestamp() * 1000))
    if not fixes:
        raise Refused(_("It still cannot be read: put it away, or try again after the next release."))
    rows = _rows(letter, fixes)
    fresh = Position.objects.bulk_create(rows, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('nanxi_positions', '')")
    _decide(act, letter, "retried", "")
    return len(fresh)


@service
def discard_letter(act: Act, letter: DeadLetter, *, why: str) -> DeadLetter:
    """Put it away: its content is gone, what remains is that it came, why it was unreadable, and who decided."""
    act.need(Right.RUN_SYSTEM)
    if why not in WHY_DISCARDED:
        raise Refused(_("Choose why the message is put away."))
    return _decide(act, _waiting(letter), "discarded", why)


def _decide(act: Act, letter: DeadLetter, decision: str, why: str) -> DeadLetter:
    letter.sealed = b""
    letter.decision, letter.decided_why, letter.decided_by, letter.decided_at = decision, why, act.actor.handle, act.now
    letter.save(update_fields=["decision", "decided_why", "decided_by", "decided_at", "sealed"])
    act.log(
        f"orders.letter.{decision}", area=letter.area_code, subject=("orders.order", letter.order_id),
        letter=letter.pk, reason=letter.reason, why=why,
    )  # fmt: skip
    return letter


def _waiting(letter: DeadLetter) -> DeadLetter:
    found = DeadLetter.objects.select_for_update().filter(pk=letter.pk, decision="").first()
    if found is None:
        raise Refused(_("This message was decided already."))
    return found


def _fixes(body: bytes, rx_ms: int) -> list[Fix]:
    """By whichever way it can be read now."""
    readers: tuple[Any, ...] = (lambda: owntracks.read(body, rx_ms), lambda: traccar.read(b"", body))
    for read in readers:
        try:
            fixes, _poison = read()
        except Poison:
            continue
        if fixes:
            return fixes
    return []


def _rows(letter: DeadLetter, fixes: list[Fix]) -> list[Position]:
    """Rows of the times at which a phone of the order might send; of others nothing is stored."""
    devices = OrderDevice.everything.filter(order_id=letter.order_id)
    spans = [(one.valid_from.timestamp(), one.valid_until.timestamp()) for one in devices]
    return [
        Position(
            order_id=letter.order_id, tst=fix.tst, digest=fix.digest, area_code=letter.area_code, rx=letter.rx, source="phone",
            sealed=daykeys.sender_for(fix.tst, letter.rx).seal(letter.order_id, fix.tst, fix.digest, fix.content),
        )
        for fix in fixes
        if any(low <= fix.tst / 1000 < high for low, high in spans)
    ]  # fmt: skip
