"""Fixtures of this room. Django is imported inside them: pytest reads this file before the settings are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nanxi.field.tests.folk import Folk


@pytest.fixture
def folk(db: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folk]:
    from django.utils import translation

    from nanxi.field.tests.folk import Folk
    from nanxi.foundation import charter, vault

    vault.forget()
    charter.forget()
    here = Folk()
    here.answer(monkeypatch)
    with translation.override("en"):
        yield here
    vault.forget()
    charter.forget()


@pytest.fixture
def as_worker(fresh_db: str, django_db_blocker: Any) -> Iterator[None]:
    """A database of the test's own, entered as the worker: the role under which followers run."""
    from django.db import connection

    from nanxi.foundation.postgres.roles import WORKER, connection_settings

    found = connection_settings(WORKER)
    usual = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update({name: found[name] for name in usual})
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(usual)
