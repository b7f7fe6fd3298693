"""The form by which lists are handed in: several files at once, one sender."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.reach import Reach
from nanxi.people.forms import areas_in
from nanxi.people.intake.files import ENDINGS, MOST_BYTES

#: Dropped at once; more are handed in in a second go.
MOST_FILES = 30


class SizedInput(forms.ClearableFileInput):
    """Says before anything is sent that a file is too large, where scripts run; the server says it in any case."""

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        told = {"data-people-most": MOST_BYTES, "data-people-says": _("is larger than 20 MB. Split the list into several files.")}
        return {"accept": ",".join(ENDINGS), **super().build_attrs(base_attrs, extra_attrs), **told}


class FilesInput(SizedInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, (list, tuple)) else [data]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(_("At most %(most)d files at once."), params={"most": MOST_FILES})
        # An empty file is refused by the intake, in its own words.
        return [super(FilesField, self).clean(one, initial) for one in given]


class ListForm(forms.Form):
    file = FilesField(
        label=_("Files"), allow_empty_file=True, widget=FilesInput(attrs={"multiple": True}),
        help_text=_("Excel or CSV, as they came; several may be chosen or dropped at once. At most 20 MB each."),
    )  # fmt: skip
    sender = forms.CharField(label=_("Sender"), max_length=80, help_text=_("the office, firm or village that made the list"))
    area = forms.ChoiceField(
        label=_("Area"), required=False, help_text=_("for rows whose address names none; empty: your own area")
    )
    list_day = forms.DateField(
        label=_("Day of the list"), required=False,
        help_text=_("for dates without a year; empty: what the list says, else today"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = [("", "–"), *areas_in(reach)]  # type: ignore[attr-defined]


class CorrectedForm(forms.Form):
    file = forms.FileField(
        label=_("Corrected file"), allow_empty_file=True, widget=SizedInput(),
        help_text=_("the whole list, not only the corrected rows"),
    )  # fmt: skip
