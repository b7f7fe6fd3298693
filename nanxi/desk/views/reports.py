"""Reports and incidents from below: hand one in, join two tellings of one thing, put one off."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nanxi.desk import services
from nanxi.desk.forms import IncidentForm, ReportForm, SnoozeForm
from nanxi.desk.models import Directive
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.rights import Right, requires


@requires(Right.DO_TASKS)
def report_new(request: HttpRequest) -> HttpResponse:
    """A short report to town and headquarters."""
    act = act_of(request)
    form = ReportForm(request.POST or None, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        services.report_up(act, **form.cleaned_data)
        return _done(request)
    return render(request, "desk/report_new.html", {"form": form, "incident": False}, status=422 if form.errors else 200)


@requires(Right.DO_TASKS)
def incident_new(request: HttpRequest) -> HttpResponse:
    """涉疫警情: what happened where, who was sent, how it stands, whether staff were hurt."""
    act = act_of(request)
    form = IncidentForm(request.POST or None, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        services.report_up(act, area=form.cleaned_data["area"], text=form.cleaned_data["text"], happened=form.happened())
        return _done(request)
    return render(request, "desk/report_new.html", {"form": form, "incident": True}, status=422 if form.errors else 200)


def _done(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Handed in. Town and headquarters see it in their queue now."))
    may_see = Right.TRIAGE_DIRECTIVES in request.user.role.rights  # type: ignore[union-attr]
    return redirect("directives" if may_see else "tasks")


def _directive(pk: UUID) -> Directive:
    return get_object_or_404(Directive.objects, pk=pk)


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def directive_join(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _directive(pk)
    try:
        into = UUID(request.POST.get("into", ""))
    except ValueError:
        raise Refused(_("Choose the first telling, which is not itself joined to another.")) from None
    services.join_directive(act_of(request), row, into=_directive(into))
    messages.success(request, _("Joined: it is answered together with the first telling."))
    return redirect("directive", pk=into)


@requires(Right.TRIAGE_DIRECTIVES)
@require_POST
def directive_snooze(request: HttpRequest, pk: UUID) -> HttpResponse:
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Choose a time within a day and before the deadline."))
    services.snooze_directive(act_of(request), _directive(pk), until=form.cleaned_data["until"])
    return redirect("directives")
