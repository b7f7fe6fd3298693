"""Lists of this room: orders, contests, area notices, and how the positions come in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation import areas
from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires
from nanxi.orders import queries, services, wording
from nanxi.orders.forms import FilterForm, NoticeForm
from nanxi.orders.models import AreaNotice
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


@requires(Right.ISSUE_ORDERS)
def notices(request: HttpRequest) -> HttpResponse:
    """Area notices, and the form for a draft."""
    act = act_of(request)
    form = NoticeForm(request.POST or None, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        services.draft_notice(act, **form.cleaned_data)
        messages.success(request, _("Drafted. It restricts nobody until another officer publishes it."))
        return redirect("notices")
    found = queries.notices(act.now)
    named = shown.officers_of({notice.drafted_by for notice in found} | {notice.published_by for notice in found})
    names = areas.names_of(notice.area_code for notice in found)
    rows = [
        {
            "notice": notice, "area": names.get(notice.area_code, notice.area_code), "state": _state(notice, act.now),
            "drafted_by": named.get(notice.drafted_by, ""), "published_by": named.get(notice.published_by, ""),
            "may_publish": notice.published_at is None and notice.drafted_by != act.actor.handle,
        }
        for notice in found
    ]  # fmt: skip
    return render(request, "orders/notices.html", {"rows": rows, "form": form})


def _state(notice: AreaNotice, at: object) -> tuple[str, str]:
    if notice.valid_until <= at:  # type: ignore[operator]
        return _("ended"), "quiet"
    return (_("published"), "go") if notice.published_at else (_("draft"), "wait")


@requires(Right.ISSUE_ORDERS)
@require_POST
def notice_publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A second officer publishes the draft of the first."""
    notice = queries.notice_by_id(pk)
    if notice is None:
        raise Http404
    services.publish_notice(act_of(request), notice)
    messages.success(request, _("Published. Orders for this area can rest on it now."))
    return redirect("notices")


@requires(Right.RUN_SYSTEM)
@require_GET
def ingest_health(request: HttpRequest) -> HttpResponse:
    """How many positions came, were refused or set aside. Counts only, no persons."""
    days: dict[object, list[tuple[object, int]]] = {}
    for row in queries.tallies():
        days.setdefault(row.day, []).append((wording.tally_of(row.what), row.n))
    dead = [(wording.DEAD.get(reason, reason), n, last) for reason, n, last in queries.dead_letters()]
    return render(request, "orders/ingest.html", {"days": list(days.items()), "dead": dead})
