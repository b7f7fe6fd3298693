"""Fixtures of this room. Django is imported inside them: pytest reads this file before the settings are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nanxi.trust.tests.house import House


@pytest.fixture
def house(db: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A county with two towns and officers; evidence is told by the test, everything else is real."""
    from django.utils import translation

    from nanxi.foundation import charter, vault
    from nanxi.orders import below
    from nanxi.trust import guesses
    from nanxi.trust.tests.house import House

    charter.forget()
    vault.forget()
    guesses.forget()
    here = House()
    monkeypatch.setattr(below, "evidence_path", lambda record, at: here.paths.get(record))
    monkeypatch.setattr(below, "persons_of", lambda records: {r: here.persons[r] for r in records if r in here.persons})
    with translation.override("en"):
        yield here
    charter.forget()
    vault.forget()
    guesses.forget()
