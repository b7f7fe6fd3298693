"""First run in the browser (county, areas, administrator), and "enter as …" in a rehearsal."""

from __future__ import annotations

import json
import tempfile
from datetime import timedelta
from pathlib import Path

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanxi.cli import InputError
from nanxi.foundation import accounts, areas, charter, scope, units
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.models import Area, County, Unit, User
from nanxi.foundation.rights import Role, public
from nanxi.foundation.sign_in import BACKEND

#: One county's whole code tree is well under this; more is not an area list.
LARGEST_AREA_FILE = 10 * 1024 * 1024


class FirstRun(forms.Form):
    """What a county must say about itself before anything else."""

    name = forms.CharField(label=gettext_lazy("Name of the county"), max_length=60)
    legal_basis = forms.CharField(label=gettext_lazy("Legal basis of the outbreak response"), max_length=200)
    until = forms.DateField(label=gettext_lazy("The charter ends on"), widget=forms.DateInput(attrs={"type": "date"}))
    area_files = forms.FileField(
        label=gettext_lazy("Area list (CSV with code and name, or GeoJSON in WGS-84)"),
        help_text=gettext_lazy("County, towns and villages with their 12-digit statistical codes. More can be added later."),
    )
    username = forms.SlugField(label=gettext_lazy("Administrator: sign-in name"), max_length=40)
    display_name = forms.CharField(label=gettext_lazy("Administrator: name"), max_length=40)
    password = forms.CharField(label=gettext_lazy("Administrator: password (12 characters or more)"), widget=forms.PasswordInput)

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password)
        return password


@public("the first run has no accounts yet; closed as soon as a county exists")
def first_run(request: HttpRequest) -> HttpResponse:
    """Ask for county, areas and administrator once; afterwards this page does not exist."""
    if charter.county() is not None:
        raise Http404
    until = county_day(WALL.now()) + charter.LONGEST - timedelta(days=1)
    form = FirstRun(request.POST or None, request.FILES or None, initial={"until": until})
    if request.method == "POST" and form.is_valid():
        try:
            user = _found(form)
        except (InputError, Refused) as problem:
            form.add_error(None, str(problem))
        else:
            login(request, user, backend=BACKEND)
            # The password was given a moment ago: the second factor, which comes next, need not ask for it again.
            reauthenticate_by_password(request)
            return redirect("units")
    return render(request, "foundation/first_run.html", {"form": form})


def _found(form: FirstRun) -> User:
    facts = form.cleaned_data
    upload = facts["area_files"]
    if upload.size > LARGEST_AREA_FILE:
        raise InputError("The area list is larger than 10 MB; hand in codes and names only, shapes can follow.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("areas" + Path(upload.name).suffix.lower())
        path.write_bytes(upload.read())
        records = areas.read_files([path])
    act = Act(actor=house("setup"))
    with scope.enter(act.actor.reach, at=act.now):
        areas.found_areas(act, records, origin="first-run")
        top = Area.objects.filter(kind=Area.Kind.COUNTY).order_by("code").first()
        if top is None:
            raise InputError("The area list holds no county (a 12-digit code ending in 000000); add its row and try again.")
        desk = units.found_unit(act, name=_("Headquarters"), kind=Unit.Kind.HEADQUARTERS, areas=[top.code])
        user = accounts.open_account(
            act,
            username=facts["username"],
            display_name=facts["display_name"],
            unit=desk,
            role=Role.OPERATOR,
            password=facts["password"],
        )
        charter.found_county(
            act,
            name=facts["name"],
            area=top,
            rehearsal=settings.NANXI_REHEARSAL,
            until=facts["until"],
            legal_basis=facts["legal_basis"],
        )
    return user


@public("rehearsal only: enter as one of the made-up officers")
def enter(request: HttpRequest) -> HttpResponse:
    """The officers of the rehearsal, by role; a click signs in. Does not exist in a real county."""
    county = County.objects.first()
    if not settings.NANXI_REHEARSAL or (county is not None and not county.rehearsal) or not _from_here(request):
        raise Http404
    if request.method == "POST":
        user = User.objects.filter(username=request.POST.get("username", ""), is_active=True).first()
        if user is None:
            raise Http404
        login(request, user, backend=BACKEND)
        return redirect(_home_of(user))
    officers = User.objects.select_related("unit").filter(is_active=True).order_by("role_code", "username")
    return render(request, "foundation/enter.html", {"officers": _by_role(officers), "waiting": county is None})


def _home_of(user: User) -> str:
    return {
        Role.GRID_WORKER: "/field/",
        Role.CHECKPOINT: "/field/post/",
        Role.OPERATOR: "/units/",
        Role.OVERSIGHT: "/ledger/",
    }.get(user.role, "/")


def _by_role(officers: object) -> list[tuple[str, list[User]]]:
    groups: dict[Role, list[User]] = {}
    for user in officers:  # type: ignore[attr-defined]
        groups.setdefault(user.role, []).append(user)
    return [(role.label, groups[role]) for role in Role if role in groups]


def _from_here(request: HttpRequest) -> bool:
    return request.META.get("REMOTE_ADDR", "") in {"127.0.0.1", "::1"}


@public("rehearsal only: the client founds its made-up county through this door")
def found_rehearsal(request: HttpRequest) -> HttpResponse:
    """POST the rehearsal's county.json (name, areas, units with officers) once; loopback and rehearsal homes only."""
    if not settings.NANXI_REHEARSAL or not _from_here(request) or request.method != "POST":
        raise Http404
    if charter.county() is not None:
        return HttpResponse(status=204)
    plan = json.loads(request.body)
    act = Act(actor=house("setup"))
    with scope.enter(act.actor.reach, at=act.now):
        records = [
            areas.AreaRecord(code=a["code"], name=a["name"], seat=_pair(a), boundary=a.get("boundary"), approximate=True)
            for a in plan["areas"]
        ]
        areas.found_areas(act, records, origin="rehearsal")
        for wanted in plan["units"]:
            unit = units.found_unit(
                act, name=wanted["name"], kind=wanted["kind"], areas=wanted["areas"], phone=wanted.get("phone", "")
            )
            for officer in wanted.get("officers", []):
                accounts.open_account(
                    act,
                    username=officer["username"],
                    display_name=officer["display_name"],
                    unit=unit,
                    role=Role.of(officer["role"]),
                    phone=officer.get("phone", ""),
                )
        top = Area.objects.get(code=plan["county"]["code"])
        until = county_day(act.now) + charter.LONGEST - timedelta(days=1)
        charter.found_county(
            act, name=plan["county"]["name"], area=top, rehearsal=True, until=until, legal_basis=plan["county"]["legal_basis"]
        )
    return HttpResponse(status=201)


def _pair(record: dict[str, object]) -> tuple[float, float] | None:
    lon, lat = record.get("lon"), record.get("lat")
    return (float(lon), float(lat)) if isinstance(lon, (int, float)) and isinstance(lat, (int, float)) else None
