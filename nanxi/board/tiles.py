"""The tiles of the desk home: what each shows, to whom, and which ledger entries make it ask again.

Every tile reads the rooms below by their queries, in the officer's own scope; people are shown masked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.board import cells, queries, rules
from nanxi.board.addresses import address, offered, page_of
from nanxi.desk import queries as desk
from nanxi.foundation import areas
from nanxi.foundation.act import Act
from nanxi.foundation.rights import Right
from nanxi.orders import queries as orders
from nanxi.people import queries as people
from nanxi.web.svgmap import Shape, Words, choropleth, thinned

#: Rows a tile shows; the rest is one click away.
MOST = 6
#: Degrees between two points of a town's outline on the home page: a hundred and fifty to a county's width.
FINEST = 0.004
TOP, WIDE, SIDE = "top", "wide", "side"


@dataclass(frozen=True)
class Tile:
    """One tile. `events`: prefixes of ledger kinds after which it is asked for again."""

    name: str
    title: str
    place: str
    rights: frozenset[Right]
    events: tuple[str, ...]
    show: Callable[[Act], dict[str, Any]]
    #: "" for at once, "calm:" for at most every few seconds (nanxi/web events.js).
    pace: str = ""

    @property
    def template(self) -> str:
        return f"board/tiles/{self.name}.html"

    @property
    def trigger(self) -> str:
        return ", ".join(["nx:again from:body", *(f"nx:{self.pace}{kind} from:body" for kind in self.events)])

    def seen_by(self, act: Act) -> bool:
        return any(act.actor.may(right) for right in self.rights)


def alerts(act: Act) -> dict[str, Any]:
    """Open alerts, unacknowledged first and oldest first."""
    rows = list(desk.open_alerts()[:MOST])
    counts = desk.open_alerts().order_by().aggregate(open=Count("id"), waiting=Count("id", filter=Q(acknowledged_at=None)))
    labels = people.masked_labels(row.person_id for row in rows if row.person_id)
    places = areas.names_of(row.area_code for row in rows)
    lines = [
        {
            "alert": row,
            "label": labels.get(row.person_id),
            "place": places.get(row.area_code, ""),
            "url": address("alert", row.id),
        }
        for row in rows
    ]
    return {"lines": lines, "counts": counts, "more": counts["open"] - len(rows), "url": address("alerts")}


def tasks(act: Act) -> dict[str, Any]:
    """Open tasks, soonest due first."""
    found = desk.open_tasks(act.actor)
    rows = list(found[:MOST])
    counts = found.order_by().aggregate(open=Count("id"), late=Count("id", filter=Q(due__lt=act.now)))
    labels = people.masked_labels(row.person_id for row in rows if row.person_id)
    lines = [
        {"task": row, "label": labels.get(row.person_id), "late": row.due < act.now, "url": address("task", row.id)}
        for row in rows
    ]
    return {"lines": lines, "counts": counts, "more": counts["open"] - len(rows), "url": address("tasks")}


def directives(act: Act) -> dict[str, Any]:
    """Directives that wait for an answer, soonest deadline first, with how far their checks are."""
    rows = list(desk.open_directives()[: MOST + 1])
    courses = desk.courses_of(rows[:MOST])
    lines = [
        {"directive": row, "course": courses[row.id], "late": row.overdue(act.now), "url": address("directive", row.id)}
        for row in rows[:MOST]
    ]
    return {"lines": lines, "more": len(rows) > MOST, "url": address("directives"), "new": address("directive-new")}


def contests(act: Act) -> dict[str, Any]:
    """Orders whose contest waits for another officer's answer."""
    rows = orders.lines_of(orders.contested(act.now)[:MOST], act.now)
    return {"lines": [{"line": row, "url": address("order", row.order.id)} for row in rows], "url": address("contests")}


def duty(act: Act) -> dict[str, Any]:
    """Who is on duty for the officer's unit, and the handover notes to be read first."""
    slots = desk.on_duty(act.actor.unit_id, act.now) if act.actor.unit_id else []
    names = desk.names_of_users(slot.user_id for slot in slots)
    lines = [{"slot": slot, "name": names.get(slot.user_id, ""), "me": act.actor.same_person(slot.user_id)} for slot in slots]
    unread = len(desk.unread_notes(act.actor, act.now)) if act.actor.may(Right.KEEP_ROSTER) else 0
    return {"lines": lines, "unread": unread, "url": address("shift") if act.actor.may(Right.KEEP_ROSTER) else ""}


def jobs(act: Act) -> dict[str, Any]:
    """Imports and other jobs that run now."""
    return {"jobs": queries.jobs_now(), "url": page_of(Right.HAND_IN_LISTS)}


LABELS = {
    "desk.directive.received": gettext_noop("Directives received"), "desk.task.closed": gettext_noop("Tasks closed"),
    "cases.case.confirmed": gettext_noop("Cases confirmed"), "orders.order.issued": gettext_noop("Orders issued"),
    "desk.alert.raised": gettext_noop("Alerts raised"), "field.visit.recorded": gettext_noop("Visits made"),
    "field.passage.recorded": gettext_noop("Passages"),
}  # fmt: skip


