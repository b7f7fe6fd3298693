"""Rules of the fence as versions: what each changes, who drafted and published it, and the form for a new one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.rights import Right, requires
from nanxi.orders import queries, services, wording
from nanxi.orders.forms import PolicyForm
from nanxi.orders.models import FencePolicy
from nanxi.orders.policies import HOUSE
from nanxi.orders.views import shown


@requires(Right.KEEP_FORMS)
def fence_policies(request: HttpRequest) -> HttpResponse:
    """Every version, the house's own first, and how many orders each watches now."""
    act = act_of(request)
    form = PolicyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.draft_policy(act, version=form.cleaned_data["version"].strip(), changes=form.changes())
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, _("Drafted. It watches nobody until another officer publishes it."))
            return redirect("fence-policies")
    rows = list(FencePolicy.objects.order_by("drafted_at"))
    named = shown.officers_of({row.drafted_by for row in rows} | {row.published_by for row in rows})
    watched = queries.watched_by(act.now)
    lines = [
        {
            "policy": row,
            "changes": [(wording.PARAMETERS[name], value, getattr(HOUSE, name)) for name, value in row.changes.items()],
            "drafted_by": named.get(row.drafted_by, ""), "published_by": named.get(row.published_by, ""),
            "watches": watched.get(row.version, 0),
            "may_publish": row.published_at is None and row.drafted_by != act.actor.handle,
        }
        for row in rows
    ]  # fmt: skip
    page = {"lines": lines, "form": form, "own": HOUSE.version, "own_watches": watched.get(HOUSE.version, 0)}
    return render(request, "orders/policies.html", page, status=422 if form.is_bound else 200)


@requires(Right.KEEP_FORMS)
@require_POST
def policy_publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A second officer publishes the draft of the first."""
    services.publish_policy(act_of(request), get_object_or_404(FencePolicy.objects, pk=pk))
    messages.success(request, _("Published. Orders can be watched by it now."))
    return redirect("fence-policies")
