"""Program tokens: an officer makes one, sees it once, revokes it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from nanxi.foundation import tokens
from nanxi.foundation.accounts import act_of
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import ProgramToken
from nanxi.foundation.rights import signed_in


class TokenForm(forms.Form):
    label = forms.CharField(label=gettext_lazy("For which program"), max_length=60)
    days = forms.IntegerField(label=gettext_lazy("Holds for days"), min_value=1, max_value=tokens.LONGEST.days, initial=30)


@signed_in
def program_tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens. The text of a new one is in this answer and nowhere else."""
    renewed = request.POST.get("renew", "")
    form, text = TokenForm(None if renewed else request.POST or None), ""
    if renewed:
        row = next((one for one in tokens.tokens_of(request.user) if str(one.pk) == renewed), None)  # type: ignore[arg-type]
        if row is None:
            raise Http404
        _row, text = tokens.renew_token(act_of(request), row, hours=tokens.hours_told(request.POST.get("hours", "")))
    elif request.method == "POST" and form.is_valid():
        _row, text = tokens.make_token(act_of(request), label=form.cleaned_data["label"], days=form.cleaned_data["days"])
        form = TokenForm()
    shown = {"form": form, "text": text, "tokens": tokens.tokens_of(request.user), "now": WALL.now()}  # type: ignore[arg-type]
    return render(request, "foundation/program_tokens.html", shown, status=422 if form.errors else 200)


@signed_in
@require_POST
def program_token_revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(ProgramToken, pk=pk, user=request.user)
    tokens.revoke_token(act_of(request), row)
    messages.success(request, _("Revoked. The program is refused from now on."))
    return redirect("program-tokens")
