"""Running a trace and deciding on what it found."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.cases import actions, queries, rules, services, wording
from nanxi.cases.forms import FollowForm, TraceForm
from nanxi.cases.models import Case, CloseContact, TraceRun
from nanxi.cases.views import shown
from nanxi.cases.views.shown import id_of
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.rights import Right, requires


@requires(Right.TRACE_CONTACTS)
@require_POST
def start(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for a trace of a confirmed case; the job's page follows it."""
    case = get_object_or_404(Case.objects, pk=pk)
    form = TraceForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Give the window as two times, for example 2020-01-25 08:00 to 2020-01-30 12:00."))
    run = services.run_trace(act_of(request), case, **form.window())
    return redirect("trace-run", pk=run.pk)


def _run(pk: UUID) -> TraceRun:
    return get_object_or_404(TraceRun.objects.select_related("case", "job"), pk=pk)


@requires(Right.TRACE_CONTACTS, Right.APPROVE_WIDE_TRACE, Right.ISSUE_ORDERS)
@require_GET
def run_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    run, act = _run(pk), act_of(request)
    counts = [(wording.CLASSES[klass][0], number) for klass, number in sorted(run.counts.items())]
    lines = shown.contact_lines(queries.contacts_of_run(run), act.actor, act.now)
    page = {
        "run": run, "line": shown.case_lines([run.case])[0], "counts": counts, "lines": lines, "most": rules.MOST_CANDIDATES,
        "follow": FollowForm(),
        "may_decide": act.actor.may(Right.TRACE_CONTACTS),
        "buttons": actions.page_buttons("cases.run", run.id, act.actor.role.rights if act.actor.role and lines else ()),
        "may_approve": act.actor.may(Right.APPROVE_WIDE_TRACE) and run.waits_for_approval and act.actor.user_id != run.asked_by,
    }  # fmt: skip
    return render(request, "cases/run.html", page)


@requires(Right.APPROVE_WIDE_TRACE)
@require_POST
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.approve_wide_trace(act_of(request), _run(pk))
    messages.success(request, _("Approved. The names follow in a moment."))
    return redirect("trace-run", pk=pk)


@requires(Right.TRACE_CONTACTS)
@require_POST
def decide_many(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One decision on all marked rows."""
    sent: list[str] = request.POST.getlist("contact") or []
    chosen = [found for text in sent if (found := id_of(text))]
    services.decide_contacts(act_of(request), _run(pk), chosen, request.POST.get("decision", ""))
    messages.success(request, _("The decision is kept for %(n)d contacts.") % {"n": len(chosen)})
    return redirect("trace-run", pk=pk)


@requires(Right.TRACE_CONTACTS)
@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    contact = get_object_or_404(CloseContact.objects, pk=pk)
    services.decide_contact(act_of(request), contact, request.POST.get("decision", ""))
    return _back(contact)


@requires(Right.TRACE_CONTACTS)
@require_POST
def follow(request: HttpRequest, pk: UUID) -> HttpResponse:
    contact = get_object_or_404(CloseContact.objects, pk=pk)
    form = FollowForm(request.POST)
    if form.is_valid():
        services.record_follow_up(act_of(request), contact, **form.cleaned_data)
        messages.success(request, _("The follow-up is kept."))
    else:
        messages.error(request, _("Choose the day and what was found."))
    return _back(contact)


def _back(contact: CloseContact) -> HttpResponse:
    return redirect("trace-run", pk=contact.run_id) if contact.run_id else redirect("case", pk=contact.case_id)
