"""The rehearsal writes files and plays clients: it imports no Django, no service, no model and no engine."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[1]
ALLOWED = ("nanxi.rehearsal", "nanxi.cli")
SOURCES = sorted(path for path in ROOM.rglob("*.py") if "tests" not in path.parts)


def imports_of(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in {
            "import_module",
            "__import__",
        }:
            names.add("django")
    return names


def forbidden(names: set[str]) -> set[str]:
    own = {name for name in names if name.split(".")[0] == "nanxi" and not name.startswith(ALLOWED)}
    return own | {name for name in names if name.split(".")[0] in {"django", "psycopg", "procrastinate", "ninja", "sqlite3"}}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOM)))
def test_no_module_of_the_rehearsal_reaches_into_the_desk(path: Path) -> None:
    assert forbidden(imports_of(path.read_text(encoding="utf-8"))) == set()


@pytest.mark.parametrize(
    "line",
    [
        "import django",
        "from nanxi.people.services import record_claim",
        "import psycopg",
        "importlib.import_module('x')",
        "from nanxi.foundation.models import Area",
    ],
)
def test_the_check_sees_what_it_forbids(line: str) -> None:
    assert forbidden(imports_of(line))
