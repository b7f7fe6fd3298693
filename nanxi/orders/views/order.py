"""The page of one order: what holds, who decided, what the fence said; and opening what is sealed in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation import areas
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act
from nanxi.foundation.grants import Purpose
from nanxi.foundation.rights import Right, requires
from nanxi.orders import below, care_queries, chain, controlled, queries, wording
from nanxi.orders.models import IsolationOrder, OrderDecision
from nanxi.orders.rules import State, may_answer
from nanxi.orders.views import shown
from nanxi.orders.views.care import health_rows, need_rows
from nanxi.orders.views.fixmap import Spot, fix_map, spots_of
from nanxi.orders.views.homemap import home_map
from nanxi.orders.views.lists import SEES
from nanxi.web.svgmap import thinned

#: The map shows the positions of the last day, the table those that matter for the newest.
MAP_SPAN = timedelta(hours=24)
ROWS = 30


@requires(*SEES)
@require_GET
def order(request: HttpRequest, pk: UUID) -> HttpResponse:
    return render(request, "orders/order.html", page_of(act_of(request), shown.found(pk)))


def page_of(act: Act, order: IsolationOrder, texts: dict[UUID, str] | None = None) -> dict[str, Any]:
    """What the page shows without opening anything: masked, derived, verified."""
    rows, forged = queries.decisions_of(order)
    standing = chain.standing(order, act.now)
    evidence = chain.rests_on(rows)
    devices = queries.devices_of(order)
    actor = act.actor
    open_contest = standing.answer_by is not None and standing.restricts
    return {
        "order": order, "row": shown.rows_of([order], act.now)[0], "standing": standing, "forged": forged,
        "basis": wording.basis_of(order.legal_basis), "evidence": wording.EVIDENCE.get(evidence) if evidence else None,
        "moments": shown.moments_of(order, rows, texts or {}), "said": shown.said_by_fence(queries.said_about(order)),
        "devices": devices, "heard": getattr(queries.fence_of(order), "heard_at", None), "open_contest": open_contest,
        "falls": not chain.is_proven(order),
        "may_answer": open_contest and actor.may(Right.ANSWER_CONTESTS)
        and may_answer([chain.plain(row) for row in rows], actor.handle),
        "runs": standing.restricts, "homed": order.points.exists(), "proposed": standing.state is State.PROPOSED,
        "ended": standing.state is State.ENDED, "path": path_of(rows), "health": health_rows(order)[:3],
        "needs": need_rows(order)[:3],
        "watch": wording.WATCHES.get(order.watch, ""),
    }  # fmt: skip


@requires(*SEES)
@require_POST
def order_read(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open who it is, the address, the home point and the statements: a purposed read, for this answer only."""
    order, act = shown.found(pk), act_of(request)
    identity = below.open_record(act, order.record_id, ("orders.order", order.id), Purpose.ISOLATION, order.person_id)
    rows, _forged = queries.decisions_of(order)
    home = queries.home_of(order)
    page = page_of(act, order, shown.statements_of(order, rows))
    spots = spots_of(home, care_queries.fixes_of(order, act.now - MAP_SPAN, act.now)) if home else []
    around = around_of(order.area_code, act.now)
    opened = {
        "identity": identity, "address": queries.address_of(order) or identity.address, "home": home,
        "map": mark_safe(home_map(order.area_code, (home["lon"], home["lat"]))) if home else "",
        "fixes": mark_safe(fix_map(home, spots, around)) if home else "", "spots": spot_rows(spots),
        "taken": wording.TAKEN.get(home["how"], home["how"]) if home else "",
        "health": shown.health_told(order, care_queries.health_of(order)[:7]), "needs": need_rows(order, opened=True)[:7],
    }  # fmt: skip
    return render(request, "orders/order.html", {**page, "opened": opened})


def around_of(area_code: str, at: datetime) -> dict[str, Any]:
    """What lies around a home: the town's outline and the areas closed now."""
    town = areas.shape_of(areas.town_of(area_code))
    return {"town": thinned(town, 0.0003), "closed": [notice.outline for notice in controlled.closed_at(at).notices]}


def path_of(rows: list[OrderDecision]) -> list[dict[str, str]]:
    """The evidence path as links: the case, and the contact that ties the person to it. Only what the newest decision names."""
    ids = next((row.facts["evidence_ids"] for row in reversed(rows) if row.facts.get("evidence_ids")), [])
    kind = str(next((row.facts["evidence"] for row in reversed(rows) if row.facts.get("evidence")), ""))
    return shown.evidence_links(kind, [str(one) for one in ids])


def spot_rows(spots: list[Spot]) -> list[dict[str, Any]]:
    """The newest positions in words, as the circles show them."""
    tones = {"outside": (_("outside"), "danger"), "unsure": (_("within its accuracy"), "wait"), "inside": (_("inside"), "ok")}
    numbered = list(enumerate(spots, start=1))
    return [
        {
            "number": number, "at": spot.seen.at, "away": spot.away_m, "acc": spot.seen.acc,
            "source": wording.SOURCES.get(spot.seen.source, ""), "words": tones[spot.tone][0], "tone": tones[spot.tone][1],
        }
        for number, spot in reversed(numbered[-ROWS:])
    ]  # fmt: skip
