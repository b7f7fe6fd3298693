"""Issuing, extending, shortening and releasing orders. No order without an evidence path; an end always (S2, S3, S6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nanxi.foundation import areas, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import COUNTY
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.rights import Right
from nanxi.orders import below, links
from nanxi.orders.evidence import Ground, ground_for
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import (
    PATH_WINDOW,
    RULE_VERSION,
    Evidence,
    Kind,
    LegalBasis,
    Reason,
    State,
    Step,
    alarm_due,
    why_not_issue,
    why_not_until,
)
from nanxi.orders.services.deciding import decide, live, locked


@dataclass(frozen=True)
class Place:
    """Where the order is carried out: the area that answers for it, and the address as the person gives it."""

    area_code: str
    address: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a list: how many orders, how many refused for want of a path, whether an alarm was raised."""

    issued: int
    refused: int
    alarm: bool


@service
def propose_order(
    act: Act, *, record_id: UUID, evidence: Evidence, kind: Kind, place: Place, reason: Reason, legal_basis: LegalBasis,
    until: datetime, origin: tuple[str, UUID] | None = None,
) -> IsolationOrder:  # fmt: skip
    """An order somebody with the right to issue still has to sign. It restricts nobody. Raises Refused."""
    order, ground = _new(act, record_id, evidence, kind, place, reason, legal_basis, until, origin)
    decide(act, order, Step.PROPOSE, until=until, evidence=ground.kind.value, evidence_ids=ground.ids)
    return order


@service
def issue_order(
    act: Act, *, record_id: UUID, evidence: Evidence, kind: Kind, place: Place, reason: Reason, legal_basis: LegalBasis,
    until: datetime, origin: tuple[str, UUID] | None = None,
) -> IsolationOrder:  # fmt: skip
    """Issue an order on evidence that stands now. Raises Refused naming what is missing."""
    act.need(Right.ISSUE_ORDERS)
    order, ground = _new(act, record_id, evidence, kind, place, reason, legal_basis, until, origin)
    decide(act, order, Step.ISSUE, until=until, evidence=ground.kind.value, evidence_ids=ground.ids)
    return order


@service
def issue_proposed(act: Act, order: IsolationOrder) -> IsolationOrder:
    """Sign a proposed order; its evidence is looked at again."""
    act.need(Right.ISSUE_ORDERS)
    order = locked(order)
    standing = live(order, act.now)
    if standing.state is not State.PROPOSED:
        raise Refused("This order was issued already.")
    ground = _ground(order, act.now)
    problem = why_not_until(Reason(order.reason), act.now, standing.until, ground.until)
    if problem:
        raise Refused(problem)
    decide(act, order, Step.ISSUE, until=standing.until, evidence=ground.kind.value, evidence_ids=ground.ids)
    return order


@service
def extend_order(act: Act, order: IsolationOrder, *, until: datetime) -> IsolationOrder:
    """A new decision for a later end; the evidence must still stand and the cap counts from today."""
    act.need(Right.ISSUE_ORDERS)
    order = locked(order)
    standing = live(order, act.now)
    if not standing.restricts:
        raise Refused("Only an order that was issued can be extended.")
    if standing.until is not None and until <= standing.until:
        raise Refused("The new end is not later than the present one; use “shorten” for an earlier end.")
    ground = _ground(order, act.now)
    problem = why_not_until(Reason(order.reason), act.now, until, ground.until)
    if problem:
        raise Refused(problem)
    decide(act, order, Step.EXTEND, until=until, evidence=ground.kind.value, evidence_ids=ground.ids)
    return order


@service
def shorten_order(act: Act, order: IsolationOrder, *, until: datetime) -> IsolationOrder:
    """An earlier end."""
    act.need(Right.ISSUE_ORDERS)
    order = locked(order)
    standing = live(order, act.now)
    if until <= act.now:
        raise Refused("The new end has passed already; use “release”.")
    if standing.until is not None and until >= standing.until:
        raise Refused("The new end is not earlier than the present one; a later end is a new decision (“extend”).")
    decide(act, order, Step.SHORTEN, until=until)
    return order


