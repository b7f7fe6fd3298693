"""Fixtures of this room. Django is imported inside them: pytest reads this file before the settings are known."""

from __future__ import annotations

from collections.abc import Iterator
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
    return here


@pytest.fixture
def town(db: Any, register: Any) -> Iterator[Town]:
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
