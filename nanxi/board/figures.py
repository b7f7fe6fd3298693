"""The figures of the daily brief, recomputed from ledger entries and nothing else: the same log gives the same brief. Pure.

What happened counts between `since` and `until`; what stood open counts at `until`. Checks and the persons checked are kept
apart, because one person is often on several lists (systems notes §3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID

#: Kinds the brief is made of; passages are grouped by the database and carry their number.
PASSAGE = "field.passage.recorded"
KINDS = (
    "desk.directive.received", "desk.directive.triaged", "desk.directive.answered", "desk.directive.withdrawn",
    "desk.task.closed", "cases.case.reported", "cases.case.confirmed", "cases.case.discarded", "cases.contact.accepted",
    "orders.order.issued", "orders.order.served", "orders.order.extended", "orders.order.shortened", "orders.order.released",
    "orders.order.contested", "desk.alert.raised", "desk.alert.acknowledged", "desk.alert.closed", "field.visit.recorded",
    PASSAGE,
)  # fmt: skip
#: Dispositions by which an alert was nobody's leaving (desk's closed list).
FALSE_ALARMS = frozenset({"drift", "datum", "address", "phone_fault"})


@dataclass(frozen=True)
class Entry:
    """What the brief reads of one ledger entry, or of `n` alike ones."""

    kind: str
    at: datetime
    area: str = ""
    subject: UUID | None = None
    person: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    n: int = 1


@dataclass(frozen=True)
class Figures:
    """Counts of a span. Spans of time in seconds; None when nothing was acknowledged."""

    directives_received: int = 0
    directives_answered: int = 0
    directives_open: int = 0
    directives_overdue: int = 0
    checks: int = 0
    persons_checked: int = 0
    checks_of_unknown: int = 0
    cases_reported: int = 0
    cases_confirmed: int = 0
    cases_discarded: int = 0
    contacts_accepted: int = 0
    orders_issued: int = 0
    orders_served: int = 0
    orders_ended: int = 0
    orders_contested: int = 0
    orders_in_force: int = 0
    alerts_raised: int = 0
    alerts_acknowledged: int = 0
    alerts_open: int = 0
    acknowledged_median_s: int | None = None
    acknowledged_worst_s: int | None = None
    alerts_closed: Mapping[str, int] = field(default_factory=dict[str, int])
    visits: int = 0
    passages: int = 0
    passages_hit: int = 0
    passages_fever: int = 0

    @property
    def alerts_closed_all(self) -> int:
        return sum(self.alerts_closed.values())

    @property
    def false_alarms(self) -> int:
        return sum(n for disposition, n in self.alerts_closed.items() if disposition in FALSE_ALARMS)


#: Entries by their kind, each in order of time: every figure then walks its own kind only.
Log = dict[str, list[Entry]]


def figures_of(entries: Iterable[Entry], *, since: datetime, until: datetime) -> Figures:
    """Figures of [since, until) from all entries there ever were, in order of time; later ones are ignored."""
    log: Log = {}
    new: Log = {}
    for entry in entries:
        if entry.at < until:
            log.setdefault(entry.kind, []).append(entry)
            if entry.at >= since:
                new.setdefault(entry.kind, []).append(entry)
    waits = _waits(log, since)
    return Figures(
        **_directives(log, new, until),
        **_checks(new),
        **_orders(log, new, since, until),
        cases_reported=len(_subjects(new, "cases.case.reported")),
        cases_confirmed=len(_subjects(new, "cases.case.confirmed")),
        cases_discarded=len(_subjects(new, "cases.case.discarded")),
        contacts_accepted=len(_subjects(new, "cases.contact.accepted")),
        alerts_raised=len(_subjects(new, "desk.alert.raised")),
        alerts_acknowledged=len(waits),
        alerts_open=len(_subjects(log, "desk.alert.raised") - _subjects(log, "desk.alert.closed")),
        acknowledged_median_s=round(median(waits)) if waits else None,
        acknowledged_worst_s=max(waits, default=None),
        alerts_closed=_by(new, "desk.alert.closed", "disposition"),
        visits=_count(new, "field.visit.recorded"),
        passages=_count(new, PASSAGE),
        passages_hit=_count(new, PASSAGE, "hit"),
        passages_fever=_count(new, PASSAGE, "fever"),
    )


def by_area(entries: Iterable[Entry], areas: Mapping[str, str]) -> dict[str, list[Entry]]:
    """Entries by the area (for example the town) that `areas` names for their own; others are left out."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.area in areas:
            found.setdefault(areas[entry.area], []).append(entry)
    return found


