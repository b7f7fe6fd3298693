"""Reading the answer to a contest on the own page: only with the word that the person chose when contesting.

The page stands behind a link on paper that others may find, so it opens nothing sealed by itself. Of the word only a keyed mark
is kept; a few wrong tries close the way, and the town reads the answer out instead.
"""

from __future__ import annotations

import hmac

from nanxi.foundation import vault
from nanxi.foundation.models import LedgerEntry
from nanxi.orders import queries
from nanxi.orders.models import IsolationOrder, OrderDecision
from nanxi.orders.rules import Step

#: Wrong words after which the answer is read out by the town only.
MOST_TRIES = 5
MISSED = "orders.answer.missed"


def mark_of(order: IsolationOrder, word: str) -> str:
    """What is kept of the word: a MAC under a key outside the database."""
    return vault.mac("orders.answer", f"{order.pk}|{word.strip().casefold()}".encode()).hex()[:32]


def latest(order: IsolationOrder) -> tuple[OrderDecision | None, OrderDecision | None]:
    """The last contest and its answer, from verified decisions."""
    rows, _forged = queries.decisions_of(order)
    contest = next((row for row in reversed(rows) if row.step == Step.CONTEST.value), None)
    if contest is None:
        return None, None
    return contest, next((row for row in rows if row.step == Step.ANSWER.value and row.place > contest.place), None)


def may_ask(order: IsolationOrder) -> bool:
    """Whether an answer in words waits that a word can open."""
    contest, answer = latest(order)
    if contest is None or answer is None or not answer.text_sealed or not contest.facts.get("word"):
        return False
    return LedgerEntry.objects.filter(kind=MISSED, subject_id=order.pk).count() < MOST_TRIES


def opened_by(order: IsolationOrder, word: str) -> str:
    """The answer in words when the word is right; "" otherwise."""
    contest, answer = latest(order)
    if contest is None or answer is None or not may_ask(order):
        return ""
    if not hmac.compare_digest(str(contest.facts.get("word", "")), mark_of(order, word)):
        return ""
    try:
        return queries.contest_text(order, answer)
    except vault.Sealed:
        return ""
