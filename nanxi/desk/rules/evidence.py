"""What stands when two findings about one person differ. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from nanxi.foundation.words import ClosedList
from nanxi.foundation.words import mark as _


class Says(ClosedList):
    """What a finding says about where somebody is."""

    HERE = ("here", _("is here"))
    GONE = ("gone", _("is not here"))
    UNCLEAR = ("unclear", _("says nothing about it"))


#: Result of a verification → what it says.
SAYS = {"found": Says.HERE, "not_here": Says.GONE, "already_left": Says.GONE}
#: How a finding is known: online by an event that was recorded (a post, a clinic) or by what somebody declared; on the spot in
#: person, by the household, or by phone.
KNOWN = {
    "event": _("a recorded event"),
    "declared": _("a declaration"),
    "person": _("seen in person"),
    "household": _("told by the household"),
    "phone": _("told by phone"),
    "list": _("the check of another list"),
}


@dataclass(frozen=True)
class Told:
    """One finding as the rule reads it."""

    says: Says
    how: str
    at: datetime


class Verdict(Enum):
    """What becomes of an online claim and a finding on the spot."""

    AGREE = "agree"
    SILENT = "silent"
    SPOT = "spot"
    EVENT = "event"
    PERSON = "person"


#: The sentence of each verdict that decides by itself.
CONTRADICTION = {
    "spot": _("Seen in person after the claim was made: what was found on the spot stands."),
    "event": _("An event recorded after the visit: what is known online stands."),
}


def verdict_on(online: Told, spot: Told) -> Verdict:
    """Who is right where both speak. Neither is overwritten; where no rule is certain a person decides."""
    if Says.UNCLEAR in (online.says, spot.says):
        return Verdict.SILENT
    if online.says is spot.says:
        return Verdict.AGREE
    if spot.how == "person" and online.at <= spot.at:
        return Verdict.SPOT
    if online.how == "event" and online.at > spot.at:
        return Verdict.EVENT
    return Verdict.PERSON
