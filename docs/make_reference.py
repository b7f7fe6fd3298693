"""Writes `docs/reference/*.md` from the code: roles and rights, ledger kinds, commands, rules and
the interface for programs. A test holds them to be current.

.venv/bin/python docs/make_reference.py
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
SPEC = ROOT / "tests" / "spec"
#: Methods of an Act that write the ledger; the first argument is the kind.
WRITERS = {"log", "log_many"}


def pages() -> dict[str, str]:
    """File name → content, as it must stand in the folder."""
    made = {"rights": rights, "ledger": ledger, "commands": commands, "rules": rules, "interface": interface}
    return {f"{name}.md": make() for name, make in made.items()}


def rights() -> str:
    from nanxi.foundation.rights import Right, Role

    lines = [
        "# Roles and rights",
        "",
        "Generated from `nanxi/foundation/rights.py`. Changing a right is a release, not a setting.",
        "",
    ]
    for role in Role:
        how = "bound phone and PIN" if role.works_by_device else "password and second factor"
        lines += [f"## {role.label} (`{role.code}`)", "", f"Signs in by {how}.", ""]
        lines += [f"- {right.sentence}" for right in Right if right in role.rights] + [""]
    return "\n".join(lines)


def ledger() -> str:
    lines = [
        "# Kinds of ledger entries", "",
        "Generated from the code. `room.thing.deed`; facts hold ids, codes, counts and fixed words, never a name or free text.",
        "",
        "| kind | written by |", "|---|---|",
    ]  # fmt: skip
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "nanxi").rglob("*.py")):
        if "tests" not in path.parts:
            for kind in kinds_in(path.read_text(encoding="utf-8")):
                found.setdefault(kind, set()).add(path.relative_to(ROOT).as_posix())
    lines += [f"| `{kind}` | {', '.join(f'`{place}`' for place in sorted(found[kind]))} |" for kind in sorted(found)]
    return "\n".join([*lines, ""])


def kinds_in(source: str) -> Iterator[str]:
    """Kinds a module writes, read from its syntax tree; of a kind made up while running, the fixed beginning."""
    tree = ast.parse(source)
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITERS and node.args):
            continue
        first = node.args[0]
        for text in _texts(named.get(first.id, first) if isinstance(first, ast.Name) else first):
            if re.fullmatch(r"[a-z_]+(\.[a-z_…]+)+", text):
                yield text


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)


def commands() -> str:
    import importlib

    from nanxi.cli import ROOMS

    parser = argparse.ArgumentParser(prog="nanxi")
    subparsers = parser.add_subparsers()
    for module in dict.fromkeys(ROOMS.values()):
        importlib.import_module(module).add_commands(subparsers)
    lines = ["# Command line", "", "Generated from the parsers. Bad input ends with exit code 2 and one sentence.", ""]
    for usage in _usages(parser):
        lines += ["```", usage.strip(), "```", ""]
    return "\n".join(lines)


def _usages(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Help of each command that has no further commands below it."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=110)
        yield parser.format_help()
    for action in below:
        for one in action.choices.values():
            yield from _usages(one)


def interface() -> str:
    """Every operation of the interfaces for programs, from their descriptions."""
    from nanxi.desk import api as desk
    from nanxi.field import api as field
    from nanxi.foundation import terminals

    lines = [
        "# The interface for programs", "",
        "Generated from the descriptions that the program itself answers under `/desk/api/v1/openapi.json` and",
        "`/field/api/v1/openapi.json` (OpenAPI 3.1; those name every field). How to use it: `docs/how-to/use-the-interface.md`.",
        "Each write carries an `Idempotency-Key`; each refusal is a problem (RFC 9457).",
        "",
    ]  # fmt: skip
    for title, room in (("Desk", desk), ("Field", field)):
        lines += [f"## {title}", "", "| call | sends | answers | |", "|---|---|---|---|"]
        for path, operations in sorted(terminals.described(room.api, room.PREFIX)["paths"].items()):
            lines += [_operation(method, path, told) for method, told in operations.items()]
        lines.append("")
    return "\n".join(lines)


def _operation(method: str, path: str, told: dict[str, Any]) -> str:
    good = next(((status, answer) for status, answer in told["responses"].items() if int(status) < 300), ("", {}))
    sends = _shape(told.get("requestBody", {}))
    asked = ", ".join(f"`{one['name']}`" for one in told.get("parameters", []) if one["in"] == "query")
    what = " ".join((told.get("description") or "").split()).replace("|", "\\|")
    return f"| `{method.upper()} {path}` | {sends or asked} | {good[0]} {_shape(good[1])} | {what} |"


def _shape(part: dict[str, Any]) -> str:
    """The name of what a body is made of; a list is told by brackets."""
    for content in part.get("content", {}).values():
        schema = content.get("schema", {})
        inner = schema.get("items", schema)
        name = inner.get("$ref", "").rpartition("/")[2]
        return f"`[{name}]`" if "items" in schema else f"`{name}`" if name else ""
    return ""


def rules() -> str:
    """The rules as the tests read them: every table of tests/spec, in one page."""
    lines = ["# Rules as tables", "", "Generated from `tests/spec`: what stands here is what the tests hold the code to.", ""]
    for path in sorted(SPEC.glob("*.md")):
        text = path.read_text(encoding="utf-8").strip()
        lines += [re.sub(r"^(#+) ", r"#\1 ", text, flags=re.M), ""]
    return "\n".join(lines)


def main() -> int:
    import os

    import django
    from django.utils import translation

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanxi.settings")
    django.setup()
    # The sentences of rights are marked for translation; here they are read as they stand.
    translation.activate("en")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main())
