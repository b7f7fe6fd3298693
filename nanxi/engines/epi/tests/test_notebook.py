"""The notebook runs as it stands, without Jupyter, and says what it says it says."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "docs" / "notebooks"
NOTEBOOK = FOLDER / "epi.ipynb"


def executor() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebook_execute", FOLDER / "execute.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def printed(notebook: dict[str, Any]) -> list[str]:
    return ["".join(o["text"]) for c in notebook["cells"] for o in c.get("outputs", ()) if o["output_type"] == "stream"]


@pytest.mark.timeout(60)
def test_the_notebook_runs_and_its_printed_answers_are_current() -> None:
    path = list(sys.path)
    stored = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    try:
        found = executor().executed(stored)
    finally:
        sys.path[:] = path
    assert printed(found) == printed(stored), "run .venv/bin/python docs/notebooks/execute.py"
    assert len(printed(stored)) > 8


def test_the_notebook_uses_the_engine_alone_and_names_no_machine() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    for word in ("/work", "/home/", "/tmp", "django", "foundation", "psycopg"):
        assert word not in text
