"""The purpose-bound read: who may see one person unmasked, through which case, order or task, until when.

Rooms register a check for each kind of object they own; `open_person` asks it, keeps the officer's daily budget, writes the
ledger row and makes the grant that the row policies also read (trust notes S8–S11).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Actor, Refused, service
from nanxi.foundation.clock import county_day, day_bounds
from nanxi.foundation.models import AccessGrant
from nanxi.foundation.models.grants import Purpose

#: Persons one officer may open in a day; more needs a second person (trust notes S10). A town desk of the
#: modelled county handled about 40 alerts and visits in its worst shift.
DAILY_BUDGET = 60
#: A grant outlives one sitting at the desk, not the shift.
GRANT_LIFE = timedelta(hours=2)

__all__ = ["DAILY_BUDGET", "Check", "Opening", "Purpose", "holding", "open_person", "register", "seen_today"]


@dataclass(frozen=True)
class Opening:
    """What a check answers: may this object open this person, and if not, why."""

    allowed: bool
    why_not: str = ""
    area_code: str = ""


Check = Callable[[Actor, UUID, UUID, datetime], Opening]
_checks: dict[str, Check] = {}


def register(kind: str, check: Check) -> None:
    """Declare how objects of `kind` open persons: check(actor, object_id, person_id, now) → Opening."""
    _checks[kind] = check


@service
def open_person(act: Act, person_id: UUID, *, via: tuple[str, UUID], purpose: Purpose) -> AccessGrant:
    """A grant for one person, checked, budgeted and written to the ledger. Raises Refused with the reason."""
    kind, object_id = via
    if act.actor.user_id is None:
        raise Refused(_("Only a signed-in officer can open a person's record."))
    check = _checks.get(kind)
    if check is None:
        raise Refused(_("This kind of object opens no person's record."))
    opening = check(act.actor, object_id, person_id, act.now)
    if not opening.allowed:
        raise Refused(opening.why_not or _("This case, order or task does not open this person's record, or it is closed."))
    _keep_budget(act, person_id)
    grant = AccessGrant(
        user_id=act.actor.user_id, person_id=person_id, via_kind=kind, via_id=object_id, purpose=purpose,
        given_at=act.now, expires_at=act.now + GRANT_LIFE,
    )  # fmt: skip
    grant.save()
    act.log("people.person.read", area=opening.area_code, subject=via, person=person_id, grant=grant.id, purpose=purpose.value)
    return grant


def holding(act: Act, person_id: UUID) -> AccessGrant | None:
    """The caller's live grant for this person, if any."""
    rows = AccessGrant.objects.filter(user_id=act.actor.user_id, person_id=person_id, expires_at__gt=act.now)
    return rows.order_by("-expires_at").first()


def seen_today(user_id: UUID, now: datetime) -> int:
    """Distinct persons this officer opened in the current county day."""
    start, end = day_bounds(county_day(now))
    rows = AccessGrant.objects.filter(user_id=user_id, given_at__gte=start, given_at__lt=end)
    return rows.values("person_id").distinct().count()


def _keep_budget(act: Act, person_id: UUID) -> None:
    user_id = act.actor.user_id
    assert user_id is not None
    with connection.cursor() as cursor:
        # Fifty clicks at once must not slip past the sixtieth person.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 60))", [str(user_id)])
    start = day_bounds(county_day(act.now))[0]
    if AccessGrant.objects.filter(user_id=user_id, person_id=person_id, given_at__gte=start).exists():
        return
    if seen_today(user_id, act.now) >= DAILY_BUDGET:
        raise Refused(
            _("You have opened %(most)s persons today. Ask a colleague to go on; tomorrow counts anew.") % {"most": DAILY_BUDGET}
        )
