"""How long positions are kept, and holds that stop their end: asked by one officer, opened by another, ending by themselves."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right
from nanxi.orders.models import PositionHold, PositionKeeping

#: Positions of a whole incubation period after an order's end answer no question of the order any more.
MOST_DAYS = 21
#: A hold that is needed for longer is asked for again, by two.
LONGEST_HOLD = timedelta(days=90)


@service
def set_keeping(act: Act, *, days: int) -> PositionKeeping:
    """From now on a day of positions is kept this many days after the end of its last order."""
    act.need(Right.ANSWER_CONTESTS)
    if not 0 <= days <= MOST_DAYS:
        raise Refused(_("Positions are kept for 0 to 21 days after an order's end."))
    row = PositionKeeping(days=days, at=act.now, by=act.actor.handle)
    row.save()
    act.log("orders.keeping.set", subject=("orders.keeping", row.id), days=days)
    return row


@service
def ask_hold(act: Act, *, first: date, last: date, reason: str, days: int) -> PositionHold:
    """Ask that days of positions stay although they are due; it holds nothing until another officer opens it."""
    act.need(Right.ANSWER_CONTESTS)
    if reason not in PositionHold.Reason.values:
        raise Refused(_("Choose the reason from the list."))
    if not first <= last <= county_day(act.now):
        raise Refused(_("The days of a hold begin before they end, and the last is today at the latest."))
    if not 1 <= days <= LONGEST_HOLD.days:
        raise Refused(_("A hold lasts 1 to 90 days; one that is needed for longer is asked for again."))
    row = PositionHold(
        first_day=first, last_day=last, reason=reason, until=act.now + timedelta(days=days),
        asked_by=act.actor.handle, asked_at=act.now,
    )  # fmt: skip
    row.save()
    act.log("orders.hold.asked", subject=("orders.hold", row.id), reason=reason, first=first.isoformat(), last=last.isoformat())
    return row


@service
def open_hold(act: Act, pk: UUID) -> PositionHold:
    """Another officer opens the hold."""
    act.need(Right.ANSWER_CONTESTS)
    found = _standing(act, pk)
    if found.opened_at is not None:
        raise Refused(_("This hold is open already."))
    if found.asked_by == act.actor.handle:
        raise Refused(_("You asked for this hold; another officer opens it."))
    found.opened_by, found.opened_at = act.actor.handle, act.now
    found.save(update_fields=["opened_by", "opened_at"])
    act.log("orders.hold.opened", subject=("orders.hold", found.id), reason=found.reason)
    return found


@service
def lift_hold(act: Act, pk: UUID) -> PositionHold:
    """End a hold before its time; one officer is enough, for the shorter keeping harms nobody."""
    act.need(Right.ANSWER_CONTESTS)
    found = _standing(act, pk)
    found.lifted_by, found.lifted_at = act.actor.handle, act.now
    found.save(update_fields=["lifted_by", "lifted_at"])
    act.log("orders.hold.lifted", subject=("orders.hold", found.id), reason=found.reason)
    return found


def _standing(act: Act, pk: UUID) -> PositionHold:
    found = PositionHold.objects.select_for_update().filter(pk=pk, lifted_at=None, until__gt=act.now).first()
    if found is None:
        raise Refused(_("This hold has ended already."))
    return found
