"""Rows as pages show them: masked label, words, tones. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from nanxi.desk import links
from nanxi.foundation import areas, vault
from nanxi.foundation.clock import COUNTY
from nanxi.foundation.models import User
from nanxi.orders import care_queries, queries, wording
from nanxi.orders.care import Symptom
from nanxi.orders.models import FenceEvent, HealthReport, IsolationOrder, OrderDecision
from nanxi.orders.queries import OrderLine
from nanxi.orders.rules import Kind, Step
from nanxi.web.parts import Moment


def id_of(text: str | None) -> UUID | None:
    """The id a form or address names; None when it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def found(order_id: UUID) -> IsolationOrder:
    """The order in scope, or 404."""
    order = queries.order_by_id(order_id)
    if order is None:
        raise Http404
    return order


@dataclass(frozen=True)
class Row:
    """One line of the list of orders."""

    order: IsolationOrder
    label: Any
    area: str
    kind: Any
    reason: str
    state: Any
    tone: str
    fence: Any
    fence_tone: str
    until: datetime | None
    days_left: int | None
    answer_by: datetime | None


def rows_of(orders: Sequence[IsolationOrder], at: datetime) -> list[Row]:
    lines = queries.lines_of(orders, at)
    names = areas.names_of(areas.town_of(order.area_code) for order in orders)
    return [_row(line, names) for line in lines]


def _row(line: OrderLine, names: dict[str, str]) -> Row:
    state, tone = wording.state_of(line.standing)
    fence, fence_tone = wording.FENCE.get(line.fence, wording.FENCE[""]) if line.standing.restricts else ("–", "quiet")
    town = areas.town_of(line.order.area_code)
    return Row(
        order=line.order, label=line.label, area=names.get(town, town), kind=wording.KINDS[Kind(line.order.kind)],
        reason=wording.reason_of(line.order.reason), state=state, tone=tone, fence=fence, fence_tone=fence_tone,
        until=line.standing.until, days_left=line.days_left, answer_by=line.standing.answer_by,
    )  # fmt: skip


def officers_of(handles: Iterable[str]) -> dict[str, str]:
    """Handle → display name and unit of who acted; parts of the house and the person keep a word of their own."""
    known = {handle: id_of(handle.removeprefix("user:")) for handle in handles if handle.startswith("user:")}
    users = User.objects.filter(pk__in=[found for found in known.values() if found]).select_related("unit")
    named = {user.id: f"{user.display_name} · {user.unit}" for user in users}
    return {handle: named.get(user_id) or str(_("an officer")) for handle, user_id in known.items() if user_id}


def by_whom(handle: str, named: dict[str, str]) -> str:
    if handle.startswith("service:"):
        return str(_("by rule"))
    return named.get(handle) or str(_("the person concerned"))


def moments_of(order: IsolationOrder, rows: Sequence[OrderDecision], texts: dict[UUID, str]) -> list[Moment]:
    """The verified decisions, newest first: who, when, why. `texts`: statements opened for this answer."""
    handles = {row.by for row in rows} | {str(row.facts.get("served_by", "")) for row in rows}
    named = officers_of(handles)
    moments = []
    for row in reversed(rows):
        title, tone = wording.STEPS[Step(row.step)]
        said = [part for part in (_why(order, row, named), texts.get(row.pk, "")) if part]
        moments.append(Moment(row.at, title, " · ".join(said), by_whom(row.by, named), tone))
    return moments


def _why(order: IsolationOrder, row: OrderDecision, named: dict[str, str]) -> str:
    step, facts = Step(row.step), row.facts
    parts = [str(part) for part in _facts_in_words(order, step, facts, named) if part]
    if row.until:
        parts.append(_("until %(until)s") % {"until": f"{row.until.astimezone(COUNTY):%Y-%m-%d %H:%M}"})
    return _("; ").join(parts)


def _facts_in_words(order: IsolationOrder, step: Step, facts: dict[str, Any], named: dict[str, str]) -> list[Any]:
    if step in (Step.PROPOSE, Step.ISSUE, Step.EXTEND):
        return [wording.reason_of(order.reason), evidence_word(str(facts.get("evidence", "")))]
    if step is Step.SERVE:
        who = by_whom(str(facts.get("served_by", "")), named)
        return [wording.HOWS.get(str(facts.get("how"))), wording.LANGUAGES.get(str(facts.get("language"))), who]
    if step is Step.HOME:
        return [wording.TAKEN.get(str(facts.get("how")))]
    if step is Step.RELEASE:
        return [wording.RELEASES.get(str(facts.get("because")))]
    if step is Step.CONTEST:
        return [wording.CHANNELS.get(str(facts.get("channel")))]
    if step is Step.ANSWER:
        return [wording.OUTCOMES.get(str(facts.get("outcome")))]
    return []


def evidence_word(code: str) -> Any:
    return next((words for kind, words in wording.EVIDENCE.items() if kind.value == code), "")


def said_by_fence(events: Sequence[FenceEvent]) -> list[Moment]:
    """What the fence said, with the figures it rests on."""
    return [_event(event) for event in events]


def _event(event: FenceEvent) -> Moment:
    title, tone = wording.EVENTS.get(event.event, (event.event, "quiet"))
    parts = [str(wording.WHY.get(event.reason, event.reason))]
    if event.notice is not None:
        parts = [_("Area notice %(number)s.") % {"number": event.notice.number}]
    elif event.fixes and event.distance_m > 0:
        figures = _("%(n)d fixes, %(s)d s, %(m)d m outside, accuracy %(acc)d m")
        told = {"n": event.fixes, "s": round(event.dwell_s), "m": max(0, round(event.distance_m)), "acc": round(event.acc_m)}
        parts.append(figures % told)
    return Moment(event.at, title, _("; ").join(parts), "", tone)


def statements_of(order: IsolationOrder, rows: Sequence[OrderDecision]) -> dict[UUID, str]:
    """What was said in a contest and its answer, unsealed. Only after a grant."""
    texts: dict[UUID, str] = {}
    for row in rows:
        try:
            texts[row.pk] = queries.contest_text(order, row)
        except vault.Sealed:
            texts[row.pk] = _("destroyed with its key")
    return texts


def evidence_links(kind: str, ids: Sequence[str]) -> list[dict[str, str]]:
    """Words and address of each thing an order rests on; the address is "" where its room shows none."""
    if kind == "area_notice":
        return [{"words": _("area notice"), "url": reverse("notices")} for _one in ids]
    words = [_("the case"), _("the contact with it")]
    kinds = ["cases.case", "cases.contact"]
    return [
        {"words": word, "url": links.address_of(of, id_of(one))} for word, of, one in zip(words, kinds, ids, strict=False)
    ]  # fmt: skip


def health_told(order: IsolationOrder, rows: Sequence[HealthReport]) -> list[dict[str, Any]]:
    """Temperature and symptoms of the latest reports, unsealed. Only after a grant."""
    labels = {one.code: _(one.label) for one in Symptom}
    told = []
    for row in rows:
        said = care_queries.told_in(order, row)
        symptoms = ", ".join(labels.get(code, code) for code in said.get("symptoms", []))
        outcome = wording.HEALTH[row.outcome]
        told.append({"at": row.at, "temperature": said.get("temperature"), "symptoms": symptoms, "outcome": outcome})
    return told
