"""Forms of the sweep's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nanxi.field.sweep import below, queries
from nanxi.foundation.models import Area, User
from nanxi.foundation.reach import Reach
from nanxi.web.fields import areas_in


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))


class RoundForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=60)
    area = forms.ChoiceField(label=_("Area"))
    form = forms.ChoiceField(label=_("Question form"))
    opens = day_field(_("First day"))
    closes = day_field(_("Last day"))
    goal = forms.IntegerField(label=_("Goal in percent"), min_value=1, max_value=100, initial=100)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        whole = Area.objects.filter(reach.where("code")).order_by("code").values_list("code", flat=True).first()
        self.fields["area"].choices = areas_in(reach, *([whole] if whole else []))
        self.fields["form"].choices = below.form_choices()


class ProlongForm(forms.Form):
    closes = day_field(_("New last day"))


class GiveForm(forms.Form):
    """Who gets the households of an area."""

    officer = forms.ChoiceField(label=_("Worker"))
    only = forms.ChoiceField(
        label=_("Which"), choices=[("free", _("those without a worker")), ("open", _("all that are not settled"))]
    )

    def __init__(self, *args: Any, staff: list[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.staff = {str(user.pk): user for user in staff}
        self.fields["officer"].choices = [(key, f"{user.display_name} · {user.unit}") for key, user in self.staff.items()]

    def chosen(self) -> User:
        return self.staff[self.cleaned_data["officer"]]


class FoundForm(forms.Form):
    """A home nobody knew: where it is and which adult lives there."""

    address = forms.CharField(label=_("Address with house number"), max_length=120)
    name = forms.CharField(label=_("Name of an adult"), max_length=40, required=False)
    phone = forms.CharField(label=_("Phone of an adult"), max_length=20, required=False)
    persons = forms.IntegerField(label=_("How many people live there"), min_value=1, max_value=200)
    round = forms.ChoiceField(label=_("Round"))
    area = forms.ChoiceField(label=_("Area"))

    def __init__(self, *args: Any, rounds: list[Any], reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["round"].choices = [(str(row.pk), row.title) for row in rounds]
        self.fields["area"].choices = queries.places_of(reach)


class ControlForm(forms.Form):
    area = forms.ChoiceField(label=_("Village, community or compound"))
    entrances = forms.IntegerField(label=_("Entrances"), min_value=1, max_value=500)
    kept = forms.IntegerField(label=_("of these guarded or closed"), min_value=0, max_value=500)

    def __init__(self, *args: Any, lines: list[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.areas = {line.area.code: line.area for line in lines}
        self.fields["area"].choices = [(code, area.name) for code, area in self.areas.items()]
