"""Forms of the own page: a contest in the person's own words, the word that opens its answer, and a check-in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

#: As much as the order keeps; more goes on paper.
LONGEST = 1000


class ContestForm(forms.Form):
    text = forms.CharField(
        label=_("Why is this order wrong or too long?"),
        max_length=LONGEST,
        help_text=_("In your own words, in any language. Only the officers who answer it read it."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    word = forms.CharField(
        label=_("A word of your own, to read the answer here"),
        max_length=40,
        required=False,
        min_length=4,
        help_text=_("at least four signs; keep it to yourself. Without it the town reads the answer to you."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class WordForm(forms.Form):
    word = forms.CharField(
        label=_("The word you chose"), max_length=40, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )


class CheckinForm(forms.Form):
    """A position as the browser tells it (locate.js)."""

    lon = forms.FloatField(widget=forms.HiddenInput, min_value=-180, max_value=180, required=False)
    lat = forms.FloatField(widget=forms.HiddenInput, min_value=-85, max_value=85, required=False)
    accuracy = forms.FloatField(widget=forms.HiddenInput, min_value=0, required=False)

    @property
    def placed(self) -> bool:
        return all(self.cleaned_data.get(name) is not None for name in ("lon", "lat", "accuracy"))
