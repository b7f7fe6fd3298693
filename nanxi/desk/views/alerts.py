"""Alerts: the live list, one alert with all that is needed to answer it, and the corner that sounds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk import below, beside, links, queries, services, shown
from nanxi.desk.forms import AlertFilterForm, CallForm, CloseAlertForm, LeaveForm, OfficerForm
from nanxi.desk.models import Alert, Task
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.grants import Purpose
from nanxi.foundation.models import Unit
from nanxi.foundation.rights import Right, requires
from nanxi.web.fields import local

PAGE = 50


@requires(Right.HANDLE_ALERTS)
@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """Open alerts, unacknowledged first, or the closed ones. The desk opens when the handover notes are read."""
    act = act_of(request)
    live = bool(request.headers.get("HX-Request"))
    if not live and queries.unread_notes(act.actor, act.now):
        messages.warning(request, _("Read what the last shift left for you; then the alerts open."))
        return redirect("shift")
    form = AlertFilterForm(request.GET or None, reach=act.actor.reach)
    said = form.cleaned_data if form.is_valid() else {}
    closed = said.get("state") == "closed"
    rows = queries.narrowed(queries.closed_alerts() if closed else queries.open_alerts(), act.actor, said)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    lines = shown.alert_lines(list(page.object_list))
    towns = shown.by_town(lines)
    context = {
        "page": page,
        "lines": lines,
        "towns": towns if len(towns) > 1 and not closed else [shown.TownLines("", lines)],
        "form": form,
        "closed": closed,
        "sounding": queries.sounding(act.actor, act.now),
    }
    return render(request, "desk/alert_rows.html" if live else "desk/alerts.html", context)


@requires(Right.HANDLE_ALERTS)
@require_GET
def corner(request: HttpRequest) -> HttpResponse:
    """How many alerts wait for this officer: the mark that keeps the tone going until somebody acknowledges."""
    act = act_of(request)
    return render(request, "desk/corner.html", {"sounding": queries.sounding(act.actor, act.now)})


def _alert(pk: UUID) -> Alert:
    return get_object_or_404(Alert.objects, pk=pk)


@requires(Right.HANDLE_ALERTS)
@require_GET
def alert(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _alert(pk)
    if request.headers.get("HX-Request"):
        return render(request, "desk/alert_course.html", {"alert": row, "moments": shown.course_of_alert(row)})
    return render(request, "desk/alert.html", _page(act_of(request), row))


def _page(
    act: Act, row: Alert, form: CloseAlertForm | None = None, *, call: CallForm | None = None, with_words: bool = False
) -> dict[str, Any]:
    moments = shown.course_of_alert(row, with_words=with_words)
    called = row.steps.filter(kind="call").exists()
    visits = list(Task.objects.filter(subject_id=row.id).order_by("-opened_at"))
    return {
        "alert": row,
        "line": shown.alert_lines([row])[0],
        "moments": moments,
        "called": called,
        "visits": shown.task_lines(visits, act.now) if visits else [],
        "subject_link": links.address_of(row.subject_kind, row.subject_id),
        "desk": Unit.objects.filter(pk=row.unit_id).first(),
        "on_duty": shown.on_duty_now(row.unit_id, act.now),
        "call_form": call or CallForm(initial={"at": local(act.now)}),
        "send_form": OfficerForm(officers=queries.field_staff(row.facts.get("area_code") or row.area_code))
        if called and row.is_open
        else None,
        "close_form": form or CloseAlertForm(),
        "assign_form": OfficerForm(officers=queries.answering(row.area_code)) if row.is_open else None,
        "snooze_form": LeaveForm(critical=row.severity == "critical") if row.is_open else None,
        "told": shown.told_about(row),
    }


@requires(Right.HANDLE_ALERTS)
@require_POST
def alert_open(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the person: name, phone, address, and what was said in calls. Recorded before it is shown."""
    row, act = _alert(pk), act_of(request)
    if row.record_id is None:
        raise Refused(_("This alert names nobody."))
    identity = below.open_record(
        act, record_id=row.record_id, person_id=row.person_id, via=("desk.alert", row.id), purpose=Purpose.ALERT
    )
    drawn = beside.drawn_for(act, row.subject_kind, row.subject_id)
    page = {**_page(act, row, with_words=True), "opened": shown.opened(identity), "beside": drawn}
    return render(request, "desk/alert.html", page)


