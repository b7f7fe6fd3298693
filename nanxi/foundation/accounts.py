"""Accounts: opening them, who somebody is as an actor, and the bound phones of grid workers and posts."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from nanxi.foundation import units, vault
from nanxi.foundation.act import Act, Actor, Refused, service
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import Device, Unit, User
from nanxi.foundation.rights import Right, Role, may_keep_account

#: A QR for binding a phone is shown, scanned and done with; a forgotten one dies with the shift.
ENROL_LIFE = timedelta(hours=12)
#: Wrong PINs before the device locks; the town unlocks it by binding it anew.
WRONG_PINS = 5


class Adapter(DefaultAccountAdapter):
    """Accounts are opened by those who keep units; nobody signs up by himself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def actor_of(user: User) -> Actor:
    """The officer as an actor: role, unit, and the unit's reach."""
    return Actor(name=user.username, user_id=user.id, unit_id=user.unit_id, role=user.role, reach=units.reach_of(user.unit_id))


def act_of(request: HttpRequest) -> Act:
    """The act of the signed-in officer; a posted form's `_key` makes a second click harmless."""
    actor = getattr(request, "nanxi_actor", None) or actor_of(request.user)  # type: ignore[arg-type]
    return Act(actor=actor, clock=getattr(request, "nanxi_clock", WALL), key=request.POST.get("_key", "")[:80])


def needs_second_factor(user: User) -> bool:
    """Desks sign in with TOTP; bound phones and the rehearsal do without."""
    return not settings.NANXI_REHEARSAL and not user.role.works_by_device


@service
def open_account(
    act: Act, *, username: str, display_name: str, unit: Unit, role: Role, password: str | None = None, phone: str = ""
) -> User:
    """A new account. Without a password it can only sign in by a bound phone (or "enter as" in a rehearsal)."""
    _need_keeper(act, role)
    if User.objects.filter(username=username).exists():
        raise Refused(_("The sign-in name %(name)s is taken; choose another.") % {"name": username})
    user = User(username=username, display_name=display_name, unit=unit, role_code=role.code, phone=phone)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save()
    act.log("foundation.account.opened", subject=("foundation.user", user.id), role=role.code, of_unit=unit.id)
    return user


@service
def close_account(act: Act, user: User) -> User:
    """Close an account and revoke its devices; open sessions end with the next request."""
    _need_keeper(act, user.role)
    user.is_active = False
    user.save(update_fields=["is_active"])
    Device.objects.filter(user=user, revoked_at=None).update(revoked_at=act.now)
    act.log("foundation.account.closed", subject=("foundation.user", user.id))
    return user


def _need_keeper(act: Act, role: Role) -> None:
    act.need(Right.KEEP_UNITS)
    if act.actor.role is not None and not may_keep_account(act.actor.role, role):
        raise Refused(_("This role acts as second person to yours; the system operator keeps its accounts."))


@service
def offer_device(act: Act, *, user: User, label: str) -> Device:
    """A device that waits for its phone; `enrol_code` tells the code for the QR. Repeated it is the same device and code."""
    act.need(Right.BIND_DEVICES)
    maker = act.actor.user_id
    if maker is None:
        raise Refused(_("Only an officer can offer a device."))
    device = Device(user=user, label=label, enrol_until=act.now + ENROL_LIFE, made_by_id=maker)
    device.enrol_digest = _digest(_code_of(device))
    device.save()
    act.log("foundation.device.offered", subject=("foundation.device", device.id), of_user=user.id)
    return device


def enrol_code(device: Device) -> str:
    """The one-time code that binds the phone, made from a key outside the database. Raises Refused when it was used."""
    if device.enrol_digest is None or device.revoked_at is not None:
        raise Refused(_("This code was used already. Choose the worker again to show a new one."))
    return _code_of(device)


def _code_of(device: Device) -> str:
    return base64.urlsafe_b64encode(vault.mac("foundation.device.code", device.pk.bytes)[:24]).decode()


@service
def bind_device(act: Act, *, code: str, pin: str) -> tuple[Device, str]:
    """Use a one-time code: sets the PIN, returns the device and its token (kept by the phone only)."""
    if not (pin.isdigit() and 4 <= len(pin) <= 12) or len(set(pin)) == 1:
        raise Refused(_("Choose a PIN of 4 to 12 digits that are not all the same."))
    device = Device.objects.select_for_update().filter(enrol_digest=_digest(code), bound_at=None, revoked_at=None).first()
    if device is None or device.enrol_until < act.now:
        raise Refused(_("This code was used or has run out. Ask the town to show a new one."))
    token = secrets.token_urlsafe(32)
    device.enrol_digest, device.token_digest = None, _digest(token)
    device.pin_hash, device.bound_at, device.wrong_pins = make_password(pin), act.now, 0
    device.save()
    act.log("foundation.device.bound", subject=("foundation.device", device.id), of_user=device.user_id)
    return device, token


@service
def revoke_device(act: Act, device: Device) -> Device:
    """The phone is refused from its next request on."""
    act.need(Right.BIND_DEVICES)
    device.revoked_at = act.now
    device.save(update_fields=["revoked_at"])
    act.log("foundation.device.revoked", subject=("foundation.device", device.id), of_user=device.user_id)
    return device


def device_by_token(token: str) -> Device | None:
    """The bound, unrevoked device of an active account that holds this token."""
    rows = Device.objects.select_related("user", "user__unit").filter(token_digest=_digest(token), revoked_at=None)
    return rows.filter(user__is_active=True).first() if token else None


def was_revoked(token: str) -> bool:
    """Whether a phone with this token was bound once and is not any more: what it keeps has to go."""
    if not token:
        return False
    gone = Q(revoked_at__isnull=False) | Q(user__is_active=False)
    return Device.objects.filter(gone, token_digest=_digest(token)).exists()


@service
def try_pin(act: Act, device: Device, pin: str) -> bool:
    """Check a PIN; the fifth wrong one locks the device."""
    device = Device.objects.select_for_update().get(pk=device.pk)
    right = device.wrong_pins < WRONG_PINS and check_password(pin, device.pin_hash)
    device.wrong_pins = 0 if right else device.wrong_pins + 1
    device.save(update_fields=["wrong_pins"])
    act.log(
        "foundation.device.opened" if right else "foundation.device.refused",
        subject=("foundation.device", device.id),
        of_user=device.user_id,
    )
    return right


def user_by_id(user_id: UUID) -> User | None:
    return User.objects.select_related("unit").filter(pk=user_id, is_active=True).first()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
