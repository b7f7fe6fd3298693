"""Parts of directives: give them to units, read and answer one's own part, fill in one's columns, return a report."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk import queries, services, shown
from nanxi.desk.forms import PartReportForm, SplitForm
from nanxi.desk.models import Directive, Part
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.rights import Right, requires

#: Rows of a list on one page of columns.
ROWS = 50


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def directive_split(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a part to each of the chosen units."""
    act, row = act_of(request), get_object_or_404(Directive.objects, pk=pk)
    form = SplitForm(request.POST, reach=act.actor.reach)
    if not form.is_valid():
        raise Refused(_("Choose the units, say what they have to do and until when."))
    told = form.cleaned_data
    given = [services.Given(unit, told["text"], tuple(form.columns())) for unit in form.chosen()]
    parts = services.split_directive(act, row, given=given, deadline=told["deadline"])
    messages.success(request, _("Given to %(n)d units.") % {"n": len(parts)})
    return redirect("directive", pk=pk)


def _part(pk: UUID) -> Part:
    return get_object_or_404(Part.objects, pk=pk)


def _page(act: Act, row: Part, number: Any = None) -> dict[str, Any]:
    line = queries.part_line(row)
    own = act.actor.unit_id == row.unit_id
    rows = Paginator(queries.rows_of_part(row) if row.columns else [], ROWS).get_page(number)
    cells = queries.cells_of(row, [task.record_id for task in rows.object_list if task.record_id]) if own else {}
    return {
        "part": row,
        "line": line,
        "own": own,
        "text": queries.text_of_part(row),
        "moments": shown.course_of_part(line),
        "form": PartReportForm() if own and line.is_open else None,
        "page": rows,
        "rows": [
            (one, [(number, cells.get(one.task.record_id, {}).get(number, "")) for number in range(len(row.columns))])
            for one in shown.task_lines(list(rows.object_list), act.now)
        ],
        "fills": own and line.is_open,
        "returns": line.state == "reported" and act.actor.may(Right.TRIAGE_DIRECTIVES),
        "directive": Directive.objects.filter(pk=row.directive_id).first(),  # type: ignore[attr-defined]
    }


@requires(Right.DO_TASKS, Right.TRIAGE_DIRECTIVES)
@require_GET
def part(request: HttpRequest, pk: UUID) -> HttpResponse:
    return render(request, "desk/part.html", _page(act_of(request), _part(pk), request.GET.get("page")))


@requires(Right.DO_TASKS)
@require_POST
def part_acknowledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.acknowledge_part(act_of(request), _part(pk))
    return redirect("part", pk=pk)


@requires(Right.DO_TASKS)
@require_POST
def part_fill(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The unit's own columns of the rows on this page: fields named `c_<record>_<column>`."""
    cells: dict[tuple[UUID, int], str] = {}
    for name, text in request.POST.items():
        if name.startswith("c_"):
            record, _underscore, column = name[2:].rpartition("_")
            try:
                cells[UUID(record), int(column)] = str(text)
            except ValueError:
                raise Refused(_("This row or column is none of the part's.")) from None
    kept = services.fill_cells(act_of(request), _part(pk), cells)
    messages.success(request, _("%(n)d entries kept.") % {"n": kept})
    number = request.POST.get("back", "")
    return redirect(f"{reverse('part', args=[pk])}?page={number}" if number.isdigit() else reverse("part", args=[pk]))


@requires(Right.DO_TASKS)
@require_POST
def part_report(request: HttpRequest, pk: UUID) -> HttpResponse:
    form = PartReportForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Say in words what was done and found, or that there is nothing to report."))
    services.report_part(act_of(request), _part(pk), **form.cleaned_data)
    messages.success(request, _("Reported back."))
    return redirect("part", pk=pk)


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def part_return(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.return_part(act_of(request), _part(pk), reason=request.POST.get("reason", "")[:500])
    messages.success(request, _("Returned; the unit has a new task."))
    return redirect("part", pk=pk)
