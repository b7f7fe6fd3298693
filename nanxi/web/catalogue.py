"""The words on screen: compiles each app's Chinese catalogue, and finds msgids that lack a translation or are no longer used.

English stands in the code, Chinese in the app's own `locale/zh_Hans/LC_MESSAGES/django.po`; `.mo` files are built, never
committed. `python -m nanxi.web.catalogue` compiles all; `… check` lists what is missing.
"""

from __future__ import annotations

import ast
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HOUSE = Path(__file__).resolve().parent.parent
PO = Path("locale/zh_Hans/LC_MESSAGES/django.po")
#: Where words that several rooms share may stand: the shell and the ground floor.
SHARED = ("web", "foundation")
KEYWORDS: dict[str, Any] = dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "N_"), None)
KEYWORDS |= {"ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2)}


_TEXT = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
CALL = re.compile(rf"n?p?gettext\((?:[^()\"']|{_TEXT})*\)|_\((?:{_TEXT})\)")


def rooms(house: Path = HOUSE) -> list[Path]:
    """The folders of all Django apps of the house."""
    return sorted(path.parent for path in house.glob("*/apps.py"))


def refresh(house: Path = HOUSE) -> list[Path]:
    """Compile catalogues whose .mo is missing or older; several processes may do so at once. Returns what was built."""
    built = []
    for room in rooms(house):
        source = room / PO
        target = source.with_suffix(".mo")
        if source.exists() and (not target.exists() or target.stat().st_mtime < source.stat().st_mtime):
            compile_one(source, target)
            built.append(target)
    return built


def compile_one(source: Path, target: Path) -> None:
    """Write one .mo beside its .po, whole or not at all. Raises ValueError naming the file when the .po is broken."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans", abort_invalid=True)
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        write_mo(file, catalogue)
    os.chmod(name, 0o644)
    os.replace(name, target)


@dataclass
class Words:
    """What one app says (msgid → first place) and every text constant of its code."""

    said: dict[str, str] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)


def words_of(room: Path) -> Words:
    """All msgids of an app's Python and templates, tests and migrations left out."""
    words = Words()
    for path in sorted(room.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(room).parts):
            _from_python(path, words)
    for path in sorted(room.rglob("templates/**/*.html")):
        for message in template_messages(path.read_text(encoding="utf-8")):
            words.said.setdefault(message, str(path.relative_to(room)))
    return words


def _from_python(path: Path, words: Words) -> None:
    text = path.read_text(encoding="utf-8")
    for line, message in _messages(text):
        words.said.setdefault(message, f"{path.name}:{line}")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.constants.add(node.value)


def _messages(python: str) -> Iterator[tuple[int, str]]:
    for line, _, found, _ in extract_python(io.BytesIO(python.encode()), KEYWORDS, [], {"encoding": "utf-8"}):
        message = found if isinstance(found, str) else next((part for part in found or () if part), None)
        if message:
            yield line, message


def template_messages(text: str) -> list[str]:
    """The msgids of a template, as Django's own tags would ask for them."""
    from django.utils.translation.template import templatize

    # What is not a message comes back as a row of X; only the calls matter, and indentation would confuse the tokenizer.
    calls = CALL.findall(templatize(text))
    return [message for _, message in _messages("\n".join(calls))]


def translated(room: Path) -> dict[str, str]:
    """msgid → Chinese of one app's catalogue; empty or fuzzy entries are left out."""
    source = room / PO
    if not source.exists():
        return {}
    with source.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans", abort_invalid=True)
    rows: dict[str, str] = {}
    for message in catalogue:
        text = message.string if isinstance(message.string, str) else "".join(message.string or ())
        key = message.id if isinstance(message.id, str) else message.id[0]
        if key and text and not message.fuzzy:
            rows[key] = text
    return rows


def missing(room: Path, house: Path = HOUSE) -> dict[str, str]:
    """msgids of an app that neither it nor a shared catalogue translates → where they stand."""
    known = set(translated(room))
    for shared in SHARED:
        known |= set(translated(house / shared))
    return {message: place for message, place in words_of(room).said.items() if message not in known}


def unused(room: Path, house: Path = HOUSE) -> set[str]:
    """Translated msgids that nobody says any more. Shared catalogues may serve every room."""
    readers = rooms(house) if room.name in SHARED else [room]
    used: set[str] = set()
    for reader in readers:
        words = words_of(reader)
        used |= set(words.said) | words.constants
    return set(translated(room)) - used


def faulty(room: Path) -> list[str]:
    """msgids whose translation lost or invented a placeholder."""
    marks = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
    return [key for key, text in translated(room).items() if sorted(marks.findall(key)) != sorted(marks.findall(text))]


def main(words: list[str]) -> int:
    if words != ["check"]:
        for target in refresh():
            print(f"built {target.relative_to(HOUSE)}")
        return 0
    lines = [f"{room.name}: {place}: not translated: {message!r}" for room in rooms() for message, place in missing(room).items()]
    lines += [f"{room.name}: no longer used: {message!r}" for room in rooms() for message in sorted(unused(room))]
    print("\n".join(lines) or "every word on screen has its translation")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
