"""Fixtures of the sweep. Django is imported inside them: pytest reads this file before the settings are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nanxi.field.sweep.tests.village import Village


@pytest.fixture
def village(db: Any) -> Iterator[Village]:
    from django.utils import translation

    from nanxi.field.sweep.tests.village import Village
    from nanxi.foundation import charter, vault

    vault.forget()
    charter.forget()
    with translation.override("en"):
        yield Village()
    vault.forget()
    charter.forget()
