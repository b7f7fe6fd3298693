"""Asking the register inside a task: an exact number, or a phoned-in lead with at most five masked proposals."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nanxi.foundation import areas
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.rights import Right, requires
from nanxi.people import queries, services, task_check, wording
from nanxi.people.forms import ExactForm, LeadForm
from nanxi.people.models import LookUp
from nanxi.people.services.lookups import EXACT_BUDGET, LEAD_BUDGET, Proposal, used_today


@requires(Right.LOOK_UP_PERSON)
def people_lead(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Both questions on one page; the answer is shown once and not kept in an address."""
    act = act_of(request)
    try:
        area = task_check.area_of_open_task(act, task_id)
    except Refused:
        raise Http404 from None
    asked = request.POST.get("ask", "")
    exact = ExactForm(request.POST if asked == "exact" else None)
    lead = LeadForm(request.POST if asked == "lead" else None, reach=act.actor.reach)
    found, proposals = _answer(act, task_id, exact, lead)
    return render(
        request,
        "people/lead.html",
        {
            "task_id": task_id, "area": areas.names_of([area]).get(area, area), "exact": exact, "lead": lead, "asked": asked,
            "found": found, "proposals": proposals, "can_choose": task_check.can_choose(),
            "exact_left": EXACT_BUDGET - used_today(act, LookUp.Kind.EXACT),
            "lead_left": LEAD_BUDGET - used_today(act, LookUp.Kind.LEAD),
        },
    )  # fmt: skip


def _answer(act: Act, task_id: UUID, exact: ExactForm, lead: LeadForm) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The question's answer; a refusal stands on the form it belongs to."""
    act.key = ""
    try:
        if exact.is_bound and exact.is_valid():
            return _found(services.find_exact(act, task_id=task_id, **exact.cleaned_data)), []
        if lead.is_bound and lead.is_valid():
            return [], _proposed(services.propose_for_lead(act, task_id=task_id, **lead.cleaned_data))
    except Refused as problem:
        (exact if exact.is_bound else lead).add_error(None, str(problem))
    return [], []


def _found(persons: list[UUID]) -> list[dict[str, object]]:
    labels = queries.masked_labels(persons)
    return [{"person": person, "label": labels.get(person), "record": queries.best_record(person)} for person in persons]


def _proposed(proposals: list[Proposal]) -> list[dict[str, object]]:
    names = areas.names_of(proposal.area_code for proposal in proposals)
    return [
        {
            "proposal": proposal, "area": names.get(proposal.area_code, proposal.area_code),
            "agrees": [wording.AGREES[word] for word in proposal.agrees],
        }
        for proposal in proposals
    ]  # fmt: skip


@requires(Right.LOOK_UP_PERSON)
@require_POST
def lead_choose(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """This is the person of the task."""
    try:
        record = UUID(request.POST.get("record", ""))
    except ValueError:
        raise Http404 from None
    services.choose_proposal(act_of(request), task_id=task_id, record_id=record)
    messages.success(request, _("Noted: the task is about this person now."))
    return redirect("people-lead", task_id=task_id)
