"""The figures of one whole day, counted anew from the ledger at each look (trust notes S27). No persons, small cells hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanxi.foundation.clock import county_day, day_bounds
from nanxi.foundation.grants import Purpose
from nanxi.foundation.models import LedgerEntry
from nanxi.orders import wording
from nanxi.orders.rules import Reason
from nanxi.trust.rules import Table, published

#: Days that the page leads back to.
DAYS_BACK = 14


@dataclass(frozen=True)
class Figure:
    """One kind of entry to count, split by a fact of it ("" = not split, "purpose" = the entry's own column)."""

    title: Any
    kind: str
    by: str = ""
    words: Callable[[str], Any] = str


def _reason(code: str) -> Any:
    return wording.reason_of(code) if code in {reason.value for reason in Reason} else _("other")


def _of(table: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda code: table.get(code, _("other"))


FIGURES = (
    Figure(gettext_lazy("Isolation orders issued, by reason"), "orders.order.issued", "reason", _reason),
    Figure(gettext_lazy("Orders ended early, by cause"), "orders.order.released", "because", _of(wording.RELEASES)),
    Figure(gettext_lazy("Orders asked for without evidence and refused"), "orders.order.refused"),
    Figure(gettext_lazy("Contests, by way"), "orders.order.contested", "channel", _of(wording.CHANNELS)),
    Figure(gettext_lazy("Contests answered, by outcome"), "orders.contest.answered", "outcome", _of(wording.OUTCOMES)),
    Figure(gettext_lazy("Records of persons opened, by purpose"), "people.person.read", "purpose", _of(dict(Purpose.choices))),
    Figure(gettext_lazy("Questions to the register by full number"), "people.register.asked"),
    Figure(gettext_lazy("Tracings of confirmed cases"), "cases.trace.asked"),
    Figure(gettext_lazy("Wide tracings approved by a second person"), "cases.trace.approved"),
    Figure(gettext_lazy("Own pages opened by the persons concerned"), "trust.own.read"),
)


@dataclass(frozen=True)
class Shown:
    """One table as the page shows it: lines of words and count (None = hidden), and the total."""

    title: Any
    lines: list[tuple[Any, int | None]]
    total: int | None


@dataclass(frozen=True)
class Day:
    """The figures of a day, and where the ledger stood at its end."""

    day: date
    tables: list[Shown]
    number: int | None
    link: str


def last_day(now: datetime) -> date:
    """The last day that is over: a running day would show one person more at each look."""
    return county_day(now) - timedelta(days=1)


def days(now: datetime) -> list[date]:
    return [last_day(now) - timedelta(days=back) for back in range(DAYS_BACK)]


def of_day(day: date) -> Day:
    """Counted in the current scope, which must be the whole county."""
    start, end = day_bounds(day)
    last = LedgerEntry.objects.filter(seq__isnull=False, at__lt=end).order_by("-seq").first()
    number, link = (last.seq, bytes(last.link or b"").hex()) if last else (None, "")
    return Day(day, [_shown(figure, start, end) for figure in FIGURES], number, link)


def _shown(figure: Figure, start: datetime, end: datetime) -> Shown:
    rows = LedgerEntry.objects.filter(kind=figure.kind, at__gte=start, at__lt=end)
    if not figure.by:
        total = published({"": rows.count()}).total
        return Shown(figure.title, [], total)
    column = "purpose" if figure.by == "purpose" else f"facts__{figure.by}"
    counted = {str(row[column] or ""): row["n"] for row in rows.values(column).annotate(n=Count("id")).order_by(column)}
    table: Table = published(counted)
    return Shown(figure.title, [(figure.words(code), n) for code, n in table.cells.items()], table.total)
