"""Whom a session speaks for: a phone's session lives as long as its binding, a desk's as long as its second factor.

Of the sign-in library's pages only those named here exist; the rest (signing up, e-mail, resets) would be side doors. What it
keeps as a second factor's secret is ciphertext in the database (trust notes S28, T5).
"""

from __future__ import annotations

import base64
from uuid import UUID

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from nanxi.foundation import vault
from nanxi.foundation.models import Device

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: The session's note of the binding it rests on.
DEVICE = "nanxi_device"
#: Pages of the library that desks use: signing in and out, one's own password and factors.
PAGES = {"account_login", "account_logout", "account_reauthenticate", "account_change_password", "account_inactive"}
#: What a bound phone needs of them. A password or passkey of its own would outlive the phone.
PHONE_PAGES = {"account_login", "account_logout"}


def enter_by_phone(request: HttpRequest, device: Device) -> None:
    """Sign in the worker of a bound phone, for as long as the phone stays bound."""
    login(request, device.user, backend=BACKEND)
    request.session[DEVICE] = str(device.pk)


def stands(device: str | None) -> bool:
    """Whether the binding that a session names is still in force; sessions that name none do not rest on one."""
    return device is None or Device.objects.filter(pk=UUID(device), revoked_at=None, bound_at__isnull=False).exists()


def leave_with_phone(request: HttpRequest) -> None:
    """End the session of a phone that was revoked."""
    session = getattr(request, "session", None)
    if session is not None and not stands(session.get(DEVICE)):
        logout(request)


def admit_to_library(request: HttpRequest) -> None:
    """Raise Http404 for the library's pages that this desk does not have, PermissionDenied where a phone has no business."""
    match = request.resolver_match
    name = (match.url_name if match else "") or ""
    if name not in PAGES and not name.startswith("mfa_"):
        raise Http404
    if request.user.is_authenticated and request.user.role.works_by_device and name not in PHONE_PAGES:
        raise PermissionDenied(_("You sign in with your bound phone and its PIN; the town binds another phone for you."))
    if match and name == "mfa_remove_webauthn" and request.method == "POST" and _is_last(request.user.pk, match.kwargs["pk"]):
        # The library asks this of codes only, not of passkeys.
        raise PermissionDenied(_("This is your only second factor; add another before you remove it."))


def _is_last(user_id: UUID, factor_id: int) -> bool:
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return not Authenticator.objects.filter(user_id=user_id, type__in=kinds).exclude(pk=factor_id).exists()


class Factors(DefaultMFAAdapter):
    """Second factors: their secrets sealed under a key outside the database, the last of them never removed."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(vault.house_seal("mfa", text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return vault.house_unseal("mfa", base64.b64decode(encrypted_text)).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not _is_last(authenticator.user_id, authenticator.pk)
