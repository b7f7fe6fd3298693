"""Checked lists: all of them with their figures, and one with its coverage by town and place."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk import answer, below, queries, rules, services
from nanxi.desk.forms import ExportForm
from nanxi.desk.models import Directive
from nanxi.desk.queries import batches as reads
from nanxi.desk.views.downloads import WORKBOOK, download
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.rights import Right, requires

PAGE = 50


@requires(Right.TRIAGE_DIRECTIVES)
@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """Every list, newest first, with checks and distinct persons apart."""
    page = Paginator(reads.lists(), PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    tallies = reads.tallies_of(rows, act_of(request).now)
    lines = [(row, tallies.get(row.id)) for row in rows]
    return render(request, "desk/batches.html", {"page": page, "lines": lines, "figures": reads.figures()})


@requires(Right.TRIAGE_DIRECTIVES)
@require_GET
def batch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One list: by town, or with `town` (nine digits) by village and grid."""
    row, now = _list(pk), act_of(request).now
    town = request.GET.get("town", "")
    known_town = len(town) == 9 and town.isdigit()
    tallies = reads.by_place(row, now, town) if known_town else reads.by_town(row, now)
    whole = reads.tallies_of([row], now).get(row.id)
    shown = {
        "directive": row, "tallies": tallies, "whole": whole, "town": town if known_town else "",
        "persons": queries.distinct_persons(row), "elsewhere": reads.elsewhere_of(row), "export": ExportForm(),
        "ended": rules.stage_of(queries.course_of(row)).ended,
    }  # fmt: skip
    return render(request, "desk/batch.html", shown)


def _list(pk: UUID) -> Directive:
    return get_object_or_404(Directive.objects, pk=pk, batch_id__isnull=False)


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def batch_look_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.ask_again(act_of(request), _list(pk))
    messages.success(request, _("Being looked up; the figures follow in a moment."))
    return redirect("batch", pk=pk)


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def batch_hand_over(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The rows of one other county as a workbook in the sender's columns."""
    row, county = _list(pk), request.POST.get("county", "")
    if len(county) != 6 or not county.isdigit():
        raise Refused(_("Choose the county to which the rows are handed over."))
    header, rows = services.hand_over(act_of(request), row, county=county)
    about = [
        (_("Directive"), f"{row.number} {row.sender}"),
        (_("Handed out by"), f"{request.user.display_name} · {request.user.unit.name}"),  # type: ignore[union-attr]
        (_("Handed over to"), below.name_of_county(county)),
        (_("Rows"), str(len(rows))),
    ]
    made = answer.workbook(header, rows, about, created=row.received_at, titles=(_("To hand over"), _("Source")))
    return download(made, _("hand-over-%(number)s-%(county)s.xlsx") % {"number": row.number, "county": county}, WORKBOOK)
