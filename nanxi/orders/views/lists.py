"""Lists of this room: orders, contests, and how the positions come in."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires
from nanxi.orders import queries, wording
from nanxi.orders.forms import FilterForm
from nanxi.orders.views import shown

PAGE = 50
SEES = (Right.SERVE_ORDERS, Right.ISSUE_ORDERS, Right.ANSWER_CONTESTS)


@requires(*SEES)
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """Orders that run or ended lately, masked, the next to end first."""
    act = act_of(request)
    form = FilterForm(request.GET or None, reach=act.actor.reach)
    said = form.cleaned_data if form.is_valid() else {}
    which = said.get("which") or "live"
    page = Paginator(queries.listed(act.now, which=which, town=said.get("town", "")), PAGE).get_page(request.GET.get("page"))
    rows = shown.rows_of(list(page.object_list), act.now)
    return render(request, "orders/list.html", {"page": page, "rows": rows, "form": form, "which": which})


@requires(Right.ANSWER_CONTESTS, Right.ISSUE_ORDERS, Right.SERVE_ORDERS)
@require_GET
def contests(request: HttpRequest) -> HttpResponse:
    """Contests that wait for an answer, the next to fall first."""
    act = act_of(request)
    return render(request, "orders/contests.html", {"rows": shown.rows_of(queries.contested(act.now), act.now)})


@requires(Right.RUN_SYSTEM)
@require_GET
def ingest_health(request: HttpRequest) -> HttpResponse:
    """How many positions came, were refused or set aside. Counts only, no persons."""
    days: dict[object, list[tuple[object, int]]] = {}
    for row in queries.tallies():
        days.setdefault(row.day, []).append((wording.tally_of(row.what), row.n))
    dead = [(wording.DEAD.get(reason, reason), n, last) for reason, n, last in queries.dead_letters()]
    return render(request, "orders/ingest.html", {"days": list(days.items()), "dead": dead})
