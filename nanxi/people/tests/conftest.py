"""Fixtures of this room. Django is imported inside them: pytest reads this file before the settings are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nanxi.people.tests.county import County


@pytest.fixture
def county(db: Any) -> Iterator[County]:
    """Two towns and their officers; nobody's scope is open yet."""
    from django.utils import translation

    from nanxi.foundation import vault
    from nanxi.people.tests.county import County

    vault.forget()
    with translation.override("en"):
        yield County()
    vault.forget()
