"""The only reads of this room: orders of the scope, their standing, and what a person's status is. Status is derived (S1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from nanxi.foundation import areas, vault
from nanxi.orders import below, chain
from nanxi.orders.models import (
    AreaNotice,
    DeadLetter,
    FenceEvent,
    FenceState,
    HomePoint,
    IngestTally,
    IsolationOrder,
    OrderDecision,
    OrderDevice,
    OrderGround,
)
from nanxi.orders.rules import Evidence, Reason, Standing, State, Step


class Level(Enum):
    """What a person's status can be; nothing else exists, and nobody sets it."""

    FREE = "free"
    HOME = "home"
    SITE = "site"
    HOSPITAL = "hospital"


@dataclass(frozen=True)
class Status:
    """A person's status at a time, with the orders it follows from."""

    level: Level
    until: datetime | None = None
    orders: tuple[str, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True)
class OrderLine:
    """One row of the list of orders."""

    order: IsolationOrder
    standing: Standing
    #: Masked; None while nobody is known to stand behind the record.
    label: Any
    days_left: int | None
    fence: str


def status_of(person_id: UUID, at: datetime) -> Status:
    """What binds this person at `at`, from verified decisions only; the most restrictive order counts."""
    rows = IsolationOrder.everything.filter(person_id=person_id).prefetch_related("decisions")
    bound = [(order, standing) for order in rows if (standing := chain.standing(order, at)).restricts]
    if not bound:
        return Status(Level.FREE)
    levels = list(Level)
    order, standing = max(bound, key=lambda pair: levels.index(Level(pair[0].kind)))
    return Status(Level(order.kind), standing.until, tuple(row.number for row, _ in bound), Reason(order.reason))


def status_of_many(person_ids: Iterable[UUID], at: datetime) -> dict[UUID, Status]:
    """Statuses of the few persons on a page."""
    return {person: status_of(person, at) for person in person_ids}


def is_bound(person_id: UUID, at: datetime) -> bool:
    """Whether an order binds this person now."""
    rows = IsolationOrder.everything.filter(person_id=person_id, open_until__gt=at).prefetch_related("decisions")
    return any(chain.standing(row, at).restricts for row in rows)


def order_by_id(order_id: UUID) -> IsolationOrder | None:
    return IsolationOrder.objects.filter(pk=order_id).prefetch_related("decisions").first()


def order_by_token(digest: bytes) -> IsolationOrder | None:
    """The order whose own-page link has this digest (any area: the link is the key)."""
    return IsolationOrder.everything.filter(page_digest=digest).prefetch_related("decisions").first()


def orders_of_person(person_id: UUID) -> list[IsolationOrder]:
    return list(IsolationOrder.everything.filter(person_id=person_id).prefetch_related("decisions").order_by("-made_at"))


def order_by_number(number: str) -> IsolationOrder | None:
    """The order of the scope with this number."""
    return IsolationOrder.objects.filter(number=number.strip().upper()).prefetch_related("decisions").first()


def household_of(order: IsolationOrder, at: datetime) -> list[IsolationOrder]:
    """The orders behind one door that bind somebody, the one whose page answers first; a single order is its own household."""
    if order.household is None:
        return [order]
    rows = IsolationOrder.everything.filter(household=order.household, open_until__gt=at).prefetch_related("decisions")
    bound = [row for row in rows if row.pk == order.pk or chain.standing(row, at).restricts]
    return sorted(bound, key=lambda row: (row.pk != order.household, row.made_at, row.number))


def behind(lead: UUID) -> list[IsolationOrder]:
    """Every order for which the page of this one answers, ended ones too; held until the transaction ends."""
    return list(IsolationOrder.everything.select_for_update().filter(household=lead).order_by("pk"))


def waits_for_serving(order: IsolationOrder, at: datetime) -> bool:
    return chain.standing(order, at).state is State.ISSUED


def order_for_origin(kind: str, origin_id: UUID) -> IsolationOrder | None:
    """The order that was made from this contact or case."""
    return IsolationOrder.objects.filter(origin_kind=kind, origin_id=origin_id).order_by("-made_at").first()


def proposed_from(origin_ids: Iterable[UUID], at: datetime) -> list[IsolationOrder]:
    """Orders of the scope made from these contacts or cases that wait to be issued."""
    rows = IsolationOrder.objects.filter(origin_id__in=list(origin_ids), open_until__gt=at).prefetch_related("decisions")
    return [order for order in rows.order_by("number") if chain.standing(order, at).state is State.PROPOSED]


