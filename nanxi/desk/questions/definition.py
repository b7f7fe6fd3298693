"""A form as data: read from its text, written as the JSON that pages, phones and the interface share. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from nanxi.desk.questions import conditions, plain_yaml
from nanxi.desk.questions.conditions import Tree

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TYPES = ("note", "text", "integer", "decimal", "date", "time", "select_one", "select_multiple", "geopoint", "image")
#: Longest text answer; a remark of a visit, not a report.
MOST_TEXT = 500
MOST_QUESTIONS = 80
QUESTION_KEYS = {"name", "type", "label", "hint", "required", "relevant", "constraint", "message", "choices", "most"}
FORM_KEYS = {"form", "title", "for", "result", "remark", "questions"}


class BadForm(ValueError):
    """The text is no form; the message names the question and what to do."""


@dataclass(frozen=True)
class Choice:
    name: str
    label: dict[str, str]


@dataclass(frozen=True)
class Question:
    """One question. `relevant` and `constraint` keep the text as written; their trees are made once."""

    name: str
    type: str
    label: dict[str, str]
    hint: dict[str, str] = field(default_factory=dict)
    required: bool = False
    relevant: str = ""
    constraint: str = ""
    message: dict[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    most: int = MOST_TEXT
    when: Tree | None = None
    rule: Tree | None = None

    @property
    def asks(self) -> bool:
        return self.type != "note"

    @property
    def choice_names(self) -> list[str]:
        return [choice.name for choice in self.choices]


@dataclass(frozen=True)
class Form:
    """A definition. `result`: the question whose answer is the task's result; `remark`: the one that is its remark."""

    code: str
    title: dict[str, str]
    kinds: tuple[str, ...]
    questions: tuple[Question, ...]
    result: str = ""
    remark: str = ""

    def question(self, name: str) -> Question | None:
        return next((question for question in self.questions if question.name == name), None)

    def as_json(self, version: int) -> dict[str, Any]:
        """What a phone and the interface get: labels, choices and trees."""
        return {
            "form": self.code, "version": version, "title": self.title, "result": self.result,
            "questions": [_question_json(question) for question in self.questions],
        }  # fmt: skip


def _question_json(question: Question) -> dict[str, Any]:
    told: dict[str, Any] = {"name": question.name, "type": question.type, "label": question.label, "required": question.required}
    if question.hint:
        told["hint"] = question.hint
    if question.choices:
        told["choices"] = [{"name": choice.name, "label": choice.label} for choice in question.choices]
    if question.when is not None:
        told["relevant"] = question.when
    if question.rule is not None:
        told["constraint"], told["message"] = question.rule, question.message
    if question.type == "text":
        told["most"] = question.most
    return told


def read(text: str) -> Form:
    """A form from its text. Raises BadForm naming line or question; publishing.faults_of says what else is wrong."""
    try:
        told = plain_yaml.load(text)
    except plain_yaml.BadYaml as problem:
        raise BadForm(str(problem)) from None
    if not isinstance(told, dict):
        raise BadForm(_("A form begins with `form: name`."))
    _only(told, FORM_KEYS, _("The form"))
    code = _name(told.get("form"), "`form`")
    rows = told.get("questions")
    if not isinstance(rows, list) or not rows:
        raise BadForm(_("The form has no questions; add a list under `questions:`."))
    if len(rows) > MOST_QUESTIONS:
        raise BadForm(
            _("The form has %(count)s questions; a visit bears at most %(most)s.") % {"count": len(rows), "most": MOST_QUESTIONS}
        )
    kinds = told.get("for") or []
    return Form(
        code=code,
        title=_words(told.get("title"), "`title`"),
        kinds=tuple(str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])),
        questions=tuple(_question(row, number) for number, row in enumerate(rows, start=1)),
        result=str(told.get("result") or ""),
        remark=str(told.get("remark") or ""),
    )


def _question(row: Any, number: int) -> Question:
    where = _("Question %(name)s") % {"name": number}
    if not isinstance(row, dict):
        raise BadForm(_("%(where)s is no map; begin it with `- name:`.") % {"where": where})
    name = _name(row.get("name"), f"{where}: `name`")
    where = _("Question %(name)s") % {"name": name}
    _only(row, QUESTION_KEYS, where)
    kind = str(row.get("type") or "")
    if kind not in TYPES:
        raise BadForm(
            _("%(where)s has the type %(kind)s; a form knows %(known)s.")
            % {"where": where, "kind": kind or _("nothing"), "known": ", ".join(TYPES)}
        )
    return Question(
        name=name,
        type=kind,
        label=_words(row.get("label"), f"{where}: `label`"),
        hint=_words(row["hint"], f"{where}: `hint`") if row.get("hint") else {},
        required=row.get("required") is True,
        relevant=str(row.get("relevant") or ""),
        constraint=str(row.get("constraint") or ""),
        message=_words(row["message"], f"{where}: `message`") if row.get("message") else {},
        choices=_choices(row.get("choices"), where) if kind.startswith("select") else (),
        most=min(MOST_TEXT, row["most"]) if isinstance(row.get("most"), int) else MOST_TEXT,
        when=_tree(row.get("relevant"), f"{where}: `relevant`"),
        rule=_tree(row.get("constraint"), f"{where}: `constraint`"),
    )


def _choices(rows: Any, where: str) -> tuple[Choice, ...]:
    if not isinstance(rows, list) or not rows:
        raise BadForm(_("%(where)s is a choice without `choices:`.") % {"where": where})
    found: list[Choice] = []
    for row in rows:
        if not isinstance(row, Mapping):
            raise BadForm(_("%(where)s: write each choice as {name: x, label: {zh: …, en: …}}.") % {"where": where})
        name = _name(row.get("name"), _("%(where)s: a choice's `name`") % {"where": where})
        found.append(Choice(name, _words(row.get("label"), _("%(where)s: choice %(name)s") % {"where": where, "name": name})))
    return tuple(found)


def _tree(text: Any, where: str) -> Tree | None:
    if not text:
        return None
    try:
        return conditions.parse(str(text))
    except conditions.BadCondition as problem:
        raise BadForm(_("%(where)s %(problem)s.") % {"where": where, "problem": problem}) from None


def _name(value: Any, where: str) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise BadForm(_("%(where)s must be a name of small letters, digits and _, beginning with a letter.") % {"where": where})
    return value


def _words(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, Mapping) or set(value) != {"zh", "en"}:
        raise BadForm(_("%(where)s needs its words in both languages: {zh: …, en: …}.") % {"where": where})
    return {language: str(text) for language, text in value.items()}


def _only(told: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in told:
        if key not in known:
            raise BadForm(
                _("%(where)s does not know `%(key)s`; it knows %(known)s.")
                % {"where": where, "key": key, "known": ", ".join(sorted(known))}
            )
