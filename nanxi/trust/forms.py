"""The one form of this room: a contest in the person's own words."""

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
