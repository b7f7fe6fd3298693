"""Contests: on the own page or on paper at the town; answered by another officer within 24 h, or the order falls (S5)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.foundation import areas
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right
from nanxi.orders import answers, below, chain
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import Step, may_answer
from nanxi.orders.services.deciding import decide, live, locked

CHANNELS = ("own_page", "paper", "phone")
OUTCOMES = ("upheld", "shortened", "released")
#: Longest statement of a contest; more goes on paper.
LONGEST_TEXT = 1000


@service
def contest_order(act: Act, order: IsolationOrder, *, text: str, channel: str, word: str = "") -> IsolationOrder:
    """Take a contest. It starts a task for another officer; the clock runs from now.

    `word`: chosen by the person; whoever gives it on the own page may read the answer in words.
    """
    if channel not in CHANNELS:
        raise Refused(_("Choose how the contest came in from the list."))
    order = locked(order)
    standing = live(order, act.now)
    if not standing.restricts:
        raise Refused(_("This order does not bind anybody yet, so there is nothing to contest."))
    if standing.contested_at is not None:
        raise Refused(_("A contest of this order is being answered already; the answer comes within 24 hours."))
    known = {"word": answers.mark_of(order, word)} if word.strip() else {}
    decide(act, order, Step.CONTEST, text=text.strip()[:LONGEST_TEXT], channel=channel, **known)
    due = chain.standing(order, act.now).answer_by
    below.open_task(
        act, kind="contest", area=areas.town_of(order.area_code), title=gettext_noop("Answer a contest"),
        subject=("orders.order", order.id), record_id=order.record_id, person_id=order.person_id, due=due, priority=1,
        facts={"number": order.number},
    )  # fmt: skip
    return order


@service
def answer_contest(
    act: Act, order: IsolationOrder, *, outcome: str, until: datetime | None = None, text: str = ""
) -> IsolationOrder:
    """Answer: "upheld", "shortened" (with the new end) or "released". Never by an officer who decided for the restriction."""
    act.need(Right.ANSWER_CONTESTS)
    order = locked(order)
    standing = live(order, act.now)
    if standing.contested_at is None:
        raise Refused(_("This order is not contested."))
    decisions = [chain.plain(row) for row in chain.decisions_of(order)]
    if not may_answer(decisions, act.actor.handle):
        raise Refused(_("You decided on this order yourself; another officer answers the contest."))
    if outcome == "shortened" and (until is None or until <= act.now or (standing.until and until >= standing.until)):
        raise Refused(_("A shortened order needs an end that lies ahead and before the present one."))
    if outcome not in OUTCOMES:
        raise Refused(_("Choose the answer from the list: upheld, shortened or released."))
    decide(act, order, Step.ANSWER, until=until if outcome == "shortened" else None, text=text[:LONGEST_TEXT], outcome=outcome)
    if outcome == "released":
        decide(act, order, Step.RELEASE, because="issued_in_error")
    below.close_tasks(act, "contest", order.pk, "answered")
    return order
