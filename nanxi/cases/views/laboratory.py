"""Entering laboratory results by hand or from the laboratory's file."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nanxi.cases import labfile, persons, services
from nanxi.cases.forms import LabFileForm, LabForm
from nanxi.cases.models import LabResult
from nanxi.cases.services import Sample
from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires

#: Enough to see what is wrong with a file; the rest is usually the same mistake.
SHOWN_PROBLEMS = 20


@requires(Right.ENTER_RESULTS)
def results(request: HttpRequest) -> HttpResponse:
    """Results so far, and the form for one more."""
    act = act_of(request)
    form = LabForm(request.POST or None, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        area = facts.pop("area")
        services.record_lab_result(act, area=area, sample=Sample(**facts))
        messages.success(request, _("The result is kept."))
        return redirect("lab-results")
    page = Paginator(LabResult.objects.order_by("-reported_at", "-id"), 50).get_page(request.GET.get("page"))
    labels = persons.labels(row.record_id for row in page.object_list)
    rows = [{"row": row, "label": labels.get(row.record_id)} for row in page.object_list]
    return render(request, "cases/results.html", {"form": form, "page": page, "rows": rows})


@requires(Right.ENTER_RESULTS)
def lab_import(request: HttpRequest) -> HttpResponse:
    """All lines of a file or none."""
    act = act_of(request)
    form = LabFileForm(request.POST or None, request.FILES or None, reach=act.actor.reach)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        sheet = labfile.read(upload.name, upload.read())
        problems = sheet.problems
        if not problems and sheet.lines:
            lines = [(line.number, line.sample) for line in sheet.lines]
            services.record_lab_results(act, area=form.cleaned_data["area"], lines=lines)
            messages.success(request, _("%(n)d results are kept.") % {"n": len(lines)})
            return redirect("lab-results")
        problems = problems or [_("The file holds no line below its first row.")]
    more = max(0, len(problems) - SHOWN_PROBLEMS)
    page = {"form": form, "problems": problems[:SHOWN_PROBLEMS], "more": more, "headings": labfile.HEADINGS}
    return render(request, "cases/lab_import.html", page)
