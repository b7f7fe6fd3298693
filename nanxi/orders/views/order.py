"""The page of one order, opening what is sealed in it, and the notice to print."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation import units
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act
from nanxi.foundation.grants import Purpose
from nanxi.foundation.models import Unit
from nanxi.foundation.rights import Right, requires
from nanxi.orders import below, chain, links, queries, wording
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import Evidence, Kind, may_answer
from nanxi.orders.views import shown
from nanxi.orders.views.homemap import home_map
from nanxi.orders.views.lists import SEES
from nanxi.passes.qr import svg

#: Own pages are printed in the county's language and in English.
NOTICE_LANGUAGES = ("zh-hans", "en")


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
        "runs": standing.restricts, "homed": order.points.exists(),
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
    opened = {
        "identity": identity, "address": queries.address_of(order) or identity.address, "home": home,
        "map": mark_safe(home_map(order.area_code, (home["lon"], home["lat"]))) if home else "",
        "taken": wording.TAKEN.get(home["how"], home["how"]) if home else "",
    }  # fmt: skip
    return render(request, "orders/order.html", {**page, "opened": opened})


@requires(Right.SERVE_ORDERS, Right.ISSUE_ORDERS)
@require_GET
def order_notice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The notice to print, in Chinese and English, with the signed code to the person's own page. It names the person: a read."""
    order, act = shown.found(pk), act_of(request)
    identity = below.open_record(act, order.record_id, ("orders.order", order.id), Purpose.ISOLATION, order.person_id)
    rows, _forged = queries.decisions_of(order)
    standing = chain.standing(order, act.now)
    town = units.serving(order.area_code, Unit.Kind.TOWN) or units.serving(order.area_code, Unit.Kind.HEADQUARTERS)
    link = request.build_absolute_uri(own_address(order))
    evidence = chain.rests_on(rows)
    parts = []
    for language in NOTICE_LANGUAGES:
        with override(language):
            parts.append(_words(order, evidence, language))
    page = {
        "order": order, "identity": identity, "address": queries.address_of(order) or identity.address, "standing": standing,
        "town": town, "link": link, "qr": mark_safe(svg(link, title=_("Code to the own page"))), "parts": parts,
        "issued": rows[0].at if rows else None,
    }  # fmt: skip
    return render(request, "orders/notice.html", page)


def _words(order: IsolationOrder, evidence: Evidence | None, language: str) -> dict[str, str]:
    return {
        "language": language, "kind": str(wording.KINDS[Kind(order.kind)]), "reason": wording.reason_of(order.reason),
        "basis": wording.basis_of(order.legal_basis), "evidence": str(wording.EVIDENCE[evidence]) if evidence else "",
    }  # fmt: skip


def own_address(order: IsolationOrder) -> str:
    """Where the person's own page of this order is."""
    code = links.code_of(order)
    try:
        return reverse("own", args=[code])
    except NoReverseMatch:
        return f"/my/{code}/"
