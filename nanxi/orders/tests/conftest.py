"""Fixtures of this room. What they lay out stands in folk.py, imported on use: Django is set up after this file is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences as the code says them; the county's language is Chinese."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stand-ins for the doors of cases, people and desk; the end-to-end test uses the real ones."""
    from nanxi.orders import below
    from nanxi.orders.tests.folk import Below

    here = Below()
    monkeypatch.setattr(below, "evidence_path", lambda record, at: here.paths.get(record))
    monkeypatch.setattr(below, "persons_of", lambda records: {r: here.persons[r] for r in records if r in here.persons})
    monkeypatch.setattr(below, "homes_of", lambda records: {record: here.homes.get(record, set()) for record in records})
    monkeypatch.setattr(below, "masked_labels", lambda persons: {})
    monkeypatch.setattr(below, "raise_alert", lambda act, **alert: here.alerts.append(alert))
    monkeypatch.setattr(below, "ease_alert", lambda act, **told: here.eased.append((told["key"], told["how"])))
    monkeypatch.setattr(below, "open_alert", lambda key: None)
    monkeypatch.setattr(below, "closed_since", lambda key, since: False)
    monkeypatch.setattr(below, "masked_records", lambda records: {})
    monkeypatch.setattr(below, "close_missed_calls", lambda act, order, result: here.closed.append(("health", order, result)))
    monkeypatch.setattr(below, "asked_lately", here.asked_lately)
    monkeypatch.setattr(below, "has_task", lambda order, kind: False)
    monkeypatch.setattr(below, "close_tasks", lambda act, kind, order, result: here.closed.append((kind, order, result)))
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


@pytest.fixture
def town(db: None, known: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two towns and their officers, as the pages meet them; what is asked of the rooms below is answered here."""
    from nanxi.foundation import vault
    from nanxi.orders import below
    from nanxi.orders.tests.town import Town

    vault.forget()
    here = Town(known)
    monkeypatch.setattr(below, "origin_of", lambda kind, object_id: here.origins.get(object_id))
    monkeypatch.setattr(below, "accepted_contacts", here.accepted_contacts)
    monkeypatch.setattr(below, "open_record", here.open_record)
    monkeypatch.setattr(below, "masked_labels", lambda persons: {
        known.persons[record]: f"{identity.name[:1]}** 0019" for record, identity in here.people.items()
        if known.persons.get(record) in set(persons)
    })  # fmt: skip
    return here
