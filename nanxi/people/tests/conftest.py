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


@pytest.fixture
def counts_names(as_role: Any) -> Iterator[None]:
    """For this test the serving role may write name counts, as the night's count may; tests run as the serving role."""
    words = "INSERT, DELETE ON people_namecount"
    with as_role("nanxi_owner") as owner:
        owner.execute(f"GRANT {words} TO nanxi_web")
    yield
    with as_role("nanxi_owner") as owner:
        owner.execute(f"REVOKE {words} FROM nanxi_web")