def today(act: Act) -> dict[str, Any]:
    """Figures of the day, counted from the ledger; small ones of less than the county only to those whose duty it is."""
    counts = queries.counts_today(act.now)
    careful = not rules.sees_exactly(act.actor.role, rules.DUTY) and not rules.is_countywide(act.actor.reach)
    figures = [{"label": _(label), "n": cells.alone(counts[kind]) if careful else counts[kind]} for kind, label in LABELS.items()]
    return {"figures": figures}


def towns(act: Act) -> dict[str, Any]:
    """Towns by open alerts and by orders that run, as maps with the same figures in a table."""
    land = queries.towns()
    for town in land:
        town.boundary = thinned(town.boundary, FINEST)
    found = desk.open_alerts().order_by().values("area_code").annotate(n=Count("id"))
    open_alerts = queries.by_town({row["area_code"]: row["n"] for row in found})
    live = orders.listed(act.now).order_by().values("area_code").annotate(n=Count("id"))
    running = queries.by_town({row["area_code"]: row["n"] for row in live})
    seen = [town for town in land if act.actor.reach.covers(town.code)]
    shown_alerts = _shown(act, seen, open_alerts, rules.ANSWERS_ALERTS)
    shown_orders = _shown(act, seen, running, rules.ANSWERS_ORDERS)
    rows = [
        {
            "name": town.name,
            "alerts": shown_alerts[town.code],
            "orders": shown_orders[town.code],
            "n": open_alerts.get(town.code, 0),
        }
        for town in seen
    ]
    by_alerts = Words(_("Open alerts by town"), _("open alerts"), _("approximate boundary"), _("none"))
    alerts_page, orders_page = (offered(name, act.actor.role) for name in ("alerts", "orders"))
    by_orders = Words(_("Orders in force by town"), _("orders in force"), _("approximate boundary"), _("none"))
    return {
        "rows": sorted(rows, key=lambda row: (-row["n"], row["name"])),
        "held_back": cells.HELD_BACK in {*shown_alerts.values(), *shown_orders.values()},
        "alerts": choropleth([_shape(town, shown_alerts, alerts_page) for town in land], by_alerts),
        "orders": choropleth([_shape(town, shown_orders, _in_town(orders_page, town)) for town in land], by_orders),
    }  # fmt: skip


def _shown(act: Act, seen: list[Any], counts: dict[str, int], duty: frozenset[Right]) -> dict[str, str]:
    """Figures of the towns in scope as this officer may see them: exact on duty, small ones held back otherwise."""
    own = {town.code: counts.get(town.code, 0) for town in seen}
    return {code: str(n) for code, n in own.items()} if rules.sees_exactly(act.actor.role, duty) else cells.told(own)


def _in_town(page: str, town: Any) -> str:
    return f"{page}?town={town.code}" if page else ""


def _shape(town: Any, shown: dict[str, str], link: str) -> Shape:
    seat = None if town.seat_lon is None else (town.seat_lon, town.seat_lat)
    text = shown.get(town.code)
    facts = {"code": town.code, "name": town.name, "boundary": town.boundary, "seat": seat, "approximate": town.approximate}
    if text is None:
        # Outside the officer's scope: drawn so that the map is whole, with no figure and no link.
        return Shape(**facts, value=0, shown="–")
    if text == cells.HELD_BACK:
        return Shape(**facts, value=0, shown=text)
    return Shape(**facts, value=int(text), link=link)


SEES, ANSWERS, DOES = frozenset({Right.SEE_DESK}), frozenset({Right.HANDLE_ALERTS}), frozenset({Right.DO_TASKS})
TRIAGES, JUDGES, LISTS = (
    frozenset({Right.TRIAGE_DIRECTIVES}),
    frozenset({Right.ANSWER_CONTESTS}),
    frozenset({Right.HAND_IN_LISTS}),
)
TILES = (
    Tile("today", gettext_noop("Today"), TOP, SEES, ("desk", "cases.case", "orders.order", "field"), today, "calm:"),
    Tile("alerts", gettext_noop("Alerts"), WIDE, ANSWERS, ("desk.alert",), alerts),
    Tile("tasks", gettext_noop("Tasks due"), WIDE, DOES, ("desk.task",), tasks),
    Tile("directives", gettext_noop("Directives due"), WIDE, TRIAGES, ("desk.directive", "desk.task"), directives, "calm:"),
    Tile("contests", gettext_noop("Contests waiting"), WIDE, JUDGES, ("orders.order", "orders.contest"), contests),
    Tile("duty", gettext_noop("On duty now"), SIDE, SEES, ("desk.duty", "desk.note"), duty),
    Tile("jobs", gettext_noop("Running imports"), SIDE, LISTS, ("foundation.job", "people.batch"), jobs, "calm:"),
    Tile("towns", gettext_noop("Towns"), SIDE, SEES, ("desk.alert", "orders.order"), towns, "calm:"),
)


def tiles_for(act: Act) -> list[Tile]:
    return [tile for tile in TILES if tile.seen_by(act)]


def tile_named(name: str, act: Act) -> Tile | None:
    return next((tile for tile in tiles_for(act) if tile.name == name), None)
