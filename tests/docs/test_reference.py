"""The generated reference is current, links between pages lead somewhere, and every word of the glossary has its Chinese."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])


def maker():
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["rights", "ledger", "commands", "rules", "interface"])
def test_the_reference_is_current(name: str) -> None:
    content = getattr(maker(), name)()
    assert (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8") == content, (
        "run .venv/bin/python docs/make_reference.py"
    )


def test_kinds_are_read_from_the_syntax() -> None:
    source = 'act.log("a.b.c", area="x")\nact.log("a.d.e" if x else "a.f.g")\nlog("n.o.t")\nact.log(f"a.h.{x}")'
    assert list(maker().kinds_in(source)) == ["a.b.c", "a.d.e", "a.f.g", "a.h.…"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{target} is linked from {page.name} and is not there"


def test_every_word_of_the_glossary_has_its_chinese() -> None:
    rows = [line for line in (ROOT / "docs" / "GLOSSARY.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    words = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if not row.startswith("| English")]
    assert len(words) > 60
    assert not [word for word in words if len(word) != 3 or not re.search(r"[\u4e00-\u9fff]", word[1]) or not word[2]]
