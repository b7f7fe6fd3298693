"""Papers to print: the notice of an order and the certificate of its end, each with its number and codes that can be checked.

They name the person, so printing one is a purposed read. The same papers as PDF files stand in pdfs.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET

from nanxi.foundation import units
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.grants import Purpose
from nanxi.foundation.models import Unit
from nanxi.foundation.rights import Right, requires
from nanxi.orders import below, chain, links, queries, wording
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import Evidence, Kind, Standing, State
from nanxi.orders.views import shown
from nanxi.passes import Claims, issue
from nanxi.passes.qr import svg

#: Papers are printed in the county's language and in English.
NOTICE_LANGUAGES = ("zh-hans", "en")
#: So long a checkpoint may take a certificate without asking the county.
CERTIFICATE_LIFE = timedelta(days=30)


@requires(Right.SERVE_ORDERS, Right.ISSUE_ORDERS)
@require_GET
def order_notice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The notice to print, in Chinese and English, with the signed code to the person's own page. It names the person: a read."""
    return render(request, "orders/notice.html", notice_of(request, shown.found(pk)))


def notice_of(request: HttpRequest, order: IsolationOrder) -> dict[str, Any]:
    """What a notice says. It opens the person: a purposed read."""
    act = act_of(request)
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
    check = request.build_absolute_uri(check_address("o", order.pk, order.area_code))
    return {
        "order": order,
        "identity": identity,
        "address": queries.address_of(order) or identity.address,
        "standing": standing,
        "town": town,
        "link": link,
        "qr": mark_safe(svg(link, title=_("Code to the own page"))),
        "parts": parts,
        "issued": rows[0].at if rows else None,
        "check": check,
        "check_qr": mark_safe(svg(check, title=_("Code to check this paper"))),
    }


def _words(order: IsolationOrder, evidence: Evidence | None, language: str) -> dict[str, str]:
    return {
        "language": language,
        "kind": str(wording.KINDS[Kind(order.kind)]),
        "reason": wording.reason_of(order.reason),
        "basis": wording.basis_of(order.legal_basis),
        "evidence": str(wording.EVIDENCE[evidence]) if evidence else "",
    }


def own_address(order: IsolationOrder) -> str:
    """Where the person's own page of this order is."""
    code = links.code_of(order)
    try:
        return reverse("own", args=[code])
    except NoReverseMatch:
        return f"/my/{code}/"


@requires(Right.SERVE_ORDERS, Right.ISSUE_ORDERS)
@require_GET
def order_certificate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The certificate that the order has ended, to print. It names the person: a read."""
    return render(request, "orders/certificate.html", named_certificate_of(request, shown.found(pk)))


def named_certificate_of(request: HttpRequest, order: IsolationOrder) -> dict[str, Any]:
    """What the certificate of an ended order says, with the name: a purposed read. Raises Refused while the order runs."""
    act = act_of(request)
    standing = chain.standing(order, act.now)
    if standing.state is not State.ENDED:
        raise Refused(_("The order still runs; a certificate is given when it has ended."))
    identity = below.open_record(act, order.record_id, ("orders.order", order.id), Purpose.ISOLATION, order.person_id)
    return {**certificate_of(request, order, standing), "identity": identity, "back": reverse("order", args=[order.pk])}


def certificate_of(request: HttpRequest, order: IsolationOrder, standing: Standing) -> dict[str, Any]:
    """What a certificate says without a name: number, from, until, how it ended, and two codes (online, and signed for posts)."""
    rows, _forged = queries.decisions_of(order)
    issued = next((row.at for row in rows if row.step == "issue"), order.made_at)
    ended = standing.until or issued
    check = request.build_absolute_uri(check_address("o", order.pk, order.area_code))
    signed = issue(
        Claims("order-end", order.number, ended, ended + CERTIFICATE_LIFE, {"number": order.number, "how": standing.ended_how})
    )
    parts = []
    for language in NOTICE_LANGUAGES:
        with override(language):
            parts.append(
                {
                    "language": language,
                    "reason": wording.reason_of(order.reason),
                    "kind": str(wording.KINDS[Kind(order.kind)]),
                    "how": str(wording.ENDED.get(standing.ended_how, "")),
                }
            )
    return {
        "order": order,
        "issued": issued,
        "ended": ended,
        "parts": parts,
        "check": check,
        "town": units.serving(order.area_code, Unit.Kind.TOWN) or units.serving(order.area_code, Unit.Kind.HEADQUARTERS),
        "signed": signed,
        "check_qr": mark_safe(svg(check, title=_("Code to check this paper"))),
        "post_qr": mark_safe(svg(signed, error="l", scale=3, title=_("Signed code for checkpoints"))),
        "valid_until": ended + CERTIFICATE_LIFE,
    }


def check_address(kind: str, object_id: UUID, area_code: str) -> str:
    """Where anybody may check that a paper is genuine and what holds now."""
    code = links.check_code(kind, object_id, area_code)
    try:
        return reverse("check", args=[code])
    except NoReverseMatch:
        return f"/my/check/{code}/"
