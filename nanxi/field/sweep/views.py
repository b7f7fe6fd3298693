"""Pages of the sweep: rounds and coverage for the desk, doors for the worker, entrances for both."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk import queries as desk
from nanxi.field.sweep import below, planning, queries, rules, visits
from nanxi.field.sweep.forms import ControlForm, FoundForm, GiveForm, ProlongForm, RoundForm
from nanxi.field.sweep.models import SweepRound
from nanxi.foundation import areas
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.clock import county_day
from nanxi.foundation.models import Area
from nanxi.foundation.reach import stem_of
from nanxi.foundation.rights import Right, requires

STATES = ("refused", "given_up", "free", "found")
#: A round's form proposes a week.
WEEK = 6


@requires(Right.ASSIGN_TASKS)
def rounds(request: HttpRequest) -> HttpResponse:
    """All rounds that touch one's area, and the form for the next one."""
    act = act_of(request)
    form = RoundForm(request.POST or None, reach=act.actor.reach, initial=_week(act))
    if request.method == "POST" and form.is_valid():
        row = planning.plan_round(act, **form.cleaned_data)
        return redirect("field:sweep", row.pk)
    rows = queries.rounds_of(act.actor)
    names = areas.names_of(row.area_code for row in rows)
    lines = [(row, names.get(row.area_code, "")) for row in rows]
    return render(request, "field/sweep/rounds.html", {"lines": lines, "form": form}, status=422 if form.errors else 200)


def _week(act: Act) -> dict[str, object]:
    from datetime import timedelta

    today = county_day(act.now)
    return {"opens": today.isoformat(), "closes": (today + timedelta(days=WEEK)).isoformat()}


def _round(act: Act, pk: UUID) -> SweepRound:
    row = queries.round_by_id(act.actor, pk)
    if row is None:
        raise Http404
    return row


def _area(row: SweepRound, act: Act, code: str) -> Area:
    area = queries.area_of_round(row, act.actor, code)
    if area is None:
        raise Http404
    return area


