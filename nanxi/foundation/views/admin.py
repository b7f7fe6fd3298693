"""Units and accounts: kept by the operator or the headquarters desk; no page here shows a person of the register."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from nanxi.foundation import accounts, units
from nanxi.foundation.accounts import act_of
from nanxi.foundation.models import Area, Unit, User
from nanxi.foundation.models import Unit as UnitModel
from nanxi.foundation.rights import Right, Role, may_keep_account, requires


class UnitForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Unit.Kind.choices)
    area = forms.ModelChoiceField(label=gettext_lazy("Area it answers for"), queryset=Area.objects.exclude(kind=Area.Kind.GRID))
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)


class AccountForm(forms.Form):
    unit = forms.ModelChoiceField(label=gettext_lazy("Unit"), queryset=UnitModel.objects.all())
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    username = forms.SlugField(label=gettext_lazy("Sign-in name"), max_length=40)
    display_name = forms.CharField(label=gettext_lazy("Full name"), max_length=40)

    def __init__(self, *args: Any, keeper: Role, **options: Any) -> None:
        super().__init__(*args, **options)
        kept = [role for role in Role if may_keep_account(keeper, role)]
        self.fields["role"].choices = [(role.code, gettext_lazy(role.label)) for role in kept]  # type: ignore[attr-defined]


@requires(Right.KEEP_UNITS)
def units_list(request: HttpRequest) -> HttpResponse:
    rows = UnitModel.objects.prefetch_related("areas").order_by("kind", "name")
    return render(request, "foundation/units.html", {"units": rows, "form": UnitForm()})


@requires(Right.KEEP_UNITS)
def unit_new(request: HttpRequest) -> HttpResponse:
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        units.found_unit(
            act_of(request), name=facts["name"], kind=facts["kind"], areas=[facts["area"].code], phone=facts["phone"]
        )
        return redirect("units")
    return render(request, "foundation/form.html", {"form": form, "title": _("New unit")})


@requires(Right.KEEP_UNITS)
def accounts_list(request: HttpRequest) -> HttpResponse:
    return render(
        request, "foundation/accounts.html", {"officers": User.objects.select_related("unit").order_by("unit__name", "username")}
    )


@requires(Right.KEEP_UNITS)
def account_new(request: HttpRequest) -> HttpResponse:
    """Open an account; a desk account gets a first password that is shown this once."""
    form = AccountForm(request.POST or None, keeper=request.user.role)  # type: ignore[union-attr]
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        role = Role.of(facts["role"])
        password = None if role.works_by_device else secrets.token_urlsafe(12)
        user = accounts.open_account(
            act_of(request),
            username=facts["username"],
            display_name=facts["display_name"],
            unit=facts["unit"],
            role=role,
            password=password,
        )
        return render(request, "foundation/account_made.html", {"officer": user, "password": password})
    return render(request, "foundation/form.html", {"form": form, "title": _("New account")})


@requires(Right.KEEP_UNITS)
@require_POST
def account_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = get_object_or_404(User, pk=pk, is_active=True)
    accounts.close_account(act_of(request), user)
    messages.success(request, _("The account is closed and its devices are revoked."))
    return redirect("officers")
