"""Care and calibration on an order: health by phone, needs, how it is watched, the home point, the household."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.grants import Purpose
from nanxi.foundation.rights import Right, requires
from nanxi.orders import below, care_queries, policies, queries, services, wording
from nanxi.orders.calibration import Learnt, is_elsewhere
from nanxi.orders.care import NeedKind, Outcome
from nanxi.orders.forms import HealthForm, HomeForm, JoinForm, NeedForm, PolicyChoiceForm, WatchForm
from nanxi.orders.models import IsolationOrder
from nanxi.orders.views import shown
from nanxi.orders.views.fixmap import fix_map, spots_of
from nanxi.orders.views.homemap import home_map

#: The officer's first three forms, by the button that sends them.
FORMS = {"health": HealthForm, "need": NeedForm, "watch": WatchForm}


@requires(Right.SERVE_ORDERS)
def order_care(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Health, needs and check-ins of one order; what the person says by phone is written down here."""
    order, act = shown.found(pk), act_of(request)
    sent = request.POST.get("form", "")
    forms = {name: form(request.POST if sent == name else None, initial={"watch": order.watch}) for name, form in FORMS.items()}
    chosen = policies.chosen_for(order.pk)
    posted = request.POST if sent == "policy" else None
    forms["policy"] = PolicyChoiceForm(posted, versions=policies.published(), initial={"version": chosen})
    if request.method == "POST" and sent in forms and forms[sent].is_valid():
        messages.success(request, _kept(act, order, sent, forms[sent].cleaned_data))
        return redirect("order-care", pk=pk)
    page = {
        "order": order,
        "row": shown.rows_of([order], act.now)[0],
        "forms": forms,
        "health": health_rows(order),
        "needs": need_rows(order),
        "checkins": care_queries.checkins_of(order),
        "watch": wording.WATCHES.get(order.watch, ""),
        "version": chosen,
    }
    return render(request, "orders/care.html", page, status=422 if sent else 200)


def _kept(act: Act, order: IsolationOrder, what: str, said: dict[str, Any]) -> str:
    if what == "health":
        row = services.report_health(act, order, temperature=said["temperature"], symptoms=said["symptoms"])
        return _("Kept: %(outcome)s.") % {"outcome": wording.HEALTH[row.outcome][0]}
    if what == "need":
        services.ask_need(act, order, kind=said["kind"], words=said["words"])
        return _("Kept; the town has a task for it.")
    if what == "policy":
        services.choose_policy(act, order, version=said["version"])
        return _("Kept. The fence watches by this version from the next position on.")
    services.set_watch(act, order, watch=said["watch"])
    return _("Kept. The person's own page says so too.")


def health_rows(order: IsolationOrder) -> list[dict[str, Any]]:
    """Whether a report came, day by day. What it said opens with the person, for a purpose and in the ledger."""
    came = _("reported"), "ok"
    missed = Outcome.MISSED.code
    rows = [(row, wording.HEALTH[missed] if row.outcome == missed else came) for row in care_queries.health_of(order)]
    return [{"day": row.day, "at": row.at, "words": words, "tone": tone} for row, (words, tone) in rows]


def need_rows(order: IsolationOrder, *, opened: bool = False) -> list[dict[str, Any]]:
    """What became of each request; what was asked for (medicine tells of an illness) only when the person is opened."""
    rows = []
    for need in care_queries.needs_of(order):
        kind, (words, tone) = NeedKind.of(need.kind), wording.NEED_RESULTS.get(need.result, wording.NEED_RESULTS[""])
        label = _(kind.label) if opened and kind else _("a request")
        rows.append({"kind": label, "at": need.asked_at, "words": words, "tone": tone})
    return rows


