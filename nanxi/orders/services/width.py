"""How many orders one officer may issue alone from one case or notice: small lists one after the other add up (S12)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused
from nanxi.orders import queries
from nanxi.orders.evidence import Ground
from nanxi.orders.rules import WIDE, WIDE_WINDOW


def is_wide(act: Act, grounds: Iterable[Ground]) -> bool:
    """Whether these orders, with what this officer issued alone on the same case or notice within a day, need a second officer.

    Holds the officer's turn until the transaction ends, so that two lists at once are not both found small.
    """
    roots = [UUID(ground.ids[0]) for ground in grounds]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 74))", [f"orders.issue|{act.actor.handle}"])
    if len(roots) > WIDE:
        return True
    since = act.now - WIDE_WINDOW
    return any(roots.count(root) + queries.issued_alone(act.actor.handle, root, since) > WIDE for root in set(roots))


def need_narrow(act: Act, ground: Ground) -> None:
    """Raises Refused when one more order alone would be too many from this case or notice."""
    if is_wide(act, [ground]):
        raise Refused(
            _("You issued %(n)d orders from this case within a day. Propose this one; another officer issues it.") % {"n": WIDE}
        )
