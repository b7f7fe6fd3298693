"""A form as a page shows it: its questions in the reader's language with what was told, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nanxi.desk import queries
from nanxi.desk.models import Task
from nanxi.desk.questions.definition import Form, Question
from nanxi.foundation.act import Act
from nanxi.foundation.clock import county_day

#: HTML's input for a type of question; choices and notes are drawn by themselves.
INPUTS = {"integer": "number", "decimal": "number", "date": "date", "time": "time"}


def in_language(words: Mapping[str, str] | str) -> str:
    """The words of the reader's language; a plain sentence of ours is translated."""
    if isinstance(words, str):
        return _(words)
    return words["en" if (get_language() or "").startswith("en") else "zh"]


@dataclass(frozen=True)
class Asked:
    """One question as shown."""

    name: str
    type: str
    label: str
    hint: str
    required: bool
    input: str
    step: str
    most: int
    value: str
    options: list[tuple[str, str, bool]]
    fault: str


@dataclass
class Questionnaire:
    """A task's form on a page. `shape` is the JSON by which the page hides what is not asked (static/desk/questions.js)."""

    form: Form
    ref: str
    today: str
    told: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> str:
        questions = [
            {"name": one.name, "type": one.type, **({"relevant": one.when} if one.when else {})} for one in self.form.questions
        ]
        return json.dumps({"today": self.today, "questions": questions}, ensure_ascii=False)

    @property
    def title(self) -> str:
        return in_language(self.form.title)

    @property
    def lines(self) -> list[Asked]:
        return [self._asked(question) for question in self.form.questions]

    @property
    def faulty(self) -> list[Asked]:
        return [line for line in self.lines if line.fault]

    def _asked(self, question: Question) -> Asked:
        value = self.told.get(question.name)
        chosen = value if isinstance(value, list) else [value]
        return Asked(
            name=question.name,
            type=question.type,
            label=in_language(question.label),
            hint=in_language(question.hint) if question.hint else "",
            required=question.required,
            input=INPUTS.get(question.type, "text"),
            step={"integer": "1", "decimal": "any"}.get(question.type, ""),
            most=question.most,
            value="" if value is None or isinstance(value, list) else str(value),
            options=[(one.name, in_language(one.label), one.name in chosen) for one in question.choices],
            fault=in_language(self.faults[question.name]) if question.name in self.faults else "",
        )


def questionnaire(act: Act, task: Task, told: Mapping[str, Any] | None = None, faults: Any = None) -> Questionnaire | None:
    """The form of a task; None when it is closed by result and remark alone."""
    form = queries.form_at(task.form)
    if form is None:
        return None
    return Questionnaire(form, task.form, county_day(act.now).isoformat(), told or {}, faults or {})


def told_in(form: Form, sent: QueryDict) -> dict[str, Any]:
    """Answers as a page sends them: several choices as a list, everything else as text."""
    return {
        question.name: sent.getlist(question.name) if question.type == "select_multiple" else sent.get(question.name, "")
        for question in form.questions
        if question.asks
    }


def shown_answers(form: Form, answers: Mapping[str, Any], *, whole: bool = False) -> list[tuple[str, str]]:
    """Question and answer in words, for a reader who opened the record. whole: with the result and the remark among them."""
    found = []
    for question in form.questions:
        value = answers.get(question.name)
        if not value or (question.name in {form.result, form.remark} and not whole):
            continue
        names = {one.name: in_language(one.label) for one in question.choices}
        texts = [names.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value])]
        found.append((in_language(question.label), "、".join(texts) if names else texts[0]))
    return found