@requires(Right.HANDLE_ALERTS)
@require_POST
def alert_ack(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.acknowledge_alert(act_of(request), _alert(pk))
    messages.success(request, _("Acknowledged. Call the person next."))
    return redirect("alert", pk=pk)


@requires(Right.HANDLE_ALERTS)
@require_POST
def alert_call(request: HttpRequest, pk: UUID) -> HttpResponse:
    row, act = _alert(pk), act_of(request)
    form = CallForm(request.POST)
    if not form.is_valid():
        return render(request, "desk/alert.html", _page(act, row, call=form), status=422)
    told = form.cleaned_data
    try:
        services.record_call(act, row, result=told["result"], said=told["said"], at=told["at"])
    except Refused as why:
        return _once_more(request, act, pk, why, call=form)
    messages.success(request, _("The call is recorded."))
    return redirect("alert", pk=pk)


def _once_more(request: HttpRequest, act: Act, pk: UUID, why: Refused, **forms: Any) -> HttpResponse:
    """The page again with what was typed and why it was not taken: nobody writes a call down twice at three in the morning."""
    row = _alert(pk)
    if not row.is_open:
        raise why
    for form in forms.values():
        form.add_error(None, str(why))
    return render(request, "desk/alert.html", _page(act, row, **forms), status=409)


@requires(Right.HANDLE_ALERTS)
@require_POST
def alert_send(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _alert(pk)
    user = OfficerForm(request.POST, officers=queries.field_staff(row.area_code)).chosen()
    if user is None:
        raise Refused(_("Choose somebody of the alert's town to send."))
    services.send_somebody(act_of(request), row, user=user)
    messages.success(request, _("%(name)s has the visit on the phone now.") % {"name": user.display_name})
    return redirect("alert", pk=pk)


@requires(Right.HANDLE_ALERTS)
@require_POST
def alert_assign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give the alert to an officer who answers alerts in its area."""
    row = _alert(pk)
    user = OfficerForm(request.POST, officers=queries.answering(row.area_code)).chosen()
    if user is None:
        raise Refused(_("Choose an officer who answers alerts in this area."))
    services.assign_alert(act_of(request), row, user=user)
    messages.success(request, _("%(name)s has the alert now.") % {"name": user.display_name})
    return redirect("alert", pk=pk)


@requires(Right.HANDLE_ALERTS)
@require_POST
def alert_snooze(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Leave it for a while, with a reason; then it rings again."""
    row = _alert(pk)
    form = LeaveForm(request.POST, critical=row.severity == "critical")
    if not form.is_valid():
        raise Refused(_("Choose why and how long the alert is left for a while."))
    told = form.cleaned_data
    services.snooze_alert(act_of(request), row, minutes=told["minutes"], reason=told["reason"], said=told["said"])
    messages.success(request, _("Left until then; afterwards it rings again."))
    return redirect("alert", pk=pk)


@requires(Right.HANDLE_ALERTS)
@require_POST
def alert_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    row, act = _alert(pk), act_of(request)
    form = CloseAlertForm(request.POST)
    if not form.is_valid():
        return render(request, "desk/alert.html", _page(act, row, form), status=422)
    told = form.cleaned_data
    try:
        services.close_alert(act, row, disposition=told["disposition"], measure=told["measure"], places=form.places())
    except Refused as why:
        return _once_more(request, act, pk, why, form=form)
    messages.success(request, _("Closed. Places visited go to the case room as sightings."))
    return redirect("alerts")
