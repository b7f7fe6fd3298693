"""Conditions of a form: XLSForm's expressions read into trees of plain lists, and evaluated. Pure.

`${age} >= 60 and selected(${signs}, 'fever')` → ["and", [">=", ["ref", "age"], ["lit", 60.0]], ["selected", …]]. The browser gets
the tree, never the text, and evaluates it by static/desk/conditions.js, which must agree with `value_of` in every case.

Nothing answered is nothing: it equals only '' and is neither more nor less than anything. Texts are ordered only as ISO dates and
times, because two languages sort other texts differently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from django.utils.translation import gettext as _

#: What a question may be answered with; several choices are a list of their names.
Answer = Union[str, float, int, bool, list[str], None]  # noqa: UP007
#: A tree: an operator and its parts, as JSON carries it.
Tree = list["Tree | str | float | None"]

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")|\$\{(?P<ref>[a-z][a-z0-9_]*)\}"
    r"|(?P<word>[a-z][a-z-]*)|(?P<sign><=|>=|!=|[=<>+\-*(),.]))"
)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
ORDERED = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?|\d{2}:\d{2}(?::\d{2})?")
#: Function → how many parts it takes, and its operator in the tree.
FUNCTIONS = {
    "not": (1, "not"),
    "selected": (2, "selected"),
    "count-selected": (1, "count"),
    "string-length": (1, "length"),
    "today": (0, "today"),
}
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


class BadCondition(ValueError):
    """A condition that cannot be read; the message says where."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Tree:
    """The tree of a condition. Raises BadCondition naming the place and what was expected."""
    return _Reader(text).whole()


def _tokens(text: str) -> Iterator[Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise BadCondition(
                _("cannot read %(text)s at character %(place)s") % {"text": repr(text[at:].strip()[:12]), "place": at + 1}
            )
        yield Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup))
        at = found.end()


