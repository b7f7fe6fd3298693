"""Acts on many tasks and kept filters: what is chosen is the filter of the list, in the address."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk import queries, rules, services
from nanxi.desk.forms import BulkForm, KeepFilterForm, TaskFilter
from nanxi.desk.models import BulkAct, SavedFilter
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.models import JobRun
from nanxi.foundation.reach import home_of
from nanxi.foundation.rights import Right, requires


def address_of(chosen: queries.Chosen) -> str:
    """The list with this filter."""
    sent = QueryDict(mutable=True)
    sent.update(chosen.as_json())
    return f"{reverse('tasks')}?{sent.urlencode()}" if sent else reverse("tasks")


@requires(Right.ASSIGN_TASKS)
@require_POST
def tasks_bulk(request: HttpRequest) -> HttpResponse:
    """Give or close all tasks of the filter, as a job."""
    act = act_of(request)
    chosen = TaskFilter(request.POST, reach=act.actor.reach).chosen()
    form = BulkForm(request.POST, officers=queries.assignable(act.actor))
    if not form.is_valid():
        raise Refused(_("Choose what to do, and to whom or why."))
    bulk = services.ask_bulk(
        act, chosen, deed=form.cleaned_data["deed"], area=home_of(act.actor.reach), user=form.chosen_officer(),
        reason=form.cleaned_data["reason"],
    )  # fmt: skip
    return redirect("bulk", pk=bulk.pk)


@requires(Right.ASSIGN_TASKS)
@require_GET
def bulk(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What an act on many tasks has done so far, and its undoing."""
    row = get_object_or_404(BulkAct.objects, pk=pk)
    context = {
        "bulk": row,
        "job": JobRun.objects.filter(pk=row.job_id).first(),
        "reason": _(rules.ENDINGS[row.reason]) if row.reason else "",
        "officer": queries.names_of_users([row.to_user_id]).get(row.to_user_id, ""),
        "back": address_of(queries.Chosen.of(row.chosen)),
    }
    return render(request, "desk/bulk.html", context)


@requires(Right.ASSIGN_TASKS)
@require_POST
def bulk_undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.ask_undo(act_of(request), get_object_or_404(BulkAct.objects, pk=pk))
    messages.success(request, _("It is being undone; what somebody has worked on since stays."))
    return redirect("bulk", pk=pk)


@requires(Right.DO_TASKS)
@require_POST
def filter_keep(request: HttpRequest) -> HttpResponse:
    act = act_of(request)
    chosen = TaskFilter(request.POST, reach=act.actor.reach).chosen()
    form = KeepFilterForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Give the filter a name."))
    services.keep_filter(act, chosen, name=form.cleaned_data["name"], for_unit=form.cleaned_data["for_unit"])
    return redirect(address_of(chosen))


@requires(Right.DO_TASKS)
@require_POST
def filter_drop(request: HttpRequest, pk: UUID) -> HttpResponse:
    act = act_of(request)
    row = get_object_or_404(SavedFilter.objects.filter(user_id=act.actor.user_id), pk=pk)
    services.drop_filter(act, row)
    return redirect("tasks")
