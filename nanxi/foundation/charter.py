"""The charter: what this county may do with persons' data, and the day it ends (safeguard 10, trust notes S19, S31).

Purposes and roles are code; name, legal basis and end date are set once at first run and renewed by the ledgered act of two
persons. After the end only own data, contest, purge and audit answer.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.models import Area, County

#: A charter runs half a year at most; going on is a decision, not a default.
LONGEST = timedelta(days=180)

#: One county for the life of the process.
_known: list[County] = []


def county() -> County | None:
    """The county of this database; None before the first-run set-up. Kept for the life of the process."""
    if not _known and (found := County.objects.select_related("area").first()):
        _known.append(found)
    return _known[0] if _known else None


def ended(now: datetime) -> bool:
    """Whether the charter has run out. Without a county there is nothing to guard yet."""
    here = county()
    return here is not None and county_day(now) > here.charter_until


def forget() -> None:
    """Read the county afresh next time (after set-up, in tests)."""
    _known.clear()


@service
def found_county(act: Act, *, name: str, area: Area, rehearsal: bool, until: date, legal_basis: str) -> County:
    """Mark this database as one county's, once and for all. Raises Refused when it already is."""
    if County.objects.exists():
        raise Refused(_("This database already holds a county; a second one needs a home of its own (NANXI_HOME)."))
    if until > county_day(act.now) + LONGEST:
        raise Refused(_("A charter ends within 180 days; choose an earlier day and renew it then."))
    row = County(name=name, area=area, rehearsal=rehearsal, charter_until=until, legal_basis=legal_basis, founded_at=act.now)
    row.save(force_insert=True)
    act.log("foundation.county.founded", area=area.code, rehearsal=rehearsal, until=until.isoformat())
    forget()
    return row
