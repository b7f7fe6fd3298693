"""Area notices: drafted by one officer, published by another, for a stated time and, if outlined, watched by the fence (S12).

Ending one early takes two officers too: who lives under it must be able to trust that it holds until it is said not to.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from nanxi.engines.fence import datum as datums
from nanxi.foundation import areas
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import COUNTY
from nanxi.foundation.models import Area
from nanxi.foundation.rights import Right
from nanxi.orders import outlines
from nanxi.orders.models import AreaNotice

#: An area is closed for one observation period at most; going on is a new notice.
LONGEST = timedelta(days=14)


@service
def draft_notice(
    act: Act, *, area: str, legal_basis: str, valid_from: datetime, valid_until: datetime, outline: str = "",
    datum: str = datums.WGS,
) -> AreaNotice:  # fmt: skip
    """A draft; it restricts nobody until another officer publishes it. `outline`: GeoJSON in `datum`, "" for none."""
    act.need(Right.ISSUE_ORDERS)
    if legal_basis not in AreaNotice.Basis.values:
        raise Refused(_("Choose the legal basis from the list."))
    if not valid_from < valid_until <= valid_from + LONGEST:
        raise Refused(_("A notice ends after it begins and lasts 14 days at most."))
    notice = AreaNotice(
        area_code=area,
        legal_basis=legal_basis,
        valid_from=valid_from,
        valid_until=valid_until,
        drafted_by=act.actor.handle,
        drafted_at=act.now,
    )
    if outline:
        notice.outline, notice.datum = _outlined(area, outline, datum)
    notice.number = f"N{act.now.astimezone(COUNTY):%Y%m%d}-{notice.id.hex[-6:].upper()}"
    notice.save()
    act.log("orders.notice.drafted", area=area, subject=("orders.notice", notice.id), outlined=notice.outline is not None)
    return notice


def _outlined(area: str, outline: str, datum: str) -> tuple[outlines.Shape, str]:
    try:
        kind = datums.named(datum)
        shape = outlines.read(outline, kind)
    except datums.UnknownDatum:
        raise Refused(_("Choose the datum from the list: WGS-84, GCJ-02 or BD-09.")) from None
    except outlines.BadOutline as problem:
        raise Refused(str(problem)) from None
    if outlines.far_from(shape, _places_of(area)):
        raise Refused(_("The outline lies far from the area; check the area, the datum and the order of longitude and latitude."))
    return shape, kind


def _places_of(area: str) -> list[tuple[float, float]]:
    """Seats near which the outline must lie: the area's own or its town's, those of all towns for a county."""
    low, high = areas.inside(area)
    found = Area.objects.filter(code__gte=low, code__lt=high) | Area.objects.filter(code=areas.town_of(area))
    seats = found.filter(seat_lon__isnull=False, seat_lat__isnull=False).values_list("seat_lon", "seat_lat")
    return [(float(lon), float(lat)) for lon, lat in seats]


@service
def publish_notice(act: Act, notice: AreaNotice) -> AreaNotice:
    """Publish another officer's draft."""
    act.need(Right.ISSUE_ORDERS)
    found = AreaNotice.everything.select_for_update().filter(pk=notice.pk, published_at=None).first()
    if found is None:
        raise Refused(_("This notice is published already, or not in your area."))
    if found.drafted_by == act.actor.handle:
        raise Refused(_("You drafted this notice; another officer publishes it."))
    found.published_by, found.published_at = act.actor.handle, act.now
    found.save(update_fields=["published_by", "published_at"])
    act.log("orders.notice.published", area=found.area_code, subject=("orders.notice", found.id))
    return found


@service
def ask_notice_end(act: Act, notice: AreaNotice, *, reason: str) -> AreaNotice:
    """Ask that a published notice end early; it goes on until another officer agrees. The asker may correct the reason."""
    act.need(Right.ISSUE_ORDERS)
    if reason not in AreaNotice.EndReason.values:
        raise Refused(_("Choose from the list why the notice ends early."))
    found = _running(act, notice)
    if found.end_asked_by not in ("", act.actor.handle):
        raise Refused(_("Another officer asked for the end already; agree to it, or leave the notice to run."))
    found.end_reason, found.end_asked_by, found.end_asked_at = reason, act.actor.handle, act.now
    found.save(update_fields=["end_reason", "end_asked_by", "end_asked_at"])
    act.log("orders.notice.end_asked", area=found.area_code, subject=("orders.notice", found.id), because=reason)
    return found


@service
def end_notice(act: Act, notice: AreaNotice) -> AreaNotice:
    """Agree to the end that another officer asked for: from now on it binds nobody, and the fence watches its edge no more."""
    act.need(Right.ISSUE_ORDERS)
    found = _running(act, notice)
    if not found.end_asked_by:
        raise Refused(_("Nobody asked that this notice end early; ask first, with the reason."))
    if found.end_asked_by == act.actor.handle:
        raise Refused(_("You asked for the end of this notice; another officer agrees to it."))
    found.stated_until, found.valid_until = found.valid_until, act.now
    found.ended_by, found.ended_at = act.actor.handle, act.now
    found.save(update_fields=["stated_until", "valid_until", "ended_by", "ended_at"])
    act.log("orders.notice.ended", area=found.area_code, subject=("orders.notice", found.id), because=found.end_reason)
    return found


def _running(act: Act, notice: AreaNotice) -> AreaNotice:
    """The published notice, held until the transaction ends."""
    rows = AreaNotice.everything.select_for_update().filter(pk=notice.pk, published_at__isnull=False, ended_at=None)
    found = rows.filter(valid_until__gt=act.now).first()
    if found is None:
        raise Refused(_("This notice is a draft, or ended already, or not in your area."))
    return found
