"""Fixtures of this room. Django is imported inside them: pytest reads this file before the settings are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nanxi.board.tests.folk import Folk


@pytest.fixture
def folk(db: Any) -> Iterator[Folk]:
    from django.utils import translation

    from nanxi.board.tests.folk import Folk
    from nanxi.foundation import charter, vault
    from nanxi.foundation.clock import WALL, SetClock

    vault.forget()
    charter.forget()
    vault.index("board.tests", "")
    with translation.override("en"):
        yield Folk(SetClock(WALL.now()))
    vault.forget()
    charter.forget()
