"""What each edition of the definition would make of a case, before one is chosen: counts only."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from nanxi.cases import services, wording
from nanxi.cases.models import Case, Comparison
from nanxi.cases.services.tracing import edition_for
from nanxi.cases.views import shown
from nanxi.cases.views.cases import the_case
from nanxi.engines.trace import protocol
from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires


@requires(Right.TRACE_CONTACTS)
@require_POST
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = services.compare_editions(act_of(request), the_case(pk))
    return redirect("comparison", pk=row.pk)


@requires(Right.TRACE_CONTACTS, Right.APPROVE_WIDE_TRACE)
@require_GET
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Comparison.objects.select_related("case", "job"), pk=pk)
    context = {"row": row, "line": shown.case_lines([row.case])[0], "editions": _lines(row.case, row.rows)}
    return render(request, "cases/comparison.html", context)


def _lines(case: Case, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each edition beside the one in force on the day the case was reported."""
    here = edition_for(case).id
    base = next((row["candidates"] for row in rows if row["edition"] == here), None)
    lines: list[dict[str, Any]] = []
    for row in rows:
        edition = protocol.edition_of(row["edition"])
        change = None if base is None or row["edition"] == here else row["candidates"] - base
        lines.append(
            {
                "title": wording.edition(edition.id), "edition": edition, "in_force": row["edition"] == here, "change": change,
                "start": datetime.fromisoformat(row["start"]), "end": datetime.fromisoformat(row["end"]),
                "close": row["counts"].get("close", 0), "general": row["counts"].get("general", 0),
                "lead": row["counts"].get("lead", 0), "candidates": row["candidates"], "notices": row["notices"],
                "minutes": edition.close_overlap_s // 60,
            }
        )  # fmt: skip
    return lines
