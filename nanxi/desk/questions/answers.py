"""What somebody filled in, held against the form: answers to questions that were not asked fall away, faults are named. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from nanxi.desk.questions import conditions
from nanxi.desk.questions.conditions import Answer
from nanxi.desk.questions.definition import Form, Question
from nanxi.foundation.words import mark as _

POINT = re.compile(r"-?\d{1,2}(?:\.\d+)? -?\d{1,3}(?:\.\d+)?(?: \d+(?:\.\d+)?)?")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
REQUIRED, NUMBER, WHOLE = _("Answer this question."), _("Write a number."), _("Write a whole number.")
DATE, TIME, CHOICE = _("Write a date: 2020-02-03."), _("Write a time: 08:30."), _("Choose one of the answers offered.")
LONG, PLACE, RULE = _("This answer is too long."), _("Take the position again."), _("This answer does not fit; check it.")
PHOTO = _("Take the photo again.")


@dataclass
class Filled:
    """Answers as they are kept, and what is wrong: question → sentence (or the form's own words by language)."""

    answers: dict[str, Answer] = field(default_factory=dict)
    faults: dict[str, str | dict[str, str]] = field(default_factory=dict)


def check(form: Form, told: Mapping[str, Any], *, today: str) -> Filled:
    """Hold what was told against the form. today: ISO date of the county, as conditions know it.

    Questions are taken in the order in which their conditions rest on each other, so that an answer which falls away takes the
    questions behind it along.
    """
    filled = Filled()
    for question in in_order(form):
        if not question.asks or not conditions.holds(question.when, filled.answers, today=today):
            continue
        try:
            value = _read(question, told.get(question.name))
        except _Unfit as problem:
            filled.faults[question.name] = str(problem)
            continue
        if value is None:
            if question.required:
                filled.faults[question.name] = REQUIRED
            continue
        if not conditions.holds(question.rule, {**filled.answers, question.name: value}, own=value, today=today):
            filled.faults[question.name] = question.message or RULE
            continue
        filled.answers[question.name] = value
    return filled


def in_order(form: Form) -> list[Question]:
    """The questions so that each stands after those its condition asks about; otherwise as written."""
    order: list[Question] = []

    def place(question: Question) -> None:
        if question in order:
            return
        for name in sorted(conditions.references(question.when) if question.when else ()):
            if (other := form.question(name)) is not None:
                place(other)
        order.append(question)

    for question in form.questions:
        place(question)
    return order


class _Unfit(ValueError):
    """The answer is none of this question's kind."""


def _read(question: Question, told: Any) -> Answer:
    """The answer as it is kept; None when there is none. Raises _Unfit."""
    if told is None or told == "" or told == []:
        return None
    if question.type == "select_multiple":
        names = [str(one) for one in told] if isinstance(told, list) else [str(told)]
        if set(names) - set(question.choice_names):
            raise _Unfit(CHOICE)
        return [name for name in question.choice_names if name in names]
    text = str(told[0] if isinstance(told, list) else told).strip()
    if not text:
        return None
    return _READERS[question.type](question, text)


def _text(question: Question, text: str) -> Answer:
    if len(text) > question.most:
        raise _Unfit(LONG)
    return text


def _integer(question: Question, text: str) -> Answer:
    if not re.fullmatch(r"-?\d{1,9}(?:\.0+)?", text):
        raise _Unfit(WHOLE)
    return int(float(text))


def _decimal(question: Question, text: str) -> Answer:
    if not re.fullmatch(r"-?\d{1,9}(?:\.\d{1,6})?", text) or not math.isfinite(float(text)):
        raise _Unfit(NUMBER)
    return float(text)


def _date(question: Question, text: str) -> Answer:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _Unfit(DATE) from None


def _time(question: Question, text: str) -> Answer:
    try:
        return time.fromisoformat(text).strftime("%H:%M")
    except ValueError:
        raise _Unfit(TIME) from None


def _one(question: Question, text: str) -> Answer:
    if text not in question.choice_names:
        raise _Unfit(CHOICE)
    return text


def _shaped(pattern: re.Pattern[str], fault: str) -> Any:
    def read(question: Question, text: str) -> Answer:
        if not pattern.fullmatch(text):
            raise _Unfit(fault)
        return text

    return read


_READERS: dict[str, Any] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "time": _time,
    "select_one": _one,
    #: "lat lon accuracy" as XForms write it.
    "geopoint": _shaped(POINT, PLACE),
    #: The id of a photo handed in beside the form.
    "image": _shaped(UUID, PHOTO),
}
