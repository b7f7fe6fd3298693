"""Forms of mobilisation's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nanxi.field.mobilisation import rules
from nanxi.foundation.models import Area, User
from nanxi.foundation.reach import Reach
from nanxi.web.fields import areas_in, moment

SKILLS = [(one.code, one.label) for one in rules.Skill]


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name of the team"), max_length=40)


class VolunteerForm(forms.Form):
    team = forms.ChoiceField(label=_("Team"))
    name = forms.CharField(label=_("Name"), max_length=40)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    skills = forms.MultipleChoiceField(label=_("Skills"), required=False, widget=forms.CheckboxSelectMultiple)
    officer = forms.ChoiceField(label=_("Officer with an account"), required=False)
    consent = forms.BooleanField(label=_("The person agreed to be listed and called"), required=False)

    def __init__(self, *args: Any, teams: list[Any], officers: list[User], **options: Any) -> None:
        super().__init__(*args, **options)
        from django.utils.translation import gettext

        self.teams = {str(team.pk): team for team in teams}
        self.officers = {str(user.pk): user for user in officers}
        self.fields["team"].choices = [(key, team.name) for key, team in self.teams.items()]
        self.fields["skills"].choices = [(code, gettext(label)) for code, label in SKILLS]
        self.fields["officer"].choices = [("", "–"), *((key, user.display_name) for key, user in self.officers.items())]


class ShiftForm(forms.Form):
    work = forms.ChoiceField(label=_("Work"))
    area = forms.ChoiceField(label=_("Area"))
    team = forms.ChoiceField(label=_("Team"), required=False)
    skill = forms.ChoiceField(label=_("Needed skill"), required=False)
    starts = moment(_("from"))
    ends = moment(_("until"))
    seats = forms.IntegerField(
        label=_("People"), min_value=1, max_value=500, required=False, help_text=_("empty: sized by the tasks that are open")
    )

    def __init__(self, *args: Any, teams: list[Any], reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        from django.utils.translation import gettext

        self.teams = {str(team.pk): team for team in teams}
        whole = Area.objects.filter(reach.where("code")).order_by("code").values_list("code", flat=True).first()
        self.fields["work"].choices = [(one.code, gettext(one.label)) for one in rules.Work]
        self.fields["area"].choices = areas_in(reach, *([whole] if whole else []))
        self.fields["team"].choices = [("", _("the whole unit")), *((key, team.name) for key, team in self.teams.items())]
        self.fields["skill"].choices = [("", "–"), *((code, gettext(label)) for code, label in SKILLS)]


class NoteForm(forms.Form):
    text = forms.CharField(label=_("For the next shift"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class PatrolForm(forms.Form):
    gatherings = forms.IntegerField(label=_("Gatherings dispersed"), min_value=0, max_value=500, initial=0)
    people = forms.IntegerField(label=_("People in them, about"), min_value=0, max_value=5000, initial=0)
    premises = forms.IntegerField(label=_("Premises closed"), min_value=0, max_value=500, initial=0)
