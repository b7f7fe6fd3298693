"""Evidence in words: what an officer reads and a person is told. Facts are kept, sentences are made in the reader's language."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.utils.translation import ngettext

from nanxi.cases.rules import Decision, EvidenceKind, Path, Status
from nanxi.engines.trace.brute import Meeting
from nanxi.engines.trace.protocol import trip_of
from nanxi.engines.trace.stays import NO_ROW

STATUS = {
    Status.SUSPECTED: (_later("suspected case"), "wait"),
    Status.PROBABLE: (_later("probable case"), "warn"),
    Status.CONFIRMED: (_later("confirmed case"), "danger"),
    Status.ASYMPTOMATIC: (_later("asymptomatic infection"), "danger"),
    Status.DISCARDED: (_later("discarded"), "quiet"),
}
STEPS = {
    EvidenceKind.REPORT: _later("Reported as suspected"),
    EvidenceKind.CLINICAL: _later("Diagnosed clinically"),
    EvidenceKind.CONFIRM: _later("Confirmed"),
    EvidenceKind.CONFIRM_ASYMPTOMATIC: _later("Confirmed without symptoms"),
    EvidenceKind.DISCARD: _later("Discarded"),
}
DECISIONS = {
    Decision.OPEN: (_later("to be decided"), "wait"),
    Decision.ACCEPTED: (_later("accepted"), "danger"),
    Decision.REJECTED: (_later("rejected"), "quiet"),
    Decision.NEEDS_INTERVIEW: (_later("needs interview"), "warn"),
}
CLASSES = {
    "close": (_later("close contact"), "danger"),
    "general": (_later("casual contact"), "warn"),
    "lead": (_later("lead"), "quiet"),
}
PATHS = {
    Path.OWN_CASE: _later("the person's own confirmed infection"),
    Path.CONTACT: _later("close contact of a confirmed case"),
    Path.OWN_REPORT: _later("a named clinician's report of a suspected case"),
}
VEHICLES = {
    "plane": _later("flight"),
    "train": _later("train"),
    "open_train": _later("train (not closed)"),
    "coach": _later("coach"),
    "open_coach": _later("coach (ventilated)"),
    "car": _later("car"),
}
RELATIONS = {
    "household": _later("lives in the same household"),
    "workplace": _later("same workplace or class"),
    "companion": _later("travelled or ate together"),
    "care": _later("gave or received care"),
    "other": _later("named in the interview"),
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

    def packed(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, packed: str) -> Facts:
        return cls(**json.loads(packed))

    @classmethod
    def met(cls, meeting: Meeting) -> Facts:
        return cls(
            "", meeting.place, meeting.first, meeting.last, meeting.overlap_s, meeting.row, meeting.other_row, meeting.crowd
        )


def words(facts: Facts) -> str:
    """One sentence without names, for example "same coach of G7381, rows 3 and 4, 2 h 10 min"."""
    if facts.relation:
        return str(RELATIONS.get(facts.relation, RELATIONS["other"]))
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
