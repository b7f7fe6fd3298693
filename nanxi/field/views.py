"""Pages of this room: today's own tasks on a phone, one task with its visit, and a post."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanxi.field import below, queries, rules, services
from nanxi.field.phones import day
from nanxi.foundation import areas
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import COUNTY, WALL
from nanxi.foundation.grants import Purpose
from nanxi.foundation.rights import Right, requires

#: Places one visit form takes; more are told to the desk.
MOST_PLACES = 3


class VisitForm(forms.Form):
    """What the worker found, in words and, when allowed, where the worker stood."""

    result = forms.CharField(max_length=16, required=False)
    note = forms.CharField(
        label=gettext_lazy("In words"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    lon = forms.FloatField(min_value=-180, max_value=180, required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(min_value=-90, max_value=90, required=False, widget=forms.HiddenInput)
    accuracy = forms.IntegerField(min_value=0, max_value=100_000, required=False, widget=forms.HiddenInput)

    def position(self) -> tuple[float, float, int] | None:
        lon, lat, accuracy = (self.cleaned_data.get(name) for name in ("lon", "lat", "accuracy"))
        return None if lon is None or lat is None else (lon, lat, accuracy or 0)


@requires(Right.DO_TASKS, Right.RECORD_PASSAGES)
def home(request: HttpRequest) -> HttpResponse:
    """The worker's own tasks of today, overdue first; a post's phone opens at the post."""
    user, now = request.user, WALL.now()
    if Right.DO_TASKS not in user.role.rights:  # type: ignore[union-attr]
        return post(request)
    rows, later = day.errands_of(user, now)  # type: ignore[arg-type]
    return render(request, "field/home.html", {"rows": rows, "later": later})


@requires(Right.DO_TASKS)
def task(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One task: open who and where (recorded), then record the visit."""
    row = below.task_by_id(pk)
    if row is None or (row.assignee_id and row.assignee_id != request.user.pk):
        raise Http404
    form, identity = VisitForm(), None
    asked = below.asked_of(act_of(request), row)
    if request.method == "POST":
        _need_own(row, request)
        if request.POST.get("do") == "open":
            purpose = Purpose(rules.purpose_of(row.kind, row.subject_kind))
            identity = below.open_record(act_of(request), row.record_id, ("desk.task", row.id), purpose, row.person_id)
        else:
            form = VisitForm(request.POST)
            act = act_of(request)
            found = below.found_by_form(act, row, request.POST)
            if found is not None and found.faults:
                asked = below.asked_of(act, row, found.told, found.faults)
            elif form.is_valid():
                told = found or below.Found(form.cleaned_data["result"], form.cleaned_data["note"], {}, {}, {})
                services.record_visit(
                    act, task=row, outcome=told.result, note=told.note, answers=told.answers, position=form.position(),
                    places=_places(request.POST),
                )  # fmt: skip
                messages.success(request, _("Recorded. The desk sees it now."))
                return redirect("field:home")
    shown = {
        "task": row, "form": form, "identity": identity, "asked": asked,
        "label": below.labels([row.person_id]).get(row.person_id) or day.elsewhere(row.person_id),
        "place": areas.names_of([row.area_code]).get(row.area_code, ""), "results": below.result_labels(row),
        "visits": queries.visits_of(row.id), "geo": _geo(row, identity), "place_numbers": range(1, MOST_PLACES + 1),
    }  # fmt: skip
    return render(request, "field/task.html", shown, status=422 if form.errors or (asked and asked.faults) else 200)


def _need_own(row: Any, request: HttpRequest) -> None:
    user = request.user
    if row.assignee_id != user.pk and row.unit_id != user.unit_id:  # type: ignore[union-attr]
        raise Refused(_("This task belongs to another unit; ask its desk to give it to you."))


def _places(sent: Any) -> list[services.Place]:
    """The places the form names: a name, from, to. Raises Refused naming the one whose beginning is missing."""
    found = []
    for number in range(1, MOST_PLACES + 1):
        name, start = sent.get(f"place_{number}", "").strip(), _time(sent.get(f"from_{number}", ""))
        if not name and start is None:
            continue
        if not name or start is None:
            raise Refused(_("Place %(number)s needs a name and the time from which the person was there.") % {"number": number})
        found.append(services.Place(name[:80], start, _time(sent.get(f"to_{number}", ""))))
    return found


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=COUNTY)
    except ValueError:
        return None


def _geo(row: Any, identity: Any) -> str:
    """Where the opened person stays, for the phone's own map; empty while the record is closed."""
    if identity is None:
        return ""
    point = below.home_of(row.person_id, WALL.now()) if row.person_id else None
    return rules.geo_address(point=point, address=getattr(identity, "address", "") or "")


@requires(Right.RECORD_PASSAGES)
def post(request: HttpRequest) -> HttpResponse:
    """The post's page: who passes, today's counts, the last passages without names."""
    unit, now = request.user.unit, WALL.now()  # type: ignore[union-attr]
    template = "field/post_log.html" if request.headers.get("HX-Request") else "field/post.html"
    return render(
        request, template, {"post": unit, "counts": queries.passages_today(unit.id, now), "last": queries.last_passages(unit.id)}
    )