@requires(Right.SERVE_ORDERS)
def order_home(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where home is: what the phone's first half hour shows, to be confirmed, or a point taken anew."""
    order, act = shown.found(pk), act_of(request)
    form = HomeForm(request.POST if request.POST.get("form") == "retake" else None)
    if request.method == "POST" and form.is_bound and form.is_valid():
        services.retake_home(act, order, form.home(), datum=form.cleaned_data["datum"])
        messages.success(request, _("The new home point is kept; the fence begins anew from it."))
        return redirect("order", pk=pk)
    page = {
        "order": order,
        "row": shown.rows_of([order], act.now)[0],
        "form": form,
        "homed": order.points.exists(),
        "map": mark_safe(home_map(order.area_code, tap=True)),
    }
    return render(request, "orders/home.html", page, status=422 if form.is_bound else 200)


@requires(Right.SERVE_ORDERS)
@require_POST
def order_learn(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open the first half hour of the phone and show its middle on the map: a purposed read, for this answer only."""
    order, act = shown.found(pk), act_of(request)
    below.open_record(act, order.record_id, ("orders.order", order.id), Purpose.ISOLATION, order.person_id)
    learnt = care_queries.learnt_home(order)
    if request.POST.get("confirm"):
        services.confirm_home(act, order, learnt)
        messages.success(request, _("Confirmed. The order is in force with this home point."))
        return redirect("order", pk=pk)
    page = {
        "order": order,
        "row": shown.rows_of([order], act.now)[0],
        "learnt": learnt,
        "why_not": _(learnt.why_not) if learnt.why_not else "",
        "drawn": mark_safe(_drawn(order, learnt)),
        "elsewhere": _elsewhere(order, learnt),
    }
    return render(request, "orders/learnt.html", page)


def _drawn(order: IsolationOrder, learnt: Learnt) -> str:
    if learnt.why_not:
        return ""
    start = care_queries.served_at(order)
    fixes = care_queries.fixes_of(order, start, start + timedelta(minutes=60)) if start else []
    home = {"lon": learnt.lon, "lat": learnt.lat, "radius_m": services.RADIUS_M}
    return fix_map(home, spots_of(home, fixes))


def _elsewhere(order: IsolationOrder, learnt: Learnt) -> bool:
    taken = queries.home_of(order)
    return bool(taken) and is_elsewhere((taken["lon"], taken["lat"]), learnt)  # type: ignore[index]


@requires(Right.SERVE_ORDERS)
def order_household(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who else stays behind this door; one page reports for all of them."""
    order, act = shown.found(pk), act_of(request)
    lead = shown.found(order.household) if order.household else order
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        member = queries.order_by_number(form.cleaned_data["number"])
        if member is None:
            raise Refused(_("No order of your area has this number; read it from the notice again."))
        services.join_household(act, lead, member)
        messages.success(request, _("Joined. The first order's page reports for both."))
        return redirect("order-household", pk=lead.pk)
    members = queries.household_of(lead, act.now)
    page = {
        "order": lead,
        "row": shown.rows_of([lead], act.now)[0],
        "form": form,
        "rows": shown.rows_of(members, act.now),
        "candidates": _candidates(lead, act),
        "leaves": order if order.household else None,
    }
    return render(request, "orders/household.html", page)


@requires(Right.SERVE_ORDERS)
@require_POST
def order_leave(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This order stands by itself again."""
    order, act = shown.found(pk), act_of(request)
    services.leave_household(act, order)
    messages.success(request, _("This order's own page reports for it alone from now on."))
    return redirect("order-household", pk=pk)


def _candidates(lead: IsolationOrder, act: Act) -> list[dict[str, Any]]:
    """Accepted contacts of the same case whom the register knows in the same place and whom no order binds yet."""
    origins = below.contacts_beside(lead)
    labels = below.masked_labels([one.person_id for one in origins if one.person_id])
    return [
        {"origin": one, "label": labels.get(one.person_id) if one.person_id else None}
        for one in origins
        if one.accepted and not (one.person_id and queries.is_bound(one.person_id, act.now))
    ]
