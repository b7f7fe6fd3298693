"""What keeps a form from being published: names twice, references to nothing, loops, questions nobody can ever reach. Pure.

A question is unreachable when no answers to the questions before it make it relevant. That is tried out: every question its
condition rests on takes each of its choices, or the constants it is compared with and their neighbours. More combinations than
`MOST_TRIED` are not tried, and the question then passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from itertools import product
from math import prod

from django.utils.translation import gettext as _

from nanxi.desk.questions import conditions
from nanxi.desk.questions.conditions import Answer
from nanxi.desk.questions.definition import Form, Question

MOST_TRIED = 50_000
#: Days around which date conditions are tried.
TODAY = "2020-02-03"


def faults_of(form: Form, results_of: Callable[[str], Iterable[str] | None]) -> list[str]:
    """Every reason against publishing, one sentence each. results_of: kind of task → its results, None for no such kind."""
    faults = [*_names(form), *_references(form)]
    if faults:
        return faults
    loop = loop_in(form)
    if loop:
        return [
            _("The conditions of %(loop)s go round in a loop; one of them must not depend on the others.")
            % {"loop": " → ".join(loop)}
        ]
    faults = [
        _("Question %(question)s can never be reached: no answers make `%(condition)s` true.")
        % {"question": question.name, "condition": question.relevant}
        for question in form.questions
        if question.when is not None and not reachable(form, question)
    ]
    return [*faults, *_outcome(form, results_of)]


def _names(form: Form) -> Iterable[str]:
    seen: set[str] = set()
    for question in form.questions:
        if question.name in seen:
            yield _("Two questions are named %(question)s; every name stands once.") % {"question": question.name}
        seen.add(question.name)
        chosen = question.choice_names
        for name in sorted({name for name in chosen if chosen.count(name) > 1}):
            yield _("Question %(question)s offers the choice %(name)s twice.") % {"question": question.name, "name": name}


def _references(form: Form) -> Iterable[str]:
    for question in form.questions:
        for what, tree in (("relevant", question.when), ("constraint", question.rule)):
            if tree is None:
                continue
            for name in sorted(conditions.references(tree)):
                asked = form.question(name)
                if asked is None or not asked.asks:
                    yield _("Question %(question)s: `%(what)s` asks about %(name)s, and there is no such question.") % {
                        "question": question.name,
                        "what": what,
                        "name": name,
                    }
                elif asked.choices:
                    for text in sorted(str(one) for one in conditions.literals_beside(tree, name)):
                        if text and text not in asked.choice_names:
                            yield _(
                                "Question %(question)s: `%(what)s` compares %(name)s with %(text)s, which is none of its choices."
                            ) % {"question": question.name, "what": what, "name": name, "text": text}


def loop_in(form: Form) -> list[str]:
    """The names of a loop among the conditions of relevance, in order; empty when there is none."""
    rests = {question.name: sorted(conditions.references(question.when)) if question.when else [] for question in form.questions}
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in rests.get(name, []):
            if found := walk(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in rests if (found := walk(name, []))), [])


def reachable(form: Form, question: Question) -> bool:
    """Whether some answers make a question relevant. The form has no loop."""
    rests = _rests_on(form, question)
    tried = {name: _tries(form, form.question(name)) for name in rests}  # type: ignore[arg-type]
    if prod(len(values) for values in tried.values()) > MOST_TRIED:
        return True
    for values in product(*tried.values()):
        answers = dict(zip(rests, values, strict=True))
        if conditions.holds(question.when, _asked(form, rests, answers), today=TODAY):
            return True
    return False


def _rests_on(form: Form, question: Question) -> list[str]:
    """The questions a condition rests on, directly or through another, each after those it rests on itself."""
    order: list[str] = []

    def walk(one: Question) -> None:
        for name in sorted(conditions.references(one.when) if one.when else ()):
            if name not in order:
                walk(form.question(name))  # type: ignore[arg-type]
                order.append(name)

    walk(question)
    return order


def _asked(form: Form, rests: list[str], answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers without those to questions that would not have been asked, or would have been refused."""
    kept: dict[str, Answer] = {}
    for name in rests:
        question = form.question(name)
        assert question is not None
        value = answers[name]
        fits = conditions.holds(question.when, kept, today=TODAY)
        if fits and value is not None and conditions.holds(question.rule, {**kept, name: value}, own=value, today=TODAY):
            kept[name] = value
    return kept


def _tries(form: Form, question: Question) -> list[Answer]:
    """Answers worth trying: nothing, each choice, the constants compared with and what lies beside them."""
    names = question.choice_names
    if question.type == "select_one":
        return [None, *names]
    if question.type == "select_multiple":
        return [None, *([name] for name in names), names, names[:2]]
    beside: set[str | float] = set()
    for other in form.questions:
        for tree in (other.when, other.rule):
            beside |= _constants(tree) if tree else set()
    if question.type in {"integer", "decimal"}:
        numbers = sorted({0.0, 1.0, *(one + step for one in beside if isinstance(one, float) for step in (-1, 0, 1))})
        return [None, *numbers]
    texts = sorted(one for one in beside if isinstance(one, str) and one)
    usual = {"date": ["1900-01-01", TODAY, "2999-12-31"], "time": ["00:00", "12:00", "23:59"]}
    return [None, *usual.get(question.type, ["x", "x" * 50]), *texts, *(near for text in texts for near in _days_beside(text))]


def _days_beside(text: str) -> list[str]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return []
    return [(day + timedelta(days=step)).isoformat() for step in (-1, 1)]


def _constants(tree: conditions.Tree) -> set[str | float]:
    if tree[0] == "lit":
        return {tree[1]} if isinstance(tree[1], (str, float)) else set()
    return set().union(*(_constants(part) for part in tree[1:] if isinstance(part, list)))


def _outcome(form: Form, results_of: Callable[[str], Iterable[str] | None]) -> Iterable[str]:
    """The question of the result must be asked always, and answer with results that the kinds of task have."""
    if not form.kinds:
        return
    question = form.question(form.result)
    if question is None or question.type != "select_one":
        yield _("Name under `result:` the question of one choice whose answer is the result of the task.")
        return
    if not question.required or question.when is not None:
        yield _("Question %(question)s gives the result, so it must be required and always asked.") % {"question": question.name}
    if form.remark and ((remark := form.question(form.remark)) is None or remark.type != "text"):
        yield _("`remark:` names %(remark)s, which is no question of text.") % {"remark": form.remark}
    for kind in form.kinds:
        allowed = results_of(kind)
        if allowed is None:
            yield _("`for:` names %(kind)s, and there is no such kind of task.") % {"kind": kind}
            continue
        for name in [name for name in question.choice_names if name not in set(allowed)]:
            yield _("The choice %(name)s is no result of a task of the kind %(kind)s; it knows %(known)s.") % {
                "name": name,
                "kind": kind,
                "known": ", ".join(allowed),
            }
