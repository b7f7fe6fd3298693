"""Objects of the orders room for the access test: an order in each town, resting on a published area notice, and its phone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Role
from nanxi.orders import services
from nanxi.orders.models import AreaNotice, DeadLetter, IsolationOrder
from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason
from nanxi.people import services as people
from tests.access.objects import World, made_by


def notice_in(world: World, area: str) -> AreaNotice:
    act = world.act(Role.HQ_DESK)
    begin = act.now - timedelta(hours=1)
    until = act.now + timedelta(days=7)
    return services.draft_notice(act, area=area, legal_basis="law_41_area", valid_from=begin, valid_until=until)


@made_by(
    "order", "order-read", "order-notice", "order-notice-pdf", "order-certificate-pdf",
    "order-serve", "order-extend", "order-release", "order-contest",
    "order-answer",
    "order-device", "order-certificate", "order-sign", "order-care", "order-home", "order-learn", "order-household",
    "order-leave",
)  # fmt: skip
def an_order(world: World, area: str) -> UUID:
    services.publish_notice(world.act(Role.EPIDEMIOLOGIST), notice_in(world, area))
    act = world.act(Role.HQ_DESK)
    identity = people.Identity(name="Lin Jia", phone="13800000001")
    record = people.record_claim(act, area=area, source_kind="test", source_ref=f"order-{area}", identity=identity)
    return services.issue_order(
        act, record_id=record, evidence=Evidence.AREA_NOTICE, kind=Kind.HOME, place=services.Place(area, "1 Riverside"),
        reason=Reason.AREA_RESIDENT, legal_basis=LegalBasis.LAW_41_AREA, until=act.now + timedelta(days=6),
    ).id  # fmt: skip


@made_by("order-device-revoke")
def a_phone(world: World, area: str) -> UUID:
    order = IsolationOrder.everything.get(pk=an_order_once(world, area))
    return services.make_device(world.act(Role.HQ_DESK), order, label="phone").id


def an_order_once(world: World, area: str) -> UUID:
    """The order that `order` shows, made when the phone is asked for first."""
    key = (an_order, area)
    if key not in world.made:
        world.made[key] = an_order(world, area)
    return world.made[key]


@made_by("notice", "notice-publish", "notice-end-ask", "notice-end")
def a_draft(world: World, area: str) -> UUID:
    return notice_in(world, area).id


@made_by("ingest-letter", "ingest-letter-retry", "ingest-letter-discard")
def a_letter(world: World, area: str) -> str:
    act = world.act(Role.HQ_DESK)
    order = an_order_once(world, area)
    return str(DeadLetter.objects.create(area_code=area, order_id=order, rx=act.now, reason="no_tst", sealed=b"x").pk)


@made_by("fence-policy-publish")
def a_version(world: World, area: str) -> UUID:
    return services.draft_policy(world.act(Role.HQ_DESK), version=f"v-{area[6:9]}", changes={"buffer_m": 30}).id


@made_by("hold-open", "hold-lift")
def a_hold(world: World, area: str) -> UUID:
    act = world.act(Role.HQ_DESK)
    return services.ask_hold(act, first=county_day(act.now), last=county_day(act.now), reason="court", days=5).id
