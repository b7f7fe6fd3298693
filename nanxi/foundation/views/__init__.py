"""Pages of the ground floor: health, language, jobs, ledger, and the error pages."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation import jobs
from nanxi.foundation.accounts import act_of
from nanxi.foundation.models import JobRun, LedgerEntry
from nanxi.foundation.rights import Right, public, requires, signed_in


@public("load balancers and the supervisor ask whether the desk answers", after_sunset=True)
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


@public("choosing a language tells nothing about anybody", after_sunset=True)
@require_POST
def language(request: HttpRequest) -> HttpResponseRedirect:
    """Remember the language in a cookie and go back."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 86400, httponly=True, samesite="Lax")
    return response


@signed_in
def job(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One job: a page, or the fragment that htmx asks for until it ends."""
    row = get_object_or_404(JobRun.objects, pk=pk)
    template = "web/job.html" if request.headers.get("HX-Request") else "foundation/job.html"
    return render(request, template, {"job": row})


@signed_in
@require_POST
def job_stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(JobRun.objects, pk=pk, user_id=request.user.pk)
    jobs.ask_stop(act_of(request), row)
    return redirect("job", pk=pk)


@requires(Right.SEE_AUDIT)
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The ledger, newest first; kinds and ids only, for the oversight officer."""
    rows = LedgerEntry.objects.filter(seq__isnull=False).order_by("-seq")
    if kind := request.GET.get("kind", ""):
        rows = rows.filter(kind=kind)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "foundation/ledger.html", {"page": page, "kind": kind})


def _error(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return render(request, "web/error.html", {"status": status, "title": title, "sentence": sentence}, status=status)


@public("says only that something was too large", after_sunset=True)
def too_large(request: HttpRequest) -> HttpResponse:
    """The answer to a request whose body was not read (size_limit)."""
    sentence = _("What was sent is larger than 100 MB and was not read. Send fewer files at once.")
    return _error(request, 413, _("Too large"), sentence)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        request, 400, _("This request cannot be read"), _("Go back and try again; if it stays, tell the system operator.")
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        request, 403, _("Not within your rights"), str(exception) or _("Ask the headquarters desk if your post needs this right.")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 404, _("Nothing here for you"), _("It does not exist, or it lies outside the area you answer for."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(request, 500, _("An error of ours"), _("Nothing was saved. Try again; if it stays, tell the system operator."))
