"""Fixtures of mobilisation. Django is imported inside them: pytest reads this file before the settings are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nanxi.field.mobilisation.tests.squad import Squad


@pytest.fixture
def squad(db: Any) -> Iterator[Squad]:
    from django.utils import translation

    from nanxi.field.mobilisation.tests.squad import Squad
    from nanxi.foundation import charter, vault

    vault.forget()
    charter.forget()
    with translation.override("en"):
        yield Squad()
    vault.forget()
    charter.forget()