@service
def release_order(act: Act, order: IsolationOrder, *, because: str = "evidence_gone") -> IsolationOrder:
    """End an order now. `because`: one of the words of RELEASES."""
    act.need(Right.ISSUE_ORDERS)
    if because not in RELEASES:
        raise Refused("Choose why the order ends from the list.")
    order = locked(order)
    live(order, act.now)
    decide(act, order, Step.RELEASE, because=because)
    return order


#: Why an order ends before its time.
RELEASES = ("evidence_gone", "negative_results", "moved_to_hospital", "moved_to_site", "issued_in_error", "time_served")


@service
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
    """Orders for a list: each name needs its own path; those without are refused, and many of them raise one alarm (S3)."""
    act.need(Right.ISSUE_ORDERS)
    issued = refused = 0
    for record_id in record_ids:
        ground = ground_for(record_id, reason, place.area_code, act.now)
        if ground is None or why_not_issue(reason, ground.kind, legal_basis, act.now, until, ground.until):
            refused += 1
            continue
        order = _row(act, record_id, kind, place, reason, legal_basis, until, None)
        decide(act, order, Step.ISSUE, until=until, evidence=ground.kind.value, evidence_ids=ground.ids)
        issued += 1
    alarm = _count_without_path(act, place.area_code, source_ref, refused) if refused else False
    act.log("orders.list.handled", area=place.area_code, source=source_ref[:60], issued=issued, refused=refused)
    return Outcome(issued, refused, alarm)


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
        subject=("orders.source", uuid7()), title="Restrictions asked for without evidence", facts={"count": before + n, "source": source},
    )  # fmt: skip
    return True


def _new(
    act: Act, record_id: UUID, evidence: Evidence, kind: Kind, place: Place, reason: Reason, basis: LegalBasis, until: datetime,
    origin: tuple[str, UUID] | None,
) -> tuple[IsolationOrder, Ground]:  # fmt: skip
    """Check the evidence and make the order's row, without a decision yet."""
    ground = ground_for(record_id, reason, place.area_code, act.now)
    problem = why_not_issue(reason, ground.kind if ground else None, basis, act.now, until, ground.until if ground else None)
    if problem or ground is None:
        raise Refused(problem)
    if ground.kind is not evidence:
        raise Refused("The evidence named is not the one that stands; open the person's evidence again.")
    return _row(act, record_id, kind, place, reason, basis, until, origin), ground


def _row(
    act: Act,
    record_id: UUID,
    kind: Kind,
    place: Place,
    reason: Reason,
    basis: LegalBasis,
    until: datetime,
    origin: tuple[str, UUID] | None,
) -> IsolationOrder:
    order = IsolationOrder(
        area_code=place.area_code, record_id=record_id, person_id=below.persons_of([record_id]).get(record_id), kind=kind.value,
        reason=reason.value, legal_basis=basis.code, rule_version=RULE_VERSION, made_at=act.now, open_until=until,
        origin_kind=origin[0] if origin else "", origin_id=origin[1] if origin else None,
    )  # fmt: skip
    order.number = f"{act.now.astimezone(COUNTY):%Y%m%d}-{order.id.hex[-8:].upper()}"
    order.page_digest = hashlib.sha256(links.token_of(order)).digest()
    if place.address:
        order.address_sealed = vault.seal("orders_order", "address", record_id, place.address)
    if order.person_id and _bound_already(order, act.now):
        raise Refused("This person is under an order already; extend or end that one.")
    order.save()
    return order


def _bound_already(order: IsolationOrder, at: datetime) -> bool:
    from nanxi.orders import chain

    rows = IsolationOrder.everything.filter(person_id=order.person_id, open_until__gt=at).prefetch_related("decisions")
    return any(chain.standing(row, at).restricts for row in rows)


def _ground(order: IsolationOrder, at: datetime) -> Ground:
    ground = ground_for(order.record_id, Reason(order.reason), order.area_code, at)
    if ground is None:
        raise Refused("The evidence this order rested on does not stand any more; release the person.")
    return ground
