"""Binding a phone: the town shows a QR, the grid worker's phone opens it and sets a PIN; later the PIN alone signs in."""

from __future__ import annotations

from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nanxi.foundation import accounts, sign_in
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Actor, Refused
from nanxi.foundation.models import Device, User
from nanxi.foundation.rights import Right, Role, public, requires

COOKIE = "nanxi_device"
#: A bound phone asks for its PIN each shift; the binding itself lasts until it is revoked.
COOKIE_LIFE = 180 * 86400


def _own_field_staff(request: HttpRequest) -> list[User]:
    """Grid workers and posts whose unit lies inside the officer's reach."""
    reach = request.nanxi_actor.reach  # type: ignore[attr-defined]
    codes = [role.code for role in Role if role.works_by_device]
    rows = User.objects.filter(role_code__in=codes, is_active=True).select_related("unit").prefetch_related("unit__areas")
    return [user for user in rows if all(reach.covers(area.code) for area in user.unit.areas.all())]


@requires(Right.BIND_DEVICES)
def devices(request: HttpRequest) -> HttpResponse:
    staff = _own_field_staff(request)
    rows = Device.objects.filter(user__in=staff).select_related("user").order_by("-id")
    return render(request, "foundation/devices.html", {"devices": rows, "staff": staff})


@requires(Right.BIND_DEVICES)
@require_POST
def offer(request: HttpRequest) -> HttpResponse:
    """Show the one-time QR for one worker's phone."""
    user = next((u for u in _own_field_staff(request) if str(u.pk) == request.POST.get("user")), None)
    if user is None:
        raise Refused(_("Choose a grid worker or post of your own area."))
    device = accounts.offer_device(act_of(request), user=user, label=request.POST.get("label", "")[:60] or user.display_name)
    link = f"{request.build_absolute_uri(reverse('device-bind'))}?code={accounts.enrol_code(device)}"
    picture = mark_safe(segno.make(link, error="m").svg_inline(scale=5))
    return render(request, "foundation/device_offer.html", {"device": device, "link": link, "picture": picture})


@requires(Right.BIND_DEVICES)
@require_POST
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    device = get_object_or_404(Device, pk=pk, user__in=_own_field_staff(request), revoked_at=None)
    accounts.revoke_device(act_of(request), device)
    return redirect("devices")


@public("a phone that is not bound yet; the one-time code is the proof")
def bind(request: HttpRequest) -> HttpResponse:
    """The page behind the QR: choose a PIN, and the phone is bound."""
    code, problem = request.POST.get("code") or request.GET.get("code", ""), ""
    if request.method == "POST":
        try:
            device, token = accounts.bind_device(Act(actor=Actor(name="device:new")), code=code, pin=request.POST.get("pin", ""))
        except Refused as refused:
            problem = str(refused)
        else:
            sign_in.enter_by_phone(request, device)
            response = redirect("/")
            response.set_cookie(
                COOKIE, token, max_age=COOKIE_LIFE, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
            return response
    return render(request, "foundation/bind.html", {"code": code, "problem": problem})


@public("a bound phone; its token and the PIN are the proof")
def pin(request: HttpRequest) -> HttpResponse:
    """Sign in on a bound phone by PIN."""
    device = accounts.device_by_token(request.COOKIES.get(COOKIE, ""))
    problem = ""
    if device is not None and request.method == "POST":
        if accounts.try_pin(Act(actor=Actor(name=f"device:{device.id}")), device, request.POST.get("pin", "")):
            sign_in.enter_by_phone(request, device)
            return redirect("/")
        problem = _("Wrong PIN. After five wrong PINs the town must bind the phone again.")
    return render(request, "foundation/pin.html", {"device": device, "problem": problem}, status=200 if device else 403)
