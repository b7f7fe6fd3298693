"""Ways in for sightings: a venue's own check-in page, and lists of venues and vehicles handed in whole."""

from __future__ import annotations

import hashlib

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.cases import passengers, services
from nanxi.cases.forms import CheckInForm, ListForm
from nanxi.cases.services import Listed, Stay
from nanxi.cases.views.laboratory import SHOWN_PROBLEMS
from nanxi.foundation import accounts, scope, terminals
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act
from nanxi.foundation.clock import WALL
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.rights import Right, public, requires


@requires(Right.RECORD_STAYS)
@require_GET
def check_in(request: HttpRequest) -> HttpResponse:
    """The page at the door of a venue."""
    return render(request, "cases/check_in.html", {"form": CheckInForm(), "unit": request.user.unit})  # type: ignore[union-attr]


@public("a signed-in terminal; who checks in may live in any town, so the county's scope is entered here")
@require_POST
def keep_check_in(request: HttpRequest) -> HttpResponse:
    """One person at the door: kept, or what cannot be read; never who, and never whether the register knows him."""
    user = terminals.Session(Right.RECORD_STAYS).authenticate(request, None)
    if user is None:
        raise PermissionDenied(_("Sign in on the venue's own phone first."))
    form = CheckInForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the full ID number, or the phone the person registered with."))
        return redirect("check-in")
    stay = Stay(request.POST.get("_key") or str(uuid7()), WALL.now(), **form.cleaned_data)
    with scope.enter(terminals.county_reach(), user_id=user.id, at=WALL.now()):
        (outcome,) = services.hand_in_stays(
            Act(actor=accounts.actor_of(user)), unit_id=user.unit.id, unit_name=user.unit.name,
            area=terminals.area_of(user.unit), source="venue", stays=[stay],
        )  # fmt: skip
    tell = messages.success if outcome.kept else messages.error
    tell(request, _("Checked in.") if outcome.kept else outcome.why)
    return redirect("check-in")


@requires(Right.TRACE_CONTACTS)
def upload_list(request: HttpRequest) -> HttpResponse:
    """All lines of a list or none."""
    act = act_of(request)
    form = ListForm(request.POST or None, request.FILES or None, reach=act.actor.reach)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        data = sent["file"].read()
        sheet = passengers.read(sent["file"].name, data, place=sent["place"], vehicle=sent["vehicle"])
        problems = sheet.problems
        if not problems and sheet.lines:
            kept = services.keep_list(
                act, area=sent["area"], source="list", digest=hashlib.sha256(data).hexdigest(), listed=_listed(sheet)
            )
            told = _("%(n)d lines are kept; who is not in the register yet is being looked for.")
            messages.success(request, told % {"n": kept})
            return redirect("stay-list")
        problems = problems or [_("The file holds no line below its first row.")]
    more = max(0, len(problems) - SHOWN_PROBLEMS)
    page = {"form": form, "problems": problems[:SHOWN_PROBLEMS], "more": more, "headings": passengers.HEADINGS}
    return render(request, "cases/stay_list.html", page)


def _listed(sheet: passengers.Sheet) -> list[Listed]:
    return [
        Listed(
            Stay(str(line.number), line.t0, line.t1, line.id_no, line.phone, line.where, row=line.row, plate=line.plate),
            line.where,
            line.name,
        )
        for line in sheet.lines
    ]

