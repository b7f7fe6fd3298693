"""Forms of the desk. Choices are the closed lists of rules.py in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from nanxi.desk import links, queries, rules, wording
from nanxi.desk.models import Alert, BulkAct, Directive, DutySlot, Incident, Task
from nanxi.desk.services import REASONS, Happened, Place
from nanxi.foundation.models import Area, Unit, UnitArea, User
from nanxi.foundation.reach import Reach
from nanxi.web.fields import areas_in, moment

#: A list of a county has a few thousand rows; a larger file is something else.
MOST_BYTES = 10 * 1024 * 1024
#: Places one closing form takes.
MOST_PLACES = 4
PRIORITIES = [(number, words) for number, (words, _tone) in wording.PRIORITIES.items()]


def long_text(label: Any, *, rows: int = 3, required: bool = True, most: int = 2000, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=most, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows})
    )


class DirectiveForm(forms.Form):
    number = forms.CharField(label=_("Document number"), max_length=60, help_text=_("as it stands on the paper"))
    sender = forms.CharField(label=_("Sent by"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=Directive.Kind.choices)
    deadline = moment(_("Deadline"))
    priority = forms.TypedChoiceField(label=_("Priority"), choices=PRIORITIES, coerce=int, initial=2)
    text = long_text(_("Text"), rows=5, most=8000)
    file = forms.FileField(
        label=_("Attachment"),
        required=False,
        help_text=_(
            "A workbook (.xlsx, .xls) or .csv becomes a list of people to check; any other file is kept with the directive."
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data.get("file")
        if file is not None and file.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 10 MB. Split the list, or send the text without it."))
        return file


class TriageForm(forms.Form):
    priority = forms.TypedChoiceField(label=_("Priority"), choices=PRIORITIES, coerce=int)
    deadline = moment(_("Deadline"))


class SplitForm(forms.Form):
    """Which units get a part, what each has to do, and the columns of its own that it fills in."""

    units = forms.MultipleChoiceField(label=_("Units"), widget=forms.CheckboxSelectMultiple)
    text = long_text(_("What they have to do"), rows=3)
    columns_text = long_text(
        _("Columns of their own"),
        rows=2,
        required=False,
        most=200,
        help_text=_("one a line; the unit fills them in for each row"),
    )
    deadline = moment(_("Report back until"))

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        inside = UnitArea.objects.filter(reach.where("area_id")).values("unit_id")
        kinds = [Unit.Kind.OVERSIGHT, Unit.Kind.ENTERPRISE]
        self.units = {str(unit.id): unit for unit in Unit.objects.filter(pk__in=inside).exclude(kind__in=kinds).order_by("name")}
        # A county has hundreds of villages: whom a directive goes to most often stands first.
        groups = [Unit.Kind.TOWN, *(kind for kind in Unit.Kind if kind is not Unit.Kind.TOWN)]
        grouped = ((kind.label, [(key, unit.name) for key, unit in self.units.items() if unit.kind == kind]) for kind in groups)
        self.fields["units"].choices = [(label, units) for label, units in grouped if units]

    def chosen(self) -> list[Unit]:
        return [self.units[key] for key in self.cleaned_data["units"]]

    def columns(self) -> list[str]:
        return [line.strip()[:30] for line in self.cleaned_data["columns_text"].splitlines() if line.strip()]


class PartReportForm(forms.Form):
    text = long_text(_("What was done and found"), rows=4, required=False)
    nothing = forms.BooleanField(label=_("There is nothing to report"), required=False)


class SnoozeForm(forms.Form):
    until = moment(_("Put off until"))


class ReportForm(forms.Form):
    area = forms.ChoiceField(label=_("Place"))
    text = long_text(_("What is to be reported"), rows=4)
    urgent = forms.BooleanField(label=_("Urgent"), required=False)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = areas_in(reach)


class IncidentForm(forms.Form):
    """An incident in its fixed points."""

    at = moment(_("When"))
    area = forms.ChoiceField(label=_("Place"))
    place = forms.CharField(label=_("Where exactly"), max_length=120, help_text=_("kept sealed"))
    unit_sent = forms.ChoiceField(label=_("Unit sent"), required=False)
    outcome = forms.ChoiceField(label=_("How it stands"), choices=Incident.Outcome.choices)
    staff_hurt = forms.IntegerField(label=_("Staff hurt"), min_value=0, max_value=99, initial=0)
    case = forms.CharField(
        label=_("Case it is about"), max_length=20, required=False, help_text=_("its number, such as C-1A2B3C")
    )
    text = long_text(_("What happened"), rows=4)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = areas_in(reach)
        inside = UnitArea.objects.filter(reach.where("area_id")).values("unit_id")
        rows = Unit.objects.filter(pk__in=inside).order_by("kind", "name").values_list("id", "name")
        self.fields["unit_sent"].choices = [("", "—"), *((str(pk), name) for pk, name in rows)]

    def clean_case(self) -> UUID | None:
        told = self.cleaned_data["case"].strip()
        found = links.find("cases.case", told) if told else None
        if told and found is None:
            raise forms.ValidationError(_("No case of your area has this number; leave the field empty or correct it."))
        return found

    def happened(self) -> Happened:
        told = self.cleaned_data
        return Happened(
            at=told["at"],
            place=told["place"],
            outcome=told["outcome"],
            unit_sent_id=UUID(told["unit_sent"]) if told["unit_sent"] else None,
            staff_hurt=told["staff_hurt"],
            case_id=told["case"],
        )


class AnswerForm(forms.Form):
    text = long_text(_("Answer in words"), required=False)
    without_reason = long_text(_("Why it goes out although tasks are open"), rows=2, required=False, most=500)


class ExportForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why the workbook leaves the house"), choices=[(code, _(words)) for code, words in REASONS.items()]
    )


class TaskFilter(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    due = forms.ChoiceField(
        label=_("Due"),
        required=False,
        choices=[("", _("all")), ("overdue", _("overdue")), ("today", _("within a day")), ("later", _("later"))],
    )
    holder = forms.ChoiceField(
        label=_("Held by"),
        required=False,
        choices=[("", _("all")), ("mine", _("me")), ("nobody", _("nobody")), ("unit", _("my unit"))],
    )

    town = forms.ChoiceField(label=_("Town"), required=False)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [("", _("all")), *((kind.code, _(kind.label)) for kind in rules.TaskKind)]
        towns = [] if queries.town_of(reach) else Area.objects.filter(reach.where("code"), kind=Area.Kind.TOWN).order_by("code")
        self.fields["town"].choices = [("", _("all")), *((town.code[:9], town.name) for town in towns)]
        if len(self.fields["town"].choices) < 3:
            del self.fields["town"]

    def chosen(self) -> queries.Chosen:
        """What was chosen; an unknown choice chooses nothing."""
        return queries.Chosen.of(self.cleaned_data if self.is_valid() else {})


class KeepFilterForm(forms.Form):
    name = forms.CharField(label=_("Keep this filter as"), max_length=30, help_text=_("no names of persons"))
    for_unit = forms.BooleanField(label=_("for my whole unit"), required=False)


class PublishForm(forms.Form):
    text = forms.CharField(
        label=_("The form as text"),
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "nx-code"}),
    )


class DecideForm(forms.Form):
    """Which finding stands, and why."""

    stands = forms.ChoiceField(label=_("What stands"), widget=forms.RadioSelect)
    reason = long_text(_("Why"), rows=2, most=500)

    def __init__(self, *args: Any, findings: Iterable[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["stands"].choices = list(findings)


def officer_choices(officers: Iterable[User]) -> list[tuple[str, str]]:
    return [(str(user.id), f"{user.display_name} · {user.unit.name}") for user in officers]


class OfficerForm(forms.Form):
    """Choose one of the officers who may be given this."""

    officer = forms.ChoiceField(label=_("Officer"))

    def __init__(self, *args: Any, officers: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.officers = {str(user.id): user for user in officers}
        self.fields["officer"].choices = officer_choices(self.officers.values())

    def chosen(self) -> User | None:
        return self.officers.get(self.cleaned_data["officer"]) if self.is_valid() else None


class BulkForm(forms.Form):
    """What to do with all tasks of a filter."""

    deed = forms.ChoiceField(label=_("With all of them"), choices=BulkAct.Deed.choices, widget=forms.RadioSelect)
    officer = forms.ChoiceField(label=_("Officer"), required=False)
    reason = forms.ChoiceField(
        label=_("Why they are closed"),
        required=False,
        choices=[("", "—"), *((code, _(rules.ENDINGS[code])) for code in rules.BULK_REASONS)],
    )

    def __init__(self, *args: Any, officers: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.officers = {str(user.id): user for user in officers}
        self.fields["officer"].choices = [("", "—"), *officer_choices(self.officers.values())]

    def chosen_officer(self) -> User | None:
        return self.officers.get(self.cleaned_data["officer"])


class CloseTaskForm(forms.Form):
    result = forms.ChoiceField(label=_("Result"), widget=forms.RadioSelect)
    note = long_text(
        _("Remark"), rows=2, required=False, most=500, help_text=_("kept sealed; it goes into the answer to the sender")
    )

    def __init__(self, *args: Any, task: Task, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["result"].choices = [(code, _(rules.RESULTS[code])) for code in rules.TaskKind.of(task.kind).results]


class LeadForm(forms.Form):
    told = long_text(_("What was told"), rows=5, help_text=_("who, where, when, as the caller said it; kept sealed"))
    area = forms.ChoiceField(label=_("Town"))

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = Area.objects.filter(reach.where("code")).exclude(kind__in=[Area.Kind.GRID, Area.Kind.COMPOUND]).order_by("code")
        towns = [area for area in rows if area.kind == Area.Kind.TOWN] or list(rows)
        self.fields["area"].choices = [(area.code, area.name) for area in towns]


class CallForm(forms.Form):
    at = moment(_("Called at"))
    result = forms.ChoiceField(
        label=_("What came of it"), choices=[("", "—"), *((one.code, _(one.label)) for one in rules.CallResult)]
    )
    said = long_text(_("In words"), rows=2, required=False, most=500)


class LeaveForm(forms.Form):
    minutes = forms.TypedChoiceField(label=_("Leave it for"), coerce=int)
    reason = forms.ChoiceField(label=_("Because"))
    said = long_text(_("In words"), rows=1, required=False, most=200)

    def __init__(self, *args: Any, critical: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        allowed = [n for n in rules.SNOOZES if not critical or n <= rules.LONGEST_CRITICAL_SNOOZE]
        self.fields["minutes"].choices = [(n, wording.span(60 * n)) for n in allowed]  # type: ignore[attr-defined]
        self.fields["reason"].choices = [(one.code, _(one.label)) for one in rules.SnoozeReason]  # type: ignore[attr-defined]


class AlertFilterForm(forms.Form):
    """Which alerts, and how they stand together."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("open")), ("closed", _("closed"))])
    severity = forms.ChoiceField(
        label=_("Severity"), required=False, choices=[("", _("all")), *((s.value, s.label) for s in reversed(Alert.Severity))]
    )
    town = forms.ChoiceField(label=_("Town"), required=False)
    mine = forms.BooleanField(label=_("given to me"), required=False)

    def __init__(self, *args: Any, reach: Reach, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = Area.objects.filter(reach.where("code"), kind=Area.Kind.TOWN).order_by("code")
        self.fields["town"].choices = [("", _("all")), *((area.code, area.name) for area in rows)]  # type: ignore[attr-defined]


class CloseAlertForm(forms.Form):
    """What it was, what was done, and where the person has been."""

    disposition = forms.ChoiceField(
        label=_("What it was"), choices=[("", "—"), *((one.code, _(one.label)) for one in rules.Disposition)]
    )
    measure = forms.ChoiceField(
        label=_("What was done"), choices=[("", "—"), *((one.code, _(one.label)) for one in rules.Measure)]
    )

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        for number in range(1, MOST_PLACES + 1):
            self.fields[f"place_{number}"] = forms.CharField(label=_("Place"), max_length=80, required=False)
            self.fields[f"from_{number}"] = moment(_("From"), required=False)
            self.fields[f"to_{number}"] = moment(_("To"), required=False)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        for number in range(1, MOST_PLACES + 1):
            name, start = told.get(f"place_{number}"), told.get(f"from_{number}")
            if name and not start and f"from_{number}" not in self.errors:  # pyright: ignore[reportOperatorIssue]
                self.add_error(f"from_{number}", _("Say from when the person was there."))
            if start and not name:
                self.add_error(f"place_{number}", _("Say which place it was."))
        return told

    @property
    def lines(self) -> list[list[forms.BoundField]]:
        """The place lines: name, from, to."""
        return [[self[f"{part}_{number}"] for part in ("place", "from", "to")] for number in range(1, MOST_PLACES + 1)]

    @property
    def head(self) -> list[forms.BoundField]:
        return [self["disposition"], self["measure"]]

    def places(self) -> list[Place]:
        told = self.cleaned_data
        found = []
        for number in range(1, MOST_PLACES + 1):
            if told[f"place_{number}"]:
                start = told[f"from_{number}"]
                found.append(Place(told[f"place_{number}"], start, told[f"to_{number}"] or start))
        return found


class DutyForm(forms.Form):
    officer = forms.ChoiceField(label=_("Officer"))
    part = forms.ChoiceField(label=_("As"), choices=DutySlot.Part.choices)
    starts = moment(_("From"))
    ends = moment(_("To"))

    def __init__(self, *args: Any, officers: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.officers = {str(user.id): user for user in officers}
        self.fields["officer"].choices = [(key, user.display_name) for key, user in self.officers.items()]

    def chosen(self) -> User:
        return self.officers[self.cleaned_data["officer"]]


class NoteForm(forms.Form):
    text = long_text(
        _("Handover note"),
        rows=4,
        help_text=_("what is open, who waits for what; the next shift must read it before its desk opens"),
    )
