"""Issuing from one accepted contact or case. Evidence is looked up, never typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.rights import Right, requires
from nanxi.orders import below, queries, services, wording
from nanxi.orders.below import Origin
from nanxi.orders.evidence import Ground, ground_for
from nanxi.orders.forms import OrderForm
from nanxi.orders.rules import NO_PATH, Evidence, Kind, Reason
from nanxi.orders.services import Place
from nanxi.orders.views import shown

#: What an officer most likely means by the evidence; the list stays open to every reason.
USUAL = {
    Evidence.CASE_PATH: Reason.CLOSE_CONTACT, Evidence.OWN_CASE: Reason.CONFIRMED, Evidence.SUSPECT_REPORT: Reason.SUSPECTED,
    Evidence.AREA_NOTICE: Reason.AREA_RESIDENT,
}  # fmt: skip


def _origin(request: HttpRequest) -> Origin:
    """What `?from=kind:id` names, in scope, or 404."""
    kind, _colon, text = request.GET.get("from", "").partition(":")
    object_id = shown.id_of(text)
    origin = below.origin_of(kind, object_id) if object_id else None
    if origin is None:
        raise Http404
    return origin


@requires(Right.ISSUE_ORDERS)
def order_new(request: HttpRequest) -> HttpResponse:
    """Issue an order for the person of a contact or case. Without an evidence path there is no form."""
    if not request.GET.get("from"):
        return render(request, "orders/new.html", {"form": None})
    origin, act = _origin(request), act_of(request)
    if not origin.accepted:
        raise Refused(_("This contact is not accepted; accept it first, on the evidence shown with it."))
    if request.method == "GET" and (before := _open_before(origin, act.now)):
        messages.info(request, _("An order was made from this already; this is it."))
        return redirect("order", pk=before.pk)
    ground = best_ground(origin, act.now)
    form = OrderForm(request.POST or None, initial=_usual(origin, ground, act.now), reach=act.actor.reach, home=origin.area_code)
    if request.method == "POST" and form.is_valid():
        return _issue(request, act, origin, form)
    page = {
        "form": form, "origin": origin, "label": label_of(origin), "problem": "" if ground else _(NO_PATH),
        "evidence": wording.EVIDENCE[ground.kind] if ground else None, "holds": ground.until if ground else None,
    }  # fmt: skip
    return render(request, "orders/new.html", page)


def _issue(request: HttpRequest, act: Act, origin: Origin, form: OrderForm) -> HttpResponse:
    decided, said = form.decided(), form.cleaned_data
    place = Place(said["area"], said["address"].strip())
    ground = ground_for(origin.record_id, decided["reason"], place.area_code, act.now)
    if ground is None:
        # Counted although refused: many such requests from one desk are an alarm (S3). The count must outlive the refusal.
        services.note_refusal(act, area=place.area_code, source_ref="")
        return render(request, "web/refused.html", {"sentence": _(NO_PATH)}, status=409)
    make = services.propose_order if request.POST.get("propose") else services.issue_order
    order = make(
        act, record_id=origin.record_id, evidence=ground.kind, place=place, until=said["until"], origin=(origin.kind, origin.id),
        **decided,
    )  # fmt: skip
    if request.POST.get("propose"):
        messages.success(request, _("Proposed with its evidence path. It binds nobody until an officer issues it."))
    else:
        messages.success(request, _("Issued. Print the notice and serve it now."))
    return redirect("order", pk=order.pk)


def best_ground(origin: Origin, at: datetime) -> Ground | None:
    """The evidence that stands for this person whatever the reason: a path in cases, or a notice over the home."""
    for reason in (Reason.CONFIRMED, Reason.AREA_RESIDENT):
        if ground := ground_for(origin.record_id, reason, origin.area_code, at):
            return ground
    return None


def _usual(origin: Origin, ground: Ground | None, at: datetime) -> dict[str, Any]:
    """What the protocol asks for, to be changed by the officer."""
    reason = USUAL[ground.kind] if ground else Reason.CLOSE_CONTACT
    until = end_of(reason, ground, at)
    kind = Kind.HOSPITAL if ground and ground.kind is Evidence.OWN_CASE else Kind.HOME
    basis = min(reason.terms.bases, key=lambda one: one.code)
    return {"reason": reason.value, "legal_basis": basis.code, "until": until, "kind": kind.value, "area": origin.area_code}


def end_of(reason: Reason, ground: Ground | None, at: datetime) -> datetime:
    """The end by protocol: the longest the reason allows, or as long as the evidence holds. Whole minutes, as forms show them."""
    until = at + reason.terms.longest
    if ground and ground.until:
        until = min(until, ground.until)
    return until.replace(second=0, microsecond=0)


def label_of(origin: Origin) -> Any:
    labels = below.masked_labels([origin.person_id]) if origin.person_id else {}
    return labels.get(origin.person_id) or below.masked_records([origin.record_id]).get(origin.record_id)


def _open_before(origin: Origin, at: datetime) -> Any:
    """The order that was made from this contact or case already and still runs."""
    before = queries.order_for_origin(origin.kind, origin.id)
    return before if before and before.open_until > at else None
