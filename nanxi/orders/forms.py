"""Forms of this room. Lists are closed; times are the county's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanxi.foundation.reach import Reach
from nanxi.orders import services, wording
from nanxi.orders.care import NeedKind, Symptom
from nanxi.orders.models import AreaNotice
from nanxi.orders.outlines import LARGEST_FILE
from nanxi.orders.policies import HOUSE, OPEN
from nanxi.orders.rules import Kind, LegalBasis, Reason
from nanxi.web.fields import areas_in, moment


def choices_of(words: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(words.items())


class ReasonForm(forms.Form):
    """What every order needs: where the person stays, why, by which article."""

    kind = forms.ChoiceField(
        label=gettext_lazy("The person stays"), choices=[(kind.value, words) for kind, words in wording.KINDS.items()]
    )
    reason = forms.ChoiceField(label=gettext_lazy("Reason"))
    legal_basis = forms.ChoiceField(label=gettext_lazy("Legal basis"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].choices = [(one.value, _(one.terms.label)) for one in Reason]  # type: ignore[attr-defined]
        self.fields["legal_basis"].choices = [(one.code, _(one.text)) for one in LegalBasis]  # type: ignore[attr-defined]

    def decided(self) -> dict[str, Any]:
        """The words of the lists as the services take them."""
        said = self.cleaned_data
        basis = next(one for one in LegalBasis if one.code == said["legal_basis"])
        return {"kind": Kind(said["kind"]), "reason": Reason(said["reason"]), "legal_basis": basis}


class OrderForm(ReasonForm):
    area = forms.ChoiceField(label=gettext_lazy("Town or village"))
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("as the person gives it; kept encrypted"),
    )
    until = moment(gettext_lazy("Until"))

    field_order = ("kind", "area", "address", "reason", "legal_basis", "until")

    def __init__(self, *args: Any, reach: Reach, home: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = areas_in(reach, home)  # type: ignore[attr-defined]


class ServeForm(forms.Form):
    how = forms.ChoiceField(label=gettext_lazy("How it was served"), choices=choices_of(wording.HOWS))
    by = forms.ChoiceField(label=gettext_lazy("Who stood at the door"))
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=choices_of(wording.LANGUAGES))
    taken_how = forms.ChoiceField(
        label=gettext_lazy("Home point taken"),
        choices=choices_of(wording.TAKEN),
        help_text=gettext_lazy(
            "Stand at the door and take your position, tap the map, or type the numbers. Without a point no alert is possible."
        ),
    )
    lon = forms.FloatField(label=gettext_lazy("Longitude"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=gettext_lazy("Latitude"), required=False, min_value=-85, max_value=85)
    accuracy = forms.FloatField(label=gettext_lazy("Accuracy in metres"), required=False, min_value=0)
    datum = forms.ChoiceField(
        label=gettext_lazy("Datum"),
        choices=choices_of(wording.DATUMS),
        help_text=gettext_lazy("which map the numbers come from; kept with the point"),
    )

    def __init__(self, *args: Any, officers: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["by"].choices = officers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if (said.get("lon") is None) != (said.get("lat") is None):
            self.add_error("lon", _("Give both longitude and latitude, or neither."))
        return said

    def home(self) -> services.Home | None:
        said = self.cleaned_data
        if said["lon"] is None:
            return None
        return services.Home(said["lon"], said["lat"], said["accuracy"], said["taken_how"])


class HomeForm(forms.Form):
    """A home point taken anew."""

    taken_how = forms.ChoiceField(
        label=gettext_lazy("Home point taken"),
        choices=[(code, wording.TAKEN[code]) for code in ("officer_position", "map_tap", "typed")],
    )
    lon = forms.FloatField(label=gettext_lazy("Longitude"), min_value=-180, max_value=180)
    lat = forms.FloatField(label=gettext_lazy("Latitude"), min_value=-85, max_value=85)
    accuracy = forms.FloatField(label=gettext_lazy("Accuracy in metres"), required=False, min_value=0)
    datum = forms.ChoiceField(label=gettext_lazy("Datum"), choices=choices_of(wording.DATUMS))

    def home(self) -> services.Home:
        said = self.cleaned_data
        return services.Home(said["lon"], said["lat"], said["accuracy"], said["taken_how"])


class JoinForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Number of the other order"), max_length=24, help_text=gettext_lazy("as printed on its notice")
    )


class HealthForm(forms.Form):
    """The day's report: temperature and symptoms; both may be empty, which means well and no thermometer."""

    temperature = forms.FloatField(
        label=gettext_lazy("Temperature in °C"),
        required=False,
        help_text=gettext_lazy("leave it empty when there is no thermometer"),
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
    )
    symptoms = forms.MultipleChoiceField(
        label=gettext_lazy("Symptoms today"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("tick what you have; nothing means that you feel well"),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["symptoms"].choices = [(one.code, _(one.label)) for one in Symptom]  # type: ignore[attr-defined]


class NeedForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What is needed"))
    words = forms.CharField(
        label=gettext_lazy("In words"), required=False, max_length=300,
        help_text=gettext_lazy("what exactly, how much; kept encrypted"), widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [(one.code, _(one.label)) for one in NeedKind]  # type: ignore[attr-defined]


class WatchForm(forms.Form):
    watch = forms.ChoiceField(label=gettext_lazy("How it is watched"), choices=choices_of(wording.WATCHES))


class PolicyChoiceForm(forms.Form):
    version = forms.ChoiceField(label=gettext_lazy("Rule version"))

    def __init__(self, *args: Any, versions: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["version"].choices = [(one, one) for one in versions]  # type: ignore[attr-defined]


class PolicyForm(forms.Form):
    """A new version of the fence's rules: its name, and the figures that may differ, filled with the house's own."""

    version = forms.CharField(label=gettext_lazy("Name"), max_length=20, help_text=gettext_lazy("such as night-2"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in OPEN:
            self.fields[name] = forms.FloatField(label=wording.PARAMETERS[name], min_value=0, initial=f"{getattr(HOUSE, name):g}")

    def changes(self) -> dict[str, float]:
        return {name: self.cleaned_data[name] for name in OPEN}


class EndForm(forms.Form):
    until = moment(gettext_lazy("New end"))


class ReleaseForm(forms.Form):
    because = forms.ChoiceField(label=gettext_lazy("Why the order ends"), choices=choices_of(wording.RELEASES))


class ContestForm(forms.Form):
    channel = forms.ChoiceField(
        label=gettext_lazy("How it came in"), choices=[(code, wording.CHANNELS[code]) for code in ("paper", "phone")]
    )
    text = forms.CharField(label=gettext_lazy("What the person says"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(label=gettext_lazy("Outcome of the contest"), choices=choices_of(wording.OUTCOMES))
    until = moment(gettext_lazy("Earlier end"), required=False, help_text=gettext_lazy("only for a shortened order"))
    text = forms.CharField(
        label=gettext_lazy("Why, in words for the person"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class DeviceForm(forms.Form):
    label = forms.CharField(
        label=gettext_lazy("Name of the phone"), max_length=40, help_text=gettext_lazy("for example: own phone, door sensor")
    )
    model = forms.CharField(
        label=gettext_lazy("Make and model"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("as the phone's settings say it; false alarms are counted by it"),
    )


class NoticeForm(forms.Form):
    area = forms.ChoiceField(label=gettext_lazy("Area"))
    legal_basis = forms.ChoiceField(label=gettext_lazy("Legal basis"), choices=AreaNotice.Basis.choices)
    valid_from = moment(gettext_lazy("From"))
    valid_until = moment(gettext_lazy("Until"), help_text=gettext_lazy("14 days at most"))
    outline = forms.CharField(
        label=gettext_lazy("Outline"), required=False, max_length=LARGEST_FILE,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "nx-code"}),
        help_text=gettext_lazy("GeoJSON; filled by drawing on the map. Without an outline nobody is watched by the notice."),
    )  # fmt: skip
    outline_file = forms.FileField(
        label=gettext_lazy("Outline as file"), required=False, help_text=gettext_lazy("GeoJSON with one or more polygons")
    )
    datum = forms.ChoiceField(
        label=gettext_lazy("Datum"), required=False, choices=choices_of(wording.DATUMS),
        help_text=gettext_lazy("which map the outline comes from; what is drawn here is WGS-84"),
    )  # fmt: skip

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = areas_in(reach)  # type: ignore[attr-defined]

    @property
    def area_codes(self) -> list[str]:
        return [code for code, _name in self.fields["area"].choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A file counts as the outline; both at once would leave open which is meant."""
        said = super().clean() or {}
        file = said.pop("outline_file", None)
        said["datum"] = said.get("datum") or "WGS-84"
        if file is None:
            return said
        if said.get("outline"):
            self.add_error("outline_file", _("Give the outline once: draw it or hand in a file, not both."))
        elif file.size > LARGEST_FILE:
            self.add_error("outline_file", _("The outline is larger than 1 MB; draw it with fewer corners."))
        else:
            said["outline"] = file.read().decode("utf-8-sig", "replace")
        return said


class FilterForm(forms.Form):
    which = forms.ChoiceField(
        label=gettext_lazy("Orders"),
        required=False,
        choices=[
            ("live", gettext_lazy("in force")), ("inactive", gettext_lazy("phone not activated")),
            ("ended", gettext_lazy("ended lately")),
        ],
    )
    town = forms.ChoiceField(label=gettext_lazy("Town"), required=False)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["town"].choices = [("", _("all")), *areas_in(reach)]  # type: ignore[attr-defined]


class NoticeEndForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("Why it ends early"), choices=AreaNotice.EndReason.choices)
