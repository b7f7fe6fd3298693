"""What anybody may read: the area notices that are published, and whether a printed paper is genuine. No person in either."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET

from nanxi.foundation import areas, charter, scope
from nanxi.foundation.clock import WALL
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import public
from nanxi.orders import links
from nanxi.orders import queries as orders
from nanxi.orders.models import AreaNotice
from nanxi.orders.views.papers import NOTICE_LANGUAGES, check_address
from nanxi.passes.qr import svg
from nanxi.trust import queries


@public("a published area notice binds people, so everybody may read it")
@require_GET
def area_notices(request: HttpRequest) -> HttpResponse:
    """Area notices in force, to come, or ended of late."""
    county = charter.county()
    if county is None:
        return render(request, "trust/notices.html", {"rows": []})
    now = WALL.now()
    with scope.enter(Reach.over([county.area_id]), at=now):
        found = orders.published_notices(now)
        names = areas.names_of(notice.area_code for notice in found)
        rows = [_row(notice, names, now) for notice in found]
    return render(request, "trust/notices.html", {"rows": rows})


def _row(notice: AreaNotice, names: dict[str, str], now: Any) -> dict[str, Any]:
    held = queries.paper("n", notice.pk, now)
    return {"notice": notice, "area": names.get(notice.area_code, notice.area_code), "held": held}


@public("a published area notice binds people, so everybody may read and print it")
@require_GET
def area_notice(request: HttpRequest, number: str) -> HttpResponse:
    """One area notice to print, with a code by which the paper can be checked."""
    county = charter.county()
    if county is None:
        raise Http404
    now = WALL.now()
    with scope.enter(Reach.over([county.area_id]), at=now):
        notice = orders.notice_by_number(number)
        if notice is None:
            raise Http404
        row = _row(notice, areas.names_of([notice.area_code]), now)
    check = request.build_absolute_uri(check_address("n", notice.pk, notice.area_code))
    parts = []
    for language in NOTICE_LANGUAGES:
        with override(language):
            parts.append({"language": language, "basis": notice.get_legal_basis_display()})  # type: ignore[attr-defined]
    page = {**row, "check": check, "qr": mark_safe(svg(check, title=_("Code to check this paper"))), "parts": parts}
    return render(request, "trust/notice_print.html", page)


@public("whoever is shown a paper may check that it is genuine", after_sunset=True)
@require_GET
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a printed number is genuine and what holds now. A forged code says so in one sentence."""
    paper = None
    try:
        kind, object_id, county = links.checked(code)
    except links.BadLink:
        kind = ""
    else:
        now = WALL.now()
        with scope.enter(Reach.over([county]), at=now):
            paper = queries.paper(kind, object_id, now)
    response = render(request, "trust/check.html", {"paper": paper, "kind": kind}, status=200 if paper else 404)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
