"""The list of one's own area, one person by hand, and the person's page."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation import grants
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import county_day
from nanxi.foundation.grants import Purpose
from nanxi.foundation.reach import BadCode, Reach, range_of
from nanxi.foundation.rights import Right, requires
from nanxi.people import panels, queries, services
from nanxi.people.forms import ListFilter, PersonForm
from nanxi.people.models import IdentityLink, SourceRecord
from nanxi.people.views import circle_shown, shown
from nanxi.people.views.pages import Newest


@requires(Right.READ_PERSON)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The newest records of one's own area, masked; narrowed by place and source, never searched by name."""
    act = act_of(request)
    form = ListFilter(request.GET or None, reach=act.actor.reach)
    rows = queries.persons()
    if form.is_bound and form.is_valid():
        if code := form.cleaned_data["area"]:
            rows = rows.filter(_inside(code))
        if source := form.cleaned_data["source"]:
            rows = rows.filter(source_kind=source)
    page = Newest(rows, 50).get_page(request.GET.get("page"))
    return render(request, "people/list.html", {"form": form, "page": page, "lines": shown.record_lines(list(page.object_list))})


def _inside(code: str) -> Q:
    try:
        return Reach((range_of(code),)).where()
    except BadCode:
        raise Http404 from None


@requires(Right.HAND_IN_LISTS)
def people_new(request: HttpRequest) -> HttpResponse:
    """One person by hand; the form's own key makes a second click the same record."""
    act = act_of(request)
    form = PersonForm(request.POST or None, reach=act.actor.reach, today=county_day(act.now))
    if request.method == "POST" and form.is_valid():
        ref = f"{act.actor.user_id}:{act.key}"
        act.key = ""
        services.record_claim(
            act, area=form.cleaned_data["area"], source_kind="people.form", source_ref=ref, identity=form.identity()
        )
        messages.success(request, _("Taken in. The register looks for the person now; see the top of the list in a moment."))
        return redirect("people" if act.actor.may(Right.READ_PERSON) else "people-new")
    return render(request, "people/new.html", {"form": form})


@requires(Right.READ_PERSON)
@require_GET
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything known about one person, through a task, case or order; without one the page says which opens it."""
    act = act_of(request)
    via, purpose = _via(request)
    if not queries.records_of_person(pk).exists() and (now := queries.now_of_person(pk)):
        query = request.GET.urlencode()
        return redirect(f"{reverse('person', args=[now])}{'?' if query else ''}{query}")
    if via is None:
        records = _records(pk)
        found = panels.openers(act.actor, pk, act.now)
        page = {"label": queries.masked_labels([pk]).get(pk), "openers": found, "count": len(records), "person": pk}
        return render(request, "people/closed.html", page)
    grant = grants.open_person(act, pk, via=via, purpose=purpose)
    records = _records(pk)
    return render(
        request,
        "people/person.html",
        {
            "person": pk, "label": queries.masked_labels([pk]).get(pk), "grant": grant, "purpose": purpose.label,
            "identity": shown.identity_lines(records), "records": shown.record_lines(records, opened=True),
            "links": shown.link_moments(pk), "lasting": shown.undoable(pk), "looked": shown.who_looked(pk),
            "household": shown.household_lines(pk, act.now), "concerns": shown.concern_lines(pk, act.now),
            "circle": circle_shown.circle_of(pk, records, act.now), "may_tell": act.actor.may(Right.HAND_IN_LISTS),
            "panels": panels.drawn(request, pk), "via": request.GET["via"], "purpose_code": purpose.value,
        },
    )  # fmt: skip


def _records(pk: UUID) -> list[SourceRecord]:
    records = cast("list[SourceRecord]", list(queries.records_of_person(pk)[: shown.MOST_RECORDS]))
    if not records:
        raise Http404
    return records


def _via(request: HttpRequest) -> tuple[tuple[str, UUID] | None, Purpose]:
    """?via=kind:uuid&purpose=… as an object and a purpose of the closed list."""
    kind, _colon, text = request.GET.get("via", "").partition(":")
    if not kind:
        return None, Purpose.VERIFICATION
    try:
        return (kind, UUID(text)), Purpose(request.GET.get("purpose", ""))
    except ValueError:
        raise Refused(
            _("This link names no object and purpose that open a person. Go back to the task, case or order.")
        ) from None


@requires(Right.REVIEW_IDENTITY)
@require_POST
def link_undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Part a record from its person; everything that rests on it follows."""
    link = get_object_or_404(IdentityLink.objects.all(), pk=pk)
    made = services.undo_link(act_of(request), link)
    messages.success(request, _("Parted. What rests on the record follows it within a second."))
    label = queries.masked_labels([made.person_id]).get(made.person_id)
    return render(request, "people/parted.html", {"person": made.person_id, "label": label, "from_person": link.person_id})
