"""The gate every request passes: declared right, charter in force, one transaction in the caller's scope.

A view that declares nothing is refused. Sync views run inside the transaction; async views (the event stream) open their own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from nanxi.foundation import accounts, charter, scope, sign_in
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import WALL
from nanxi.foundation.rights import Right

#: Views of libraries that carry their own sign-in rules.
LIBRARY_VIEWS = ("allauth.", "django.views.i18n", "django.views.static", "django.contrib.staticfiles")


class Gate:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            getattr(request, "user", None) is not None
            and request.user.is_authenticated
            and "Cache-Control" not in response.headers
        ):
            # Pages about people are never kept by a browser or proxy.
            response.headers["Cache-Control"] = "no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        declared = Declared(view)
        sign_in.leave_with_phone(request)
        if declared.library:
            return sign_in.admit_to_library(request) if view.__module__.startswith("allauth.") else None
        if not declared.known:
            raise PermissionDenied(_("This address declares no right and is closed."))
        if not declared.after_sunset and charter.ended(WALL.now()):
            return render(request, "web/sunset.html", status=410)
        if declared.public:
            return None if declared.is_async else _public(request, view, args, kwargs)
        return self._for_officer(request, view, args, kwargs, declared)

    def _for_officer(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], declared: Declared
    ) -> HttpResponse | None:
        user = request.user
        if not user.is_authenticated:
            return _sign_in(request)
        if second_factor_missing(request):
            return redirect("mfa_activate_totp")
        if not declared.any_role and not (declared.rights & user.role.rights):
            sentence = min(declared.rights, key=lambda right: right.name).sentence
            raise PermissionDenied(
                _("Your role (%(role)s) does not include this right: %(right)s")
                % {"role": _(user.role.label), "right": _(sentence)}
            )
        if declared.is_async:
            return None
        actor = accounts.actor_of(user)
        request.nanxi_actor = actor  # type: ignore[attr-defined]
        with scope.enter(actor.reach, user_id=user.id, at=WALL.now()):
            return _answer(request, view, args, kwargs)


def _sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Where a stranger begins: first run of an empty county, officers of a rehearsal, else the sign-in page."""
    from django.conf import settings

    if settings.NANXI_REHEARSAL and request.path == "/":
        return redirect("enter")
    if not settings.NANXI_REHEARSAL and charter.county() is None:
        return redirect("setup")
    return redirect(f"{reverse('account_login')}?next={request.path}")


class Declared:
    """What a view says about itself."""

    def __init__(self, view: Callable[..., Any]) -> None:
        bare = inspect.unwrap(view)
        marked = view if hasattr(view, "nanxi_rights") or hasattr(view, "nanxi_public") else bare
        self.rights: frozenset[Right] = getattr(marked, "nanxi_rights", frozenset())
        self.any_role: bool = getattr(marked, "nanxi_any_role", False)
        self.public: str = getattr(marked, "nanxi_public", "")
        self.after_sunset: bool = getattr(marked, "nanxi_after_sunset", False)
        self.library = any(step.__module__.startswith(LIBRARY_VIEWS) for step in (view, bare))
        self.known = bool(self.rights or self.public)
        self.is_async = inspect.iscoroutinefunction(bare)


def _public(request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> HttpResponse | None:
    # A public view names its own scope from a signed code or device token; it starts with none, so sees no rows.
    return _answer(request, view, args, kwargs)


def _answer(request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except Refused as problem:
        return refusal(request, str(problem))


def refusal(request: HttpRequest, sentence: str) -> HttpResponse:
    """The person's act was refused: one sentence, status 409, nothing written."""
    from django.db import connection, transaction

    # The page is made first: nothing can be read any more once the transaction is marked to be undone.
    page = render(request, "web/refused.html", {"sentence": sentence}, status=409)
    if connection.in_atomic_block:
        transaction.set_rollback(True)
    return page


def second_factor_missing(request: HttpRequest) -> bool:
    """Whether the signed-in officer of a desk has no second factor yet: then nothing else opens."""
    from allauth.mfa.utils import is_mfa_enabled

    user = request.user
    if not accounts.needs_second_factor(user) or request.session.get("mfa_ready"):  # type: ignore[arg-type]
        return False
    if is_mfa_enabled(user):
        request.session["mfa_ready"] = True
        return False
    return True


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the county, the rehearsal mark, the signed-in officer's role and rights."""
    from django.conf import settings

    user = getattr(request, "user", None)
    role = user.role if user is not None and user.is_authenticated else None
    return {
        "rehearsal": settings.NANXI_REHEARSAL,
        "county": charter.county(),
        "role": role,
        "rights": {right.name for right in role.rights} if role else set(),
    }
