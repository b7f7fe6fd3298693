"""Webhooks: the operator's page of addresses outside."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from nanxi.desk import hooks, services
from nanxi.desk.models import Hook
from nanxi.foundation import tokens
from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires


class HookForm(forms.Form):
    label = forms.CharField(label=gettext_lazy("For which program"), max_length=60)
    url = forms.CharField(label=gettext_lazy("Address"), max_length=200, help_text=gettext_lazy("https://…"))
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Told of"), choices=list(hooks.EVENTS.items()), widget=forms.CheckboxSelectMultiple
    )


@requires(Right.RUN_SYSTEM)
def webhooks(request: HttpRequest) -> HttpResponse:
    """All addresses with what became of their messages. The key of a new one is in this answer and nowhere else."""
    renewed = request.POST.get("renew", "")
    form, key = HookForm(None if renewed else request.POST or None), ""
    if renewed:
        row = next((one for one in _lines() if str(one.pk) == renewed), None)
        if row is None:
            raise Http404
        _row, key = services.renew_hook_key(act_of(request), row, hours=tokens.hours_told(request.POST.get("hours", "")))
    elif request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        _row, key = services.make_hook(act_of(request), label=told["label"], url=told["url"], kinds=told["kinds"])
        form = HookForm()
    shown: dict[str, Any] = {"form": form, "key": key, "hooks": _lines()}
    return render(request, "desk/webhooks.html", shown, status=422 if form.errors else 200)


def _lines() -> list[Hook]:
    waiting = Q(messages__sent_at=None, messages__gave_up_at=None, messages__id__isnull=False)
    rows = Hook.objects.annotate(
        sent=Count("messages", filter=Q(messages__sent_at__isnull=False)), waits=Count("messages", filter=waiting),
        lost=Count("messages", filter=Q(messages__gave_up_at__isnull=False)), last=Max("messages__sent_at"),
    )  # fmt: skip
    return list(rows.order_by("off_at", "-made_at")[:50])


@requires(Right.RUN_SYSTEM)
@require_POST
def webhook_do(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Try it, switch it off, or send again what was given up."""
    row = get_object_or_404(Hook, pk=pk)
    deed = {"try": services.try_hook, "off": services.switch_hook_off, "again": services.send_hook_again}
    deed.get(request.POST.get("do", ""), services.try_hook)(act_of(request), row)
    messages.success(request, _("Recorded."))
    return redirect("webhooks")
