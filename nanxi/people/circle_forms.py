"""Forms of what is said about a person: who stands to whom, who lives here for a time, and that it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.reach import Reach
from nanxi.people.forms import NamesSomebody, areas_in
from nanxi.people.identity import Identity
from nanxi.people.models.circle import Ending, Evidence, Relation, SaidBy, TemporaryResidence
from nanxi.people.services import Said, Whom


def day_field(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=False, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}))


class _SaidForm(NamesSomebody):
    """Named person, days and evidence: what every statement carries."""

    def said(self) -> Said:
        told = self.cleaned_data
        return Said(told["evidence"], told["said_by"], told["since"], told["until"])

    def named(self) -> Identity:
        told = self.cleaned_data
        return Identity(name=told["name"].strip(), id_no=told["id_no"], phone=told["phone"])


class RelationForm(_SaidForm):
    """Who somebody else is to the person: one of the household, or somebody named."""

    kind = forms.ChoiceField(label=_("Who the other person is to this one"), choices=Relation.Kind.choices)
    member = forms.ChoiceField(
        label=_("One of the household"), required=False, help_text=_("or leave empty and name the person below")
    )
    name = forms.CharField(label=_("Full name"), max_length=60, required=False)
    id_no = forms.CharField(label=_("ID number"), max_length=30, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    since = day_field(_("Since"), _("empty: not known"))
    until = day_field(_("Last day"), _("empty: open"))
    evidence = forms.ChoiceField(label=_("What it rests on"), choices=Evidence.choices)
    said_by = forms.ChoiceField(label=_("Who said it"), choices=SaidBy.choices)

    def __init__(self, *args: Any, members: Sequence[tuple[UUID, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["member"].choices = [("", "–"), *((str(pk), str(label)) for pk, label in members)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        named = any(str(told.get(field, "")).strip() for field in ("name", "id_no", "phone"))
        if told.get("member") and named:
            raise forms.ValidationError(_("Choose one of the household or name somebody, not both."))
        if not told.get("member") and not named and not self.errors:
            raise forms.ValidationError(_("Choose one of the household, or give a name, an ID number or a phone."))
        return told

    def whom(self) -> Whom:
        member = self.cleaned_data["member"]
        return Whom(record_id=UUID(member)) if member else Whom(identity=self.named())


class ResidenceForm(_SaidForm):
    """Where somebody who is registered elsewhere lives here, since when and with whom."""

    kind = forms.ChoiceField(label=_("Lives in"), choices=TemporaryResidence.Kind.choices)
    area = forms.ChoiceField(label=_("Town or village"))
    address = forms.CharField(label=_("Address"), max_length=120, help_text=_("with house and room number; it places the person"))
    registered_at = forms.CharField(
        label=_("Registered at"), max_length=60, help_text=_("province and city or county, as on the card")
    )
    since = day_field(_("Since"), _("empty: today"))
    until = day_field(_("Expected until"), _("empty: open"))
    name = forms.CharField(label=_("Landlord or host"), max_length=60, required=False)
    id_no = forms.CharField(label=_("ID number of the landlord or host"), max_length=30, required=False)
    phone = forms.CharField(label=_("Phone of the landlord or host"), max_length=40, required=False)
    evidence = forms.ChoiceField(label=_("What it rests on"), choices=Evidence.choices)
    said_by = forms.ChoiceField(label=_("Who said it"), choices=SaidBy.choices)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = areas_in(reach)  # type: ignore[attr-defined]

    def host(self) -> Whom | None:
        named = self.named()
        return None if named.is_empty else Whom(identity=named)


class EndForm(forms.Form):
    """That something is over, or never was."""

    person = forms.UUIDField(widget=forms.HiddenInput)
    ending = forms.ChoiceField(label=_("Why"), choices=Ending.choices)
    last = day_field(_("Last day"), _("empty: today"))

    @classmethod
    def about(cls, person: UUID, row: UUID, today: date) -> EndForm:
        """An empty form with ids of its own, since several stand on one page."""
        return cls(initial={"person": person, "last": today}, auto_id=f"id_{row.hex[-8:]}_%s")
