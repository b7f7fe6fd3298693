"""What the own page tells: status, reason, kind of evidence, who decided, who looked. Nothing sealed is opened for it.

The page stands behind a link on paper that others may find: it names nobody, neither the person nor a case nor an officer
(unit and role stand for the officer).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.foundation import units
from nanxi.foundation.clock import COUNTY
from nanxi.foundation.grants import Purpose
from nanxi.foundation.models import LedgerEntry, Unit, User
from nanxi.orders import answers, care_queries, chain, wording
from nanxi.orders import queries as orders
from nanxi.orders.care import NeedKind
from nanxi.orders.models import AreaNotice, AskedCheckin, HealthReport, IsolationOrder, Need, OrderDecision
from nanxi.orders.rules import Evidence, Kind, Standing, State, Step
from nanxi.web.parts import Moment


@dataclass(frozen=True)
class Look:
    """Somebody opened the person's record: when, from which unit, in which role, what for."""

    at: datetime
    unit: str
    role: Any
    purpose: Any


@dataclass(frozen=True)
class OwnPage:
    """Everything the page shows, in words."""

    order: IsolationOrder
    standing: Standing
    place: Any
    reason: str
    basis: str
    evidence: Any
    issued: datetime | None
    ended: Any
    #: The person's own positive result carries the order: an unanswered contest does not end it (S5).
    proven: bool
    #: A decision of the order does not verify and is not believed.
    forged: bool
    #: Numbers of further orders that bind the person.
    others: list[str]
    moments: list[Moment]
    looks: list[Look]
    town: Unit | None
    care: Care
    #: An answer in words waits that the person's own word opens.
    answer_waits: bool


@dataclass(frozen=True)
class Member:
    """One order that this page reports for: its number, and today's report if it came."""

    order: IsolationOrder
    today: HealthReport | None

    @property
    def words(self) -> Any:
        return wording.HEALTH[self.today.outcome][0] if self.today else ""

    @property
    def tone(self) -> str:
        return wording.HEALTH[self.today.outcome][1] if self.today else "wait"


@dataclass(frozen=True)
class Asked:
    """One thing the person asked for, and what became of it."""

    kind: str
    at: datetime
    words: Any
    tone: str


@dataclass(frozen=True)
class Care:
    """What the page asks and tells while the order binds."""

    members: list[Member]
    needs: list[Asked]
    checkin: AskedCheckin | None
    watch: Any
    #: The fence waits for a word from home.
    please: bool
    #: The number of the order whose page reports for this one too; "" when none does.
    reported_by: str = ""


def order_behind(token: bytes, at: datetime) -> IsolationOrder | None:
    """The order a link belongs to; none before it is issued, for a proposal binds nobody. Call in the county's scope."""
    order = orders.order_by_token(hashlib.sha256(token).digest())
    if order is None or chain.standing(order, at).state is State.PROPOSED:
        return None
    return order


def own_page(order: IsolationOrder, at: datetime) -> OwnPage:
    """The page of one order at a time."""
    rows, forged = orders.decisions_of(order)
    standing = chain.standing(order, at)
    evidence = orders.evidence_kind(order)
    status = orders.status_of(order.person_id, at) if order.person_id else None
    town = units.serving(order.area_code, Unit.Kind.TOWN) or units.serving(order.area_code, Unit.Kind.HEADQUARTERS)
    looks = _reads(order)
    servers = [str(row.facts.get("served_by", "")) for row in rows]
    who = _Officers([*(row.by for row in rows), *servers, *(entry.actor for entry in looks)])
    return OwnPage(
        order=order, standing=standing, place=wording.KINDS[Kind(order.kind)], reason=wording.reason_of(order.reason),
        basis=wording.basis_of(order.legal_basis), evidence=wording.EVIDENCE[evidence] if evidence else "",
        issued=next((row.at for row in rows if row.step == Step.ISSUE.value), None),
        ended=wording.ENDED.get(standing.ended_how, ""), proven=evidence is Evidence.OWN_CASE, forged=forged, town=town,
        others=[number for number in status.orders if number != order.number] if status else [],
        moments=[_moment(row, who) for row in reversed(rows)], looks=[who.look(entry) for entry in looks],
        care=_care(order, standing, at), answer_waits=answers.may_ask(order),
    )  # fmt: skip


