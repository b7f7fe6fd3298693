"""The steps in the life of an order: serving, a new end, release, contest and its answer, phones."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act
from nanxi.foundation.models import User
from nanxi.foundation.rights import Right, requires
from nanxi.orders import chain, queries, services
from nanxi.orders.forms import AnswerForm, ContestForm, DeviceForm, EndForm, ReleaseForm, ServeForm
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import may_answer
from nanxi.orders.setup import configuration, set_up_link
from nanxi.orders.views import shown
from nanxi.orders.views.homemap import home_map
from nanxi.passes.qr import svg


def _step(request: HttpRequest, order: IsolationOrder, form: object, title: str, send: str, note: str = "") -> HttpResponse:
    """A page with one form about an order."""
    row = shown.rows_of([order], act_of(request).now)[0]
    page = {"order": order, "row": row, "form": form, "title": title, "send": send, "note": note}
    return render(request, "orders/step.html", page)


@requires(Right.ISSUE_ORDERS)
@require_POST
def order_sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Issue a proposed order; its evidence is looked at again."""
    services.issue_proposed(act_of(request), shown.found(pk))
    messages.success(request, _("Issued. Print the notice and serve it now."))
    return redirect("order", pk=pk)


@requires(Right.SERVE_ORDERS)
def order_serve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """At the door: how, by whom, in which language, and where home is."""
    order, act = shown.found(pk), act_of(request)
    form = ServeForm(request.POST or None, officers=_officers(act))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        serve = services.serve_household if order.household == order.pk else services.serve_order
        serve(act, order, how=said["how"], by=said["by"], language=said["language"], home=form.home(), datum=said["datum"])
        messages.success(request, _("The serving is kept."))
        return redirect("order", pk=pk)
    page = {"order": order, "row": shown.rows_of([order], act.now)[0], "form": form, "map": home_map(order.area_code, tap=True)}
    return render(request, "orders/serve.html", {**page, "map": mark_safe(page["map"])})


def _officers(act: Act) -> list[tuple[str, str]]:
    """The officer himself first, then the colleagues of his unit."""
    rows = User.objects.filter(unit_id=act.actor.unit_id, is_active=True).order_by("display_name")
    return sorted(((f"user:{user.id}", user.display_name) for user in rows), key=lambda pair: pair[0] != act.actor.handle)


@requires(Right.ISSUE_ORDERS)
def order_extend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new end: a later one is a new decision on evidence that must still stand, an earlier one shortens."""
    order, act = shown.found(pk), act_of(request)
    until = chain.standing(order, act.now).until
    form = EndForm(request.POST or None, initial={"until": until})
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["until"]
        change = services.shorten_order if until and wanted < until else services.extend_order
        change(act, order, until=wanted)
        messages.success(request, _("The new end is kept."))
        return redirect("order", pk=pk)
    note = _("A later end is a new decision: the evidence must still stand, and the longest time counts from today.")
    return _step(request, order, form, _("Set a new end"), _("Decide"), note)


@requires(Right.ISSUE_ORDERS)
def order_release(request: HttpRequest, pk: UUID) -> HttpResponse:
    order = shown.found(pk)
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.release_order(act_of(request), order, because=form.cleaned_data["because"])
        messages.success(request, _("Released. The phones of this order are refused from now on."))
        return redirect("order", pk=pk)
    note = _("The order ends now. Whoever was bound by it is free to go.")
    return _step(request, order, form, _("Release from the order"), _("Release"), note)


@requires(Right.SERVE_ORDERS)
def order_contest(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A contest on paper or by phone, taken at the town for the person."""
    order = shown.found(pk)
    form = ContestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.contest_order(act_of(request), order, **form.cleaned_data)
        messages.success(request, _("The contest is kept. Another officer answers it within 24 hours, or the order falls."))
        return redirect("order", pk=pk)
    note = _("Write down what the person says in the person's own words. The 24 hours run from now.")
    return _step(request, order, form, _("Take a contest"), _("Take the contest"), note)


@requires(Right.ANSWER_CONTESTS)
def order_answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The answer of an officer who did not decide on the order before."""
    order, act = shown.found(pk), act_of(request)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.answer_contest(act, order, **form.cleaned_data)
        messages.success(request, _("Answered. The person sees the answer on the own page."))
        return redirect("order", pk=pk)
    own = not may_answer([chain.plain(row) for row in chain.decisions_of(order)], act.actor.handle)
    note = _("You decided on this order yourself; another officer answers the contest.") if own else ""
    return _step(request, order, form, _("Answer the contest"), _("Send the answer"), note)


@requires(Right.SERVE_ORDERS)
def order_device(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The phones of an order; a new one shows its set-up code this once."""
    order, act = shown.found(pk), act_of(request)
    form = DeviceForm(request.POST or None)
    page: dict[str, object] = {"order": order, "row": shown.rows_of([order], act.now)[0], "form": form}
    if request.method == "POST" and form.is_valid():
        device = services.make_device(act, order, **form.cleaned_data)
        token = getattr(device, "token", "")
        if not token:
            messages.error(request, _("The set-up code was shown once already. Revoke that phone and set it up anew."))
            return redirect("order-device", pk=pk)
        setting = configuration(order, device, token, request)
        link = set_up_link(setting)
        page |= {
            "setting": setting,
            "link": link,
            "qr": mark_safe(svg(link, error="l", title=_("Set-up code"))),
            "form": DeviceForm(),
        }
    return render(request, "orders/device.html", {**page, "devices": queries.devices_of(order)})


@requires(Right.SERVE_ORDERS)
@require_POST
def device_revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    device = queries.device_in_scope(pk)
    if device is None:
        raise Http404
    services.revoke_device(act_of(request), device)
    messages.success(request, _("Revoked. The phone is refused within five seconds."))
    return redirect("order-device", pk=device.order_id)
