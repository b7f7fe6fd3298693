"""The brief as lines and tables: which figures stand together, in which words, and which are held back from whom."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.utils.translation import gettext as _

from nanxi.board import cells, rules
from nanxi.board.figures import Figures
from nanxi.board.queries import Brief
from nanxi.foundation import areas
from nanxi.foundation.act import Actor


@dataclass(frozen=True)
class Line:
    """One figure with the day's and the period's count; the period is empty for what only stands at the end of the day."""

    label: str
    day: str
    period: str


@dataclass(frozen=True)
class Part:
    title: str
    lines: list[Line]


@dataclass(frozen=True)
class TownLine:
    name: str
    counts: list[str]


@dataclass(frozen=True)
class Sheet:
    """What the page and the paper show. `towns` is empty when the reader's scope is one town."""

    parts: list[Part]
    heads: list[str]
    towns: list[TownLine]
    with_period: bool
    held_back: bool


def sheet_of(brief: Brief, actor: Actor, *, leaves_the_house: bool) -> Sheet:
    """Lay out a brief for one reader; on paper below the county, small numbers go and the period with them.

    Two papers of following days would tell a small day by subtraction of their periods.
    """
    exact = rules.sees_exactly(actor.role, rules.DUTY) and not leaves_the_house
    careful = not exact and not rules.is_countywide(actor.reach)
    parts = _parts(brief.of_day, brief.of_period, careful=careful)
    heads, towns = _towns(brief, exact=exact)
    hidden = any(cells.HELD_BACK in row.counts for row in towns) or any(
        cells.HELD_BACK in (line.day, line.period) for part in parts for line in part.lines
    )
    return Sheet(parts, heads, towns, not careful, hidden)


def _parts(day: Figures, period: Figures, *, careful: bool) -> list[Part]:
    def flow(label: str, name: str) -> Line:
        return Line(label, _count(getattr(day, name), careful), _count(getattr(period, name), careful))

    def stand(label: str, name: str) -> Line:
        return Line(label, _count(getattr(day, name), careful), "")

    def wait(label: str, name: str) -> Line:
        return Line(label, minutes(getattr(day, name)), minutes(getattr(period, name)))

    closed = sorted({*day.alerts_closed, *period.alerts_closed}, key=lambda code: (-period.alerts_closed.get(code, 0), code))
    words = _dispositions()
    return [
        Part(_("Directives"), [
            flow(_("received"), "directives_received"), flow(_("answered"), "directives_answered"),
            stand(_("open at the end of the day"), "directives_open"),
            stand(_("of these past their deadline"), "directives_overdue"),
        ]),
        Part(_("Checks of people on lists"), [
            flow(_("checks"), "checks"), flow(_("distinct persons checked"), "persons_checked"),
            flow(_("checks of people not yet identified"), "checks_of_unknown"),
        ]),
        Part(_("Cases and contacts"), [
            flow(_("suspected cases reported"), "cases_reported"), flow(_("cases confirmed"), "cases_confirmed"),
            flow(_("cases discarded"), "cases_discarded"), flow(_("contacts accepted"), "contacts_accepted"),
        ]),
        Part(_("Isolation orders"), [
            flow(_("issued"), "orders_issued"), flow(_("served"), "orders_served"), flow(_("ended"), "orders_ended"),
            flow(_("contested"), "orders_contested"), stand(_("in force at the end of the day"), "orders_in_force"),
        ]),
        Part(_("Alerts"), [
            flow(_("raised"), "alerts_raised"), flow(_("acknowledged"), "alerts_acknowledged"),
            wait(_("minutes to acknowledgement, median"), "acknowledged_median_s"),
            wait(_("minutes to acknowledgement, worst"), "acknowledged_worst_s"),
            flow(_("closed"), "alerts_closed_all"), flow(_("of these false alarms"), "false_alarms"),
            *[
                Line(
                    _("closed as: %(what)s") % {"what": _(words[code]) if code in words else code},
                    _count(day.alerts_closed.get(code, 0), careful), _count(period.alerts_closed.get(code, 0), careful),
                )
                for code in closed
            ],
            stand(_("open at the end of the day"), "alerts_open"),
        ]),
        Part(_("In the field"), [
            flow(_("visits"), "visits"), flow(_("passages at checkpoints"), "passages"),
            flow(_("of these stopped: a live order"), "passages_hit"), flow(_("of these with fever"), "passages_fever"),
        ]),
    ]  # fmt: skip


def _count(n: int, careful: bool) -> str:
    return cells.alone(n) if careful else str(n)


def minutes(seconds: int | None) -> str:
    """Minutes, begun ones counted; a dash when there was nothing to wait for."""
    return "–" if seconds is None else str(math.ceil(seconds / 60))


def _dispositions() -> dict[str, str]:
    from nanxi.desk.rules import Disposition

    return {one.code: one.label for one in Disposition}


def _towns(brief: Brief, *, exact: bool) -> tuple[list[str], list[TownLine]]:
    """The day by town: only for a scope of several towns, small numbers held back from those whose duty they are not."""
    columns = [
        (_("checks"), "checks"), (_("cases confirmed"), "cases_confirmed"), (_("contacts accepted"), "contacts_accepted"),
        (_("orders issued"), "orders_issued"), (_("alerts raised"), "alerts_raised"), (_("visits"), "visits"),
        (_("passages"), "passages"),
    ]  # fmt: skip
    names = areas.names_of(areas.town_of(code) for code in brief.towns)
    # A county's own entries are in the totals; as a row they would undo what is held back.
    codes = sorted(code for code in names if not code.endswith("000000"))
    if len(codes) < 2:
        return [], []
    shown = [_column({code: getattr(brief.towns[code], name) for code in codes}, exact) for _head, name in columns]
    return [head for head, _name in columns], [TownLine(names[code], [column[code] for column in shown]) for code in codes]


def _column(counts: dict[str, int], exact: bool) -> dict[str, str]:
    return {code: str(n) for code, n in counts.items()} if exact else cells.told(counts)
