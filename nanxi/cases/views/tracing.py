"""Running a trace, its page, and deciding on what it found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.cases import actions, queries, rules, services, wording
from nanxi.cases.forms import FollowForm, IndirectForm, TraceForm
from nanxi.cases.models import CloseContact, TraceRun
from nanxi.cases.views import shown
from nanxi.cases.views.cases import page_of, the_case
from nanxi.cases.views.shown import id_of
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.rights import Right, requires

#: Contacts on one page; a trace of a market day has hundreds.
PAGE = 50


@requires(Right.TRACE_CONTACTS)
@require_POST
def start(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for a trace of a confirmed case; the run's page follows it. What was wrong is told beside the field."""
    case = the_case(pk)
    form = TraceForm(request.POST)
    if form.is_valid():
        try:
            run = services.run_trace(act_of(request), case, **form.asked())
        except Refused as problem:
            form.add_error("start", str(problem))
        else:
            return redirect("trace-run", pk=run.pk)
    return render(request, "cases/case.html", page_of(request, case, trace_form=form), status=422)


@requires(Right.TRACE_CONTACTS)
@require_POST
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    run = services.trace_again(act_of(request), _run(pk))
    return redirect("trace-run", pk=run.pk)


def _run(pk: UUID) -> TraceRun:
    return get_object_or_404(TraceRun.objects.select_related("case", "job", "before"), pk=pk)


@requires(Right.TRACE_CONTACTS, Right.APPROVE_WIDE_TRACE, Right.ISSUE_ORDERS)
@require_GET
def run_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    run, act = _run(pk), act_of(request)
    every = queries.contacts_of_run(run)
    page = Paginator(every, PAGE).get_page(request.GET.get("page"))
    lines = shown.contact_lines(queries.with_evidence(list(page.object_list)), act.actor, act.now, run)
    gone = shown.contact_lines(queries.gone_since(run), act.actor, act.now)
    context = {
        "run": run, "line": shown.case_lines([run.case])[0], "facts": shown.run_facts(run), "page": page, "lines": lines,
        "most": rules.MOST_CANDIDATES, "follow": FollowForm(), "may_decide": act.actor.may(Right.TRACE_CONTACTS),
        "open_count": _open(every),
        "elsewhere": len(run.answer) - len(every) if run.shows_names else 0,
        "notices": shown.notice_lines(run), "change": _change(run),
        "gone": gone, "gone_accepted": _standing(gone), "late": shown.late_words(run) if run.outdated_at else [],
        "indirect": _indirect(run),
        "buttons": actions.page_buttons("cases.run", run.id, act.actor.role.rights if act.actor.role and lines else ()),
        "may_approve": act.actor.may(Right.APPROVE_WIDE_TRACE) and run.waits_for_approval and act.actor.user_id != run.asked_by,
    }  # fmt: skip
    return render(request, "cases/run.html", context)


def _open(rows: list[CloseContact]) -> int:
    return sum(1 for row in rows if row.decision is rules.Decision.OPEN and row.retracted_at is None)


def _standing(gone: list[shown.ContactLine]) -> int:
    """How many whom the later run no longer finds were accepted and stay so until somebody decides."""
    return sum(1 for row in gone if row.contact.decision is rules.Decision.ACCEPTED and row.contact.retracted_at is None)


def _change(run: TraceRun) -> dict[str, int]:
    """How many contacts are new, gone or of another class since the run before; empty when nothing is or none was."""
    found = {name: len(run.difference.get(name, ())) for name in ("new", "gone", "changed")}
    return found if any(found.values()) else {}


def _indirect(run: TraceRun) -> dict[str, Any]:
    if run.indirect is None:
        return {}
    return {
        "form": IndirectForm(), "lines": shown.indirect_lines(queries.indirect_of(run)),
        "why": wording.INDIRECT.get(run.indirect_reason, ""), "too_many": run.indirect > rules.MOST_CANDIDATES,
    }  # fmt: skip


@requires(Right.TRACE_CONTACTS)
@require_POST
def indirect(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name the contacts of the contacts, for a stated reason."""
    services.ask_for_indirect(act_of(request), _run(pk), request.POST.get("reason", ""))
    messages.success(request, _("Asked. They follow in a moment; the reason is kept."))
    return redirect("trace-run", pk=pk)


@requires(Right.APPROVE_WIDE_TRACE)
@require_POST
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.approve_wide_trace(act_of(request), _run(pk))
    messages.success(request, _("Approved. The names follow in a moment."))
    return redirect("trace-run", pk=pk)


@requires(Right.TRACE_CONTACTS)
@require_POST
def decide_many(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One decision on all marked rows, or on everybody who is still to be decided."""
    sent: list[str] = request.POST.getlist("contact") or []
    chosen = None if request.POST.get("all") else [found for text in sent if (found := id_of(text))]
    run = _run(pk)
    count = len(chosen) if chosen is not None else _open(queries.contacts_of_run(run))
    services.decide_contacts(act_of(request), run, chosen, request.POST.get("decision", ""))
    messages.success(request, _("The decision is kept for %(n)d contacts.") % {"n": count})
    return redirect("trace-run", pk=pk)


@requires(Right.TRACE_CONTACTS)
@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    contact = get_object_or_404(CloseContact.objects, pk=pk)
    services.decide_contact(act_of(request), contact, request.POST.get("decision", ""))
    return _back(contact)


def _back(contact: CloseContact) -> HttpResponse:
    return redirect("trace-run", pk=contact.run_id) if contact.run_id else redirect("case", pk=contact.case_id)
