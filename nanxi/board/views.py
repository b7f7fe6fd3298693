"""Pages of the board: the desk home with its tiles, and the daily brief on screen and on paper."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from nanxi.board import queries, rules, sheet, tiles
from nanxi.board.addresses import address, first_page
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right, requires, signed_in


@signed_in
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The desk home of one's own scope; roles without a desk are led to where their work is."""
    act = act_of(request)
    assert act.actor.role is not None
    if not act.actor.may(Right.SEE_DESK):
        found = address(rules.begins_at(act.actor.role)) or first_page(act.actor.role)
        return redirect(found) if found else render(request, "board/nowhere.html")
    shown = [(tile, tile.show(act)) for tile in tiles.tiles_for(act)]
    places = {place: [(tile, it) for tile, it in shown if tile.place == place] for place in (tiles.TOP, tiles.WIDE, tiles.SIDE)}
    return render(request, "board/home.html", {"places": places})


@requires(Right.SEE_DESK)
@require_GET
def home_part(request: HttpRequest, part: str) -> HttpResponse:
    """One tile again, as htmx asks for it when something happened."""
    act = act_of(request)
    tile = tiles.tile_named(part, act)
    if tile is None:
        raise Http404
    return render(request, "board/tile.html", {"tile": tile, "it": tile.show(act)})


@requires(Right.SEE_BRIEF)
@require_GET
def brief(request: HttpRequest) -> HttpResponse:
    """The brief of a county day (`?day=YYYY-MM-DD`, else today), from the ledger alone."""
    act = act_of(request)
    shown = _brief(request, act)
    return render(request, "board/brief.html", shown)


@requires(Right.SEE_BRIEF)
@require_GET
def brief_print(request: HttpRequest) -> HttpResponse:
    """The same on paper. What leaves the house holds back small numbers below the county."""
    return render(request, "board/brief_print.html", _brief(request, act_of(request), leaves_the_house=True))


def _brief(request: HttpRequest, act: Act, *, leaves_the_house: bool = False) -> dict[str, Any]:
    today = county_day(act.now)
    day = _day(request.GET.get("day", ""), today)
    found = queries.brief_of(day, act.now)
    return {
        "brief": found, "sheet": sheet.sheet_of(found, act.actor, leaves_the_house=leaves_the_house), "today": day == today,
        "before": day - timedelta(days=1) if day > found.first else None,
        "after": day + timedelta(days=1) if day < today else None, "unit": request.user.unit,  # type: ignore[union-attr]
    }  # fmt: skip


def _day(text: str, today: date) -> date:
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(_("Write the day as YYYY-MM-DD, for example 2020-02-10.")) from None
    if day > today:
        raise Refused(_("This day has not come yet; choose today or an earlier day."))
    return day
