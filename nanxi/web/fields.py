"""Form fields that every room shows alike: a moment in the county's time, and the areas an officer answers for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from nanxi.foundation.clock import COUNTY
from nanxi.foundation.models import Area
from nanxi.foundation.reach import Reach

#: What HTML's datetime-local sends; county time.
LOCAL = "%Y-%m-%dT%H:%M"


def moment(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateTimeField:
    """A day and time; also taken as typed with a blank, and with seconds as some browsers send it."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)
    formats = [LOCAL, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
    return forms.DateTimeField(label=label, required=required, help_text=help_text, widget=widget, input_formats=formats)


def local(at: datetime) -> str:
    """A time as a datetime-local field takes it."""
    return at.astimezone(COUNTY).strftime(LOCAL)


def areas_in(reach: Reach, *also: str) -> list[tuple[str, str]]:
    """Choices: the towns of a reach, or the villages of one town; `also`: codes that must be on offer."""
    rows = list(Area.objects.filter(reach.where("code"), kind__in=[Area.Kind.TOWN, Area.Kind.VILLAGE]).order_by("code"))
    towns = [row for row in rows if row.kind == Area.Kind.TOWN]
    shown = towns if len(towns) > 1 else rows
    known = {row.code for row in shown}
    more = Area.objects.filter(code__in=[code for code in also if code not in known]) if set(also) - known else []
    return [(row.code, row.name) for row in [*more, *shown]]
