"""The room's fixed words for the reader: rules, weights, fields, kinds of source."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

RULES: dict[str, Any] = {
    "first": _("first record of this person"),
    "id": _("valid ID number and agreeing name"),
    "score": _("by the sum of what agrees"),
    "remembered": _("same row as one that was decided"),
    "officer": _("decided by an officer"),
}
#: Degrees of agreement, as engines.linkage.comparisons names them.
WEIGHTS: dict[str, Any] = {
    "start": _("a person taken at random"),
    "household": _("what a household shares counts once"),
    "same name": _("same name"),
    "same sound": _("names sound alike"),
    "same sound in a Wenzhou mouth": _("names sound alike in a Wenzhou mouth"),
    "one character": _("names differ by one character"),
    "one letter of the sound": _("sounds differ by one letter"),
    "surname": _("only the surname agrees"),
    "another name": _("another name"),
    "same ID": _("same ID number"),
    "mistyped ID": _("ID number one slip apart, one of them broken"),
    "masked ID agrees": _("what is left of a masked ID number agrees"),
    "two valid IDs": _("two valid ID numbers"),
    "same birth date": _("same birth date"),
    "day and month exchanged": _("day and month exchanged"),
    "one digit of the birth date": _("birth dates differ by one digit"),
    "another ID or birth date": _("another ID number or birth date"),
    "same phone": _("same phone"),
    "one of several phones": _("one of several phones"),
    "one digit": _("phones differ by one digit"),
    "another phone": _("another phone"),
    "same address": _("same address"),
    "same way, another house": _("same village in the address, another house"),
    "same village": _("same village"),
    "same town": _("same town"),
    "another town": _("another town"),
    "same passport": _("same passport"),
    "another passport": _("another passport"),
    "same plate": _("same car"),
    "another plate": _("another car"),
    "same sex": _("same sex"),
    "another sex": _("other sex"),
}
#: The three zones, and what error each may have (rules.zones).
ZONES: dict[str, Any] = {"link": _("linked by rule"), "review": _("an officer decides"), "new": _("new person")}
ZONE_ERRORS: dict[str, Any] = {
    "link": _("wrong links"),
    "review": _("best candidate is another person"),
    "new": _("registered after all"),
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
#: Seen from the other side: who somebody is to the one who is guardian, employer, landlord to him or her.
TURNED: dict[str, Any] = {
    "guardian": _("ward"),
    "parent": _("son or daughter"),
    "grandparent": _("grandchild"),
    "carer": _("cared for by this person"),
    "employer": _("employee"),
    "foreman": _("team member"),
    "landlord": _("tenant or guest"),
}
#: Under age, and what is not asked of somebody alone (rules.minors).
STAGES: dict[str, Any] = {"child": _("under fourteen"), "youth": _("under eighteen")}
NOT_ALONE: dict[str, Any] = {
    "consent": _("agree to data about himself or herself"),
    "declare": _("declare health or journeys"),
    "interview": _("be interviewed"),
    "served": _("be served an order"),
    "moved": _("be taken to a quarantine site"),
    "stay": _("stay at a quarantine site"),
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
    "people.relation": _("named as a relation"),
    "people.residence": _("temporary residence"),
    "cases.case": _("case report"),
    "cases.contact": _("interview"),
    "cases.lab_result": _("laboratory result"),
    "cases.sighting": _("venue check-in"),
    "field.household": _("household sweep"),
    "field.declared": _("declaration of arrival"),
    "field.passage": _("passage at a post"),
}


def source_of(kind: str) -> Any:
    """The kind of source in words; a kind this room does not know shows its code."""
    return SOURCES.get(kind, kind)
