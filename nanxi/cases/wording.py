"""Evidence in words: what an officer reads and a person is told. Facts are kept, sentences are made in the reader's language."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nanxi.cases.rules import Decision, EvidenceKind, Path, Status
from nanxi.engines.trace import protocol
from nanxi.engines.trace.brute import Meeting
from nanxi.engines.trace.protocol import trip_of
from nanxi.engines.trace.stays import NO_ROW
from nanxi.engines.trace.vehicles import Occupant

STATUS = {
    Status.SUSPECTED: (gettext_lazy("suspected case"), "wait"),
    Status.PROBABLE: (gettext_lazy("probable case"), "warn"),
    Status.CONFIRMED: (gettext_lazy("confirmed case"), "danger"),
    Status.ASYMPTOMATIC: (gettext_lazy("asymptomatic infection"), "danger"),
    Status.DISCARDED: (gettext_lazy("discarded"), "quiet"),
}
STEPS = {
    EvidenceKind.REPORT: gettext_lazy("Reported as suspected"),
    EvidenceKind.CLINICAL: gettext_lazy("Diagnosed clinically"),
    EvidenceKind.CONFIRM: gettext_lazy("Confirmed"),
    EvidenceKind.CONFIRM_ASYMPTOMATIC: gettext_lazy("Confirmed without symptoms"),
    EvidenceKind.DISCARD: gettext_lazy("Discarded"),
}
DECISIONS = {
    Decision.OPEN: (gettext_lazy("to be decided"), "wait"),
    Decision.ACCEPTED: (gettext_lazy("accepted"), "danger"),
    Decision.REJECTED: (gettext_lazy("rejected as a contact"), "quiet"),
    Decision.NEEDS_INTERVIEW: (gettext_lazy("needs interview"), "warn"),
}
CLASSES = {
    "close": (gettext_lazy("close contact"), "danger"),
    "general": (gettext_lazy("casual contact"), "warn"),
    "lead": (gettext_lazy("lead"), "quiet"),
}
PATHS = {
    Path.OWN_CASE: gettext_lazy("the person's own confirmed infection"),
    Path.CONTACT: gettext_lazy("close contact of a confirmed case"),
    Path.OWN_REPORT: gettext_lazy("a named clinician's report of a suspected case"),
}
VEHICLES = {
    "plane": gettext_lazy("flight"),
    "train": gettext_lazy("train"),
    "open_train": gettext_lazy("train (not closed)"),
    "coach": gettext_lazy("coach"),
    "open_coach": gettext_lazy("coach (ventilated)"),
    "car": gettext_lazy("car"),
}
EDITIONS = {
    "cn-2020-onset": gettext_lazy("National plan before the look-back: from onset on"),
    "companion-2021": gettext_lazy("Companions in time and space (press reports of 2021)"),
    "cn-2020-02": gettext_lazy("National plan, fifth edition (February 2020)"),
    "cn-2021-05": gettext_lazy("National plan, eighth edition (May 2021)"),
}
ABOARD = {
    "occupant": gettext_lazy("listed as aboard"),
    "ticket": gettext_lazy("held a ticket"),
    "passenger": gettext_lazy("declared as a passenger"),
}
INDIRECT = {
    "contact_positive": gettext_lazy("a contact has tested positive"),
    "isolated_late": gettext_lazy("contacts were isolated late"),
    "cluster": gettext_lazy("several cases share contacts"),
}
RELATIONS = {
    "household": gettext_lazy("lives in the same household"),
    "workplace": gettext_lazy("same workplace or class"),
    "companion": gettext_lazy("travelled or ate together"),
    "care": gettext_lazy("gave or received care"),
    "other": gettext_lazy("named in the interview"),
}


@dataclass(frozen=True)
class Facts:
    """What one exposure rests on. `relation` is set for somebody the case named; the rest comes from a meeting."""

    relation: str = ""
    place: str = ""
    first: int = 0
    last: int = 0
    overlap_s: int = 0
    row: int = NO_ROW
    other_row: int = NO_ROW
    crowd: int = 0
    #: Plate of a shared vehicle ("?" = the case's vehicle was seen with this person), and how it is known.
    vehicle: str = ""
    aboard: str = ""

    def packed(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, packed: str) -> Facts:
        return cls(**json.loads(packed))

    @classmethod
    def met(cls, meeting: Meeting, place: str) -> Facts:
        return cls("", place, meeting.first, meeting.last, meeting.overlap_s, meeting.row, meeting.other_row, meeting.crowd)

    @classmethod
    def aboard_of(cls, one: Occupant, plate: str) -> Facts:
        kind = one.path.rsplit(" (", 1)[-1].rstrip(")")
        return cls(first=one.first, last=one.last, overlap_s=one.overlap_s, vehicle=plate or "?", aboard=kind)


def words(facts: Facts) -> str:
    """One sentence without names, for example "same coach of G7381, rows 3 and 4, 2 h 10 min"."""
    if facts.relation:
        return str(RELATIONS.get(facts.relation, RELATIONS["other"]))
    if facts.vehicle:
        return _vehicle(facts)
    trip = trip_of(facts.place)
    parts = [_trip(trip) if trip else _("same place: %(place)s") % {"place": facts.place}]
    if trip and NO_ROW not in (facts.row, facts.other_row):
        parts.append(_("rows %(a)d and %(b)d") % {"a": facts.row, "b": facts.other_row})
    elif trip:
        parts.append(_("seats not known"))
    parts.append(span(facts.overlap_s) if facts.overlap_s else _("one after the other, no shared time"))
    if facts.crowd > 1 and not trip:
        parts.append(ngettext("%(n)d person there", "%(n)d persons there", facts.crowd) % {"n": facts.crowd})
    return _(", ").join(parts)


def _vehicle(facts: Facts) -> str:
    """How somebody is tied to a vehicle; owning one is not sitting in it."""
    if facts.vehicle == "?":
        return _(", ").join([_("seen with a vehicle in which the case sat"), *_span(facts)])
    told = {"plate": facts.vehicle}
    if facts.aboard == "owner":
        return _("owner of vehicle %(plate)s, in which the case sat or which it met; not known to have been aboard") % told
    how = ABOARD.get(facts.aboard, ABOARD["occupant"])
    return _(", ").join([_("same vehicle %(plate)s") % told, str(how), *_span(facts)])


def _span(facts: Facts) -> list[str]:
    return [span(facts.overlap_s)] if facts.overlap_s else []


def edition(name: str) -> Any:
    """An edition of the definition as officers call it."""
    return EDITIONS.get(name) or next((one.title for one in protocol.editions() if one.id == name), name)


def seats(edition: protocol.Edition) -> list[str]:
    """The seat rules of an edition, one line for each kind of vehicle."""
    lines: list[str] = []
    for kind, rows in edition.vehicles.items():
        told = {"kind": VEHICLES.get(kind, kind), "n": rows}
        lines.append(_("%(kind)s: everybody aboard") % told if rows is None else _("%(kind)s: %(n)d rows around") % told)
    return lines


def place(name: str) -> str:
    """A place as people say it; a trip by its vehicle, number and coach."""
    trip = trip_of(name)
    if trip is None:
        return name
    coach = [_("coach %(n)s") % {"n": trip.coach}] if trip.coach else []
    return " ".join([str(VEHICLES.get(trip.kind, _("vehicle"))), trip.number, *coach])


def _trip(trip: Any) -> str:
    kind = VEHICLES.get(trip.kind, _("vehicle"))
    if trip.coach:
        return _("same coach of %(kind)s %(number)s (no. %(coach)s)") % {"kind": kind, "number": trip.number, "coach": trip.coach}
    return _("same %(kind)s %(number)s") % {"kind": kind, "number": trip.number}


def span(seconds: int) -> str:
    """2 h 10 min."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    if not hours:
        return _("%(m)d min") % {"m": minutes}
    return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes} if minutes else _("%(h)d h") % {"h": hours}
