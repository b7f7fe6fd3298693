"""The keeper's pages: teams, volunteers, shifts and call-up, and who is on duty now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk.services import area_of_unit
from nanxi.field.mobilisation import below, links, queries, rules, services
from nanxi.field.mobilisation.forms import ShiftForm, TeamForm, VolunteerForm
from nanxi.field.mobilisation.models import Shift, Volunteer
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act
from nanxi.foundation.clock import county_day, day_bounds
from nanxi.foundation.models import User
from nanxi.foundation.rights import Right, requires
from nanxi.web.fields import local


@requires(Right.KEEP_ROSTER)
@require_GET
def mobilisation(request: HttpRequest) -> HttpResponse:
    """Everything of one's own unit on one page."""
    return _page(request, act_of(request))


def _page(request: HttpRequest, act: Act, *, status: int = 200, **bound: Any) -> HttpResponse:
    people = queries.volunteers_of(act.actor)
    labels = queries.labels_of(people)
    forms = _forms(act)
    unit_id = act.actor.unit_id
    context = {
        "people": [(one, labels[one.id], _skills(one)) for one in people], "teams": forms["teams"],
        "shifts": queries.shifts_of(act.actor, act.now), "now": queries.on_duty_now(act.actor, act.now),
        "roster": below.on_duty(unit_id, act.now) if unit_id else [],
        "patrols": queries.patrol_sums(act.actor, day_bounds(county_day(act.now))[0]), **forms, **bound,
    }  # fmt: skip
    return render(request, "field/mobilisation/home.html", context, status=status)


def _forms(act: Act, data: Any = None) -> dict[str, Any]:
    teams = queries.teams_of(act.actor)
    officers = list(User.objects.filter(unit_id=act.actor.unit_id, is_active=True).order_by("username"))
    times = {"starts": local(act.now), "ends": local(act.now + rules.LONGEST)}
    return {
        "teams": teams, "team_form": TeamForm(), "volunteer_form": VolunteerForm(data, teams=teams, officers=officers),
        "shift_form": ShiftForm(data, teams=teams, reach=act.actor.reach, initial=times),
    }  # fmt: skip


def _skills(one: Volunteer) -> list[str]:
    return [skill.label for skill in rules.Skill if skill.code in one.skills]


@requires(Right.KEEP_ROSTER)
@require_POST
def team_new(request: HttpRequest) -> HttpResponse:
    act = act_of(request)
    services.found_team(act, area=area_of_unit(act), name=request.POST.get("name", ""))
    return redirect("field:mobilisation")


@requires(Right.KEEP_ROSTER)
@require_POST
def volunteer_new(request: HttpRequest) -> HttpResponse:
    """Somebody joins a team; the next page shows the link to hand over."""
    act = act_of(request)
    form = _forms(act, request.POST)["volunteer_form"]
    if not form.is_valid():
        return _page(request, act, status=422, volunteer_form=form)
    told = form.cleaned_data
    row = services.enlist(
        act, form.teams[told["team"]], name=told["name"], phone=told["phone"], skills=told["skills"], consent=told["consent"],
        user=form.officers.get(told["officer"]),
    )  # fmt: skip
    return redirect("field:volunteer", row.pk)


@requires(Right.KEEP_ROSTER)
@require_POST
def shift_new(request: HttpRequest) -> HttpResponse:
    act = act_of(request)
    form = _forms(act, request.POST)["shift_form"]
    if not form.is_valid():
        return _page(request, act, status=422, shift_form=form)
    told = form.cleaned_data
    services.plan_shift(
        act, area=told["area"], work=told["work"], starts=told["starts"], ends=told["ends"], team=form.teams.get(told["team"]),
        skill=told["skill"], seats=told["seats"],
    )  # fmt: skip
    return redirect("field:mobilisation")


def _shift(act: Act, pk: UUID) -> Shift:
    row = queries.shift_in(act.actor, pk)
    if row is None:
        raise Http404
    return row


@requires(Right.KEEP_ROSTER)
@require_POST
def shift_call(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask everybody who may come."""
    act = act_of(request)
    services.call_up(act, _shift(act, pk))
    messages.success(request, _("Everybody who has the skill and the rest was asked."))
    return redirect("field:mobilisation")


@requires(Right.KEEP_ROSTER)
@require_POST
def shift_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    act = act_of(request)
    services.cancel_shift(act, _shift(act, pk))
    return redirect("field:mobilisation")


@requires(Right.KEEP_ROSTER)
def volunteer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One volunteer: contact on record, link to hand over, new link, end of consent."""
    act = act_of(request)
    row = queries.volunteer_in(act.actor, pk)
    if row is None:
        raise Http404
    contact = None
    if request.method == "POST":
        do = request.POST.get("do")
        if do == "open":
            services.open_contact(act, row)
            contact = queries.contact_of(row)
        elif do == "renew":
            services.renew_link(act, row)
            messages.success(request, _("The old link and calendar are void; hand over the new one."))
            return redirect("field:volunteer", pk)
        elif do == "end":
            services.end_consent(act, row)
            messages.success(request, _("Name and phone are gone; turns to come are free again."))
            return redirect("field:mobilisation")
    code = links.code_for("page", row.id, row.area_code, row.link_version)
    context = {
        "volunteer": row, "label": queries.labels_of([row])[row.id], "contact": contact, "skills": _skills(row),
        "address": "" if row.ended_at else request.build_absolute_uri(reverse("field:duty", args=[code])),
    }  # fmt: skip
    return render(request, "field/mobilisation/volunteer.html", context)


@requires(Right.DO_TASKS)
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """An officer's own turns: the same page as behind a volunteer's link."""
    row = queries.own_of(request.user.pk)
    if row is None:
        return render(request, "field/mobilisation/none.html")
    return redirect("field:duty", links.code_for("page", row.id, row.area_code, row.link_version))
