"""Forms of the register: one person by hand, the filter of the list, the two questions inside a task."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.models import Area
from nanxi.foundation.reach import Reach
from nanxi.people.identity import Identity
from nanxi.people.rules import ids, phones

SEXES = [("", "–"), ("m", _("male")), ("f", _("female"))]


def areas_in(reach: Reach) -> list[tuple[str, str]]:
    """Towns and villages an officer answers for, each village under its town."""
    rows = Area.objects.filter(reach.where("code"), kind__in=[Area.Kind.TOWN, Area.Kind.VILLAGE]).order_by("code")
    return [(area.code, area.name if area.kind == Area.Kind.TOWN else f"　{area.name}") for area in rows]


class NamesSomebody(forms.Form):
    """Fields that name one person: half a number is sent back with one sentence."""

    def clean_id_no(self) -> str:
        text = self.cleaned_data["id_no"]
        found = ids.read_id(text)
        if not text.strip() or found.valid:
            return text
        if found.state is ids.IdState.BAD_CHECK:
            raise forms.ValidationError(
                _("The check digit does not fit: compare each digit with the card, or leave the field empty.")
            )
        raise forms.ValidationError(_("This is no full ID number: enter all 18 or 15 characters, or leave the field empty."))

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"]
        if text.strip() and not phones.phones_in(text):
            raise forms.ValidationError(_("This is no full phone number: 11 digits, or a landline with its area code."))
        return text


class PersonForm(NamesSomebody):
    """One person, as a card or a caller gives the facts. Something that identifies is needed; nothing else."""

    area = forms.ChoiceField(label=_("Town or village"), help_text=_("where the person is to be found now"))
    name = forms.CharField(label=_("Full name"), max_length=60, required=False)
    id_no = forms.CharField(
        label=_("ID number"), max_length=30, required=False, help_text=_("18 or 15 characters, from the card")
    )
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False, help_text=_("two numbers with a slash between"))
    passport = forms.CharField(label=_("Passport"), max_length=20, required=False)
    sex = forms.ChoiceField(label=_("Sex"), choices=SEXES, required=False)
    birth_date = forms.DateField(label=_("Birth date"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    address = forms.CharField(label=_("Address"), max_length=120, required=False)
    workplace = forms.CharField(label=_("Workplace or school"), max_length=80, required=False)

    def __init__(self, *args: Any, reach: Reach, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["area"].choices = areas_in(reach)  # type: ignore[attr-defined]

    def clean_birth_date(self) -> date | None:
        day = self.cleaned_data["birth_date"]
        if day and not date(ids.FIRST_YEAR, 1, 1) <= day <= self.today:
            raise forms.ValidationError(_("Nobody alive was born on this day: correct the year."))
        return day

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not any(facts.get(name) for name in ("name", "id_no", "phone", "passport")) and not self.errors:
            raise forms.ValidationError(_("Give at least a name, an ID number or a phone."))
        return facts

    def identity(self) -> Identity:
        return Identity(**{name: value for name, value in self.cleaned_data.items() if name != "area" and value})


class ListFilter(forms.Form):
    """Equality only: a place and a kind of source. There is no search by name."""

    area = forms.ChoiceField(label=_("Town or village"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        from nanxi.people import wording

        super().__init__(*args, **options)
        self.fields["area"].choices = [("", _("all")), *areas_in(reach)]  # type: ignore[attr-defined]
        self.fields["source"].choices = [("", _("all")), *wording.SOURCES.items()]  # type: ignore[attr-defined]


class ExactForm(forms.Form):
    """A full number, read from a card or dictated."""

    id_no = forms.CharField(label=_("ID number"), max_length=30, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)


class LeadForm(forms.Form):
    """What a caller said about somebody."""

    name = forms.CharField(
        label=_("Full name"), max_length=30, help_text=_("as it was heard; the surname alone needs a year or a village")
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=SEXES, required=False)
    birth_year = forms.IntegerField(label=_("Birth year"), required=False, min_value=ids.FIRST_YEAR, max_value=2100)
    area = forms.ChoiceField(label=_("Town or village"), required=False)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = [("", _("that of the task")), *areas_in(reach)]  # type: ignore[attr-defined]
