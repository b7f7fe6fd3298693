"""Fixtures of this room. What they lay out stands in folk.py, imported on use: Django is set up after this file is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stand-ins for the doors of cases, people and desk; the end-to-end test uses the real ones."""
    from nanxi.orders import below
    from nanxi.orders.tests.folk import Below

    here = Below()
    monkeypatch.setattr(below, "evidence_path", lambda record, at: here.paths.get(record))
    monkeypatch.setattr(below, "persons_of", lambda records: {r: here.persons[r] for r in records if r in here.persons})
    monkeypatch.setattr(below, "masked_labels", lambda persons: {})
    monkeypatch.setattr(below, "raise_alert", lambda act, **alert: here.alerts.append(alert))
    monkeypatch.setattr(below, "open_task", lambda act, **task: here.tasks.append(task))
    return here


@pytest.fixture
def clock() -> Any:
    from nanxi.foundation.clock import SetClock
    from nanxi.orders.tests.folk import NOW

    return SetClock(NOW)


@pytest.fixture
def inside(db: None) -> Iterator[None]:
    """A transaction that sees the county, with the mark of a service for laying out rows."""
    from nanxi.foundation import acts, scope, vault
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.orders import daykeys

    daykeys.forget()
    vault.forget()
    vault.mac("orders.tests", b"")  # as in a county: the ledger's key is older than the first sealed record
    with scope.enter(EVERYWHERE), acts.set_up():
        yield


@pytest.fixture
def ailian(clock: Any) -> Any:
    """Ailian issues and serves at the town."""
    from nanxi.foundation.rights import Role
    from nanxi.orders.tests.folk import officer

    return officer(Role.TOWN_DUTY, clock)


@pytest.fixture
def bowen(clock: Any) -> Any:
    """Bowen works at the headquarters desk."""
    from nanxi.foundation.rights import Role
    from nanxi.orders.tests.folk import officer

    return officer(Role.HQ_DESK, clock, ("990324000000",))


@pytest.fixture
def as_worker(fresh_db: str, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[None]:
    """A database of the test's own, entered as the worker: the role under which the fence decides."""
    from django.db import connection

    from nanxi.foundation import vault
    from nanxi.foundation.postgres.roles import WORKER, connection_settings
    from nanxi.orders import daykeys

    found = connection_settings(WORKER)
    usual = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    daykeys.forget()
    vault.forget()
    with django_db_blocker.unblock():
        vault.mac("orders.tests", b"")
        connection.close()
        connection.settings_dict.update({name: found[name] for name in usual})
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(usual)
