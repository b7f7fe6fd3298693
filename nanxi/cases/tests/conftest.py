"""Fixtures of this room. Django is imported inside them: pytest reads this file before the settings are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nanxi.cases.tests.town import Town


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stand-in for the register that links at once by ID number; `test_with_people.py` uses the real one."""
    from nanxi.cases import persons
    from nanxi.cases.tests.register import Register

    here = Register()
    monkeypatch.setattr(persons, "_services", lambda: here)
    monkeypatch.setattr(persons, "_queries", lambda: here)
    monkeypatch.setattr(persons, "_known", here.known)
    return here


@pytest.fixture
def parts_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the day parts that no other test writes to."""
    from nanxi.cases.archive import parts

    monkeypatch.setattr(parts, "folder", lambda: tmp_path / "sightings")
    monkeypatch.setattr(parts, "_held", [])
    return tmp_path / "sightings"


@pytest.fixture
def town(db: Any, register: Any, parts_folder: Path) -> Iterator[Town]:
    from nanxi.cases.tests.town import Town
    from nanxi.foundation import vault

    vault.forget()
    yield Town()
    vault.forget()


@pytest.fixture
def county(town: Town) -> Iterator[Town]:
    """The same, inside the scope of the whole county."""
    from django.utils import translation

    from nanxi.foundation import scope

    with translation.override("en"), scope.enter(town.reach("ding"), user_id=town.user_id("ding"), at=town.clock.now()):
        yield town
