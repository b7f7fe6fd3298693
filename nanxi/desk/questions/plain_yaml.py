"""Reads the part of YAML that forms are written in: nested maps and lists by indentation, short ones in { } and [ ]. Pure.

Every scalar stays as it was written, but true, false and whole numbers without quotes; no anchors, tags, block texts or several
documents. So a choice named `no` stays a text, and a file can neither blow up nor make objects. What is read here every YAML
reader reads alike, but for bare yes/no/on/off, which older ones take for true and false: quote those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

KEY = re.compile(r"(?P<key>[A-Za-z][\w-]*):(?:\s+(?P<rest>.*))?$")
#: A form of the longest kind has some hundred lines.
MOST_LINES, DEEPEST = 3000, 12


class BadYaml(ValueError):
    """The text cannot be read; the message names the line and what to do."""


@dataclass(frozen=True)
class Line:
    number: int
    indent: int
    text: str


def load(text: str) -> Any:
    """The value of a whole text. Raises BadYaml naming the line."""
    lines = list(_lines(text))
    if not lines:
        raise BadYaml(_("The form is empty; begin with `form: name`."))
    value, at = _block(lines, 0, lines[0].indent, 0)
    if at < len(lines):
        raise BadYaml(_("Line %(line)s is indented less than the lines above it belong to.") % {"line": lines[at].number})
    return value


def _lines(text: str) -> list[Line]:
    found: list[Line] = []
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        if number > MOST_LINES:
            raise BadYaml(_("A form has at most %(most)s lines; this text is longer.") % {"most": MOST_LINES})
        bare = _without_comment(raw).rstrip()
        body = bare.lstrip(" ")
        if body.startswith("\t"):
            raise BadYaml(_("Line %(line)s is indented by a tab; use blanks.") % {"line": number})
        if body and body != "---":
            found.append(Line(number, len(bare) - len(body), body))
    return found


def _without_comment(raw: str) -> str:
    quote = ""
    for at, sign in enumerate(raw):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and (at == 0 or raw[at - 1] in " [{,:"):
            quote = sign
        elif sign == "#" and (at == 0 or raw[at - 1] == " "):
            return raw[:at]
    return raw


def _block(lines: list[Line], at: int, indent: int, depth: int) -> tuple[Any, int]:
    """The map or list whose lines stand at `indent`, and where the next one begins."""
    if depth > DEEPEST:
        raise BadYaml(_("Line %(line)s lies deeper than %(most)s levels.") % {"line": lines[at].number, "most": DEEPEST})
    is_list = lines[at].text == "-" or lines[at].text.startswith("- ")
    return (_list if is_list else _map)(lines, at, indent, depth)


def _list(lines: list[Line], at: int, indent: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while at < len(lines) and lines[at].indent == indent and (lines[at].text == "-" or lines[at].text.startswith("- ")):
        line = lines[at]
        rest = line.text[1:].lstrip()
        if not rest:
            value, at = _below(lines, at + 1, indent, depth, line)
        elif KEY.match(rest) and rest[0] not in "'\"{[":
            # `- name: x` opens a map whose further keys stand below `name`.
            inner = indent + len(line.text) - len(rest)
            lines[at] = Line(line.number, inner, rest)
            value, at = _map(lines, at, inner, depth + 1)
        else:
            value, at = _scalar(rest, line.number), at + 1
        found.append(value)
    return found, at


def _map(lines: list[Line], at: int, indent: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while at < len(lines) and lines[at].indent == indent:
        line = lines[at]
        pair = KEY.match(line.text)
        if pair is None:
            raise BadYaml(_("Line %(line)s is no `name: value`.") % {"line": line.number})
        key, rest = pair["key"], (pair["rest"] or "").strip()
        if key in found:
            raise BadYaml(_("Line %(line)s names %(key)s a second time.") % {"line": line.number, "key": key})
        if rest:
            found[key], at = _scalar(rest, line.number), at + 1
        else:
            found[key], at = _below(lines, at + 1, indent, depth, line)
    if at < len(lines) and lines[at].indent > indent:
        raise BadYaml(_("Line %(line)s is indented more than the line it belongs to.") % {"line": lines[at].number})
    return found, at


def _below(lines: list[Line], at: int, indent: int, depth: int, owner: Line) -> tuple[Any, int]:
    """The block under a key or a dash. A list may stand at its key's own indentation."""
    if at < len(lines) and (lines[at].indent > indent or (lines[at].indent == indent and lines[at].text.startswith("- "))):
        if lines[at].indent == indent and owner.text.startswith("-"):
            return None, at
        return _block(lines, at, lines[at].indent, depth + 1)
    return None, at


