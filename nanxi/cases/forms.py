"""Forms of this room. An interview is lines of itinerary and of named people, as many as there are."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nanxi.cases import wording
from nanxi.cases.models import FollowUp, LabResult
from nanxi.cases.services import Named, Stretch, Talk
from nanxi.cases.wording import RELATIONS, VEHICLES
from nanxi.engines.trace import protocol
from nanxi.engines.trace.query import HUB
from nanxi.engines.trace.stays import NO_ROW
from nanxi.foundation.reach import Reach
from nanxi.web.fields import areas_in, moment


class PersonForm(forms.Form):
    """Who it is about, and the town that answers for him."""

    area = forms.ChoiceField(label=_("Town"))
    name = forms.CharField(label=_("Full name"), max_length=60)
    id_no = forms.CharField(label=_("ID number"), max_length=30, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = areas_in(reach)  # type: ignore[attr-defined]


class ReportForm(PersonForm):
    note = forms.CharField(label=_("Findings"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class LabForm(PersonForm):
    accession = forms.CharField(
        label=_("Accession number"), max_length=40, required=False, help_text=_("as printed on the laboratory's report")
    )
    laboratory = forms.CharField(label=_("Laboratory"), max_length=80)
    sampled_at = moment(_("Sampled at"))
    result = forms.ChoiceField(label=_("Result"), choices=LabResult.Result.choices)

    field_order = ("accession", "laboratory", "sampled_at", "result", "area", "name", "id_no", "phone")


class LabFileForm(forms.Form):
    area = forms.ChoiceField(label=_("Town"), help_text=_("answers for persons of this file until they are known better"))
    file = forms.FileField(label=_("Workbook or CSV of the laboratory"))

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = areas_in(reach)  # type: ignore[attr-defined]


class ListForm(forms.Form):
    """A venue's register or a vehicle's passengers."""

    area = forms.ChoiceField(label=_("Town"), help_text=_("where the venue stands or the trip begins"))
    place = forms.CharField(
        label=_("Place"), max_length=120, required=False, help_text=_("for lines that name neither a place nor a trip")
    )
    vehicle = forms.ChoiceField(label=_("Vehicle"), required=False, choices=[("", _("none")), *VEHICLES.items()])
    file = forms.FileField(label=_("Workbook or CSV"))

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = areas_in(reach)  # type: ignore[attr-defined]


class CheckInForm(forms.Form):
    id_no = forms.CharField(label=_("ID number"), max_length=40, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    plate = forms.CharField(label=_("Number plate"), max_length=20, required=False)


class TalkForm(forms.Form):
    onset = forms.DateField(
        label=_("Onset of symptoms"),
        required=False,
        help_text=_("empty = no symptoms"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    isolated_at = moment(_("Isolated since"), required=False)
    household = forms.CharField(
        label=_("Household"), required=False, max_length=120, help_text=_("its address; the nights there count as sightings")
    )
    workplace = forms.CharField(
        label=_("Workplace or school"), required=False, max_length=120, help_text=_("its name; the days there count as sightings")
    )


class LineForm(forms.Form):
    """One line of many; made knowing what its officer answers for."""

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reach = reach


class StretchForm(LineForm):
    place = forms.CharField(label=_("Place or trip number"), max_length=120)
    vehicle = forms.ChoiceField(label=_("Vehicle"), required=False, choices=[("", _("none")), *VEHICLES.items()])
    coach = forms.CharField(label=_("Coach"), max_length=10, required=False)
    row = forms.IntegerField(label=_("Seat row"), min_value=0, max_value=200, required=False)
    t0 = moment(_("From"))
    t1 = moment(_("To"), required=False)
    companions = forms.CharField(label=_("With whom"), max_length=300, required=False)

    def stretch(self) -> Stretch:
        facts = dict(self.cleaned_data)
        row = facts.pop("row")
        return Stretch(**facts, row=NO_ROW if row is None else row)


class NamedForm(LineForm):
    name = forms.CharField(label=_("Full name"), max_length=60)
    relation = forms.ChoiceField(label=_("How they met"), choices=list(RELATIONS.items()))
    last = moment(_("Last met"))
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    id_no = forms.CharField(label=_("ID number"), max_length=30, required=False)
    area = forms.ChoiceField(label=_("Town"), required=False, help_text=_("where this person lives, if known"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = [("", _("the case's town")), *areas_in(self.reach)]  # type: ignore[attr-defined]

    def named(self) -> Named:
        return Named(**self.cleaned_data)


LINES: dict[str, type[LineForm]] = {"stretch": StretchForm, "named": NamedForm}
#: Fields that always carry a choice; a line with nothing else is empty.
CHOSEN = ("relation", "vehicle", "area")


def _line(kind: str, number: str, reach: Reach, **options: Any) -> forms.Form:
    prefix = f"{kind}-{number}"
    return LINES[kind](prefix=prefix, empty_permitted=True, use_required_attribute=False, reach=reach, **options)


def blank_line(kind: str, reach: Reach) -> forms.Form:
    """An empty line; its number is drawn so that lines added one by one never meet."""
    return _line(kind, str(secrets.randbelow(10**9)), reach)


def sent_lines(kind: str, data: Mapping[str, Any], reach: Reach, *, unfinished: bool = False) -> list[forms.Form]:
    """The lines of a sent form in their order; wholly empty ones are left out. Unfinished ones are not checked yet."""
    numbers = dict.fromkeys(found.group(1) for key in data if (found := re.match(rf"{kind}-(\d+)-", key)))
    lines = []
    for number in numbers:
        said = {name: data.get(f"{kind}-{number}-{name}", "") for name in LINES[kind].base_fields}
        if any(text for name, text in said.items() if name not in CHOSEN):
            lines.append(_line(kind, number, reach, initial=said) if unfinished else _line(kind, number, reach, data=data))
    return lines


class InterviewPage:
    """The whole interview: head, itinerary, named people."""

    def __init__(self, reach: Reach, data: Mapping[str, Any] | None = None) -> None:
        self.head = TalkForm(data)
        self.stretches = sent_lines("stretch", data, reach) if data else [blank_line("stretch", reach) for _ in range(3)]
        self.named = sent_lines("named", data, reach) if data else [blank_line("named", reach) for _ in range(2)]

    @classmethod
    def with_more(cls, reach: Reach, data: Mapping[str, Any], kind: str) -> InterviewPage:
        """The page as sent, with a free line more, for browsers without scripts. Nothing is checked yet."""
        page = cls(reach)
        page.head = TalkForm(initial={name: data.get(name, "") for name in TalkForm.base_fields})
        page.stretches = sent_lines("stretch", data, reach, unfinished=True)
        page.named = sent_lines("named", data, reach, unfinished=True)
        (page.named if kind == "named" else page.stretches).append(blank_line(kind, reach))
        return page

    def is_valid(self) -> bool:
        valid = [form.is_valid() for form in (self.head, *self.stretches, *self.named)]
        return all(valid)

    def talk(self) -> Talk:
        itinerary = [line.stretch() for line in self.stretches if isinstance(line, StretchForm)]
        named = [line.named() for line in self.named if isinstance(line, NamedForm)]
        return Talk(**self.head.cleaned_data, itinerary=itinerary, named=named)


class TraceForm(forms.Form):
    """What to ask: window, edition of the definition, what a crowd makes of its people, whom to keep."""

    start = moment(_("From"))
    end = moment(_("To"))
    edition = forms.ChoiceField(label=_("Edition"), required=False)
    crowd = forms.ChoiceField(
        label=_("Crowds"), required=False,
        choices=[("", _("a crowd gets a notice for the venue")), ("all", _("everybody is counted"))],
    )  # fmt: skip
    close_only = forms.BooleanField(label=_("close contacts only"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(edition.id, wording.edition(edition.id)) for edition in protocol.editions()]
        self.fields["edition"].choices = known  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        sent = self.cleaned_data
        return {
            "start": sent["start"], "end": sent["end"], "edition": sent["edition"], "close_only": sent["close_only"],
            "cap": None if sent["crowd"] == "all" else HUB,
        }  # fmt: skip


class AdoptForm(forms.Form):
    """Which edition is proposed, and from which day on."""

    edition = forms.ChoiceField(label=_("Edition"))
    since = forms.DateField(label=_("For cases reported from"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(edition.id, wording.edition(edition.id)) for edition in protocol.editions()]
        self.fields["edition"].choices = known  # type: ignore[attr-defined]


class IndirectForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=list(wording.INDIRECT.items()))


class FollowForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    outcome = forms.ChoiceField(label=_("What was found"), choices=FollowUp.Outcome.choices)
    note = forms.CharField(label=_("Note"), required=False, max_length=500)