def is_waiting(origin_id: UUID | None, person_id: UUID | None, at: datetime) -> bool:
    """Whether a proposal about this contact, case or person waits for an officer to issue it, in any area."""
    if origin_id is None and person_id is None:
        return False
    about = Q(origin_id=origin_id) if origin_id else Q()
    about |= Q(person_id=person_id) if person_id else Q()
    rows = IsolationOrder.everything.filter(about, open_until__gt=at).prefetch_related("decisions")
    return any(chain.standing(row, at).state is State.PROPOSED for row in rows)


def issued_alone(handle: str, root: UUID, since: datetime) -> int:
    """How many orders on this case or notice an officer issued since then that no other officer had proposed."""
    others = OrderDecision.everything.filter(order=OuterRef("order"), step=Step.PROPOSE.value).exclude(by=handle)
    mine = OrderDecision.everything.filter(
        step=Step.ISSUE.value, by=handle, at__gt=since, order__in=OrderGround.everything.filter(evidence_id=root).values("order")
    )
    return mine.exclude(Exists(others)).count()


def proposed_by(orders: Iterable[IsolationOrder], handle: str) -> bool:
    """Whether this officer proposed any of them."""
    return any(row.by == handle for order in orders for row in chain.decisions_of(order))


#: Days after their end that orders stay in the list.
RECENT = timedelta(days=30)


def listed(at: datetime, *, which: str = "live", town: str = "") -> QuerySet[IsolationOrder]:
    """The scope's orders that run ("live", the next to end first), whose phone was never activated ("inactive") or that
    ended of late ("ended"), of one town or all."""
    rows = IsolationOrder.objects.prefetch_related("decisions")
    if town:
        low, high = areas.inside(town)
        rows = rows.filter(area_code__gte=low, area_code__lt=high)
    if which == "inactive":
        # Watched by positions, and no phone has shown anybody at home since it was served.
        unseen = Q(fence=None) | Q(fence__name="UNKNOWN")
        waiting = rows.filter(unseen, open_until__gt=at, watch="position", points__isnull=False)
        return waiting.distinct().order_by("open_until", "id")
    if which == "ended":
        return rows.filter(open_until__lte=at, open_until__gt=at - RECENT).order_by("-open_until", "id")
    return rows.filter(open_until__gt=at).order_by("open_until", "id")


def lines_of(orders: Sequence[IsolationOrder], at: datetime) -> list[OrderLine]:
    """Rows of a list with masked labels, in a fixed number of queries."""
    labels = below.masked_labels([order.person_id for order in orders if order.person_id])
    unknown = [order.record_id for order in orders if order.person_id not in labels]
    records = below.masked_records(unknown) if unknown else {}
    fences = dict(FenceState.objects.filter(order__in=orders).values_list("order_id", "name"))
    return [_line(order, labels.get(order.person_id) or records.get(order.record_id), fences, at) for order in orders]


def _line(order: IsolationOrder, label: Any, fences: dict[UUID, str], at: datetime) -> OrderLine:
    standing = chain.standing(order, at)
    left = (standing.until - at).days if standing.restricts and standing.until else None
    return OrderLine(order, standing, label, left, fences.get(order.pk, ""))


def decisions_of(order: IsolationOrder) -> tuple[list[OrderDecision], bool]:
    """The verified decisions and whether there are others that do not verify."""
    rows = chain.decisions_of(order)
    return rows, len(rows) != order.decisions.count()


def evidence_kind(order: IsolationOrder) -> Evidence | None:
    return chain.rests_on(chain.decisions_of(order))


def home_of(order: IsolationOrder) -> dict | None:
    """Home point in WGS-84 (lon, lat, acc, radius_m, datum, how), unsealed. Only after a grant or for the person."""
    point = HomePoint.everything.filter(order=order).order_by("-taken_at").first()
    if point is None:
        return None
    home = json.loads(vault.unseal("orders_homepoint", "point", order.record_id, bytes(point.point_sealed)))
    return {**home, "radius_m": point.radius_m, "datum": point.datum_source, "how": point.taken_how}


def address_of(order: IsolationOrder) -> str:
    if not order.address_sealed:
        return ""
    return vault.unseal("orders_order", "address", order.record_id, bytes(order.address_sealed))


def contest_text(order: IsolationOrder, row: OrderDecision) -> str:
    if not row.text_sealed:
        return ""
    return vault.unseal("orders_decision", str(row.pk), order.record_id, bytes(row.text_sealed))


def said_about(order: IsolationOrder, most: int = 30) -> list[FenceEvent]:
    """What the fence said, newest first."""
    return list(FenceEvent.everything.filter(order=order).order_by("-at", "-said_at")[:most])


