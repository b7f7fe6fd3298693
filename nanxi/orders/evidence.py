"""The ground an order stands on: found anew at every decision, never taken from a form or a list (S3, S32)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nanxi.foundation.reach import stem_of
from nanxi.orders import below
from nanxi.orders.models import AreaNotice
from nanxi.orders.rules import Evidence, Reason


@dataclass(frozen=True)
class Ground:
    """Evidence that stands: its kind and the ids it consists of."""

    kind: Evidence
    ids: list[str]
    until: datetime | None = None


#: The kinds that cases knows, in this room's words.
_KINDS = {"own_case": Evidence.OWN_CASE, "contact": Evidence.CASE_PATH, "own_report": Evidence.SUSPECT_REPORT}


def ground_for(record_id: UUID, reason: Reason, area_code: str, at: datetime) -> Ground | None:
    """The evidence that carries this reason for this person at `at`, or None.

    A notice carries an order for those whom the register knows to live under it; `area_code`, the place of the order, is typed
    by the officer and proves nothing.
    """
    wanted = reason.terms.evidence
    if Evidence.AREA_NOTICE in wanted:
        notices = _notices_for(record_id, reason, area_code, at)
        return _noticed(notices) if notices else None
    path = below.evidence_path(record_id, at)
    if path is None:
        return None
    kind = _KINDS[str(getattr(path.kind, "value", path.kind))]
    ids = [str(path.case_id), *([str(path.contact_id)] if path.contact_id else [])]
    return Ground(kind, ids, path.until)


def _notices_for(record_id: UUID, reason: Reason, area_code: str, at: datetime) -> list[AreaNotice]:
    """Notices over a home of the person; a resident stays inside the area too, who arrived from it stays elsewhere."""
    found = {notice.pk: notice for home in below.homes_of([record_id]).get(record_id, ()) for notice in notices_over(home, at)}
    if reason is Reason.AREA_RESIDENT:
        here = {notice.pk for notice in notices_over(area_code, at)}
        return [notice for pk, notice in found.items() if pk in here]
    return list(found.values())


def _noticed(notices: list[AreaNotice]) -> Ground:
    last = max(notice.valid_until for notice in notices)
    return Ground(Evidence.AREA_NOTICE, [str(notice.pk) for notice in notices], last)


def notices_over(area_code: str, at: datetime) -> list[AreaNotice]:
    """Published notices in force whose area holds this one."""
    rows = AreaNotice.everything.filter(published_at__isnull=False, valid_from__lte=at, valid_until__gt=at)
    return [row for row in rows if area_code.startswith(stem_of(row.area_code))]
