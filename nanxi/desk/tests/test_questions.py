"""Forms as data: read, checked before they are published, answers held against them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from nanxi.desk.queries.forms import shipped
from nanxi.desk.questions import answers, definition, plain_yaml, publishing
from nanxi.desk.services.forms import results_of

TODAY = "2020-02-03"
HEAD = "form: probe\ntitle: {zh: 试, en: Probe}\n"
WORDS = "label: {zh: 问, en: Ask}"
YES = f"    choices:\n      - {{name: yes, {WORDS}}}\n      - {{name: no, {WORDS}}}\n"

#: Content of shipped forms, pinned: a published form is never changed, a change is a file with the next number.
PINNED = {
    "patrol@1": "bd651be92c3ebc70", "verification@1": "ab42f7164dd2fdd1", "visit@1": "7f336d7355722aff",
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def form(*questions: str) -> str:
    return HEAD + "questions:\n" + "".join(questions)


def asks(name: str, kind: str = "text", **more: str) -> str:
    text = f"  - name: {name}\n    type: {kind}\n    {WORDS}\n"
    text += "".join(f'    {key}: "{value}"\n' for key, value in more.items())
    return text + (YES if kind.startswith("select") else "")


def faults(*questions: str) -> list[str]:
    return publishing.faults_of(definition.read(form(*questions)), results_of)


def test_shipped_forms_can_be_published_and_never_change() -> None:
    yaml = pytest.importorskip("yaml")
    for text in shipped().values():
        assert plain_yaml.load(text) == yaml.safe_load(text)
        assert publishing.faults_of(definition.read(text), results_of) == []
    found = {ref: hashlib.sha256(text.encode()).hexdigest()[:16] for ref, text in shipped().items()}
    assert {ref: found[ref] for ref in PINNED} == PINNED


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb:\n  - x\n  - y: 2\n    z: 'q: # not'\nc: {d: [1, two, \"t,hree\"], e: ''}\n",
        "- a\n- - b\n" if False else "- a\n- b: c\n  d: e\n",
        "a:\n- b\n- c\nd: -12\ne: 012x\nf: it''s\ng: 'it''s'\n",
        'a: "line\\nbreak"   # a comment\n\n# another\nb: null\nc: true\n',
        "a:\n  b:\n    c:\n      - {x: y}\nz: '${a} = 1'\n",
    ],
)
def test_what_is_read_every_yaml_reader_reads_alike(text: str) -> None:
    yaml = pytest.importorskip("yaml")
    assert plain_yaml.load(text) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The form is empty"),
        ("a: 1\n\tb: 2", "Line 2 is indented by a tab"),
        ("a: 1\n   b: 2", "Line 2 is indented more"),
        ("a:\n    b: 1\n  c: 2", "Line 3"),
        ("a: 1\na: 2", "Line 2 names a a second time"),
        ("a: &x 1", "Line 1 begins a value with '&'"),
        ("a: !!python/object x", "Line 1 begins a value with '!'"),
        ("a: |\n  text", "Line 1 begins a value with '|'"),
        ("a: {b: 1", "Line 1"),
        ("a: 'b", "Line 1 opens a quote"),
        ("a: {b: 1} c", "Line 1 has more after its closing bracket"),
        ("just words", "Line 1 is no `name: value`"),
        ("a: " + "[" * 40 + "]" * 40, "deeper than"),
        ("a: 1\n" * 4000, "at most 3000 lines"),
    ],
)
def test_a_text_that_cannot_be_read_names_its_line(text: str, says: str) -> None:
    with pytest.raises(plain_yaml.BadYaml, match=says.replace("|", r"\|").replace("[", r"\[")):
        plain_yaml.load(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("form: 1x\ntitle: {zh: a, en: b}\nquestions: []", "`form` must be a name"),
        (HEAD + "questions: []", "has no questions"),
        (HEAD + "colour: red\nquestions:\n" + asks("a"), "does not know `colour`"),
        (form(asks("a", "telepathy")), "Question a has the type telepathy"),
        (form("  - name: a\n    type: text\n    label: hello\n"), "needs its words in both languages"),
        (form(asks("a", relevant="${b} =")), "Question a: `relevant` ends too early"),
        (form("  - name: a\n    type: select_one\n    " + WORDS + "\n"), "without `choices:`"),
    ],
)
def test_a_form_that_is_none_says_which_question(text: str, says: str) -> None:
    with pytest.raises(definition.BadForm, match=says):
        definition.read(text)


@pytest.mark.parametrize(
    ("questions", "says"),
    [
        ([asks("a"), asks("a")], "Two questions are named a"),
        ([asks("a", relevant="${b} = 'x'")], "asks about b, and there is no such question"),
        ([asks("a", "select_one"), asks("b", relevant="${a} = 'maybe'")], "compares a with maybe"),
        ([asks("a", relevant="${b} = 'x'"), asks("b", relevant="${a} = 'x'")], "a → b → a go round in a loop"),
        ([asks("a", relevant="${a} = 'x'")], "a → a go round in a loop"),
        ([asks("a", "select_one"), asks("b", relevant="${a} = 'yes' and ${a} = 'no'")], "Question b can never be reached"),
        ([asks("n", "integer", constraint=". < 10"), asks("b", relevant="${n} > 20")], "Question b can never be reached"),
        (
            [
                asks("a", "select_one"),
                asks("b", "select_one", relevant="${a} = 'yes'"),
                asks("c", relevant="${a} = 'no' and ${b} = 'yes'"),
            ],
            "Question c can never be reached",
        ),
        ([asks("d", "date", constraint=". <= today()"), asks("b", relevant="${d} > today()")], "Question b can never be reached"),
    ],
)  # fmt: skip
def test_what_keeps_a_form_from_being_published_is_named(questions: list[str], says: str) -> None:
    assert any(says in fault for fault in faults(*questions)), faults(*questions)


def test_reachable_questions_are_not_complained_about() -> None:
    assert faults(
        asks("a", "select_one"),
        asks("b", "select_one", relevant="${a} = 'yes'"),
        asks("c", relevant="${b} != 'no'"),
        asks("n", "integer", constraint=". >= 0"),
        asks("e", relevant="${n} > 3 and ${n} < 5"),
        asks("signs", "select_multiple"),
        asks("f", relevant="selected(${signs}, 'yes') and count-selected(${signs}) > 1"),
        asks("g", relevant="string-length(${c}) > 3"),
        asks("d", "date"),
        asks("h", relevant="${d} > '2020-01-10' and ${d} < '2020-01-31'"),
    ) == []  # fmt: skip


def test_the_result_must_be_a_result_of_the_kind() -> None:
    text = "form: probe\ntitle: {zh: 试, en: Probe}\nfor: [visit, dance]\nresult: a\nquestions:\n" + asks("a", "select_one")
    told = publishing.faults_of(definition.read(text), results_of)
    assert any("must be required" in one for one in told)
    assert any("dance" in one for one in told)
    assert any("yes is no result of a task of the kind visit" in one for one in told)


FILLED = definition.read(
    form(
        asks("a", "select_one", required="true").replace('"true"', "true"),
        asks("b", "select_multiple", relevant="${a} = 'yes'"),
        asks("n", "integer", relevant="selected(${b}, 'no')", constraint=". > 3"),
        asks("d", "date", constraint=". <= today()"),
        asks("t", "time"),
        asks("x", "decimal"),
        asks("p", "geopoint"),
        asks("w"),
    )
)


@pytest.mark.parametrize(
    ("told", "kept", "wrong"),
    [
        ({"a": "no", "b": ["yes"], "n": "1"}, {"a": "no"}, set()),
        ({"a": "yes", "b": ["no", "yes"], "n": "7"}, {"a": "yes", "b": ["yes", "no"], "n": 7}, set()),
        ({"a": "yes", "b": ["no"], "n": "3"}, {"a": "yes", "b": ["no"]}, {"n"}),
        ({"a": "yes", "b": ["yes"], "n": "3"}, {"a": "yes", "b": ["yes"]}, set()),
        ({}, {}, {"a"}),
        ({"a": "perhaps"}, {}, {"a"}),
        ({"a": "no", "d": "2020-02-04", "t": "8:30", "x": "1e9", "p": "28 120"}, {"a": "no", "p": "28 120"}, {"d", "t", "x"}),
        ({"a": "no", "d": "2020-02-03", "x": "-1.5"}, {"a": "no", "d": "2020-02-03", "x": -1.5}, set()),
        ({"a": "no", "w": "x" * 501, "p": "here"}, {"a": "no"}, {"w", "p"}),
        ({"a": "no", "zz": "not asked"}, {"a": "no"}, set()),
        ({"a": "no", "d": "31.2.2020", "w": {"deep": 1}}, {"a": "no", "w": "{'deep': 1}"}, {"d"}),
    ],
)  # fmt: skip
def test_answers_are_held_against_the_form(told: dict[str, Any], kept: dict[str, Any], wrong: set[str]) -> None:
    filled = answers.check(FILLED, told, today=TODAY)
    assert (filled.answers, set(filled.faults)) == (kept, wrong)


def test_faults_are_named_in_the_readers_language() -> None:
    loop = form(asks("a", relevant="${b} = 'x'"), asks("b", relevant="${a} = 'x'"))
    never = form(asks("a", "select_one"), asks("b", relevant="${a} = 'yes' and ${a} = 'no'"))
    with translation.override("zh-hans"):
        assert publishing.faults_of(definition.read(loop), results_of) == [
            "a → b → a 的条件互相依赖，形成循环；其中一个不得再依赖其他问题。"
        ]
        assert "问题 b 永远问不到" in publishing.faults_of(definition.read(never), results_of)[0]
        with pytest.raises(definition.BadForm, match="第 2 行"):
            definition.read("a: 1\n\tb: 2")
        with pytest.raises(definition.BadForm, match="问题 a : `relevant`：没有写完"):
            definition.read(form(asks("a", relevant="${b} =")))
