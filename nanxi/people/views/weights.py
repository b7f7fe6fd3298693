"""The weights of the register: which hold, what was learned, what it would change, and putting a version in force.

They weigh for the whole county, so only whoever answers for all of it sees the page.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act
from nanxi.foundation.rights import Right, requires
from nanxi.people import relink, services, training
from nanxi.people.models import LinkWeights
from nanxi.people.views import weights_shown

#: Versions on the page; older ones are of no use any more.
MOST = 30


@requires(Right.REVIEW_IDENTITY)
@require_GET
def weights(request: HttpRequest) -> HttpResponse:
    _for_the_county(request)
    rows = list(LinkWeights.objects.order_by("-learned_at", "-id")[:MOST])
    return render(request, "people/weights.html", {"lines": weights_shown.version_lines(rows), "job": training.last_learning()})


@requires(Right.REVIEW_IDENTITY)
@require_GET
def weights_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Old and new bits of every degree, and the three zones under both."""
    act = _for_the_county(request)
    row = get_object_or_404(LinkWeights.objects.all(), pk=pk)
    holds = weights_shown.holds(row)
    own = bool(row.moved()) and act.actor.same_person(row.learned_by)
    page: dict[str, Any] = {
        "row": row, "holds": holds, "degrees": weights_shown.degree_lines(row), "zones": weights_shown.zone_lines(row),
        "moves": weights_shown.move_lines(row), "may_adopt": not holds and not own, "own": own and not holds,
    }  # fmt: skip
    return render(request, "people/weights_version.html", page)


@requires(Right.REVIEW_IDENTITY)
@require_POST
def weights_learn(request: HttpRequest) -> HttpResponse:
    """Learn from the register now, as every night."""
    training.ask_learning(_for_the_county(request), relink.area_of_register())
    messages.success(request, _("The register is being read; what it teaches appears here as a version to adopt."))
    return redirect("weights")


@requires(Right.REVIEW_IDENTITY)
@require_POST
def weights_adopt(request: HttpRequest, pk: UUID) -> HttpResponse:
    act = _for_the_county(request)
    row = services.adopt_weights(act, get_object_or_404(LinkWeights.objects.all(), pk=pk))
    messages.success(request, _("%(version)s holds from now on. Links made before stay as they are.") % {"version": row.version})
    return redirect("weights")


def _for_the_county(request: HttpRequest) -> Act:
    act = act_of(request)
    if not act.actor.reach.covers(relink.area_of_register()):
        raise Http404
    return act
