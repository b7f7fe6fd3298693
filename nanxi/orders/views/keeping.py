"""Which days of positions are kept and why, for how long after an order's end, and the holds that stop a day's end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires
from nanxi.orders import days, services, wording
from nanxi.orders.models import PositionHold
from nanxi.orders.services.keeping import LONGEST_HOLD, MOST_DAYS
from nanxi.orders.views import shown

SHOWN = 50
DATE = forms.DateInput(attrs={"type": "date"})


class KeepingForm(forms.Form):
    days = forms.IntegerField(label=gettext_lazy("Days after an order's end"), min_value=0, max_value=MOST_DAYS)


class HoldForm(forms.Form):
    first = forms.DateField(label=gettext_lazy("First day"), widget=DATE)
    last = forms.DateField(label=gettext_lazy("Last day"), widget=DATE)
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=PositionHold.Reason.choices)
    length = forms.IntegerField(label=gettext_lazy("For how many days"), min_value=1, max_value=LONGEST_HOLD.days)


@requires(Right.ANSWER_CONTESTS)
@require_GET
def position_days(request: HttpRequest) -> HttpResponse:
    """Counts of nobody: days, reasons and holds."""
    return _page(request, KeepingForm(initial={"days": days.after_end()}), HoldForm())


@requires(Right.ANSWER_CONTESTS)
@require_POST
def keeping_set(request: HttpRequest) -> HttpResponse:
    form = KeepingForm(request.POST)
    if not form.is_valid():
        return _page(request, form, HoldForm(), 422)
    services.set_keeping(act_of(request), days=form.cleaned_data["days"])
    messages.success(request, _("Set. It counts from the next look, within ten minutes."))
    return redirect("position-days")


@requires(Right.ANSWER_CONTESTS)
@require_POST
def hold_ask(request: HttpRequest) -> HttpResponse:
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, KeepingForm(initial={"days": days.after_end()}), form, 422)
    said = form.cleaned_data
    services.ask_hold(act_of(request), first=said["first"], last=said["last"], reason=said["reason"], days=said["length"])
    messages.success(request, _("Asked. It holds nothing until another officer opens it."))
    return redirect("position-days")


@requires(Right.ANSWER_CONTESTS)
@require_POST
def hold_open(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.open_hold(act_of(request), pk)
    messages.success(request, _("Open. The days stay until it ends."))
    return redirect("position-days")


@requires(Right.ANSWER_CONTESTS)
@require_POST
def hold_lift(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.lift_hold(act_of(request), pk)
    messages.success(request, _("Lifted. Days that nothing else keeps end within ten minutes."))
    return redirect("position-days")


def _page(request: HttpRequest, keeping: KeepingForm, asking: HoldForm, status: int = 200) -> HttpResponse:
    act = act_of(request)
    rows = list(PositionHold.objects.order_by("-asked_at")[:SHOWN])
    named = shown.officers_of({row.asked_by for row in rows} | {row.opened_by for row in rows})
    holds = [
        {
            "hold": row, "state": _state(row, act.now), "asked_by": named.get(row.asked_by, ""),
            "opened_by": named.get(row.opened_by, ""), "runs": row.lifted_at is None and row.until > act.now,
            "may_open": row.opened_at is None and row.asked_by != act.actor.handle,
        }
        for row in rows
    ]  # fmt: skip
    kept = [(one.day, wording.KEPT[one.why]) for one in reversed(days.days(act.now))]
    page = {"days": kept, "holds": holds, "keeping": keeping, "asking": asking, "after_end": days.after_end()}
    return render(request, "orders/keeping.html", page, status=status)


def _state(row: PositionHold, at: Any) -> tuple[str, str]:
    if row.lifted_at is not None or row.until <= at:
        return _("ended"), "quiet"
    return (_("in force"), "go") if row.opened_at else (_("waits for another officer"), "wait")