@requires(Right.ASSIGN_TASKS)
@require_GET
def coverage(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far a round is, one level down, and which households the town goes on with."""
    act = act_of(request)
    row = _round(act, pk)
    area = _area(row, act, request.GET.get("area", ""))
    parts = queries.tallies(row, area.code)
    below_it = list(Area.objects.filter(parent=area).order_by("code"))
    shown = [(one, parts.pop(one.code)) for one in below_it if one.code in parts]
    empty = [one.name for one in below_it if one.code not in {place.code for place, _tally in shown}]
    rest = queries.total(parts.values())
    whole = queries.total([tally for _one, tally in shown] + [rest])
    state = request.GET.get("state", "")
    context = {
        "round": row, "area": area, "above": _above(row, area, act), "whole": whole, "shown": shown, "rest": rest, "empty": empty,
        "state": state, "states": STATES, "doors": queries.listed(row, area.code, state) if state in STATES else [],
        "reached_goal": (whole.percent or 0) >= row.goal, "prolong": ProlongForm(),
        "give": GiveForm(staff=desk.field_staff(area.code)), "planning": row.planned_at is None,
    }  # fmt: skip
    return render(request, "field/sweep/coverage.html", context)


def _above(row: SweepRound, area: Area, act: Act) -> Area | None:
    parent = area.parent
    inside = parent is not None and parent.code.startswith(stem_of(row.area_code)) and act.actor.reach.covers(parent.code)
    return parent if inside else None


@requires(Right.ASSIGN_TASKS)
@require_POST
def give(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give households of an area to a worker."""
    act = act_of(request)
    row = _round(act, pk)
    area = _area(row, act, request.POST.get("area", ""))
    form = GiveForm(request.POST, staff=desk.field_staff(area.code))
    if not form.is_valid():
        raise Refused(_("Choose a worker of this area."))
    count = visits.give_households(act, row, area=area.code, to=form.chosen(), only=form.cleaned_data["only"])
    if count:
        messages.success(request, _("%(n)d households given to %(name)s.") % {"n": count, "name": form.chosen().display_name})
    return redirect(f"{reverse('field:sweep', args=[pk])}?area={area.code}")


@requires(Right.ASSIGN_TASKS)
@require_POST
def prolong(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A later last day."""
    act = act_of(request)
    form = ProlongForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Give the new last day as 2020-02-10."))
    visits.prolong_round(act, _round(act, pk), form.cleaned_data["closes"])
    return redirect("field:sweep", pk)


@requires(Right.DO_TASKS)
@require_GET
def doors(request: HttpRequest) -> HttpResponse:
    """The worker's own households that are due at this time of the day."""
    act = act_of(request)
    rows, counts = queries.doors_of(act.actor, act.now)
    return render(request, "field/sweep/doors.html", {"doors": rows, "counts": counts})


@requires(Right.DO_TASKS)
def door(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One household: open who answers for it (recorded), then keep what was found."""
    act = act_of(request)
    house = queries.household_by_id(pk)
    own = house is not None and queries.is_own(act.actor, house)
    if house is None or not (own or act.actor.may(Right.ASSIGN_TASKS)):
        raise Http404
    identity, asked, status = None, below.asked(house.round.form, act.now), 200
    if request.method == "POST":
        if not own:
            raise Refused(_("This household is another worker's; give it to yourself first."))
        if request.POST.get("do") == "open":
            identity = _opened(act, house)
        else:
            told = below.told_by_page(house.round.form, request.POST)
            _result, _answers, faults = below.checked(house.round.form, told, act.now)
            if not faults:
                return _kept(request, visits.record_household(act, house, told))
            asked, status = below.asked(house.round.form, act.now, told, faults), 422
    label = below.labels([house.record_id]).get(house.record_id) if house.record_id and house.minors < house.persons else None
    context = {
        "house": house, "own": own, "identity": identity, "asked": asked, "label": label, "visits": queries.visits_of(house),
        "place": areas.names_of([house.area_code]).get(house.area_code, ""), "outcome": rules.Outcome.of(house.result),
        "residents": _residents(act, house) if own else [],
        "words": {one.code: one.label for one in rules.Outcome},
    }  # fmt: skip
    return render(request, "field/sweep/door.html", context, status=status)


def _opened(act: Act, house: Any) -> Any:
    if house.record_id is None:
        raise Refused(_("No list names an adult of this household."))
    return below.open_record(act, house.record_id, house.id, below.person_of(house.record_id))


def _residents(act: Act, house: Any) -> list[tuple[Any, bool]]:
    """Whom lists put behind the door: masked labels, minors without one."""
    if house.home is None:
        return []
    found = below.residents_of(house.home, act.now)
    labels = below.labels(one.record_id for one in found if not one.minor)
    return [(labels.get(one.record_id), one.minor) for one in found]


def _kept(request: HttpRequest, visit: Any) -> HttpResponse:
    if visit is not None and not visit.counted:
        words = _("Another worker had settled this household already; your visit is kept beside it and counts nothing.")
        messages.warning(request, words)
    else:
        messages.success(request, _("Kept."))
    return redirect("field:doors")


@requires(Right.DO_TASKS)
def found(request: HttpRequest) -> HttpResponse:
    """A household that no list knew."""
    act = act_of(request)
    running = queries.open_rounds(act.actor, act.now)
    form = FoundForm(request.POST or None, rounds=running, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        row = next(one for one in running if str(one.pk) == told.pop("round"))
        house = visits.find_household(act, row, **told)
        return redirect("field:door", house.pk)
    shown = {"form": form, "running": bool(running)}
    return render(request, "field/sweep/found.html", shown, status=422 if form.errors else 200)


@requires(Right.DO_TASKS)
def control(request: HttpRequest) -> HttpResponse:
    """Which villages, communities and compounds have all entrances guarded, town by town, and the report on one's own."""
    act = act_of(request)
    lines = queries.control_lines(act.actor.reach, act.now)
    form = ControlForm(request.POST or None, lines=lines)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        visits.report_control(act, form.areas[told["area"]], entrances=told["entrances"], kept=told["kept"])
        messages.success(request, _("The report is kept; it holds for a day."))
        return redirect("field:control")
    towns = queries.control_by_town(lines)
    chosen = request.GET.get("town", "") if len(towns) > 1 else next(iter(towns), "")
    here = [line for line in lines if areas.town_of(line.area.code) == chosen]
    names = areas.names_of(towns)
    shown = {
        "rates": queries.control_rates(lines), "form": form, "town": names.get(chosen, ""),
        "towns": [(code, names.get(code, code), rate) for code, rate in towns.items()] if len(towns) > 1 else [],
        "lines": sorted(here, key=lambda line: (line.state is rules.Control.KEPT, line.area.code)),
    }  # fmt: skip
    return render(request, "field/sweep/control.html", shown, status=422 if form.errors else 200)
