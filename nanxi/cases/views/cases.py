"""Case list, reporting, the case page and its steps, the interview."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.cases import actions, queries, rules, services, wording
from nanxi.cases.forms import LINES, FollowForm, InterviewPage, ReportForm, TraceForm, blank_line
from nanxi.cases.models import Case, Interview
from nanxi.cases.services.tracing import edition_for, infectious_period
from nanxi.cases.views import pictures, shown
from nanxi.foundation import grants
from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires

SEES_CASES = (
    Right.INTERVIEW_CASE,
    Right.TRACE_CONTACTS,
    Right.CONFIRM_CASE,
    Right.REPORT_SUSPECT,
    Right.APPROVE_WIDE_TRACE,
    Right.ISSUE_ORDERS,
)


@requires(*SEES_CASES)
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.cases(), 50).get_page(request.GET.get("page"))
    return render(request, "cases/list.html", {"page": page, "lines": shown.case_lines(list(page.object_list))})


@requires(Right.REPORT_SUSPECT)
def report(request: HttpRequest) -> HttpResponse:
    """A named clinician reports a suspected case."""
    act = act_of(request)
    form = ReportForm(request.POST or None, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        case = services.report_suspect(act, **form.cleaned_data)
        messages.success(
            request, _("Reported. The person may be isolated for 72 hours on your report; a second person has to confirm.")
        )
        return redirect("case", pk=case.pk)
    return render(request, "cases/form.html", {"form": form, "title": _("Report a suspected case"), "send": _("Report")})


def the_case(pk: UUID) -> Case:
    """A case in scope; 404 for any other."""
    return get_object_or_404(queries.cases(), pk=pk)


@requires(*SEES_CASES)
@require_GET
def case_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    return render(request, "cases/case.html", page_of(request, the_case(pk)))


def page_of(request: HttpRequest, case: Case, *, trace_form: TraceForm | None = None) -> dict[str, object]:
    """What the case page shows. `trace_form`: as it was sent, when something in it was wrong."""
    act = act_of(request)
    evidence = case.as_rules()
    edition = edition_for(case)
    start, end = infectious_period(case, edition)
    runs = list(case.runs.order_by("-asked_at"))
    contacts = shown.contact_lines(queries.contacts_of(case), act.actor, act.now)
    return {
        "line": shown.case_lines([case])[0], "case": case, "moments": shown.moments_of(case), "runs": runs,
        "contacts": contacts, "chain": pictures.chain_of(case), "timeline": pictures.timeline_of(contacts, (start, end), case),
        "why_not_trace": told(rules.why_not_trace(evidence, act.actor.user_id)), "path": rules.path_of_case(evidence, act.now),
        "trace_form": trace_form or TraceForm(initial={"start": start, "end": min(end, act.now), "edition": edition.id}),
        "may_decide": act.actor.may(Right.TRACE_CONTACTS), "follow": FollowForm(),
        "open_case": case.status is not rules.Status.DISCARDED,
        "buttons": actions.page_buttons("cases.case", case.id, act.actor.role.rights if act.actor.role else ()),
        "suspected": case.status is rules.Status.SUSPECTED,
        "unproven": case.status in (rules.Status.SUSPECTED, rules.Status.PROBABLE),
    }  # fmt: skip


def told(sentence: str) -> str:
    """A rule's sentence in the reader's language (gettext gives the catalogue's head for an empty text)."""
    return _(sentence) if sentence else ""


@requires(Right.INTERVIEW_CASE)
@require_POST
def case_read(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open what the case told: a purposed read with its grant and ledger entry, for this answer only."""
    case = the_case(pk)
    if case.person_id is None:
        messages.error(request, _("The person is still being looked for in the register. Try again in a moment."))
        return redirect("case", pk=pk)
    grants.open_person(act_of(request), case.person_id, via=("cases.case", case.id), purpose=grants.Purpose.INVESTIGATION)
    talks = [_told(talk) for talk in case.interviews.order_by("-at").prefetch_related("itinerary")]
    page = {**page_of(request, case), "talks": talks, "notes": shown.notes_of(case), "opened": True}
    return render(request, "cases/case.html", page)


def _told(talk: Interview) -> dict[str, object]:
    record = talk.case.record_id
    lines = [
        {
            "t0": entry.t0,
            "t1": entry.t1,
            "place": wording.place(entry.word("place", record)),
            "companions": entry.word("companions", record),
        }
        for entry in sorted(talk.itinerary.all(), key=lambda entry: entry.t0)
    ]
    return {
        "talk": talk,
        "household": talk.word("household", record),
        "workplace": talk.word("workplace", record),
        "lines": lines,
    }


@requires(Right.REPORT_SUSPECT)
@require_POST
def diagnose(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.diagnose(act_of(request), the_case(pk))
    return redirect("case", pk=pk)


@requires(Right.CONFIRM_CASE)
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A second person chooses the laboratory result on which the case is confirmed."""
    case = the_case(pk)
    results = queries.results_for(case)
    if request.method == "POST":
        chosen = results.filter(pk=shown.id_of(request.POST.get("result"))).first()
        symptoms = "none" if request.POST.get("symptoms") == "none" else "present"
        services.confirm_case(act_of(request), case, lab_result=chosen, symptoms=symptoms)
        messages.success(request, _("Confirmed. The case can now be interviewed and traced."))
        return redirect("case", pk=pk)
    return render(request, "cases/confirm.html", {"case": case, "line": shown.case_lines([case])[0], "results": results})


@requires(Right.CONFIRM_CASE)
@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.discard_case(act_of(request), the_case(pk), note=request.POST.get("note", ""))
    messages.success(request, _("Discarded. Contacts that rested on this case are taken back."))
    return redirect("case", pk=pk)


@requires(Right.INTERVIEW_CASE)
def interview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One page for the whole talk; lines are added as needed."""
    case, act = the_case(pk), act_of(request)
    if request.POST.get("more") in LINES:
        page = InterviewPage.with_more(act.actor.reach, request.POST, request.POST["more"])
        return render(request, "cases/interview.html", {"case": case, "line": shown.case_lines([case])[0], "page": page})
    page = InterviewPage(act.actor.reach, request.POST if request.method == "POST" else None)
    if request.method == "POST" and page.is_valid():
        services.record_interview(act, case, page.talk())
        messages.success(request, _("The interview is kept. Itinerary lines count as sightings; named people are contacts now."))
        return redirect("case", pk=pk)
    return render(request, "cases/interview.html", {"case": case, "line": shown.case_lines([case])[0], "page": page})


@requires(Right.INTERVIEW_CASE)
@require_GET
def interview_line(request: HttpRequest, kind: str) -> HttpResponse:
    """One more empty line for the interview form."""
    assert kind in LINES
    return render(request, "cases/line.html", {"line": blank_line(kind, act_of(request).actor.reach), "kind": kind})
