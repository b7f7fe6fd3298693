"""What a checkpoint and a visit may record. Pure.

ID number: GB 11643-1999 (18 characters, check by ISO 7064 MOD 11-2). Fever at a post: 37.3 °C, the threshold of the posts in
early 2020. Times: a post that was offline hands in within three days; a clock that runs ahead is not believed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import quote

from nanxi.foundation.words import mark as _

FEVER_C = 37.3
LOWEST_C, HIGHEST_C = 30.0, 45.0
OLDEST = timedelta(hours=72)
#: Phones drift; beyond it the time is wrong, not early.
AHEAD = timedelta(minutes=5)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


class Direction(Enum):
    """Which way somebody passed, seen from the area behind the post."""

    IN = "in"
    OUT = "out"


#: For what a task's holder opens its person: part of the record's audit, so it follows from the task's kind.
PURPOSE_OF = {"verification": "verification", "lead": "lead", "conflict": "correction"}
USUAL_PURPOSE = "isolation"
#: Results after which whoever goes on needs words, not only a code.
NEEDS_WORDS = frozenset({"refused", "wrong_person", "not_here", "symptoms"})


def tidy_id(text: str) -> str:
    """An ID number as it is compared: no blanks, half-width, the check letter large."""
    table = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
    return "".join(text.translate(table).split()).upper()


def why_not_id(id_no: str) -> str:
    """Why a tidied text is no resident ID number; "" when it is one."""
    if len(id_no) != 18 or not id_no[:17].isdigit() or not (id_no[17].isdigit() or id_no[17] == "X"):
        return _("An ID number has 17 digits and a check digit or X; read it again from the card.")
    total = sum(int(digit) * weight for digit, weight in zip(id_no[:17], _WEIGHTS, strict=True))
    if _CHECKS[total % 11] != id_no[17]:
        return _("The ID number's check digit does not fit; one digit is wrong. Read it again from the card.")
    return ""


def why_not_passage(*, id_no: str, name: str, phone: str, at: datetime, temperature_c: float | None, now: datetime) -> str:
    """Why a passage cannot be recorded as given; "" when it can. An ID number, or name and phone, say who passed."""
    if id_no and (problem := why_not_id(id_no)):
        return problem
    if not id_no and not (name.strip() and phone.strip()):
        return _("Give the ID number; without a card, name and phone.")
    if at > now + AHEAD:
        return _("The time of the passage lies in the future; set the clock of the post.")
    if at < now - OLDEST:
        return _("The passage is more than three days old; tell the town instead.")
    if temperature_c is not None and not LOWEST_C <= temperature_c <= HIGHEST_C:
        return _("The temperature is outside 30 to 45 °C; measure again.")
    return ""


def is_fever(temperature_c: float | None) -> bool:
    return temperature_c is not None and temperature_c >= FEVER_C


def why_not_visit(*, outcome: str, allowed: tuple[str, ...], note: str) -> str:
    """Why a visit cannot be recorded as given; "" when it can."""
    if outcome not in allowed:
        return _("Choose what you found.")
    if outcome in NEEDS_WORDS and not note.strip():
        return _("Write one sentence about what happened, so that the desk can go on.")
    return ""


def purpose_of(kind: str, subject_kind: str) -> str:
    """The purpose under which a task of this kind opens its person (a code of the ground floor's closed list)."""
    return "alert" if subject_kind == "desk.alert" else PURPOSE_OF.get(kind, USUAL_PURPOSE)


def for_today(*, due: datetime, priority: int, day_end: datetime) -> bool:
    """Whether a task belongs on today's page: overdue, due before the day ends, or urgent."""
    return due < day_end or priority == 1


def geo_address(*, point: tuple[float, float] | None, address: str) -> str:
    """A `geo:` address (RFC 5870, WGS-84, latitude first) for the phone's own map; by words when no point is known.

    point: lon, lat. The query repeats the point, because map programs drop the marker without it.
    """
    if point is not None:
        lon, lat = point
        return f"geo:{lat:.6f},{lon:.6f}?q={lat:.6f},{lon:.6f}"
    return f"geo:0,0?q={quote(address)}" if address.strip() else ""


def why_not_stay(*, start: datetime, end: datetime | None, now: datetime) -> str:
    """Why a place somebody names cannot be kept as a stay; "" when it can."""
    if start > now or (end is not None and end > now):
        return _("A place that was visited lies in the past; correct the time.")
    if end is not None and end < start:
        return _("The stay ends before it begins; correct the times.")
    return ""
