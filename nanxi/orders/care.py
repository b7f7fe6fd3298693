"""Care while somebody stays at home: what a day's health report leads to, when one is missed, needs, and random check-ins. Pure.

Fever is 37.3 °C, the threshold of the national protocol's early-2020 editions. A report is a claim: it brings help, never a
restriction (trust notes S32).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from nanxi.foundation.clock import COUNTY, day_bounds
from nanxi.foundation.words import ClosedList
from nanxi.foundation.words import mark as _

FEVER_C, HIGH_FEVER_C = 37.3, 39.0
#: What a thermometer can show; anything else is a slip of the finger.
LOWEST_C, HIGHEST_C = 34.0, 43.0
#: Hour of the county's day by which the report is due.
REPORT_BY_HOUR = 18
#: An order served later than this on a day owes its first report on the next.
FIRST_DAY_UNTIL_HOUR = 12


class Symptom(ClosedList):
    """What the form offers; code and words."""

    COUGH = ("cough", _("cough"))
    THROAT = ("throat", _("sore throat"))
    TIRED = ("tired", _("tired and aching"))
    DIARRHOEA = ("diarrhoea", _("diarrhoea"))
    TASTE = ("taste", _("no smell or taste"))
    BREATH = ("breath", _("short of breath"))
    CHEST = ("chest", _("pain or pressure in the chest"))
    CONFUSED = ("confused", _("confused or hard to wake"))


#: Each of these alone calls for a doctor now.
ALARMING = frozenset({"breath", "chest", "confused"})


class Outcome(Enum):
    """What a report means: code, and within which time somebody calls (None: nobody needs to)."""

    WELL = ("well", None)
    SYMPTOMS = ("symptoms", timedelta(hours=2))
    URGENT = ("urgent", timedelta(minutes=30))
    MISSED = ("missed", timedelta(hours=3))

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def call_within(self) -> timedelta | None:
        return self.value[1]


def outcome_of(temperature: float | None, symptoms: Collection[str]) -> Outcome:
    """What the day's report leads to; no temperature (no thermometer) counts by the symptoms alone."""
    if ALARMING.intersection(symptoms) or (temperature is not None and temperature >= HIGH_FEVER_C):
        return Outcome.URGENT
    if symptoms or (temperature is not None and temperature >= FEVER_C):
        return Outcome.SYMPTOMS
    return Outcome.WELL


def report_due(day: date) -> datetime:
    """When the report of a county day is due."""
    return day_bounds(day)[0] + timedelta(hours=REPORT_BY_HOUR)


def owes_report(bound_since: datetime, bound_until: datetime | None, now: datetime) -> bool:
    """Whether the report of today is due by now: bound since before noon, still bound, and the hour has come."""
    day = now.astimezone(COUNTY).date()
    noon = day_bounds(day)[0] + timedelta(hours=FIRST_DAY_UNTIL_HOUR)
    return bound_since <= noon and now >= report_due(day) and (bound_until is None or now < bound_until)


class NeedKind(ClosedList):
    """What can be asked for: code, words, and within which time the town answers."""

    FOOD = ("food", _("food and water"), timedelta(hours=6))
    MEDICINE = ("medicine", _("medicine"), timedelta(hours=3))
    CARE = ("care", _("care, or a doctor who calls"), timedelta(hours=1))
    OTHER = ("things", _("things of daily use"), timedelta(hours=24))

    @property
    def within(self) -> timedelta:
        return self.value[2]

    @classmethod
    def of(cls, code: str) -> NeedKind | None:
        return next((kind for kind in cls if kind.code == code), None)


#: Random check-ins (fence notes §1: Poland gave 20 minutes): so many a day, between these hours, this long to answer.
TURNS, FIRST_HOUR, LAST_HOUR = 2, 9, 20
ANSWER_CHECKIN = timedelta(minutes=20)


@dataclass(frozen=True)
class Turn:
    """One check-in of a day."""

    number: int
    at: datetime


def turns_of(day: date, luck: bytes) -> list[Turn]:
    """The times of a day's check-ins, each in its own part of the day. `luck`: 4 bytes a turn that nobody can guess."""
    start = day_bounds(day)[0] + timedelta(hours=FIRST_HOUR)
    part = timedelta(hours=LAST_HOUR - FIRST_HOUR) / TURNS
    turns = []
    for number in range(TURNS):
        share = int.from_bytes(luck[4 * number : 4 * number + 4], "big") / 2**32
        turns.append(Turn(number + 1, start + part * number + (part - ANSWER_CHECKIN) * share))
    return turns


def two_missed(answers: Collection[bool]) -> bool:
    """Whether the latest two (newest first) were missed: the first is a phone call, the second an alert."""
    latest = list(answers)[:2]
    return len(latest) == 2 and not any(latest)
