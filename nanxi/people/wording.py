"""The room's fixed words for the reader: rules, weights, fields, kinds of source."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

RULES: dict[str, Any] = {
    "first": _("first record of this person"),
    "id": _("valid ID number and agreeing name"),
    "name_phone": _("same name and same phone"),
    "remembered": _("same row as one that was decided"),
    "officer": _("decided by an officer"),
}
WEIGHTS: dict[str, Any] = {
    "start": _("a person taken at random"),
    "name": _("same name"),
    "sound": _("names sound alike"),
    "id": _("same ID number"),
    "birth": _("same birth date"),
    "other_birth": _("another birth date"),
    "no_birth": _("birth date missing on one side"),
    "phone": _("a shared phone"),
    "other_phone": _("other phones"),
    "address": _("same address"),
    "village": _("same village"),
    "town": _("same town"),
    "elsewhere": _("another town"),
    "sex": _("same sex"),
    "other_sex": _("other sex"),
}
FIELDS: dict[str, Any] = {
    "name": _("Full name"),
    "id_no": _("ID number"),
    "birth": _("Birth date"),
    "sex": _("Sex"),
    "phone": _("Phone"),
    "passport": _("Passport"),
    "address": _("Address"),
    "workplace": _("Workplace or school"),
}
VERDICTS: dict[str, tuple[Any, str]] = {
    "same": (_("same"), "ok"),
    "differs": (_("differs"), "warn"),
    "one_only": (_("one side only"), "quiet"),
}
SEX: dict[str, Any] = {"m": _("male"), "f": _("female")}
AGREES: dict[str, Any] = {
    "name": _("name sounds alike"),
    "surname": _("surname"),
    "village": _("village"),
    "year": _("birth year"),
    "near_year": _("birth year nearly"),
    "sex": _("sex"),
    "other_sex": _("other sex"),
}
SOURCES: dict[str, Any] = {
    "people.form": _("single form"),
    "people.batch": _("list"),
    "cases.case": _("case report"),
    "cases.contact": _("interview"),
    "cases.lab_result": _("laboratory result"),
}


def source_of(kind: str) -> Any:
    """The kind of source in words; a kind this room does not know shows its code."""
    return SOURCES.get(kind, kind)
