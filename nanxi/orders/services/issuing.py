"""Issuing, extending, shortening and releasing orders. No order without an evidence path; an end always (S2, S3, S6)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import COUNTY
from nanxi.foundation.rights import Right
from nanxi.orders import below, chain, links, queries
from nanxi.orders.evidence import Ground, ground_for
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import (
    RULE_VERSION,
    Evidence,
    Kind,
    LegalBasis,
    Reason,
    State,
    Step,
    why_not_issue,
    why_not_until,
)
from nanxi.orders.services.deciding import decide, live, locked
from nanxi.orders.services.width import is_wide, need_narrow

#: Half a day at most between the decision and the door.
SERVE_WITHIN = timedelta(hours=12)


@dataclass(frozen=True)
class Place:
    """Where the order is carried out: the area that answers for it, and the address as the person gives it."""

    area_code: str
    address: str = ""


@service
def propose_order(
    act: Act, *, record_id: UUID, evidence: Evidence, kind: Kind, place: Place, reason: Reason, legal_basis: LegalBasis,
    until: datetime, origin: tuple[str, UUID] | None = None,
) -> IsolationOrder:  # fmt: skip
    """An order somebody with the right to issue still has to sign. It restricts nobody. Raises Refused."""
    order, ground = _new(act, record_id, evidence, kind, place, reason, legal_basis, until, origin)
    wide = {"wide": True} if is_wide(act, [ground]) else {}
    decide(act, order, Step.PROPOSE, until=until, evidence=ground.kind.value, evidence_ids=ground.ids, **wide)
    return order


@service
def issue_order(
    act: Act, *, record_id: UUID, evidence: Evidence, kind: Kind, place: Place, reason: Reason, legal_basis: LegalBasis,
    until: datetime, origin: tuple[str, UUID] | None = None,
) -> IsolationOrder:  # fmt: skip
    """Issue an order on evidence that stands now. Raises Refused naming what is missing."""
    act.need(Right.ISSUE_ORDERS)
    order, ground = _new(act, record_id, evidence, kind, place, reason, legal_basis, until, origin)
    need_narrow(act, ground)
    sign(act, order, ground, until)
    return order


@service
def issue_proposed(act: Act, order: IsolationOrder) -> IsolationOrder:
    """Sign a proposed order; its evidence is looked at again."""
    act.need(Right.ISSUE_ORDERS)
    order = locked(order)
    standing = live(order, act.now)
    if standing.state is not State.PROPOSED:
        raise Refused(_("This order was issued already."))
    own = any(row.by == act.actor.handle for row in chain.decisions_of(order))
    if own and any(row.facts.get("wide") for row in chain.decisions_of(order)):
        raise Refused(_("You proposed this list; so many orders at once are issued by another officer."))
    if order.person_id and queries.is_bound(order.person_id, act.now):
        raise Refused(_("This person is under an order already; extend or end that one."))
    ground = _ground(order, act.now)
    problem = why_not_until(Reason(order.reason), act.now, standing.until, ground.until)
    if problem or standing.until is None:
        raise Refused(problem)
    if own:
        need_narrow(act, ground)
    sign(act, order, ground, standing.until)
    return order


@service
def extend_order(act: Act, order: IsolationOrder, *, until: datetime) -> IsolationOrder:
    """A new decision for a later end; the evidence must still stand and the cap counts from today."""
    act.need(Right.ISSUE_ORDERS)
    order = locked(order)
    standing = live(order, act.now)
    if not standing.restricts:
        raise Refused(_("Only an order that was issued can be extended."))
    if standing.until is not None and until <= standing.until:
        raise Refused(_("The new end is not later than the present one; use “shorten” for an earlier end."))
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
        raise Refused(_("The new end has passed already; use “release”."))
    if standing.until is not None and until >= standing.until:
        raise Refused(_("The new end is not earlier than the present one; a later end is a new decision (“extend”)."))
    decide(act, order, Step.SHORTEN, until=until)
    return order


@service
def release_order(act: Act, order: IsolationOrder, *, because: str = "evidence_gone") -> IsolationOrder:
    """End an order now. `because`: one of the words of RELEASES."""
    act.need(Right.ISSUE_ORDERS)
    if because not in RELEASES:
        raise Refused(_("Choose why the order ends from the list."))
    order = locked(order)
    live(order, act.now)
    decide(act, order, Step.RELEASE, because=because)
    return order


#: Why an order ends before its time.
RELEASES = ("evidence_gone", "negative_results", "moved_to_hospital", "moved_to_site", "issued_in_error", "time_served")


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
        raise Refused(_("The evidence named is not the one that stands; open the person's evidence again."))
    return make_row(act, record_id, kind, place, reason, basis, until, origin), ground


def make_row(
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
    if order.person_id and queries.is_bound(order.person_id, act.now):
        raise Refused(_("This person is under an order already; extend or end that one."))
    if queries.is_waiting(order.origin_id, order.person_id, act.now):
        raise Refused(_("A proposed order for this person waits already; issue that one."))
    order.save()
    return order


def sign(act: Act, order: IsolationOrder, ground: Ground, until: datetime) -> None:
    """The decision that binds the person, and the task to serve it: nobody is bound by an order nobody told him of."""
    decide(act, order, Step.ISSUE, until=until, evidence=ground.kind.value, evidence_ids=ground.ids)
    below.open_task(
        act, kind="serve", area=order.area_code, title=gettext_noop("Serve an isolation order"),
        subject=("orders.order", order.id), record_id=order.record_id, person_id=order.person_id, due=act.now + SERVE_WITHIN,
        facts={"number": order.number},
    )  # fmt: skip


def _ground(order: IsolationOrder, at: datetime) -> Ground:
    ground = ground_for(order.record_id, Reason(order.reason), order.area_code, at)
    if ground is None:
        raise Refused(_("The evidence this order rested on does not stand any more; release the person."))
    return ground
