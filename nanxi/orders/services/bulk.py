"""Orders for many at once: each name needs its own path; many names without one are an alarm, not a day's work (S3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.foundation import areas
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.rights import Right
from nanxi.orders import below, queries
from nanxi.orders.evidence import Ground, ground_for
from nanxi.orders.rules import PATH_WINDOW, Kind, LegalBasis, Reason, Step, alarm_due, why_not_issue
from nanxi.orders.services.deciding import decide
from nanxi.orders.services.issuing import Place, issue_proposed, make_row, sign
from nanxi.orders.services.width import is_wide


@dataclass(frozen=True)
class Wanted:
    """One order that is asked for."""

    record_id: UUID
    kind: Kind
    place: Place
    reason: Reason
    legal_basis: LegalBasis
    until: datetime
    origin: tuple[str, UUID] | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a list: orders issued, names refused for want of a path, names under an order already, and the alarm."""

    issued: int
    refused: int
    alarm: bool
    already: int = 0
    proposed: int = 0


@service
def issue_each(act: Act, *, area: str, source_ref: str, wanted: Sequence[Wanted]) -> Outcome:
    """Issue what stands on evidence of its own; the rest is counted, never issued. `area` answers for the list.

    More than WIDE at once, or from one case in a day, are only proposed: another officer issues them (S12).
    """
    act.need(Right.ISSUE_ORDERS)
    ready, refused, already = _sorted(act, wanted)
    wide = bool(ready) and is_wide(act, [ground for _one, ground in ready])
    for one, ground in ready:
        order = make_row(act, one.record_id, one.kind, one.place, one.reason, one.legal_basis, one.until, one.origin)
        if wide:
            decide(act, order, Step.PROPOSE, until=one.until, evidence=ground.kind.value, evidence_ids=ground.ids, wide=True)
        else:
            sign(act, order, ground, one.until)
    alarm = _count_without_path(act, area, source_ref, refused) if refused else False
    issued, proposed = (0, len(ready)) if wide else (len(ready), 0)
    act.log(
        "orders.list.handled", area=area, source=source_ref[:60], issued=issued, refused=refused, already=already,
        proposed=proposed,
    )  # fmt: skip
    return Outcome(issued, refused, alarm, already, proposed)


def _sorted(act: Act, wanted: Sequence[Wanted]) -> tuple[list[tuple[Wanted, Ground]], int, int]:
    """Who can have an order and on which ground; how many have no evidence; how many have an order or proposal already."""
    ready: list[tuple[Wanted, Ground]] = []
    refused = already = 0
    persons = below.persons_of(one.record_id for one in wanted)
    taken: set[UUID] = set()
    for one in wanted:
        ground = ground_for(one.record_id, one.reason, one.place.area_code, act.now)
        if ground is None or why_not_issue(one.reason, ground.kind, one.legal_basis, act.now, one.until, ground.until):
            refused += 1
            continue
        person = persons.get(one.record_id, one.record_id)
        waits = queries.is_waiting(one.origin and one.origin[1], person, act.now)
        if waits or person in taken or queries.is_bound(person, act.now):
            already += 1
            continue
        taken.add(person)
        ready.append((one, ground))
    return ready, refused, already


@service
def sign_each(act: Act, *, source_ref: str, origins: Sequence[UUID]) -> int:
    """Issue the proposed orders of a list; never by the officer who proposed them."""
    act.need(Right.ISSUE_ORDERS)
    orders = queries.proposed_from(origins, act.now)
    if not orders:
        raise Refused(_("No proposed order of this list waits any more."))
    for order in orders:
        issue_proposed(act, order)
    act.log("orders.list.signed", area=orders[0].area_code, source=source_ref[:60], issued=len(orders))
    return len(orders)


def issue_listed(
    act: Act,
    *,
    source_ref: str,
    record_ids: Iterable[UUID],
    kind: Kind,
    place: Place,
    reason: Reason,
    legal_basis: LegalBasis,
    until: datetime,
) -> Outcome:
    """The same order for every name of a list."""
    wanted = [Wanted(record_id, kind, place, reason, legal_basis, until) for record_id in record_ids]
    return issue_each(act, area=place.area_code, source_ref=source_ref, wanted=wanted)


@service
def note_refusal(act: Act, *, area: str, source_ref: str) -> bool:
    """Count an order that was asked for without a path. Returns whether that raised the alarm."""
    return _count_without_path(act, area, source_ref, 1)


def _count_without_path(act: Act, area: str, source_ref: str, n: int) -> bool:
    source = source_ref[:60] or act.actor.handle
    recent = LedgerEntry.objects.filter(kind="orders.order.refused", at__gt=act.now - PATH_WINDOW, facts__source=source)
    before = sum(int(entry.facts.get("count", 0)) for entry in recent)
    act.log("orders.order.refused", area=area, count=n, source=source, why="no_path")
    if not alarm_due(before + n):
        return False
    below.raise_alert(
        act, key=f"orders.without_path:{source}", kind="orders.without_path", severity="high", area=areas.town_of(area),
        subject=("orders.source", uuid7()), title=gettext_noop("Restrictions asked for without evidence"),
        facts={"count": before + n, "source": source},
    )  # fmt: skip
    return True
