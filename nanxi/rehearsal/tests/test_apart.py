"""The rehearsal writes files and plays clients: it imports no Django, no service, no model and no engine. The clients know the
county's papers and how phones err, nothing of its truth."""

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


#: What clients may share with the rest of the rehearsal: the county's time and the noise of phones.
KNOWN_TO_CLIENTS = ("nanxi.cli", *(f"nanxi.rehearsal.{name}" for name in ("play", "life", "noise", "tracks")))
CLIENTS = [path for path in SOURCES if "play" in path.relative_to(ROOM).parts]


def beyond_papers(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] == "nanxi" and not name.startswith(KNOWN_TO_CLIENTS)}


@pytest.mark.parametrize("path", CLIENTS, ids=lambda path: path.name)
def test_no_client_knows_the_truth_or_makes_it(path: Path) -> None:
    assert beyond_papers(imports_of(path.read_text(encoding="utf-8"))) == set()


def test_there_are_clients_to_look_at_and_the_truth_would_be_seen() -> None:
    assert len(CLIENTS) > 10
    assert beyond_papers(imports_of("from nanxi.rehearsal.truth import write_truth")) == {"nanxi.rehearsal.truth"}


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
