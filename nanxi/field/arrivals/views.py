"""The page of expected arrivals, the form that announces one, and what an officer was told about one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from nanxi.field import below
from nanxi.field.arrivals import queries, rules, services
from nanxi.foundation.accounts import act_of
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import Right, requires
from nanxi.people.identity import Identity
from nanxi.web.fields import areas_in

PAGE = 50


class AnnounceForm(forms.Form):
    """Who comes, when, how, and where to."""

    name = forms.CharField(label=gettext_lazy("Full name"), max_length=40)
    id_no = forms.CharField(label=gettext_lazy("ID number"), max_length=20, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=20)
    day = forms.DateField(label=gettext_lazy("Expected day"), widget=forms.DateInput(attrs={"type": "date"}))
    area = forms.ChoiceField(label=gettext_lazy("Where to"))
    origin = forms.CharField(label=gettext_lazy("Comes from"), max_length=40, required=False)
    way = forms.ChoiceField(label=gettext_lazy("Comes by"))
    route = forms.CharField(label=gettext_lazy("Train, flight, seat or plate"), max_length=60, required=False)

    def __init__(self, *args: Any, reach: Reach, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["area"].choices = areas_in(reach)  # type: ignore[attr-defined]
        self.fields["way"].choices = [(one.code, _(one.label)) for one in rules.Way]  # type: ignore[attr-defined]


@requires(Right.DO_TASKS)
@require_GET
def arrivals(request: HttpRequest) -> HttpResponse:
    """Counts by town and one list: overdue, today, later, arrived, unannounced."""
    now = act_of(request).now
    state, town = request.GET.get("state", "overdue"), request.GET.get("town", "")
    state = state if state in queries.states(now) else "overdue"
    town = town if len(town) == 9 and town.isdigit() else ""
    towns = queries.by_town(now)
    page = Paginator(queries.listed(state, now, town), PAGE).get_page(request.GET.get("page"))
    counts = {name: sum(getattr(one, name) for one in towns) for name in queries.states(now)}
    shown = {
        "towns": towns, "page": page, "lines": queries.lines_of(list(page.object_list), now), "state": state, "town": town,
        "figures": [(name, _(label), counts[name]) for name, label in LABELS],
    }  # fmt: skip
    return render(request, "field/arrivals.html", shown)


LABELS = (
    ("overdue", rules.Stand.OVERDUE.label),
    ("today", rules.Stand.TODAY.label),
    ("expected", rules.Stand.EXPECTED.label),
    ("arrived", rules.Stand.ARRIVED.label),
    ("unannounced", rules.Stand.UNANNOUNCED.label),
)


@requires(Right.DO_TASKS)
def arrival_new(request: HttpRequest) -> HttpResponse:
    """Announce somebody who declares that they will come."""
    act = act_of(request)
    form = AnnounceForm(request.POST or None, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        identity = Identity(name=told["name"], id_no=told["id_no"], phone=told["phone"])
        services.announce(
            act, area=told["area"], identity=identity, day=told["day"], way=told["way"],
            origin=below.origin_code(told["origin"]), route=" ".join((told["origin"], told["route"])).strip(),
        )  # fmt: skip
        messages.success(request, _("Announced. When somebody sees them arrive, it shows here."))
        return redirect("field:arrivals")
    return render(request, "field/arrival_new.html", {"form": form}, status=422 if form.errors else 200)


@requires(Right.DO_TASKS)
@require_POST
def arrival_told(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What an officer was told about one: has come, or does not come."""
    row = queries.arrival_by_id(pk)
    if row is None:
        raise Http404
    services.told_by_officer(act_of(request), row, kind=request.POST.get("kind", ""))
    messages.success(request, _("Recorded."))
    return redirect("field:arrivals")