def _scalar(text: str, number: int) -> Any:
    if text[0] in "|>&*!%@`":
        raise BadYaml(
            _("Line %(line)s begins a value with %(sign)s, which forms do not use; put it in quotes.")
            % {"line": number, "sign": repr(text[0])}
        )
    if text[0] in "{[":
        value, rest = _flow(text, number)
        if rest.strip():
            raise BadYaml(
                _("Line %(line)s has more after its closing bracket: %(rest)s.")
                % {"line": number, "rest": repr(rest.strip()[:20])}
            )
        return value
    if text[0] in "'\"":
        value, rest = _quoted(text, number)
        if rest.strip():
            raise BadYaml(_("Line %(line)s has more after its closing quote.") % {"line": number})
        return value
    return _word(text)


def _word(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    if text in {"null", "~"}:
        return None
    return int(text) if re.fullmatch(r"-?(0|[1-9]\d{0,14})", text) else text


def _quoted(text: str, number: int) -> tuple[str, str]:
    quote, out, at = text[0], "", 1
    while at < len(text):
        sign = text[at]
        if sign == quote:
            if quote == "'" and text[at + 1 : at + 2] == "'":
                out, at = out + "'", at + 2
                continue
            return out, text[at + 1 :]
        if sign == "\\" and quote == '"':
            at += 1
            sign = {"n": "\n", "t": "\t"}.get(text[at : at + 1], text[at : at + 1])
        out, at = out + sign, at + 1
    raise BadYaml(_("Line %(line)s opens a quote and does not close it.") % {"line": number})


def _flow(text: str, number: int, depth: int = 0) -> tuple[Any, str]:
    """A short map or list on one line, and what follows it."""
    if depth > DEEPEST:
        raise BadYaml(_("Line %(line)s lies deeper than %(most)s levels.") % {"line": number, "most": DEEPEST})
    is_map, rest = text[0] == "{", text[1:].lstrip()
    closing = "}" if is_map else "]"
    pairs: dict[str, Any] = {}
    items: list[Any] = []
    while rest and rest[0] != closing:
        key = ""
        if is_map:
            pair = re.match(r"([A-Za-z][\w-]*):\s+", rest)
            if pair is None:
                raise BadYaml(
                    _("Line %(line)s: write `name: value` inside the braces, with a blank after the colon.") % {"line": number}
                )
            key, rest = pair[1], rest[pair.end() :]
        value, rest = _flow_value(rest, number, depth)
        if is_map:
            pairs[key] = value
        else:
            items.append(value)
        rest = rest.lstrip()
        if rest.startswith(","):
            rest = rest[1:].lstrip()
        elif not rest.startswith(closing):
            raise BadYaml(_("Line %(line)s misses a comma or %(closing)s.") % {"line": number, "closing": closing})
    if not rest:
        raise BadYaml(_("Line %(line)s opens a bracket and does not close it on the same line.") % {"line": number})
    return (pairs if is_map else items), rest[1:]


def _flow_value(rest: str, number: int, depth: int) -> tuple[Any, str]:
    if rest[:1] in ("{", "["):
        return _flow(rest, number, depth + 1)
    if rest[:1] in ("'", '"'):
        return _quoted(rest, number)
    word = re.match(r"[^,{}\[\]]*", rest)
    assert word is not None
    return _word(word[0].strip()), rest[word.end() :]