def _in_time(log: Log, *kinds: str) -> list[Entry]:
    """Entries of some kinds together, in order of time; of one moment, in the order of the kinds named."""
    return sorted((entry for kind in kinds for entry in log.get(kind, [])), key=lambda entry: entry.at)


def _subjects(log: Log, kind: str) -> set[UUID | None]:
    return {entry.subject for entry in log.get(kind, [])}


def _count(log: Log, kind: str, fact: str = "") -> int:
    return sum(entry.n for entry in log.get(kind, []) if not fact or entry.facts.get(fact))


def _by(log: Log, kind: str, fact: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in log.get(kind, []):
        word = str(entry.facts.get(fact, ""))
        counts[word] = counts.get(word, 0) + entry.n
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _time(fact: Any) -> datetime | None:
    """A time as the ledger keeps it: microseconds since 1970."""
    return datetime.fromtimestamp(fact / 1_000_000, UTC) if isinstance(fact, int) else None


def _directives(log: Log, new: Log, until: datetime) -> dict[str, int]:
    deadlines: dict[UUID | None, datetime | None] = {}
    for entry in _in_time(log, "desk.directive.received", "desk.directive.triaged"):
        deadlines[entry.subject] = _time(entry.facts.get("deadline")) or deadlines.get(entry.subject)
    ended = _subjects(log, "desk.directive.answered") | _subjects(log, "desk.directive.withdrawn")
    waiting = {subject: deadline for subject, deadline in deadlines.items() if subject not in ended}
    return {
        "directives_received": len(_subjects(new, "desk.directive.received")),
        "directives_answered": len(_subjects(new, "desk.directive.answered")),
        "directives_open": len(waiting),
        "directives_overdue": sum(deadline is not None and deadline < until for deadline in waiting.values()),
    }


def _checks(new: Log) -> dict[str, int]:
    checks = [entry for entry in new.get("desk.task.closed", []) if entry.facts.get("task_kind") == "verification"]
    return {
        "checks": len({entry.subject for entry in checks}),
        "persons_checked": len({entry.person for entry in checks if entry.person}),
        "checks_of_unknown": len({entry.subject for entry in checks if not entry.person}),
    }


def _orders(log: Log, new: Log, since: datetime, until: datetime) -> dict[str, int]:
    """An order ends by release, or by itself when its last decided end has come."""
    ends: dict[UUID | None, datetime] = {}
    for entry in _in_time(log, "orders.order.issued", "orders.order.extended", "orders.order.shortened", "orders.order.released"):
        if entry.kind == "orders.order.released":
            ends[entry.subject] = min(entry.at, ends.get(entry.subject, entry.at))
        elif end := _time(entry.facts.get("until")):
            ends[entry.subject] = end
    return {
        "orders_issued": len(_subjects(new, "orders.order.issued")),
        "orders_served": len(_subjects(new, "orders.order.served")),
        "orders_contested": len(_subjects(new, "orders.order.contested")),
        "orders_ended": sum(since <= end < until for end in ends.values()),
        "orders_in_force": sum(end >= until for end in ends.values()),
    }


def _waits(log: Log, since: datetime) -> list[int]:
    """Seconds from raising to the first acknowledgement, for those first acknowledged from `since` on."""
    raised: dict[UUID | None, datetime] = {}
    first: dict[UUID | None, datetime] = {}
    for entry in log.get("desk.alert.raised", []):
        raised.setdefault(entry.subject, entry.at)
    for entry in log.get("desk.alert.acknowledged", []):
        first.setdefault(entry.subject, entry.at)
    return [int((at - raised[alert]).total_seconds()) for alert, at in first.items() if at >= since and alert in raised]