class _Reader:
    """Recursive descent: or, and, comparison, sum, product, part."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0

    def whole(self) -> Tree:
        tree = self._or()
        if self.place < len(self.tokens):
            raise BadCondition(
                _("does not expect %(text)s at character %(place)s")
                % {"text": repr(self.tokens[self.place].text), "place": self.tokens[self.place].at + 1}
            )
        return tree

    def _next_is(self, *texts: str) -> str:
        """Take the next sign or word if it is one of these; "" when it is not."""
        if self.place < len(self.tokens):
            token = self.tokens[self.place]
            if token.kind in {"sign", "word"} and token.text in texts:
                self.place += 1
                return token.text
        return ""

    def _or(self) -> Tree:
        tree = self._and()
        while self._next_is("or"):
            tree = ["or", tree, self._and()]
        return tree

    def _and(self) -> Tree:
        tree = self._comparison()
        while self._next_is("and"):
            tree = ["and", tree, self._comparison()]
        return tree

    def _comparison(self) -> Tree:
        tree = self._sum()
        sign = self._next_is(*COMPARISONS)
        return [sign, tree, self._sum()] if sign else tree

    def _sum(self) -> Tree:
        tree = self._product()
        while sign := self._next_is("+", "-"):
            tree = [sign, tree, self._product()]
        return tree

    def _product(self) -> Tree:
        tree = self._part()
        while sign := self._next_is("*", "div", "mod"):
            tree = [sign, tree, self._part()]
        return tree

    def _part(self) -> Tree:
        if self.place >= len(self.tokens):
            raise BadCondition(_("ends too early"))
        token = self.tokens[self.place]
        self.place += 1
        if token.kind == "number":
            return ["lit", float(token.text)]
        if token.kind == "text":
            return ["lit", token.text[1:-1]]
        if token.kind == "ref":
            return ["ref", token.text]
        if token.kind == "word":
            return self._call(token)
        if token.text == ".":
            return ["self"]
        if token.text == "-":
            return ["-", ["lit", 0.0], self._part()]
        if token.text == "(":
            tree = self._or()
            self._close()
            return tree
        raise BadCondition(
            _("does not expect %(text)s at character %(place)s") % {"text": repr(token.text), "place": token.at + 1}
        )

    def _call(self, name: Token) -> Tree:
        if name.text not in FUNCTIONS:
            raise BadCondition(
                _("knows no function %(function)s(); it knows %(known)s")
                % {"function": name.text, "known": ", ".join(sorted(FUNCTIONS))}
            )
        wanted, operator = FUNCTIONS[name.text]
        if not self._next_is("("):
            raise BadCondition(_("expects ( after %(function)s") % {"function": name.text})
        parts: list[Tree] = []
        while len(parts) < wanted:
            if parts and not self._next_is(","):
                raise BadCondition(_("%(function)s() takes %(wanted)s values") % {"function": name.text, "wanted": wanted})
            parts.append(self._or())
        self._close()
        return [operator, *parts]

    def _close(self) -> None:
        if not self._next_is(")"):
            raise BadCondition(_("misses a closing )"))


def references(tree: Tree) -> set[str]:
    """Names of the questions a condition asks about."""
    if tree[0] == "ref":
        return {str(tree[1])}
    return set().union(*(references(part) for part in tree[1:] if isinstance(part, list)))


def literals_beside(tree: Tree, name: str) -> set[str | float]:
    """The constants that a condition compares a question with."""
    parts = [part for part in tree[1:] if isinstance(part, list)]
    found: set[str | float] = set().union(*(literals_beside(part, name) for part in parts)) if parts else set()
    if len(parts) == 2 and any(part == ["ref", name] for part in parts):
        found |= {part[1] for part in parts if part[0] == "lit" and isinstance(part[1], (str, float))}
    return found


def holds(tree: Tree | None, answers: Mapping[str, Answer], *, own: Answer = None, today: str = "") -> bool:
    """Whether a condition holds for these answers; no condition always does. own: the value of `.`; today: ISO date."""
    return tree is None or _true(value_of(tree, answers, own=own, today=today))


def value_of(tree: Tree, answers: Mapping[str, Answer], *, own: Answer = None, today: str = "") -> Answer:
    """What a tree comes to."""
    operator, parts = str(tree[0]), tree[1:]
    if operator == "lit":
        return _tidy(parts[0])  # type: ignore[arg-type]
    if operator == "ref":
        return _tidy(answers.get(str(parts[0])))
    if operator == "self":
        return _tidy(own)
    if operator == "today":
        return _tidy(today)
    values = [value_of(part, answers, own=own, today=today) for part in parts if isinstance(part, list)]
    return _OPERATORS[operator](*values)


def _tidy(value: Answer) -> Answer:
    """Nothing answered is None, numbers are floats."""
    if value is None or value == "" or value == []:
        return None
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _true(value: Answer) -> bool:
    return bool(value)


def _number(value: Answer) -> float | None:
    if isinstance(value, (bool, int, float)):
        return float(value)
    return float(value) if isinstance(value, str) and NUMBER.fullmatch(value) else None


def _equal(left: Answer, right: Answer) -> bool:
    if left is None or right is None:
        return left is right
    if isinstance(left, (bool, float)) or isinstance(right, (bool, float)):
        one, other = _number(left), _number(right)
        return one is not None and one == other
    return left == right


def _order(left: Answer, right: Answer) -> int | None:
    """-1, 0 or 1; None where there is no order."""
    if left is None or right is None:
        return None
    if isinstance(left, str) and isinstance(right, str):
        if ORDERED.fullmatch(left) and ORDERED.fullmatch(right):
            return (left > right) - (left < right)
        return None
    one, other = _number(left), _number(right)
    return None if one is None or other is None else (one > other) - (one < other)


def _reckon(left: Answer, right: Answer, sign: str) -> Answer:
    one, other = _number(left), _number(right)
    if one is None or other is None or (sign in {"div", "mod"} and other == 0):
        return None
    if sign == "mod":
        return math.fmod(one, other)
    return {"+": one + other, "-": one - other, "*": one * other}[sign] if sign != "div" else one / other


def _selected(chosen: Answer, name: Answer) -> bool:
    return isinstance(name, str) and (name in chosen if isinstance(chosen, list) else chosen == name)


def _count(chosen: Answer) -> Answer:
    return float(len(chosen)) if isinstance(chosen, Sequence) and not isinstance(chosen, str) else float(chosen is not None)


_OPERATORS = {
    "or": lambda a, b: _true(a) or _true(b),
    "and": lambda a, b: _true(a) and _true(b),
    "not": lambda a: not _true(a),
    "=": _equal,
    "!=": lambda a, b: not _equal(a, b),
    "<": lambda a, b: _order(a, b) == -1,
    "<=": lambda a, b: _order(a, b) in {-1, 0},
    ">": lambda a, b: _order(a, b) == 1,
    ">=": lambda a, b: _order(a, b) in {0, 1},
    "+": lambda a, b: _reckon(a, b, "+"),
    "-": lambda a, b: _reckon(a, b, "-"),
    "*": lambda a, b: _reckon(a, b, "*"),
    "div": lambda a, b: _reckon(a, b, "div"),
    "mod": lambda a, b: _reckon(a, b, "mod"),
    "selected": _selected,
    "count": _count,
    "length": lambda a: float(len(a)) if isinstance(a, str) else 0.0,
}
