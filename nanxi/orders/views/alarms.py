"""False alarms: how often an alert was none, by device model and rule version, against the days in which somebody was watched.

The targets are those of the fence notes §1: with a base rate of 0.07 % a day, a rule with more is wrong 99 times in 100.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires
from nanxi.orders import below, queries, wording
from nanxi.orders.intervals import rate_interval, share_interval

#: Days that the page looks back.
SPANS = (7, 30, 90)
#: False alarms per person-day that are aimed at: confirmed departures page departments, probable ones the town.
TARGETS = {"critical": 0.002, "high": 0.05}
#: Fewer closed alerts than this say little about a model or a rule; they stand last.
FEW = 5


@dataclass(frozen=True)
class Rate:
    """One headline figure: false alarms of a severity per person-day, with its interval and what is aimed at."""

    words: Any
    n: int
    false: int
    per_day: float | None
    span: tuple[float, float]
    target: float

    @property
    def tone(self) -> str:
        """Good when the whole interval is, bad when none of it is; between, more days must tell."""
        if self.per_day is None:
            return "quiet"
        return "ok" if self.span[1] <= self.target else "warn" if self.span[0] > self.target else "wait"


@dataclass(frozen=True)
class Share:
    """False ones among the closed alerts of one line."""

    name: Any
    n: int
    false: int

    @property
    def percent(self) -> str:
        low, high = share_interval(self.false, self.n)
        return f"{100 * self.false / self.n:.0f} ({100 * low:.0f}–{100 * high:.0f})" if self.n else "–"


@requires(Right.HANDLE_ALERTS)
@require_GET
def alarms(request: HttpRequest) -> HttpResponse:
    """The dashboard, for the officer's own area."""
    act = act_of(request)
    asked = request.GET.get("days", "")
    days = next((span for span in SPANS if str(span) == asked), 30)
    since = act.now - timedelta(days=days)
    rows = below.alert_tallies("orders.", since)
    watched = queries.person_days(since, act.now)
    page = {
        "rates": [
            _rate(rows, watched, "critical", _("Confirmed departures")), _rate(rows, watched, "high", _("Probable departures")),
        ],
        "watched": watched, "days": days, "spans": SPANS, "lines": [_line(row) for row in rows],
        "models": _by(rows, "model"), "versions": _by(rows, "version"), "measures": _measures(rows),
    }  # fmt: skip
    return render(request, "orders/alarms.html", page)


def _rate(rows: list[Any], watched: float, severity: str, words: Any) -> Rate:
    those = [row for row in rows if row.kind == "orders.exit" and row.severity == severity]
    false = sum(row.false for row in those)
    told = watched >= 1
    span = rate_interval(false, watched) if told else (0.0, 0.0)
    return Rate(words, sum(row.n for row in those), false, false / watched if told else None, span, TARGETS[severity])


def _line(row: Any) -> dict[str, Any]:
    return {
        "share": Share(wording.ALERT_KINDS.get(row.kind, row.kind), row.n, row.false), "model": _named(row.model),
        "version": row.version or "–", "by": _words(row.by), "done": _words(row.done),
    }  # fmt: skip


def _by(rows: list[Any], column: str) -> list[Share]:
    """The same by one column alone, the worst share first."""
    n, false = Counter[str](), Counter[str]()
    for row in rows:
        n[getattr(row, column)] += row.n
        false[getattr(row, column)] += row.false
    shares = [Share(_named(name), n[name], false[name]) for name in n]
    return sorted(shares, key=lambda one: (one.n < FEW, -one.false / one.n, -one.n))


def _measures(rows: list[Any]) -> list[tuple[str, int]]:
    """What was done about them, most frequent first."""
    done = Counter[str]()
    for row in rows:
        done.update(row.done)
    return [(wording.closing_word(code), n) for code, n in done.most_common()]


def _named(model: str) -> Any:
    return model or _("not written down")


def _words(counted: dict[str, int]) -> str:
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{wording.closing_word(code)} {n}" for code, n in most)
