"""Pages on which an officer says who stands to whom, and who lives here for a time. Each needs the person's page open."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nanxi.foundation import grants
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.rights import Right, requires
from nanxi.people import circle_queries, queries, services
from nanxi.people.circle_forms import EndForm, RelationForm, ResidenceForm
from nanxi.people.models import Relation, TemporaryResidence


@requires(Right.READ_PERSON)
def relation_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody else is something to the person whose page is open."""
    act = act_of(request)
    if closed := _closed(request, act, pk):
        return closed
    form = RelationForm(request.POST or None, members=_members(act, pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.record_relation(act, person_id=pk, kind=form.cleaned_data["kind"], whom=form.whom(), said=form.said())
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The relation is noted."))
            return _back(request, pk)
    return _form_page(request, pk, form, _("Note a relation"))


@requires(Right.READ_PERSON)
def residence_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The person is registered in another county and lives here for a time."""
    act = act_of(request)
    if closed := _closed(request, act, pk):
        return closed
    form = ResidenceForm(request.POST or None, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("kind", "area", "address", "registered_at")}
        try:
            services.register_residence(act, person_id=pk, **told, said=form.said(), host=form.host())
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The residence is noted; the person counts to the household there."))
            return _back(request, pk)
    return _form_page(request, pk, form, _("Register a temporary residence"))


class _End(Protocol):
    def __call__(self, act: Act, row: Any, /, *, person_id: UUID, ending: str, last: Any) -> Any: ...


@requires(Right.READ_PERSON)
@require_POST
def relation_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _ended(request, get_object_or_404(Relation.everything.all(), pk=pk), services.end_relation)


@requires(Right.READ_PERSON)
@require_POST
def residence_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _ended(request, get_object_or_404(TemporaryResidence.everything.all(), pk=pk), services.end_residence)


def _ended(request: HttpRequest, row: Any, end: _End) -> HttpResponse:
    form = EndForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Choose why it ends, and a last day like 2020-01-25."))
    told = form.cleaned_data
    end(act_of(request), row, person_id=told["person"], ending=told["ending"], last=told["last"])
    messages.success(request, _("Ended; it stays on the page with its last day."))
    return _back(request, told["person"])


def _closed(request: HttpRequest, act: Act, pk: UUID) -> HttpResponse | None:
    """The person's page, which says what opens it, when the officer has it not open."""
    if not queries.records_of_person(pk).exists():
        raise Http404
    return None if grants.holding(act, pk) else _back(request, pk)


def _members(act: Act, pk: UUID) -> list[tuple[UUID, Any]]:
    """The others of the household by the record that stands for each, masked."""
    found = circle_queries.household_of(pk, act.now)
    others = [person for person in found.persons if person != pk] if found else []
    labels = queries.masked_labels(others)
    records = {person: queries.best_record(person) for person in others}
    return [(record, labels.get(person)) for person, record in records.items() if record]


def _form_page(request: HttpRequest, pk: UUID, form: Form, title: str) -> HttpResponse:
    shown = {"person": pk, "label": queries.masked_labels([pk]).get(pk), "form": form, "title": title}
    return render(request, "people/circle_form.html", shown, status=422 if form.errors else 200)


def _back(request: HttpRequest, pk: UUID) -> HttpResponse:
    query = request.GET.urlencode()
    return redirect(f"{reverse('person', args=[pk])}{'?' if query else ''}{query}")
