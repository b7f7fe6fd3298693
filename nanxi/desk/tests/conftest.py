"""Fixtures of this room. Django is imported inside them: pytest reads this file before the settings are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nanxi.desk.tests.folk import County, Register


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    """Stand-ins for the doors of the register; the end-to-end test uses the real ones."""
    from nanxi.desk import below
    from nanxi.desk.tests.folk import Register

    here = Register()
    for name in ("masked_labels", "labels_of_records", "rows_of_batch", "stage_file", "open_batch", "open_record",
                 "rows_elsewhere", "records_of_persons"):
        monkeypatch.setattr(below, name, getattr(here, name))
    return here


@pytest.fixture
def county(db: Any, register: Register) -> Iterator[County]:
    """Two towns with their officers, nobody's scope entered."""
    from django.utils import translation

    from nanxi.desk.tests.folk import County
    from nanxi.foundation import charter, vault

    charter.forget()
    vault.forget()
    vault.mac("desk.tests", b"")  # as in a county: the ledger's key is older than the first sealed record
    with translation.override("en"):
        yield County(register)
    vault.forget()


@pytest.fixture
def inside(county: County) -> Iterator[County]:
    """The same, in one transaction that sees the county."""
    from nanxi.foundation import scope
    from nanxi.foundation.reach import EVERYWHERE

    with scope.enter(EVERYWHERE, at=county.clock.now()):
        yield county


@pytest.fixture
def desk(county: County) -> County:
    """The same people at the time of the wall, which pages read."""
    from nanxi.foundation.clock import WALL

    county.clock.at = WALL.now()
    return county