def fence_of(order: IsolationOrder) -> FenceState | None:
    return FenceState.everything.filter(order=order).first()


def devices_of(order: IsolationOrder) -> list[OrderDevice]:
    return list(OrderDevice.everything.filter(order=order).order_by("made_at"))


def device_in_scope(device_id: UUID) -> OrderDevice | None:
    return OrderDevice.objects.filter(pk=device_id, revoked_at=None).first()


def notices(at: datetime) -> list[AreaNotice]:
    """Notices of the scope: drafted, in force, or ended of late; newest first."""
    return list(AreaNotice.objects.filter(valid_until__gt=at - RECENT).order_by("-valid_from", "id")[:200])


def published_notices(at: datetime) -> list[AreaNotice]:
    """Published notices of the scope that are in force, will be, or ended of late; the public may read them."""
    rows = AreaNotice.objects.filter(published_at__isnull=False, valid_until__gt=at - RECENT)
    return list(rows.order_by("-valid_from", "number")[:200])


def published_notice(notice_id: UUID) -> AreaNotice | None:
    return AreaNotice.objects.filter(pk=notice_id, published_at__isnull=False).first()


def notice_by_number(number: str) -> AreaNotice | None:
    """A published notice by its number."""
    return AreaNotice.objects.filter(number=number, published_at__isnull=False).first()


def notice_by_id(notice_id: UUID) -> AreaNotice | None:
    return AreaNotice.objects.filter(pk=notice_id).first()


def contested(at: datetime) -> list[IsolationOrder]:
    """Orders of the scope with a contest that waits for its answer, the next to fall first."""
    rows = IsolationOrder.objects.filter(open_until__gt=at, decisions__step="contest").distinct().prefetch_related("decisions")
    waiting = [(standing.answer_by, order) for order in rows if (standing := chain.standing(order, at)).answer_by]
    return [order for _, order in sorted(waiting, key=lambda pair: pair[0])]


def dead_letters() -> list[tuple[str, int, datetime]]:
    """Messages set aside that wait for a decision, by reason: how many, and when the last came. No persons."""
    waiting = DeadLetter.objects.filter(decision="")
    rows = waiting.values("reason").annotate(n=Count("id"), last=Max("rx")).order_by("-n", "reason")
    return [(row["reason"], row["n"], row["last"]) for row in rows]


def letters(decided: bool) -> QuerySet[DeadLetter]:
    """Messages set aside, the newest first: those that wait, or those that were decided."""
    which = ("retried", "discarded") if decided else ("",)
    return DeadLetter.objects.filter(decision__in=which).order_by("-rx", "-pk")


def letter_by_id(letter_id: int) -> DeadLetter | None:
    return DeadLetter.objects.filter(pk=letter_id).first()


def tallies(days: int = 7) -> list[IngestTally]:
    return list(IngestTally.objects.order_by("-day", "what")[: days * 20])


def count_live(at: datetime) -> dict[str, int]:
    """Orders of the scope that bind somebody now, by reason (for the brief; small numbers are the caller's duty)."""
    counted: dict[str, int] = {}
    for order in IsolationOrder.objects.filter(open_until__gt=at).prefetch_related("decisions"):
        if chain.standing(order, at).state in (State.ISSUED, State.SERVED, State.RUNNING):
            counted[order.reason] = counted.get(order.reason, 0) + 1
    return counted


def watched_by(at: datetime) -> dict[str, int]:
    """How many running orders of the scope the fence watches by each version of its rules."""
    rows = FenceState.objects.filter(order__open_until__gt=at, order__synthetic=False)
    return dict(rows.order_by().values_list("policy_version").annotate(n=Count("pk")))


def person_days(since: datetime, at: datetime) -> float:
    """Days in which the fence watched persons of the scope between two times: what false alarms are counted against."""
    rows = IsolationOrder.objects.filter(open_until__gt=since, points__isnull=False, watch="position")
    spans = rows.annotate(watched_from=Min("points__taken_at")).values_list("watched_from", "open_until")
    return sum(max(0.0, (min(end, at) - max(start, since)).total_seconds()) for start, end in spans) / 86400


def times_watched(at: datetime) -> list[tuple[UUID | None, datetime, datetime]]:
    """Person, from, until (at most `at`) of every order whose home point was taken: the time a departure can be noticed in."""
    rows = IsolationOrder.objects.filter(points__isnull=False).annotate(watched_from=Min("points__taken_at"))
    return [(order.person_id, order.watched_from, min(order.open_until, at)) for order in rows.order_by("made_at")]  # type: ignore[attr-defined]
