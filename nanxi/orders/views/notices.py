"""Area notices: the list, a draft with the outline drawn or handed in, the page where a second officer publishes or ends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation import areas
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.rights import Right, requires
from nanxi.orders import outlines, queries, services
from nanxi.orders.forms import NoticeEndForm, NoticeForm
from nanxi.orders.models import AreaNotice
from nanxi.orders.views import shown
from nanxi.orders.views.homemap import area_map


@requires(Right.ISSUE_ORDERS)
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """Area notices of the scope."""
    act = act_of(request)
    return render(request, "orders/notices.html", {"rows": rows_of(act, queries.notices(act.now))})


@requires(Right.ISSUE_ORDERS)
def notice_new(request: HttpRequest) -> HttpResponse:
    """A draft: which area, by which article, from when until when, and where exactly its edge is."""
    act = act_of(request)
    area = request.POST.get("area") or request.GET.get("area") or ""
    form = NoticeForm(request.POST or None, request.FILES or None, reach=act.actor.reach, initial={"area": area})
    if request.method == "POST" and form.is_valid():
        try:
            notice = services.draft_notice(act, **form.cleaned_data)
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, _("Drafted. It restricts nobody until another officer publishes it."))
            return redirect("notice", pk=notice.pk)
    towns = {areas.town_of(code) for code in form.area_codes}
    if area not in form.area_codes and len(towns) > 1:
        return render(request, "orders/notice_area.html", {"choices": form.fields["area"].choices})  # type: ignore[attr-defined]
    page = {"form": form, "map": mark_safe(area_map(area or min(towns, default=""), draw=True))}
    return render(request, "orders/notice_new.html", page, status=422 if form.errors else 200)


@requires(Right.ISSUE_ORDERS)
@require_GET
def notice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One notice as it would bind: looked at before it is published."""
    act, found = act_of(request), _found(pk)
    size = outlines.size_of(found.outline) if found.outline else None
    drawn = mark_safe(area_map(found.area_code, [found.outline])) if found.outline else ""
    page = {
        "row": rows_of(act, [found])[0], "map": drawn, "size": size, "draft": found.published_at is None,
        "end_form": NoticeEndForm(initial={"reason": found.end_reason}),
    }  # fmt: skip
    return render(request, "orders/area_notice.html", page)


@requires(Right.ISSUE_ORDERS)
@require_POST
def notice_publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A second officer publishes the draft of the first."""
    services.publish_notice(act_of(request), _found(pk))
    messages.success(request, _("Published. Orders for this area can rest on it now."))
    return redirect("notices")


@requires(Right.ISSUE_ORDERS)
@require_POST
def notice_end_ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One officer asks that a published notice end early, with the reason."""
    services.ask_notice_end(act_of(request), _found(pk), reason=request.POST.get("reason", ""))
    messages.success(request, _("Asked. The notice goes on until another officer agrees."))
    return redirect("notice", pk=pk)


@requires(Right.ISSUE_ORDERS)
@require_POST
def notice_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another officer agrees: the notice ends now."""
    services.end_notice(act_of(request), _found(pk))
    messages.success(request, _("Ended. The public page says so; orders that rested on this notice alone are released."))
    return redirect("notice", pk=pk)


def _found(pk: UUID) -> AreaNotice:
    found = queries.notice_by_id(pk)
    if found is None:
        raise Http404
    return found


def rows_of(act: Act, found: Sequence[AreaNotice]) -> list[dict[str, Any]]:
    """A line for each notice: where, state, who drafted and published, and whether this officer may publish it."""
    handles = ("drafted_by", "published_by", "end_asked_by", "ended_by")
    named = shown.officers_of({getattr(notice, name) for notice in found for name in handles})
    names = areas.names_of(notice.area_code for notice in found)
    return [
        {
            "notice": notice, "area": names.get(notice.area_code, notice.area_code), "state": _state(notice, act.now),
            "drafted_by": named.get(notice.drafted_by, ""), "published_by": named.get(notice.published_by, ""),
            "may_publish": notice.published_at is None and notice.drafted_by != act.actor.handle,
            "own_draft": notice.published_at is None and notice.drafted_by == act.actor.handle,
            "end_asked_by": named.get(notice.end_asked_by, ""), "ended_by": named.get(notice.ended_by, ""),
        } | _end(act, notice)
        for notice in found
    ]  # fmt: skip


def _end(act: Act, notice: AreaNotice) -> dict[str, bool]:
    """What this officer may do about an early end."""
    running = notice.published_at is not None and notice.valid_until > act.now
    asked, own = bool(notice.end_asked_by), notice.end_asked_by == act.actor.handle
    asked = running and asked
    return {"may_ask_end": running and (own or not asked), "may_end": asked and not own, "end_asked": asked}


def _state(notice: AreaNotice, at: Any) -> tuple[str, str]:
    if notice.valid_until <= at:
        return _("ended early") if notice.ended_at else _("ended"), "quiet"
    if notice.published_at is None:
        return _("draft"), "wait"
    return (_("in force"), "go") if notice.valid_from <= at else (_("published, not yet in force"), "wait")
