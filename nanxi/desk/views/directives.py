"""Directives: the list, taking one in, its page with coverage by town, triage, answer and the answer workbook."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk import answer, links, queries, rules, services, shown
from nanxi.desk.forms import AnswerForm, DirectiveForm, ExportForm, SnoozeForm, SplitForm, TriageForm
from nanxi.desk.models import Directive
from nanxi.desk.views.downloads import WORKBOOK, download
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.models import Unit
from nanxi.foundation.rights import Right, requires
from nanxi.web.fields import local

PAGE = 50


@requires(Right.TRIAGE_DIRECTIVES)
@require_GET
def directives(request: HttpRequest) -> HttpResponse:
    """Open ones by deadline, or the overdue, or the answered."""
    now = act_of(request).now
    states = queries.directive_states(now)
    state = request.GET.get("state", "open")
    page = Paginator(queries.directives_in(state, now), PAGE).get_page(request.GET.get("page"))
    counts = Directive.objects.aggregate(**{name: Count("id", filter=condition) for name, condition in states.items()})
    lines = shown.directive_lines(list(page.object_list), now)
    return render(request, "desk/directives.html", {"page": page, "lines": lines, "counts": counts, "state": state})


@requires(Right.TRIAGE_DIRECTIVES)
def directive_new(request: HttpRequest) -> HttpResponse:
    """Take in a directive; a list among it goes to the intake for preview."""
    act = act_of(request)
    form = DirectiveForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        file = told.pop("file")
        directive = services.receive_directive(
            act, **told, area=services.area_of_unit(act), file_name=file.name if file else "", file=file.read() if file else None
        )
        messages.success(request, _("Received. Look through the list, then triage."))
        return redirect("directive", pk=directive.pk)
    return render(request, "desk/directive_new.html", {"form": form}, status=422 if form.errors else 200)


def _directive(pk: UUID) -> Directive:
    return get_object_or_404(Directive.objects, pk=pk)


@requires(Right.TRIAGE_DIRECTIVES)
@require_GET
def directive(request: HttpRequest, pk: UUID) -> HttpResponse:
    return render(request, "desk/directive.html", _page(request, _directive(pk)))


def _page(request: HttpRequest, row: Directive) -> dict[str, Any]:
    now = act_of(request).now
    course = queries.course_of(row)
    answered, without = queries.answer_of(row)
    parts = queries.parts_of(row)
    return {
        "directive": row,
        "line": shown.directive_lines([row], now)[0],
        "course": course,
        "ended": rules.stage_of(course).ended,
        "text": queries.text_of(row),
        "answer": answered,
        "without": without,
        "list_link": links.address_of("people.batch", row.batch_id),
        "coverage": queries.coverage_of(row),
        "persons": queries.distinct_persons(row),
        "triage": TriageForm(initial={"priority": row.priority, "deadline": local(row.deadline)}),
        "export": ExportForm(),
        "parts": parts,
        "split": SplitForm(reach=act_of(request).actor.reach, initial={"deadline": local(row.deadline)}),
        "incident": queries.incident_of(row),
        "incident_unit": _unit_sent(queries.incident_of(row)),
        "incident_case": _case_of(queries.incident_of(row)),
        "likely_same": queries.likely_same(row),
        "joined": queries.joined_to(row),
        "snooze": SnoozeForm(initial={"until": local(min(now + timedelta(hours=2), max(row.deadline, now)))}),
        "moments": shown.deeds_of(row.id),
    }


def _case_of(told: Any) -> tuple[str, str]:
    """What the case of an incident is called, and its page."""
    case = told[0].case_id if told else None
    return links.name_of("cases.case", case), links.address_of("cases.case", case)


def _unit_sent(told: Any) -> str:
    unit = Unit.objects.filter(pk=told[0].unit_sent_id).first() if told and told[0].unit_sent_id else None
    return unit.name if unit else ""


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def triage(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _directive(pk)
    form = TriageForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Choose the priority and a deadline as 2020-02-03 18:00."))
    services.triage_directive(act_of(request), row, **form.cleaned_data)
    messages.success(request, _("Triaged. Its list becomes tasks as soon as it is committed."))
    return redirect("directive", pk=pk)


@requires(Right.TRIAGE_DIRECTIVES)
def answer_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What will be answered, and the button that closes the directive with it."""
    row = _directive(pk)
    form = AnswerForm(request.POST or None, initial={"text": queries.reply_of(row)})
    if request.method == "POST" and form.is_valid():
        services.answer_directive(act_of(request), row, **form.cleaned_data)
        messages.success(request, _("Answered and closed. The workbook for the sender can be downloaded here."))
        return redirect("directive", pk=pk)
    problem = rules.why_not_answer(queries.course_of(row), "")
    return render(request, "desk/answer.html", {**_page(request, row), "form": form, "problem": _(problem) if problem else ""})


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def answer_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The answer in the sender's columns; each download has its reason and stands in the ledger."""
    row, act = _directive(pk), act_of(request)
    reason = request.POST.get("reason", "")
    sheet = services.hand_out_answer(act, row, reason=reason)
    header = [*sheet.header, _("Result"), _("Found on the spot"), _("What stands"), _("Day"), _("Checked by town"), _("Remark")]
    rows = [
        [
            *line.cells, *[""] * (len(sheet.header) - len(line.cells)),
            line.result, line.detail, line.stands, line.day, line.place, line.remark,
        ]
        for line in sheet.rows
    ]  # fmt: skip
    about = [
        (_("Directive"), f"{row.number} {row.sender}"),
        (_("Handed out by"), f"{request.user.display_name} · {request.user.unit.name}"),  # type: ignore[union-attr]
        (_("Checked"), f"{sum(1 for line in sheet.rows if line.detail)} / {len(rows)}"),
        (_("Purpose"), _(services.REASONS[reason])),
    ]
    made = answer.workbook(header, rows, about, created=row.answered_at or row.received_at, titles=(_("Answer"), _("Source")))
    return download(made, _("answer-%(number)s.xlsx") % {"number": row.number}, WORKBOOK)


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def attachment(request: HttpRequest, pk: UUID) -> HttpResponse:
    name, content = services.open_attachment(act_of(request), _directive(pk))
    return download(content, name, "application/octet-stream")


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.withdraw_directive(act_of(request), _directive(pk))
    messages.success(request, _("Withdrawn; its open tasks ended with it."))
    return redirect("directive", pk=pk)
