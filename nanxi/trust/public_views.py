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
from nanxi.foundation.clock import COUNTY, WALL
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import public
from nanxi.orders import links
from nanxi.orders import queries as orders
from nanxi.orders.models import AreaNotice
from nanxi.orders.views.homemap import area_map
from nanxi.orders.views.papers import NOTICE_LANGUAGES, check_address
from nanxi.passes.qr import svg
from nanxi.trust import queries
from nanxi.web.pdf import Paper


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
    drawn = mark_safe(area_map(notice.area_code, [notice.outline])) if notice.outline else ""
    return {"notice": notice, "map": drawn, "area": names.get(notice.area_code, notice.area_code), "held": held}


@public("a published area notice binds people, so everybody may read and print it")
@require_GET
def area_notice(request: HttpRequest, number: str) -> HttpResponse:
    """One area notice to print, with a code by which the paper can be checked."""
    page = _notice_page(request, number)
    check = page["check"]
    parts = [{"language": language, "basis": page["basis"](language)} for language in NOTICE_LANGUAGES]
    qr = mark_safe(svg(check, title=_("Code to check this paper")))
    return render(request, "trust/notice_print.html", {**page, "qr": qr, "parts": parts})


@public("a published area notice binds people, so everybody may read and print it")
@require_GET
def area_notice_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The same as a file, to be posted at the doors and sent on."""
    page = _notice_page(request, number)
    notice = page["notice"]
    paper = Paper(notice.number)
    for language in NOTICE_LANGUAGES:
        with override(language):
            _write(paper, page, language)
    told = _("Check it: this code opens the county's page, which says whether the number is genuine and what holds now.")
    paper.code(page["check"], [told, page["check"]])
    headers = {"Content-Disposition": f'attachment; filename="notice-{notice.number}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(paper.made(), content_type="application/pdf", headers=headers)


def _write(paper: Paper, page: dict[str, Any], language: str) -> None:
    notice = page["notice"]
    paper.heading(_("Area notice"))
    paper.row(_("Number"), notice.number)
    paper.row(_("Area"), page["area"])
    paper.row(_("From"), f"{notice.valid_from.astimezone(COUNTY):%Y-%m-%d %H:%M}")
    paper.row(_("Until"), f"{notice.valid_until.astimezone(COUNTY):%Y-%m-%d %H:%M}")
    paper.row(_("Legal basis"), page["basis"](language))
    paper.row(_("Published"), f"{notice.published_at.astimezone(COUNTY):%Y-%m-%d %H:%M}")
    if notice.ended_at:
        at = f"{notice.ended_at.astimezone(COUNTY):%Y-%m-%d %H:%M}"
        paper.text(_("This notice was ended early and binds nobody since %(at)s.") % {"at": at})
    paper.text(_(
        "The area named above is closed from and until the times named above. The notice ends by itself; a longer one would be a"
        " new notice with a number of its own."
    ))  # fmt: skip
    if notice.outline and language == NOTICE_LANGUAGES[0]:
        paper.drawing([rings[0] for rings in notice.outline["coordinates"]])
    if notice.outline:
        paper.text(_("The drawing shows the edge of the area; north is up. The county's page shows it on the map."))


def _notice_page(request: HttpRequest, number: str) -> dict[str, Any]:
    """A published notice with its words, its map and the address at which a paper of it can be checked, or 404."""
    county = charter.county()
    if county is None:
        raise Http404
    now = WALL.now()
    with scope.enter(Reach.over([county.area_id]), at=now):
        notice = orders.notice_by_number(number)
        if notice is None:
            raise Http404
        row = _row(notice, areas.names_of([notice.area_code]), now)

    def basis(language: str) -> str:
        with override(language):
            return str(notice.get_legal_basis_display())  # type: ignore[attr-defined]

    return {**row, "check": request.build_absolute_uri(check_address("n", notice.pk, notice.area_code)), "basis": basis}


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
