"""Reads of checked lists: every list with its figures, one list by town and by place, the answer row by row.

Checks and distinct persons are counted apart: one person may stand on many lists. A check stays in the denominator until it
leaves the list itself; ended without a result is no result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from nanxi.desk import below, rules
from nanxi.desk.models import Directive, Finding, HandOver, Task
from nanxi.desk.queries.worklist import key_of
from nanxi.foundation import areas

KIND = rules.TaskKind.VERIFICATION.code
_BY_RESULT = {of.code: Count("id", filter=Q(result=result)) for result, of in rules.OF_RESULT.items()}


@dataclass(frozen=True)
class Tally:
    """Checks of one place by what became of them. `known`: open ones about which the house holds a fact already."""

    code: str
    name: str
    checks: int
    here: int
    left: int
    not_found: int
    wrong: int
    refused: int
    ended: int
    open: int
    late: int
    known: int = 0

    @property
    def answered(self) -> int:
        return self.here + self.left + self.not_found

    @property
    def percent(self) -> int:
        return rules.share(self.answered, self.checks)


@dataclass(frozen=True)
class Figures:
    """Lists, checks and distinct persons in the reader's scope, never added up."""

    lists: int
    checks: int
    persons: int


def checks_of(directive: Directive) -> QuerySet[Task]:
    """All checks that still stand on the list."""
    return Task.objects.filter(directive=directive, kind=KIND).exclude(ended_for="gone")


def lists() -> QuerySet[Directive]:
    """Directives that came with a list, newest first."""
    return Directive.objects.filter(batch_id__isnull=False).order_by("-received_at", "-id")


def lists_after(after: str, size: int) -> tuple[list[Directive], str]:
    """The page that follows a key, and the key of the next one ("" at the end)."""
    at, last = key_of(after)
    rows = lists()
    if at is not None and last is not None:
        rows = rows.filter(received_at__lte=at).filter(Q(received_at__lt=at) | Q(id__lt=last))
    found = list(rows[: size + 1])
    more = found[size - 1] if len(found) > size else None
    return found[:size], f"{more.received_at.isoformat()}~{more.id}" if more else ""


def figures() -> Figures:
    rows = Task.objects.filter(kind=KIND, directive__isnull=False).exclude(ended_for="gone").order_by()
    counts = rows.aggregate(
        checks=Count("id"), persons=Count("person_id", distinct=True), unlinked=Count("id", filter=Q(person_id=None)),
        lists=Count("directive_id", distinct=True),
    )  # fmt: skip
    return Figures(counts["lists"], counts["checks"], counts["persons"] + counts["unlinked"])


def tallies_of(directives: Iterable[Directive], now: datetime) -> dict[UUID, Tally]:
    """The figures of a page of lists in one query."""
    rows = Task.objects.filter(directive__in=list(directives), kind=KIND).exclude(ended_for="gone").order_by()
    return {row["directive_id"]: _tally("", "", row) for row in _counted(rows.values("directive_id"), now)}


def by_town(directive: Directive, now: datetime) -> list[Tally]:
    return _by(directive, now, "town", lambda code: code.ljust(12, "0"))


def by_place(directive: Directive, now: datetime, town: str) -> list[Tally]:
    """Villages, grids and compounds of one town (nine digits)."""
    return _by(directive, now, "area_code", str, town=town)


def _by(directive: Directive, now: datetime, column: str, code_of: Any, **more: str) -> list[Tally]:
    facts = Finding.objects.filter(task=OuterRef("pk"), way=Finding.Way.ONLINE)
    marked = checks_of(directive).filter(**more).annotate(known_online=Exists(facts)).order_by()
    rows = list(_counted(marked.values(column), now, known=Count("id", filter=Q(known_online=True, ended_at=None))))
    names = areas.names_of(code_of(row[column]) for row in rows)
    found = [_tally(code_of(row[column]), names.get(code_of(row[column]), ""), row) for row in rows]
    return sorted(found, key=lambda one: (one.percent, one.code))


def _counted(rows: Any, now: datetime, **more: Any) -> Any:
    return rows.annotate(
        checks=Count("id"), **_BY_RESULT, ended=Count("id", filter=Q(ended_at__isnull=False, result="")),
        open=Count("id", filter=Q(ended_at=None)), late=Count("id", filter=Q(ended_at=None, due__lt=now)), **more,
    )  # fmt: skip


def _tally(code: str, name: str, row: dict[str, Any]) -> Tally:
    counts = {field: row[field] for field in Tally.__dataclass_fields__ if field in row}
    return Tally(code=code, name=name or code, **counts)


@dataclass(frozen=True)
class Elsewhere:
    """Rows of a list that belong to one other county, and when they were handed over last."""

    county: str
    name: str
    rows: int
    handed_over: datetime | None


def elsewhere_of(directive: Directive) -> list[Elsewhere]:
    """Other counties on the list, the one with most rows first."""
    if directive.batch_id is None:
        return []
    counts = Counter(row.elsewhere for row in below.rows_elsewhere(directive.batch_id))
    sent = handed_over(directive)
    found = [Elsewhere(county, below.name_of_county(county), number, sent.get(county)) for county, number in counts.items()]
    return sorted(found, key=lambda one: (-one.rows, one.county))


def handed_over(directive: Directive) -> dict[str, datetime]:
    """County → when its rows went out last."""
    return dict(HandOver.objects.filter(directive=directive).order_by("at").values_list("county", "at"))
