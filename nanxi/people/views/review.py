"""The review pile: pairs side by side, decided with one key, taken back at will."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation import vault
from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires
from nanxi.people import quality, queries, relink, services
from nanxi.people.models import ReviewPair, SourceRecord
from nanxi.people.views import shown
from nanxi.people.views.pages import Newest

#: Decisions shown under the pile, to take one back.
LAST_DECIDED = 10


@requires(Right.REVIEW_IDENTITY)
@require_GET
def review(request: HttpRequest) -> HttpResponse:
    """Open pairs, the likeliest first, and the last decisions."""
    page = Newest(queries.open_pairs(), 50).get_page(request.GET.get("page"))
    decided = shown.pair_lines(list(queries.decided_pairs()[:LAST_DECIDED]))
    return render(
        request,
        "people/review.html",
        {
            "page": page, "lines": shown.pair_lines(list(page.object_list)), "decided": decided,
            "blind": quality.blind_checks(), "last_look": relink.last_look(),
            "may_look": act_of(request).actor.reach.covers(relink.area_of_register()),
        },
    )  # fmt: skip


@requires(Right.REVIEW_IDENTITY)
@require_GET
def review_pair(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Two records side by side. Looking is recorded; what agrees stays covered."""
    pair = get_object_or_404(ReviewPair.objects.all(), pk=pk)
    services.show_pair(act_of(request), pair)
    records = SourceRecord.objects.in_bulk([pair.one_id, pair.other_id])
    one, other = records.get(pair.one_id), records.get(pair.other_id)
    try:
        lines = shown.differences(one, other) if one and other else []
    except vault.Sealed:
        lines = []
    sides = shown.record_lines([record for record in (one, other) if record])
    page = {
        "pair": pair,
        "lines": lines,
        "sides": sides,
        "bars": shown.bars(pair),
        "next": _next(pair),
        "left": queries.open_pairs().count(),
    }
    return render(request, "people/pair.html", page)


def _next(pair: ReviewPair) -> UUID | None:
    """The open pair that follows on the pile."""
    following = queries.open_pairs().exclude(pk=pair.pk).only("id").first()
    return following.id if following else None


@requires(Right.REVIEW_IDENTITY)
@require_POST
def review_decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """answer=same or answer=not; then the next pair."""
    pair = get_object_or_404(ReviewPair.objects.all(), pk=pk)
    same = request.POST.get("answer") == "same"
    services.decide_pair(act_of(request), pair, same)
    messages.success(request, _("One person now.") if same else _("Two persons, and so they stay."))
    following = _next(pair)
    return redirect("review-pair", pk=following) if following else redirect("review")


@requires(Right.REVIEW_IDENTITY)
@require_POST
def review_look(request: HttpRequest) -> HttpResponse:
    """Look over the whole register now, as every night; for whoever answers for all of it."""
    act = act_of(request)
    if not act.actor.reach.covers(relink.area_of_register()):
        raise Http404
    relink.ask_relink(act)
    messages.success(request, _("The register is being looked over; what is found comes on the pile."))
    return redirect("review")


@requires(Right.REVIEW_IDENTITY)
@require_POST
def review_undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the decision back; the pair lies on the pile again."""
    pair = get_object_or_404(ReviewPair.objects.all(), pk=pk)
    services.reopen_pair(act_of(request), pair)
    messages.success(request, _("Taken back. The pair lies on the pile again."))
    return redirect("review-pair", pk=pk)