def _care(order: IsolationOrder, standing: Standing, at: datetime) -> Care:
    """Empty when the order binds nobody: nothing is asked of a free person."""
    if not standing.restricts:
        return Care([], [], None, "", False)
    members = orders.household_of(order, at) if order.household == order.pk else [order]
    fence = orders.fence_of(order)
    return Care(
        members=[Member(one, care_queries.reported_today(one, at)) for one in members],
        needs=[_asked(need) for need in care_queries.needs_of(order)[:5]],
        checkin=care_queries.asked_checkin(order, at), watch=wording.WATCHES.get(order.watch, ""),
        please=fence is not None and fence.name == "SUSPECT", reported_by=_reported_by(order),
    )  # fmt: skip


def _reported_by(order: IsolationOrder) -> str:
    if order.household in (None, order.pk):
        return ""
    lead = orders.order_by_id(order.household)
    return lead.number if lead else ""


def _asked(need: Need) -> Asked:
    kind, (words, tone) = NeedKind.of(need.kind), wording.NEED_RESULTS.get(need.result, wording.NEED_RESULTS[""])
    return Asked(_(kind.label) if kind else "", need.asked_at, words, tone)


def _reads(order: IsolationOrder) -> list[LedgerEntry]:
    """All openings of the person's record in the ledger, newest first. A record without a person yet stands for its own."""
    whose = [order.record_id, *([order.person_id] if order.person_id else [])]
    return list(LedgerEntry.objects.filter(person_id__in=whose, kind="people.person.read").order_by("-at", "-id"))


@dataclass(frozen=True)
class Paper:
    """What the page behind a printed code says: that the number is genuine and what holds now. No person."""

    number: str
    what: Any
    words: Any
    tone: str
    since: datetime | None
    until: datetime | None


def paper(kind: str, object_id: UUID, at: datetime) -> Paper | None:
    """The order ("o") or area notice ("n") behind a printed code. Call in the county's scope."""
    if kind == "n":
        notice = orders.published_notice(object_id)
        return _notice_paper(notice, at) if notice else None
    order = orders.order_by_id(object_id) if kind == "o" else None
    if order is None:
        return None
    standing = chain.standing(order, at)
    if standing.state is State.PROPOSED:
        return None
    words, tone = (_("in force"), "warn") if standing.restricts else (wording.ENDED.get(standing.ended_how, _("ended")), "ok")
    return Paper(order.number, _("Order of medical observation"), words, tone, order.made_at, standing.until)


def _notice_paper(notice: AreaNotice, at: datetime) -> Paper:
    held = notice.valid_from <= at < notice.valid_until
    over = _("ended early") if notice.ended_at else _("ended")
    after = (over, "ok") if at >= notice.valid_until else (_("not yet in force"), "wait")
    words, tone = (_("in force"), "warn") if held else after
    return Paper(notice.number, _("Area notice"), words, tone, notice.valid_from, notice.valid_until)


class _Officers:
    """Unit and role for the handles of officers, looked up once."""

    def __init__(self, handles: Iterable[str]) -> None:
        ids = {user_id for handle in handles if (user_id := _user_id(handle))}
        self.users = {user.id: user for user in User.objects.filter(pk__in=ids).select_related("unit")}

    def user(self, handle: str) -> User | None:
        user_id = _user_id(handle)
        return self.users.get(user_id) if user_id else None

    def words(self, handle: str) -> str:
        """ "East town · Town duty officer", the person, or the rule."""
        if handle.startswith("service:"):
            return _("by rule")
        if handle.startswith("person:"):
            return _("you")
        user = self.user(handle)
        return f"{user.unit} · {_(user.role.label)}" if user else _("an officer")

    def look(self, entry: LedgerEntry) -> Look:
        user = self.user(entry.actor)
        unit = str(user.unit) if user else "–"
        return Look(entry.at, unit, _(user.role.label) if user else _("an officer"), Purpose(entry.purpose).label)


def _user_id(handle: str) -> UUID | None:
    try:
        return UUID(handle.removeprefix("user:")) if handle.startswith("user:") else None
    except ValueError:
        return None


def _moment(row: OrderDecision, who: _Officers) -> Moment:
    step = Step(row.step)
    title, tone = wording.STEPS[step]
    facts = row.facts
    said = {
        Step.SERVE: wording.HOWS.get(str(facts.get("how"))),
        Step.RELEASE: wording.RELEASES.get(str(facts.get("because"))),
        Step.CONTEST: wording.CHANNELS.get(str(facts.get("channel"))),
        Step.ANSWER: wording.OUTCOMES.get(str(facts.get("outcome"))),
    }.get(step)
    until = _("until %(until)s") % {"until": f"{row.until.astimezone(COUNTY):%Y-%m-%d %H:%M}"} if row.until else ""
    by = who.words(str(facts.get("served_by") or row.by) if step is Step.SERVE else row.by)
    return Moment(row.at, title, " · ".join(str(part) for part in (said, until) if part), by, tone)
