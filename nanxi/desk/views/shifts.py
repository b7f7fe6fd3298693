"""The shift: who is on duty now in each unit, one's own roster, and the notes that the next shift must read."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk import queries, services
from nanxi.desk.forms import DutyForm, NoteForm
from nanxi.desk.models import DutySlot, HandoverNote
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.models import User
from nanxi.foundation.rights import Right, requires
from nanxi.web.fields import local


@requires(Right.HANDLE_ALERTS, Right.KEEP_ROSTER)
@require_GET
def shift(request: HttpRequest) -> HttpResponse:
    act = act_of(request)
    unread = queries.unread_notes(act.actor, act.now)
    context = {
        "unread": [(note, queries.text_of_note(note)) for note in unread],
        "notes": [(note, queries.text_of_note(note)) for note in queries.read_notes(act.actor)],
        "duty": queries.duty_now(act.actor, act.now),
        "roster": _roster(act),
        "duty_form": _duty_form(act) if act.actor.may(Right.KEEP_ROSTER) else None,
        "note_form": NoteForm(),
    }
    return render(request, "desk/shift.html", context)


def _roster(act: Act) -> list[dict[str, object]]:
    names = queries.writers_of(act.actor)
    return [
        {
            "pk": slot.pk,
            "officer": names.get(slot.user_id, ""),
            "part": slot.get_part_display(),
            "starts": slot.starts,
            "ends": slot.ends,
        }
        for slot in queries.roster_ahead(act.actor, act.now)
    ]


def _duty_form(act: Act, data: object = None) -> DutyForm:
    officers = User.objects.filter(unit_id=act.actor.unit_id, is_active=True)
    hours = services.SHIFT
    return DutyForm(data, officers=officers, initial={"starts": local(act.now), "ends": local(act.now + hours)})


@requires(Right.KEEP_ROSTER)
@require_POST
def shift_duty(request: HttpRequest) -> HttpResponse:
    """Put an officer of one's own unit on duty or as deputy."""
    act = act_of(request)
    form = _duty_form(act, request.POST)
    if not form.is_valid():
        raise Refused(_("Choose an officer of your unit and times as 2020-02-03 18:00."))
    told = form.cleaned_data
    services.set_duty(act, user=form.chosen(), part=told["part"], starts=told["starts"], ends=told["ends"])
    messages.success(request, _("The roster is kept."))
    return redirect("shift")


@requires(Right.KEEP_ROSTER)
@require_POST
def shift_off(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take an officer of one's own unit off the roster."""
    act = act_of(request)
    services.end_duty(act, get_object_or_404(DutySlot, pk=pk, unit_id=act.actor.unit_id))
    messages.success(request, _("Taken off the roster."))
    return redirect("shift")


@requires(Right.HANDLE_ALERTS, Right.KEEP_ROSTER)
@require_POST
def shift_note(request: HttpRequest) -> HttpResponse:
    act = act_of(request)
    services.write_note(act, area=services.area_of_unit(act), text=request.POST.get("text", "")[:2000])
    messages.success(request, _("The note waits for the next shift."))
    return redirect("shift")


@requires(Right.HANDLE_ALERTS, Right.KEEP_ROSTER)
@require_POST
def shift_read(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say by name that one has read it; after the last one the alerts open."""
    act = act_of(request)
    note = get_object_or_404(HandoverNote.objects, pk=pk, unit_id=act.actor.unit_id)
    services.read_note(act, note)
    return redirect("shift" if queries.unread_notes(act.actor, act.now) else "alerts")
