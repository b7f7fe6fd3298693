"""The volunteer's own page behind a signed link, and the calendar behind a link of its own; no sign-in.

On the page one answers a call, swaps, reads and leaves notes and counts a patrol. Neither names anybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from nanxi.field.mobilisation import calendar, links, queries, services
from nanxi.field.mobilisation.forms import NoteForm, PatrolForm
from nanxi.field.mobilisation.models import Swap, Turn, Volunteer
from nanxi.field.mobilisation.rules import Work
from nanxi.foundation import areas, scope
from nanxi.foundation.act import Act, Actor, Refused
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import Unit
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import public

WHY = "the volunteer holds the link; it opens that volunteer's own shifts"


@dataclass(frozen=True)
class Visit:
    """A volunteer at the own page, and the act of whatever is posted there."""

    volunteer: Volunteer
    act: Act


@contextmanager
def _visit(request: HttpRequest, purpose: links.Purpose, code: str) -> Iterator[Visit]:
    """The scope that a code names and its volunteer. A code that is not ours, or void by now, is simply not there."""
    clock = getattr(request, "nanxi_clock", WALL)
    try:
        volunteer_id, county, version = links.opened(purpose, code)
    except links.BadLink:
        raise Http404 from None
    reach = Reach.over([county])
    with scope.enter(reach, at=clock.now()):
        row = Volunteer.objects.filter(pk=volunteer_id, link_version=version, ended_at=None).first()
        if row is None:
            raise Http404
        actor = Actor(name=f"volunteer:{row.id}", unit_id=row.unit_id, reach=reach)
        yield Visit(row, Act(actor=actor, clock=clock, key=request.POST.get("_key", "")[:80]))


@public(WHY)
def duty(request: HttpRequest, code: str) -> HttpResponse:
    """The own page."""
    with _visit(request, "page", code) as visit:
        if request.method == "POST":
            deed = DEEDS.get(request.POST.get("do", ""))
            if deed is None:
                raise Http404
            deed(visit, request.POST)
            messages.success(request, _("Kept."))
            return redirect("field:duty", code)
        return render(request, "field/mobilisation/duty.html", _shown(request, visit))


def _shown(request: HttpRequest, visit: Visit) -> dict[str, Any]:
    me, now = visit.volunteer, visit.act.now
    turns = list(queries.turns_of(me, now))
    places = areas.names_of(turn.shift.area_code for turn in turns)
    notes = [(note, queries.text_of_note(note)) for note in queries.unread_notes(me.id, me.unit_id, now)]
    feed = reverse("field:duty-feed", args=[links.code_for("feed", me.id, me.area_code, me.link_version)])
    lines = [(turn, Work.of(turn.shift.work), places.get(turn.shift.area_code, "")) for turn in turns]
    return {
        "name": queries.contact_of(me)[0], "turns": lines,
        "notes": notes, "swaps": queries.swaps_to_answer(me, now), "others": queries.exchangeable(me, now), "now": now,
        "feed": request.build_absolute_uri(feed), "note_form": NoteForm(), "patrol_form": PatrolForm(),
        "words": {one.code: one.label for one in Work},
    }  # fmt: skip


def _own_turn(visit: Visit, sent: Any, name: str = "turn") -> Turn:
    row = Turn.objects.select_related("shift", "volunteer").filter(pk=_id(sent.get(name)), volunteer=visit.volunteer).first()
    if row is None:
        raise Http404
    return row


def _id(text: Any) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise Http404 from None


def _answer(visit: Visit, sent: Any) -> None:
    services.answer_call(visit.act, _own_turn(visit, sent), yes=sent.get("yes") == "1")


def _begin(visit: Visit, sent: Any) -> None:
    services.begin_turn(visit.act, _own_turn(visit, sent))


def _read(visit: Visit, sent: Any) -> None:
    wanted = _id(sent.get("note"))
    me = visit.volunteer
    note = next((one for one in queries.unread_notes(me.id, me.unit_id, visit.act.now) if one.pk == wanted), None)
    if note is None:
        raise Http404
    services.read_note(visit.act, note, me)


def _note(visit: Visit, sent: Any) -> None:
    services.leave_note(visit.act, _own_turn(visit, sent), str(sent.get("text", "")))


def _patrol(visit: Visit, sent: Any) -> None:
    form = PatrolForm(sent)
    if not form.is_valid():
        raise Refused(_("Give counts from 0: up to 500 gatherings or premises, up to 5000 people."))
    services.log_patrol(visit.act, _own_turn(visit, sent), **form.cleaned_data)


def _ask_swap(visit: Visit, sent: Any) -> None:
    wanted = _id(sent.get("theirs"))
    other = next((one for one in queries.exchangeable(visit.volunteer, visit.act.now) if one.pk == wanted), None)
    if other is None:
        raise Http404
    services.ask_swap(visit.act, _own_turn(visit, sent), other)


def _answer_swap(visit: Visit, sent: Any) -> None:
    row = Swap.objects.filter(pk=_id(sent.get("swap")), theirs__volunteer=visit.volunteer).first()
    if row is None:
        raise Http404
    services.answer_swap(visit.act, row, yes=sent.get("yes") == "1")


def _leave(visit: Visit, sent: Any) -> None:
    services.end_consent(visit.act, visit.volunteer)


DEEDS: dict[str, Callable[[Visit, Any], None]] = {
    "answer": _answer, "begin": _begin, "read": _read, "note": _note, "patrol": _patrol, "swap": _ask_swap,
    "answer-swap": _answer_swap, "leave": _leave,
}  # fmt: skip


@public(WHY)
@require_GET
def feed(request: HttpRequest, code: str) -> HttpResponse:
    """One's own turns as a calendar that any phone can follow."""
    with _visit(request, "feed", code) as visit:
        turns = list(queries.feed_turns(visit.volunteer, visit.act.now))
        places = areas.names_of(turn.shift.area_code for turn in turns)
        unit = Unit.objects.filter(pk=visit.volunteer.unit_id).values_list("name", flat=True).first() or ""
        events = [
            calendar.Event(
                uid=f"{turn.id}@nanxi", starts=turn.shift.starts, ends=turn.shift.ends,
                title=f"{_(Work.of(turn.shift.work).label)} · {unit}", place=places.get(turn.shift.area_code, ""),
                stamp=turn.answered_at or turn.asked_at, cancelled=turn.shift.cancelled_at is not None,
            )
            for turn in turns
        ]  # fmt: skip
    answer = HttpResponse(calendar.calendar_of(events, name=_("My shifts")), content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = 'inline; filename="shifts.ics"'
    return answer
