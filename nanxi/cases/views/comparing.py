"""Editions of the definition: what each would make of a case or of all recent ones, and which one two persons adopt."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.cases import queries, rules, services, wording
from nanxi.cases.forms import AdoptForm
from nanxi.cases.models import Adoption, Comparison
from nanxi.cases.services.tracing import edition_for, edition_on
from nanxi.cases.views import shown
from nanxi.cases.views.cases import the_case
from nanxi.engines.trace import protocol
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right, requires


@requires(Right.TRACE_CONTACTS, Right.APPROVE_WIDE_TRACE)
@require_GET
def editions(request: HttpRequest) -> HttpResponse:
    """All editions with their rules, the one in use today, what was proposed and decided."""
    act = act_of(request)
    decisions = list(Adoption.objects.order_by("-proposed_at", "-id")[:20])
    who = queries.names_by_id([user for row in decisions for user in (row.proposed_by, row.decided_by) if user])
    waiting = next((row for row in decisions if row.decided_at is None), None)
    here = edition_on(county_day(act.now)).id
    context = {
        "editions": [_edition(one, here) for one in protocol.editions()],
        "decisions": [_decision(row, who) for row in decisions], "waiting": _decision(waiting, who) if waiting else None,
        "comparisons": Comparison.objects.filter(case=None).order_by("-asked_at", "-id")[:5],
        "may_decide": act.actor.may(Right.APPROVE_WIDE_TRACE) and waiting and waiting.proposed_by != act.actor.user_id,
    }  # fmt: skip
    return render(request, "cases/editions.html", context)


def _edition(edition: protocol.Edition, here: str) -> dict[str, Any]:
    return {
        "edition": edition, "title": wording.edition(edition.id), "minutes": edition.close_overlap_s // 60,
        "slack": edition.slack_s // 60, "seats": wording.seats(edition), "in_use": edition.id == here,
    }  # fmt: skip


def _decision(row: Adoption, who: dict[UUID, str]) -> dict[str, Any]:
    return {
        "row": row, "title": wording.edition(row.edition), "by": who.get(row.proposed_by, ""),
        "decided_by": who.get(row.decided_by, "") if row.decided_by else "",
    }  # fmt: skip


@requires(Right.TRACE_CONTACTS)
@require_POST
def compare_all(request: HttpRequest) -> HttpResponse:
    """Compare on all recent cases, which has to come before a proposal."""
    row = services.compare_editions(act_of(request))
    return redirect("comparison", pk=row.pk)


@requires(Right.TRACE_CONTACTS)
@require_POST
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = services.compare_editions(act_of(request), the_case(pk))
    return redirect("comparison", pk=row.pk)


def _comparison(pk: UUID) -> Comparison:
    return get_object_or_404(Comparison.objects.select_related("case", "job"), pk=pk)


@requires(Right.TRACE_CONTACTS, Right.APPROVE_WIDE_TRACE)
@require_GET
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    act, row = act_of(request), _comparison(pk)
    return render(request, "cases/comparison.html", _page_of(act, row, AdoptForm(initial={"since": county_day(act.now)})))


def _page_of(act: Act, row: Comparison, form: AdoptForm) -> dict[str, Any]:
    here = edition_for(row.case) if row.case is not None else edition_on(county_day(act.now))
    stale = rules.why_not_propose(county_day(act.now), county_day(act.now), row.finished_at, act.now)
    return {
        "row": row, "line": shown.case_lines([row.case])[0] if row.case is not None else None,
        "editions": _lines(here.id, row.rows), "cases": max((one.get("cases", 1) for one in row.rows), default=0), "form": form,
        "may_propose": row.case_id is None and row.finished_at and not stale and act.actor.may(Right.TRACE_CONTACTS),
    }  # fmt: skip


def _lines(here: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each edition beside the one in use."""
    base = next((row["candidates"] for row in rows if row["edition"] == here), None)
    lines: list[dict[str, Any]] = []
    for row in rows:
        edition = protocol.edition_of(row["edition"])
        change = None if base is None or row["edition"] == here else row["candidates"] - base
        lines.append(
            {
                "title": wording.edition(edition.id), "edition": edition, "in_use": row["edition"] == here, "change": change,
                "start": _moment(row["start"]), "end": _moment(row["end"]),
                "close": row["counts"].get("close", 0), "general": row["counts"].get("general", 0),
                "lead": row["counts"].get("lead", 0), "candidates": row["candidates"], "notices": row["notices"],
                "minutes": edition.close_overlap_s // 60,
            }
        )  # fmt: skip
    return lines


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@requires(Right.TRACE_CONTACTS)
@require_POST
def propose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Propose one of the compared editions; a second person decides."""
    act, row = act_of(request), _comparison(pk)
    form = AdoptForm(request.POST)
    if not form.is_valid():
        return render(request, "cases/comparison.html", _page_of(act, row, form), status=422)
    services.propose_edition(act, row, form.cleaned_data["edition"], since=form.cleaned_data["since"])
    messages.success(request, _("Proposed. It holds once a second person has adopted it."))
    return redirect("editions")


@requires(Right.APPROVE_WIDE_TRACE)
@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    adopt = request.POST.get("decision") == "adopt"
    services.decide_edition(act_of(request), get_object_or_404(Adoption.objects, pk=pk), adopt=adopt)
    said = _("Adopted for cases reported from its day on.") if adopt else _("Sent back. The edition in use stays.")
    messages.success(request, said)
    return redirect("editions")
