"""Orders for all accepted contacts of a tracing, looked at row by row before anything is issued; wide ones need two officers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nanxi.foundation import areas
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.rights import Right, requires
from nanxi.orders import below, queries, services
from nanxi.orders.below import Origin
from nanxi.orders.evidence import ground_for
from nanxi.orders.forms import ReasonForm
from nanxi.orders.rules import WIDE, Kind, LegalBasis, Reason, why_not_issue
from nanxi.orders.services import Place, Wanted
from nanxi.orders.views import shown
from nanxi.orders.views.issuing import end_of

USUAL = {"kind": Kind.HOME, "reason": Reason.CLOSE_CONTACT, "legal_basis": LegalBasis.LAW_39_CONTACT}


@requires(Right.ISSUE_ORDERS)
def orders_bulk(request: HttpRequest) -> HttpResponse:
    """Who gets an order, until when, and who does not and why; then issue, or propose to a second officer."""
    run_id, act = shown.id_of(request.GET.get("run")), act_of(request)
    origins = below.accepted_contacts(run_id) if run_id else None
    if origins is None or run_id is None:
        raise Http404
    form = ReasonForm(request.POST or None, initial={"kind": "home", "reason": "close_contact", "legal_basis": "law_39_contact"})
    if request.method == "POST" and request.POST.get("sign"):
        return _sign_all(request, act, run_id)
    if request.method == "POST" and form.is_valid() and not request.POST.get("check"):
        return _issue_all(request, act, run_id, origins, form.decided())
    decided = form.decided() if form.is_bound and form.is_valid() else USUAL
    proposed = queries.proposed_from([origin.id for origin in origins], act.now)
    rows = _rows(origins, decided, {order.origin_id for order in proposed}, act)
    page = {
        "form": form,
        "rows": rows,
        "ready": sum(not row["why_not"] for row in rows),
        "run": run_id,
        "checked": form.is_bound,
        "faulty": sum(bool(row["why_not"]) for row in rows),
        "proposed": len(proposed),
        "may_sign": bool(proposed) and not queries.proposed_by(proposed, act.actor.handle),
        "wide": WIDE,
    }
    return render(request, "orders/bulk.html", page)


def _rows(origins: list[Origin], decided: dict[str, Any], proposed: set[UUID], act: Act) -> list[dict[str, Any]]:
    """Each contact with the end its order would have, or the sentence for which it gets none."""
    names = areas.names_of(origin.area_code for origin in origins)
    labels = below.masked_labels([origin.person_id for origin in origins if origin.person_id])
    records = below.masked_records([origin.record_id for origin in origins if origin.person_id not in labels])
    rows = []
    for origin in origins:
        until, why_not = _judged(origin, decided, act)
        rows.append(
            {
                "origin": origin,
                "until": until,
                "why_not": _("A proposed order waits for its second officer.") if origin.id in proposed else why_not,
                "label": labels.get(origin.person_id) or records.get(origin.record_id),  # type: ignore[arg-type]
                "area": names.get(origin.area_code, origin.area_code),
            }
        )
    return rows


def _judged(origin: Origin, decided: dict[str, Any], act: Act) -> tuple[Any, str]:
    if origin.person_id and queries.is_bound(origin.person_id, act.now):
        return None, _("under an order already")
    ground = ground_for(origin.record_id, decided["reason"], origin.area_code, act.now)
    until = end_of(decided["reason"], ground, act.now) if ground else None
    kind, holds = (ground.kind, ground.until) if ground else (None, None)
    return until, why_not_issue(decided["reason"], kind, decided["legal_basis"], act.now, until, holds)


def _issue_all(request: HttpRequest, act: Act, run_id: UUID, origins: list[Origin], decided: dict[str, Any]) -> HttpResponse:
    wanted = []
    for origin in origins:
        ground = ground_for(origin.record_id, decided["reason"], origin.area_code, act.now)
        until = end_of(decided["reason"], ground, act.now)
        place = Place(origin.area_code)
        wanted.append(Wanted(record_id=origin.record_id, place=place, until=until, origin=(origin.kind, origin.id), **decided))
    if not wanted:
        raise Refused(_("This tracing has no accepted contact; accept contacts first, on the evidence shown with them."))
    outcome = services.issue_each(act, area=origins[0].area_code, source_ref=f"cases.run:{run_id}", wanted=wanted)
    if outcome is not None:
        _tell(request, outcome)
    return redirect("orders")


def _tell(request: HttpRequest, outcome: services.Outcome) -> None:
    said = {"issued": outcome.issued, "already": outcome.already, "refused": outcome.refused, "n": outcome.proposed}
    if outcome.proposed:
        words = _("%(n)d orders proposed: so many at once need a second officer, who issues them on this tracing's page.")
    else:
        words = _(
            "%(issued)d orders issued; %(already)d persons were under an order already; %(refused)d have no evidence for it."
        )
    messages.success(request, words % said)


def _sign_all(request: HttpRequest, act: Act, run_id: UUID) -> HttpResponse:
    issued = services.sign_each(
        act, source_ref=f"cases.run:{run_id}", origins=[o.id for o in below.accepted_contacts(run_id) or []]
    )
    if issued is not None:
        messages.success(request, _("%(n)d proposed orders issued. Print the notices and serve them now.") % {"n": issued})
    return redirect("orders")
