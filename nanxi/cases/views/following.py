"""Following contacts up: who is to be looked at today, and what was found."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.cases import queries, services
from nanxi.cases.forms import FollowForm
from nanxi.cases.models import Case, CloseContact
from nanxi.cases.views import shown
from nanxi.cases.views.cases import SEES_CASES
from nanxi.foundation.accounts import act_of
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right, requires


@requires(Right.TRACE_CONTACTS, Right.ISSUE_ORDERS)
@require_GET
def schedule(request: HttpRequest) -> HttpResponse:
    """Accepted contacts whose fourteen days run, those not yet looked at today first."""
    act = act_of(request)
    today = county_day(act.now)
    day = _day(request.GET.get("day"), today)
    rows = queries.to_follow(day)
    page = Paginator(rows.prefetch_related("followups"), 50).get_page(request.GET.get("page"))
    context = {
        "day": day, "before": day - timedelta(days=1), "after": day + timedelta(days=1) if day < today else None, "page": page,
        "lines": shown.follow_lines(list(page.object_list), day), "may_record": act.actor.may(Right.DO_TASKS),
        "waiting": rows.filter(done=False).count(), "count": page.paginator.count,
    }  # fmt: skip
    return render(request, "cases/schedule.html", context)


def _day(text: str | None, today: date) -> date:
    try:
        return min(date.fromisoformat(text or ""), today)
    except ValueError:
        return today


@requires(*SEES_CASES)
@require_GET
def contact(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where a task or an alert about a contact leads: the page of its case, or the day's list where the case lies elsewhere."""
    row = get_object_or_404(CloseContact.objects, pk=pk)
    return redirect("case", pk=row.case_id) if Case.objects.filter(pk=row.case_id).exists() else redirect("contact-schedule")


@requires(Right.TRACE_CONTACTS, Right.ISSUE_ORDERS)
@require_POST
def follow(request: HttpRequest, pk: UUID) -> HttpResponse:
    contact = get_object_or_404(CloseContact.objects, pk=pk)
    form = FollowForm(request.POST)
    if form.is_valid():
        services.record_follow_up(act_of(request), contact, **form.cleaned_data)
        messages.success(request, _("The follow-up is kept."))
    else:
        messages.error(request, _("Choose the day and what was found."))
    if request.POST.get("back") == "schedule":
        return redirect("contact-schedule")
    return redirect("trace-run", pk=contact.run_id) if contact.run_id else redirect("case", pk=contact.case_id)
